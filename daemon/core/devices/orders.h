/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's orders in the core; decide/order.h defines their effect on a verdict. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct order;
struct orders;
struct store;

/* Reads the stored orders. Returns 0 or a negative errno. Release with orders_free(). */
int orders_load(struct store *s, struct orders **ret);
void orders_free(struct orders *o);

/* Keeps a copy and replaces the device's former order. The caller updates the store. Returns 0 or -ENOMEM. */
int orders_put(struct orders *o, const struct order *order);
void orders_remove(struct orders *o, const uint8_t device[static SHA256_LEN]);

/* NULL when there is none; `o` may be NULL. Valid until the next put or remove. */
struct order *orders_find(const struct orders *o, const uint8_t device[static SHA256_LEN]);

size_t orders_count(const struct orders *o);

/* visit() must not put or remove orders. */
void orders_each(const struct orders *o, void (*visit)(struct order *order, void *userdata), void *userdata);
