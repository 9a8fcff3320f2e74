/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of kernel.h share, and nobody else. */
#pragma once

#include <limits.h>

#include "enforce/kernel.h"
#include "enforce/netlink.h"

#define MSEC_PER_SEC 1000

struct kernel {
	char nft[PATH_MAX];
	struct netlink nf, route;
};

/* Whether the table is there as the ruleset has it. Returns 0; -ENOENT when there is none; or a negative errno. */
int kernel_table_is_complete(struct kernel *k, const struct ruleset *r, bool *ret);
