/*
 * The two fields that say what a MIME part is: Content-Type (RFC 2045
 * section 5) and Content-Transfer-Encoding (section 6).
 */
#ifndef TEXT_CTYPE_H
#define TEXT_CTYPE_H

#include <stdbool.h>
#include <stddef.h>

#define CTYPE_BOUNDARY_MAX 200	/* RFC 2046 section 5.1.1 allows 70 */

enum ctype_kind {
	CTYPE_TEXT,		/* text/anything, or a field that says nothing */
	CTYPE_OTHER,
	CTYPE_MULTIPART,	/* with a boundary */
	CTYPE_MESSAGE,		/* a whole message: message/rfc822, global */
	CTYPE_SEALED		/* must not be encoded (message/partial and
				 * external-body), or a multipart whose
				 * boundary we do not understand */
};

struct ctype {
	enum ctype_kind kind;
	bool digest;		/* multipart/digest */
	bool is_signed;		/* multipart/signed */
	char boundary[CTYPE_BOUNDARY_MAX];
	size_t boundary_len;
};

/* Read N bytes of a Content-Type body, folds included. */
void ctype_parse(const char *p, size_t n, struct ctype *out);

enum cte {
	CTE_IDENTITY,	/* 7bit, or a word that no reader knows */
	CTE_8BIT,	/* 8bit or binary */
	CTE_QP,
	CTE_BASE64,
	CTE_FOREIGN	/* uuencode and the like */
};

/* Read N bytes of a Content-Transfer-Encoding body, folds included. */
enum cte cte_parse(const char *p, size_t n);

#endif
