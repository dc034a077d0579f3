/*
 * The system's log.
 */
#ifndef SYS_JOURNAL_H
#define SYS_JOURNAL_H

#include <stdbool.h>

/*
 * Write LINE with IDENT and FACILITY (LOG_MAIL ...), priority info or, when
 * FAILED, err.  Never waits; nothing happens when no logger listens or it
 * does not keep up.  A line of more than 8 KB is cut.
 */
void journal_line(const char *ident, int facility, bool failed,
		  const char *line);

/* The same to the datagram socket PATH with a whole PRIORITY; -1 when the
 * line did not go. */
int journal_send(const char *path, const char *ident, int priority,
		 const char *line);

#endif
