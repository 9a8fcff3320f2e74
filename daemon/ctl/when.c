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

/* --- As journalctl --- */

/* When a clock on the wall shows what one in UTC shows at utc_sec. */
static int64_t on_the_wall(int64_t utc_sec)
{
	const time_t utc = (time_t)utc_sec;
	struct tm tm = { 0 };

	(void)gmtime_r(&utc, &tm);
	tm.tm_isdst = -1;
	return mktime(&tm);
}

/* The local day of a time begins; some days later. */
static int64_t midnight(int64_t now_sec, int days)
{
	const time_t now = (time_t)now_sec;
	struct tm tm = { 0 };

	(void)localtime_r(&now, &tm);
	tm.tm_mday += days;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

/* "2026-11-01", "2026-11-01 18:30", "2026-11-01 18:30:00"; also with "T" in the middle. */
static bool parse_local(const char *text, int64_t *ret_sec)
{
	const size_t n = strlen(text);
	const bool is_day = n == sizeof("2026-11-01") - 1, has_seconds = n == sizeof("2026-11-01 18:30:00") - 1;
	char whole[32];
	const char *end;
	int64_t utc_sec;

	if (!is_day && !has_seconds && n != sizeof("2026-11-01 18:30") - 1)
		return false;
	(void)snprintf(whole, sizeof(whole), "%s%s", text, is_day || has_seconds ? "" : ":00");
	if (!is_day && whole[10] == ' ')
		whole[10] = 'T';
	end = read_calendar(whole, is_day, &utc_sec);
	if (!end || *end != '\0')
		return false;
	*ret_sec = on_the_wall(utc_sec);
	return *ret_sec >= 0;
}

/* "-2h", "2h ago", "2 hours ago". */
static bool parse_ago(const char *text, int64_t *ret_sec)
{
	static const char *const units[] = { "second", "minute", "hour", "day" };
	const size_t n = strlen(text), digits = strspn(text, "0123456789");
	char span[16] = "";

	if (text[0] == '-')
		return when_parse_span(text + 1, ret_sec);
	if (n < 5 || n >= 32 || digits == 0 || digits > SPAN_DIGITS_MAX || strcmp(text + n - 4, " ago") != 0)
		return false;
	if (text[digits] != ' ' && n - 4 < sizeof(span))
		(void)snprintf(span, sizeof(span), "%.*s", (int)(n - 4), text);
	for (size_t i = 0; i < ARRAY_SIZE(units) && text[digits] == ' '; i++) {
		const size_t length = strlen(units[i]);
		const char *unit = text + digits + 1;

		if (strncmp(unit, units[i], length) == 0 && unit + length + (unit[length] == 's') == text + n - 4)
			(void)snprintf(span, sizeof(span), "%.*s%c", (int)digits, text, units[i][0]);
	}
	return when_parse_span(span, ret_sec);
}

bool when_parse_past(const char *text, int64_t now_sec, int64_t *ret_sec)
{
	int64_t span_sec;

	if (parse_local(text, ret_sec))
		return true;
	if (strcmp(text, "now") == 0)
		*ret_sec = now_sec;
	else if (strcmp(text, "today") == 0)
		*ret_sec = midnight(now_sec, 0);
	else if (strcmp(text, "yesterday") == 0)
		*ret_sec = midnight(now_sec, -1);
	else if (parse_ago(text, &span_sec))
		*ret_sec = now_sec - span_sec;
	else
		return when_parse(text[0] == '@' ? text + 1 : text, ret_sec, NULL);
	return *ret_sec >= 0;
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
