/* SPDX-License-Identifier: Apache-2.0 */
/* A month in the time zone of this process (TZ, else /etc/localtime), and times in it as a report shows them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MONTH_TIME_SIZE 24

struct month {
	char name[8];                /* "2026-11" */
	int64_t from_sec, until_sec; /* from this second on, and before that one */
	bool is_over;                /* false: until_sec is the end of the month, which is still to come */
};

/* Returns false when the text is not a month as "2026-11", or it has not begun. */
bool month_parse(const char *text, int64_t now_sec, struct month *ret);

/* The end of what a report can cover: that of the month, or now. */
int64_t month_end(const struct month *m, int64_t now_sec);

/* As "2026-11-30 21:05:38", or "" for 0 and TIME_FOREVER. Returns ret. */
char *month_time_to_text(int64_t time_sec, char ret[static MONTH_TIME_SIZE]);

/* The zone at that time, as "KST (UTC+09:00)". Returns ret. */
char *month_zone_to_text(int64_t time_sec, char ret[static 48]);
