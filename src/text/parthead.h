/*
 * The header of a MIME part, read line by line for the few fields that say
 * how its body travels.  The first field of a name counts.
 */
#ifndef TEXT_PARTHEAD_H
#define TEXT_PARTHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "text/ctype.h"

#define PARTHEAD_FIELD_MAX 16384	/* bytes of a Content- field; a longer
					 * Content-Type reads as CTYPE_SEALED, a
					 * longer encoding as CTE_FOREIGN */

enum parthead_field {
	PARTHEAD_OTHER, PARTHEAD_TYPE, PARTHEAD_ENCODING, PARTHEAD_VERSION
};

struct parthead {
	enum parthead_field field;	/* the one being read */
	bool in_field;		/* there is one */
	bool has_type, has_encoding, has_version;
	struct ctype type;	/* text when there is no Content-Type */
	enum cte cte;		/* identity when there is no encoding */
	struct buf value;	/* private */
};

/* Nothing allocated. */
void parthead_init(struct parthead *h);

/* A header begins; memory is kept. */
void parthead_begin(struct parthead *h);

/*
 * A field begins: the first N bytes of its line hold its colon.  They and
 * the rest of it, folds included, are then given to parthead_data().
 */
void parthead_field(struct parthead *h, const char *p, size_t n);

/* N bytes of the field. */
void parthead_data(struct parthead *h, const char *p, size_t n);

/* The header is over, or its last field is: what was read counts now. */
void parthead_end(struct parthead *h);

/* Memory returned. */
void parthead_clear(struct parthead *h);

#endif
