/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/month.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* The first second of a month; 12 is January of the next year. */
static int64_t begin_of(int year, int month)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month, .tm_mday = 1, .tm_isdst = -1 };

	return mktime(&tm);
}

bool month_parse(const char *text, int64_t now_sec, struct month *ret)
{
	char *end;
	long year, month;

	if (strlen(text) != strlen("2026-11") || strspn(text, "0123456789") != 4 || text[4] != '-' ||
	    strspn(text + 5, "0123456789") != 2)
		return false;
	year = strtol(text, &end, 10);
	month = strtol(text + 5, &end, 10);
	if (year < 1970 || month < 1 || month > 12)
		return false;
	tzset();
	*ret = (struct month){ .from_sec = begin_of((int)year, (int)month - 1),
			       .until_sec = begin_of((int)year, (int)month) };
	ret->is_over = ret->until_sec <= now_sec;
	memcpy(ret->name, text, sizeof(ret->name));
	return ret->from_sec <= now_sec;
}

int64_t month_end(const struct month *m, int64_t now_sec)
{
	return m->is_over ? m->until_sec : now_sec + 1; /* with this second */
}

char *month_time_to_text(int64_t time_sec, char ret[static MONTH_TIME_SIZE])
{
	const time_t t = (time_t)time_sec;
	struct tm tm;

	if (time_sec == 0 || time_sec == TIME_FOREVER || !localtime_r(&t, &tm) ||
	    strftime(ret, MONTH_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		ret[0] = '\0';
	return ret;
}

char *month_zone_to_text(int64_t time_sec, char ret[static 48])
{
	const time_t t = (time_t)time_sec;
	char digits[8];
	struct tm tm;

	ret[0] = '\0';
	if (localtime_r(&t, &tm) && strftime(digits, sizeof(digits), "%z", &tm) == strlen("+0900"))
		(void)snprintf(ret, 48, "%.16s (UTC%.3s:%.2s)", tm.tm_zone, digits, digits + 3);
	return ret;
}
