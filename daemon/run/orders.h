/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's orders in the core, and what one makes of a verdict. A device is decided on from its facts first, and its
 * order is laid over that decision: so the order's end needs no memory of what was before it.
 */
#pragma once

#include "policy/policy.h"
#include "store/orders.h"

struct core;
struct orders;

/* What identity must have shown for an order to let a device in. */
#define ORDER_NEEDS                                                                                                    \
	(CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_CERTIFICATE) | CHECK_BIT(CHECK_EVIDENCE_SIGNATURE) |            \
	 CHECK_BIT(CHECK_FRESHNESS))

/* Reads those that the store has. Returns 0 or a negative errno. Release with orders_free(). */
int orders_load(struct store *s, struct orders **ret);
void orders_free(struct orders *o);

/* Keeps a copy, in place of the device's former one; the store is the caller's. Returns 0 or -ENOMEM. */
int orders_put(struct orders *o, const struct order *order);
void orders_remove(struct orders *o, const uint8_t device[static SHA256_LEN]);

/* NULL when there is none; `o` may be NULL. Valid until the next put or remove. */
struct order *orders_find(const struct orders *o, const uint8_t device[static SHA256_LEN]);

size_t orders_count(const struct orders *o);

/* The visit must not put or remove. */
void orders_each(const struct orders *o, void (*visit)(struct order *order, void *userdata), void *userdata);

/* Whether its time is not over. */
bool order_is_running(const struct order *o, int64_t now_sec);

/* Why an order to let in does not: REASON_ADMITTED when it does. A zone that is no more is REASON_NO_RULE. */
enum hallmark_reason order_refusal(const struct order *o, const struct policy *policy, const struct facts *facts);

/*
 * Lays the device's order over what was decided on its facts: it may be NULL, ended, or void. A place that is not the
 * device's any more is not monitored; whether it may be given to it, the caller asks before.
 */
void order_lay_over(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v);
