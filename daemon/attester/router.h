/* SPDX-License-Identifier: Apache-2.0 */
/* The default routers, as the kernel has them from DHCP, router advertisements or configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attester/endpoint.h"

#define ROUTERS_MAX 2 /* of each version of IP */

struct router {
	union endpoint address; /* with the port of hallmarkd */
	uint32_t metric;
};

/* Those with the least metric first. */
struct router_list {
	struct router at[ROUTERS_MAX];
	size_t n;
};

/* Zeroed where there is none, and comparable. */
struct routers {
	struct router_list four, six;
};

/* Logs nothing: there may be no route yet. */
struct routers routers_find(void);
bool routers_equal(const struct routers *a, const struct routers *b);
