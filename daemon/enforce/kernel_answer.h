/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that answers go to, when devices move and when tables are loaded. Only for this folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "enforce/kernel_inside.h"

struct element;
struct ruleset;
struct sender;

/* Before elements are written: whether each loses something that it is in now. Returns 0 or a negative errno. */
int kernel_movers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, bool *ret);

/*
 * From where the devices of these elements send, so that they are answered in the tables that are loaded next: what the present
 * ones have noted, the neighbours, and the addresses that they attested from. *ret must be freed with free(). Returns 0 or a
 * negative errno.
 */
int kernel_senders(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
		   struct sender **ret, size_t *ret_n);
