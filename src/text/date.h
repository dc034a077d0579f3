/*
 * Dates as RFC 5322 section 3.3 writes them: "Sat, 21 Nov 2026 22:41:25 +0000".
 */
#ifndef TEXT_DATE_H
#define TEXT_DATE_H

#include <time.h>

#define DATE_MAX 40	/* bytes that always suffice, with the NUL */

/*
 * Write the date of broken-down local time TM (tm_gmtoff gives the zone)
 * into OUT; English names whatever the locale.
 */
void date_format(const struct tm *tm, char out[DATE_MAX]);

#endif
