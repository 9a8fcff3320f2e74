/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators' orders for single devices, at most one for each device. They have columns of their own, so that a change
 * of struct verdict loses none.
 */
#pragma once

#include <stdint.h>

#include "base/sizes.h"

struct order;
struct store;

/* Replaces the device's former order. Returns 0; -EINVAL for an order that is not sound; else a negative errno. */
int store_order_put(struct store *s, const struct order *o);

int store_order_remove(struct store *s, const uint8_t device[static SHA256_LEN]);

/*
 * Calls on_order for each. An order that is not sound is skipped and logged. Returns how many were given, or a negative
 * errno.
 */
int store_orders_each(struct store *s, void (*on_order)(const struct order *o, void *userdata), void *userdata);
