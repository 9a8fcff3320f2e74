/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of fetching a file, in FILE.fetch beside it: lines of key=value. It may be deleted at any time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"
#include "ctl/trust/fetch.h"

#define FETCH_BACKOFF_MIN_SEC 60    /* after the first failure */
#define FETCH_BACKOFF_MAX_SEC 21600 /* six hours: a set that is wanted is looked for four times a day */

struct fetch_memory {
	char url[256]; /* that the rest is of */
	struct fetch_validators validators;
	char sha256[SHA256_HEX_SIZE]; /* of the file that they are of, in hex */
	int64_t fetched_sec; /* when the server was last heard with the file, or that it is unchanged; 0: never */
	int64_t next_sec;    /* not tried before, after a failure; 0: at any time */
	int64_t failures;    /* in a row */
	char failure[FETCH_FAILURE_SIZE];
};

/* What is not there, or cannot be read, or is of another address is no memory: zeroes, but for the url. */
void fetch_memory_load(const char *file, const char *url, struct fetch_memory *ret);

/* Returns 0, or a negative errno. */
int fetch_memory_save(const char *file, const struct fetch_memory *memory);

/* Seconds to wait after so many failures in a row: twice as long each time, and a quarter more or less by chance. */
int64_t fetch_backoff_sec(int64_t failures, uint32_t chance);

/* False while it is not yet time; a time that no backoff reaches is a clock's mistake. */
bool fetch_memory_is_due(const struct fetch_memory *memory, int64_t now_sec);
