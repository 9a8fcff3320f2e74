/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives, releases and ends operators' orders: first on the disk, then in the kernel, then the reports. An order that
 * cannot be stored changes nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"
#include "decide/order.h"
#include "decide/verdict.h"
#include "hallmark/reason.h"
#include "store/record.h"

struct orderer;
struct orders;
struct policy;
struct registry;
struct settler;

/* The effect of an order on its device. */
struct ordered {
	char zone_before[ZONE_NAME_SIZE];
	struct verdict after;
	enum order_kind former;       /* the order that it had until now */
	enum hallmark_reason refusal; /* REASON_ADMITTED, or why an order to admit has no effect */
	struct record_mark record;
	bool is_in_kernel; /* false: the sweep tries again */
};

/*
 * The device must be known. Returns 0; -EPERM for an order to admit that would have no effect (ret->refusal says why);
 * or another negative errno. Unless it is 0, nothing has changed.
 */
int ordering_give(struct settler *settler, struct orders *orders, const struct order *order, const struct orderer *by,
		  struct ordered *ret);

/* `by` releases it. Also returns -ENOENT: there is no order for the device. */
int ordering_release(struct settler *settler, struct orders *orders, const uint8_t device[static SHA256_LEN],
		     const struct orderer *by, struct ordered *ret);

/* Call it after the verdicts were loaded: makes each device that has an order known, even if it has no verdict. */
void ordering_complete(const struct orders *orders, struct registry *registry, const struct policy *policy,
		       int64_t started_sec);

/* Ends orders whose time is over, a limited number at a time; their devices are decided on by their facts again. */
void ordering_sweep(struct settler *settler, struct orders *orders);

/* Time was set: times of orders given in this boot move with it, so that no order becomes longer or shorter. */
void ordering_move_time(struct settler *settler, const struct orders *orders, int64_t step_sec);

/* Warns of orders whose zone is not in this policy. */
void ordering_check_zones(const struct orders *orders, const struct policy *policy);
