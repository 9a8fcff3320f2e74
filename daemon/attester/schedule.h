/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a device attests next: docs/protocol.md section 1 as a function without clocks, files or luck of its own. Waits
 * count from the answer, in milliseconds; how long a result lives is told by the gateway's clock alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attester/result.h"

/* One question to the gateway, and what came of it. */
struct attempt {
	enum outcome outcome;
	bool admission;       /* GET /admission was asked, and not POST /attest */
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

/* Zeroed but for `next` at the start. */
struct schedule {
	enum schedule_next next;
	uint64_t wait_msec;    /* before it */
	uint64_t backoff_msec; /* waited for the last failure in a row; 0: there was none */
	uint64_t barred_msec;  /* waited for the last contraindication in a row */
	bool upload_repeated;  /* 4.08 was answered by a second upload */
};

#define SCHEDULE_FIRST_MSEC   5000    /* a first failure waits for up to this long */
#define SCHEDULE_BACKOFF_MSEC 600000  /* and no later one for longer */
#define SCHEDULE_BARRED_MSEC  3600000 /* contraindicated: doubled up to this */
#define SCHEDULE_LEAST_MSEC   1000    /* no two requests are closer, but for those that the protocol wants at once */

/* The state after an attempt. `luck` is random: all 32 bits of it. */
struct schedule schedule_after(struct schedule before, const struct attempt *attempt, uint32_t luck);
