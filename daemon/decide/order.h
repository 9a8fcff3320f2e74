/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator's order of one device, and what it makes of a verdict. A device is decided on from its facts first, and its order
 * is laid over that decision: so the order's end needs no memory of what was before it. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

struct facts;
struct policy;
struct verdict;

#define ORDER_REASON_SIZE 96
#define ORDER_MAX_SEC     (31 * 86400) /* of an exception: it is to be thought about again */

/* The numbers stand in the file. Zero is no. */
enum order_kind {
	ORDER_NONE = 0,
	ORDER_QUARANTINE = 1, /* whatever it proves */
	ORDER_ALLOW = 2,      /* into a zone, whatever its label lacks */
	ORDER_MONITOR = 3,    /* what its zone drops is let pass, and counted */
	_ORDER_MAX,
};

/* Static: "quarantine", "allow", "monitor"; "none" for what is none. */
const char *order_kind_name(enum order_kind kind);

struct order {
	uint8_t device[SHA256_LEN];
	enum order_kind kind;
	char zone[ZONE_NAME_SIZE]; /* of ORDER_ALLOW, by name; else "" */
	int64_t since_sec;
	int64_t until_sec;              /* 0: until it is released; only ORDER_QUARANTINE */
	char reason[ORDER_REASON_SIZE]; /* may be "" only with ORDER_QUARANTINE */
	uint32_t uid;                   /* of who gave it */
	uint8_t boot[16];               /* of the machine: its times move with what sets the clock in this boot */
};

/* Whether it is one that may be kept: kind, times and texts are within their bounds. */
bool order_is_sound(const struct order *o);

/* What identity must have shown for an order to let a device in. */
#define ORDER_NEEDS                                                                                                    \
	(CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_CERTIFICATE) | CHECK_BIT(CHECK_EVIDENCE_SIGNATURE) |            \
	 CHECK_BIT(CHECK_FRESHNESS))

/* Whether its time is not over. */
bool order_is_running(const struct order *o, int64_t now_sec);

/* Why an order to admit has no effect; REASON_ADMITTED when it has. A zone that no longer exists is REASON_NO_RULE. */
enum hallmark_reason order_refusal(const struct order *o, const struct policy *policy, const struct facts *facts);

/*
 * Lays the device's order over what was decided on its facts: it may be NULL, ended, or void. A place that is not the
 * device's any more is not monitored; whether it may be given to it, the caller asks before.
 */
void order_lay_over(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v);
