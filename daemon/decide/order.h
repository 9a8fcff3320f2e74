/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator's order for one device, and its effect on a verdict. A device is first decided on from its facts; then
 * its order is laid over that decision. So an order can end without a memory of the state before it. Pure.
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
#define ORDER_MAX_SEC     (31 * 86400) /* of an exception: it must be reconsidered after that */

/* The store holds these numbers. Zero is no order. */
enum order_kind {
	ORDER_NONE = 0,
	ORDER_QUARANTINE = 1, /* whatever the device proves */
	ORDER_ALLOW = 2,      /* into a zone, whatever its label lacks */
	ORDER_MONITOR = 3,    /* packets that its zone would drop pass, and are counted */
	_ORDER_MAX,
};

/* Static: "quarantine", "allow", "monitor"; "none" for any other. */
const char *order_kind_name(enum order_kind kind);

struct order {
	uint8_t device[SHA256_LEN];
	enum order_kind kind;
	char zone[ZONE_NAME_SIZE]; /* of ORDER_ALLOW, by name; else "" */
	int64_t since_sec;
	int64_t until_sec;              /* 0: until it is released; only ORDER_QUARANTINE */
	char reason[ORDER_REASON_SIZE]; /* may be "" only with ORDER_QUARANTINE */
	uint32_t uid;                   /* of the operator */
	uint8_t boot[16];               /* of the machine: times set in this boot move when the clock is set */
};

/* Whether it may be kept: kind, times and texts are within their bounds. */
bool order_is_sound(const struct order *o);

/* Checks of identity that must have passed for an order to admit a device. */
#define ORDER_NEEDS                                                                                                    \
	(CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_CERTIFICATE) | CHECK_BIT(CHECK_EVIDENCE_SIGNATURE) |            \
	 CHECK_BIT(CHECK_FRESHNESS))

/* Whether it has not ended. */
bool order_is_running(const struct order *o, int64_t now_sec);

/*
 * Why an order to admit has no effect; REASON_ADMITTED when it has. For a zone that no longer exists: REASON_NO_RULE.
 */
enum hallmark_reason order_refusal(const struct order *o, const struct policy *policy, const struct facts *facts);

/*
 * Lays the device's order over the decision on its facts; the order may be NULL, ended or without effect. A place that
 * the device no longer has is not monitored. The caller has checked that the device may have its place.
 */
void order_lay_over(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v);
