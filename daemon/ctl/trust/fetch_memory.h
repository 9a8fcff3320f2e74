/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered about fetching a file, in FILE.fetch beside it: lines of key=value. It may be deleted at any time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

#define FETCH_BACKOFF_MIN_SEC 60    /* after the first failure */
#define FETCH_BACKOFF_MAX_SEC 21600 /* six hours: the server is asked at least four times a day */
#define FETCH_HEADER_MAX      256
#define FETCH_FAILURE_SIZE    384

/* What makes a request conditional (RFC 9110 sections 13.1.1 to 13.1.3); "" where unknown. */
struct fetch_validators {
	char etag[FETCH_HEADER_MAX], last_modified[64];
};

struct fetch_memory {
	char url[256]; /* the address that the rest is about */
	struct fetch_validators validators;
	char sha256[SHA256_HEX_SIZE]; /* of the file that the validators are for, in hex */
	int64_t fetched_sec;          /* when the server last sent the file or said that it is unchanged; 0: never */
	int64_t next_sec;             /* after a failure, the next try is not before this; 0: at any time */
	int64_t failures;             /* in a row */
	char failure[FETCH_FAILURE_SIZE];
};

/* When the file is missing, cannot be read or is for another address: zeroes, except for the url. */
void fetch_memory_load(const char *file, const char *url, struct fetch_memory *ret);

/* Returns 0, or a negative errno. */
int fetch_memory_save(const char *file, const struct fetch_memory *memory);

/* Seconds to wait after that many failures in a row: doubled each time, then changed by up to a quarter at random. */
int64_t fetch_backoff_sec(int64_t failures, uint32_t chance);

/* False while the time has not come. A time beyond the longest backoff comes from a wrong clock, and counts as due. */
bool fetch_memory_is_due(const struct fetch_memory *memory, int64_t now_sec);
