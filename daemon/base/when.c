/* SPDX-License-Identifier: Apache-2.0 */
/* Converts times between text and seconds. Reads no clock. */
#include "base/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"

#define DAY_SEC         86400
#define YEAR_9999_SEC   INT64_C(253402300799) /* the last second of a NumericDate that we accept */
#define SPAN_DIGITS_MAX 9                     /* no overflow in days */

#define DAY          "%Y-%m-%d"
#define DAY_AND_TIME "%Y-%m-%dT%H:%M:%S"

/*
 * strptime() alone accepts 30 February, and fewer digits than RFC 3339: so the result is formatted again and compared.
 * Returns what follows; NULL when there is no such date.
 */
static const char *read_calendar(const char *text, bool is_day, int64_t *ret_sec)
{
	struct tm tm = { 0 };
	char again[32];
	const char *end = strptime(text, is_day ? DAY : DAY_AND_TIME, &tm);
	size_t n;

	if (!end)
		return NULL;
	*ret_sec = timegm(&tm);
	n = strftime(again, sizeof(again), is_day ? DAY : DAY_AND_TIME, &tm);
	return n > 0 && (size_t)(end - text) == n && strncmp(again, text, n) == 0 ? end : NULL;
}

/* "Z", or "+09:00": RFC 3339 section 5.6. */
static bool read_offset(const char *text, int64_t *ret_sec)
{
	unsigned hours, minutes;
	int n = 0;

	*ret_sec = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if ((text[0] != '+' && text[0] != '-') || strspn(text + 1, "0123456789:") != 5 ||
	    sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &n) != 2 || n != 5 || text[6] != '\0' || hours > 23 ||
	    minutes > 59)
		return false;
	*ret_sec = (text[0] == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
	return true;
}

static bool parse_day(const char *text, int64_t *ret_sec)
{
	const char *end = read_calendar(text, true, ret_sec);

	return end && *end == '\0';
}

static bool parse_time(const char *text, int64_t *ret_sec)
{
	int64_t local_sec, offset_sec;
	const char *end = read_calendar(text, false, &local_sec);

	if (!end || !read_offset(end, &offset_sec))
		return false;
	*ret_sec = local_sec - offset_sec;
	return *ret_sec <= YEAR_9999_SEC;
}

bool when_parse(const char *text, int64_t *ret_sec, bool *ret_is_day)
{
	bool is_day = parse_day(text, ret_sec);
	char *rest;

	if (ret_is_day)
		*ret_is_day = is_day;
	if (is_day || parse_time(text, ret_sec))
		return *ret_sec >= 0;
	if (text[0] < '0' || text[0] > '9' || strlen(text) > 12)
		return false;

	*ret_sec = strtoll(text, &rest, 10);
	return *rest == '\0' && *ret_sec <= YEAR_9999_SEC;
}

bool when_parse_end(const char *text, int64_t *ret_sec)
{
	bool is_day;

	if (!when_parse(text, ret_sec, &is_day))
		return false;
	if (is_day)
		*ret_sec += DAY_SEC;
	return *ret_sec <= YEAR_9999_SEC;
}

bool when_parse_span(const char *text, int64_t *ret_sec)
{
	static const struct {
		char unit;
		int64_t sec;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY_SEC } };
	const size_t n = strspn(text, "0123456789");

	if (n == 0 || n > SPAN_DIGITS_MAX || strlen(text) > n + 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].unit != text[n])
			continue;
		*ret_sec = strtoll(text, NULL, 10) * units[i].sec;
		return *ret_sec > 0 && *ret_sec <= YEAR_9999_SEC;
	}
	return false;
}

char *when_to_text(int64_t time_sec, int64_t now_sec, char ret[static WHEN_SIZE])
{
	char absolute[32], span[32];

	(void)time_to_text(time_sec, absolute);
	if (strcmp(absolute, "never") == 0 || time_sec < 0)
		(void)snprintf(ret, WHEN_SIZE, "%s", translated("never"));
	else if (time_sec == now_sec)
		(void)snprintf(ret, WHEN_SIZE, translated("%s (now)"), absolute);
	else if (time_sec > now_sec)
		(void)snprintf(ret, WHEN_SIZE, translated("%s (in %.24s)"), absolute,
			       span_to_text(time_sec - now_sec, span));
	else
		(void)snprintf(ret, WHEN_SIZE, translated("%s (%.24s ago)"), absolute,
			       span_to_text(now_sec - time_sec, span));
	return ret;
}
