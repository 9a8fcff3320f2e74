/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses for answers, when devices move and when tables are loaded. Private to enforce/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "enforce/kernel_inside.h"

struct element;
struct ruleset;
struct sender;

/* Called before elements are written: whether each loses something that it has now. Returns 0 or a negative errno. */
int kernel_movers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, bool *ret);

/*
 * The addresses of the devices of these elements, for the tables that are loaded next: what the present tables noted,
 * the neighbours, and the addresses that they attested from. Release *ret with free(). Returns 0 or a negative errno.
 */
int kernel_senders(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
		   struct sender **ret, size_t *ret_n);
