#include "text/date.h"

#include <stdio.h>
#include <stdlib.h>

/* A name by number; a struct tm that nobody normalised still has one. */
static const char *name(const char *const *names, int n, int i)
{
	return names[((i % n) + n) % n];
}

void date_format(const struct tm *tm, char out[DATE_MAX])
{
	static const char *const days[] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
	};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
	};
	unsigned zone = (unsigned)(labs(tm->tm_gmtoff) / 60) % (100 * 60);

	snprintf(out, DATE_MAX, "%s, %02u %s %04ld %02u:%02u:%02u %c%02u%02u",
		 name(days, 7, tm->tm_wday), (unsigned)tm->tm_mday % 100,
		 name(months, 12, tm->tm_mon), tm->tm_year + 1900L,
		 (unsigned)tm->tm_hour % 100, (unsigned)tm->tm_min % 100,
		 (unsigned)tm->tm_sec % 100, tm->tm_gmtoff < 0 ? '-' : '+',
		 zone / 60, zone % 60);
}
