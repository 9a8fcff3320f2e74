/* SPDX-License-Identifier: Apache-2.0 */
/* Converts times between text and seconds. Reads no clock. */
#include "ctl/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define DAY_SEC         86400
#define YEAR_9999_SEC   INT64_C(253402300799) /* the last second of a NumericDate that we accept */
#define SPAN_DIGITS_MAX 9                     /* no overflow in days */

#define DAY          "%Y-%m-%d"
#define DAY_AND_TIME "%Y-%m-%dT%H:%M:%SZ"

/*
 * strptime() alone accepts 30 February, and fewer digits than RFC 3339: so the result is formatted again and compared.
 */
static bool parse_calendar(const char *text, bool is_day, int64_t *ret_sec)
{
	struct tm tm = { 0 };
	char again[32];
	const char *end = strptime(text, is_day ? DAY : DAY_AND_TIME, &tm);

	if (!end || *end != '\0')
		return false;
	*ret_sec = timegm(&tm);
	return strftime(again, sizeof(again), is_day ? DAY : DAY_AND_TIME, &tm) > 0 && strcmp(again, text) == 0;
}

bool when_parse(const char *text, int64_t *ret_sec, bool *ret_is_day)
{
	bool is_day = parse_calendar(text, true, ret_sec);
	char *rest;

	if (ret_is_day)
		*ret_is_day = is_day;
	if (is_day || parse_calendar(text, false, ret_sec))
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
		(void)snprintf(ret, WHEN_SIZE, "never");
	else if (time_sec == now_sec)
		(void)snprintf(ret, WHEN_SIZE, "%s (now)", absolute);
	else if (time_sec > now_sec)
		(void)snprintf(ret, WHEN_SIZE, "%s (in %.24s)", absolute, span_to_text(time_sec - now_sec, span));
	else
		(void)snprintf(ret, WHEN_SIZE, "%s (%.24s ago)", absolute, span_to_text(now_sec - time_sec, span));
	return ret;
}
