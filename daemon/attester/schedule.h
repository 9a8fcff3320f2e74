/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a device attests next: docs/protocol.md section 1 as a pure function: clock, files and randomness are
 * parameters. Waits count from the answer, in milliseconds. The life of a result follows only the gateway's clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attester/result.h"

/* One question to the gateway, and its result. */
struct attempt {
	enum outcome outcome;
	bool admission;       /* asked GET /admission, not POST /attest */
	unsigned code;        /* of a refusal: class * 100 + detail */
	unsigned max_age_sec; /* of a refusal */
	int64_t life_sec;     /* of a result: until it expires */
	int64_t renew_sec;    /* of a result: until `renew-after`; at most 0 for now */
};

enum schedule_next {
	NEXT_END = 0, /* asking again would not help: the program ends with the outcome */
	NEXT_ATTEST,
	NEXT_ADMISSION,
};

/* Zeroed except for `next` at the start. */
struct schedule {
	enum schedule_next next;
	uint64_t wait_msec;    /* before it */
	uint64_t backoff_msec; /* waited after the last of successive failures; 0: there was none */
	uint64_t barred_msec;  /* waited after the last of successive contraindications */
	bool upload_repeated;  /* 4.08 was answered by a second upload */
};

#define SCHEDULE_FIRST_MSEC   5000    /* a first failure waits at most this long */
#define SCHEDULE_BACKOFF_MSEC 600000  /* later failures wait at most this long */
#define SCHEDULE_BARRED_MSEC  3600000 /* contraindicated: doubled up to this */
#define SCHEDULE_LEAST_MSEC                                                                                            \
	1000 /* minimum time between two requests, except where the protocol wants the next at once */

/* The state after an attempt. `luck` is 32 random bits. */
struct schedule schedule_after(struct schedule before, const struct attempt *attempt, uint32_t luck);

/* The state after the way to the gateway has changed. What has changed for one device has often changed for all. */
struct schedule schedule_after_change(struct schedule before, uint32_t luck);
