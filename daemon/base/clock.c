/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int64_t clock_realtime_sec(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

uint64_t clock_monotonic_usec(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

bool clock_is_synchronised(void)
{
	struct timex now = { 0 };

	if (adjtimex(&now) < 0)
		return errno == EPERM && access(CLOCK_MARK, F_OK) == 0;
	return !(now.status & STA_UNSYNC);
}

/* "+0900", as strftime() writes it → "+09:00". */
static const char *offset_to_text(const char digits[static 6], char ret[static 8])
{
	if (strcmp(digits + 1, "0000") == 0)
		return "Z";
	(void)snprintf(ret, 8, "%.3s:%.2s", digits, digits + 3);
	return ret;
}

char *time_to_text(int64_t time_sec, char ret[static 32])
{
	time_t t = (time_t)time_sec;
	char text[24], digits[8], offset[8];
	struct tm tm;

	tzset(); /* the zone may have been set since the daemon's start */
	if (time_sec == TIME_FOREVER || !localtime_r(&t, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
	    strftime(digits, sizeof(digits), "%z", &tm) != strlen("+0900"))
		(void)snprintf(ret, 32, "never");
	else
		(void)snprintf(ret, 32, "%s%s", text, offset_to_text(digits, offset));
	return ret;
}

char *span_to_text(int64_t span_sec, char ret[static 32])
{
	int64_t days = span_sec / 86400, hours = span_sec / 3600 % 24, minutes = span_sec / 60 % 60;

	if (days > 0)
		(void)snprintf(ret, 32, "%" PRId64 " d %" PRId64 " h", days, hours);
	else if (hours > 0)
		(void)snprintf(ret, 32, "%" PRId64 " h %" PRId64 " min", hours, minutes);
	else if (minutes > 0)
		(void)snprintf(ret, 32, "%" PRId64 " min", minutes);
	else
		(void)snprintf(ret, 32, "%" PRId64 " s", span_sec);
	return ret;
}
