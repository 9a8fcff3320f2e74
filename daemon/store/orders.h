/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators have ordered of single devices, at most one order for each. In columns of their own, so that no change
 * of a verdict's layout loses one.
 */
#pragma once

#include <stdint.h>

#include "base/sizes.h"

struct order;
struct store;

/* Replaces the device's former one. Returns 0; -EINVAL for one that is not sound; else a negative errno. */
int store_order_put(struct store *s, const struct order *o);

int store_order_remove(struct store *s, const uint8_t device[static SHA256_LEN]);

/* Calls on_order for each. One that is not sound is skipped and logged. Returns how many were given, or a negative errno. */
int store_orders_each(struct store *s, void (*on_order)(const struct order *o, void *userdata), void *userdata);
