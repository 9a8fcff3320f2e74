/* SPDX-License-Identifier: Apache-2.0 */
/* Times in a form for people. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WHEN_SIZE 96

/*
 * Reads "2026-05-31" (00:00 UTC), "2026-05-31T12:00:00Z", "2026-05-31T21:00:00+09:00" or seconds since 1970.
 * *ret_is_day (may be NULL) tells that it was a day; a period that ends with a day includes it. Returns false for any
 * other text.
 */
bool when_parse(const char *text, int64_t *ret_sec, bool *ret_is_day);

/* As when_parse(), but a day means its end, 24:00 UTC. */
bool when_parse_end(const char *text, int64_t *ret_sec);

/*
 * Reads a time that is past, as journalctl: "2026-11-01" (00:00), "2026-11-01 18:30" or with seconds, all local; "now", "today",
 * "yesterday", "-2h", "2h ago", "2 hours ago"; "@1780228800"; and what when_parse() reads of the others.
 */
bool when_parse_past(const char *text, int64_t now_sec, int64_t *ret_sec);

/* Reads "90s", "30m", "24h", "7d" or seconds; at least one. */
bool when_parse_span(const char *text, int64_t *ret_sec);

/*
 * Local, as time_to_text(): "2026-05-31T21:00:00+09:00 (in 5 h 59 min)", "… (3 min ago)", "… (now)" or "never".
 * Returns ret.
 */
char *when_to_text(int64_t time_sec, int64_t now_sec, char ret[static WHEN_SIZE]);
