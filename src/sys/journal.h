/*
 * The system's log.
 */
#ifndef SYS_JOURNAL_H
#define SYS_JOURNAL_H

#include <stdbool.h>

/*
 * Write LINE with IDENT and FACILITY (LOG_MAIL ...), priority info or, when
 * FAILED, err.  Nothing happens when no logger listens.
 */
void journal_line(const char *ident, int facility, bool failed,
		  const char *line);

#endif
