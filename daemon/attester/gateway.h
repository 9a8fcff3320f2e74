/* SPDX-License-Identifier: Apache-2.0 */
/* Where the gateway may be: what the option says, or what the network says (docs/protocol.md section 1.1). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attester/endpoint.h"
#include "attester/place.h"

/* In this order, and only as far as needed. */
enum gateway_source {
	GATEWAY_ROUTER = 0, /* the default router */
	GATEWAY_DNS,        /* DNS-SD in the search domains */
	GATEWAY_MDNS,       /* DNS-SD on the link */
	_GATEWAY_SOURCE_MAX,
};

#define GATEWAYS_OF_SOURCE 4 /* so that no source takes the place of a later one */
#define GATEWAYS_MAX       (1 + _GATEWAY_SOURCE_MAX * GATEWAYS_OF_SOURCE) /* the first: where it was before */

struct gateway {
	union endpoint address;
	struct place place; /* of this device on its way there, when it was tried */
	bool is_hint;       /* that it is no gateway is nothing wrong */
	char text[280];     /* for people: what the option says, or address and port, and who named it */
};

struct gateways {
	struct gateway at[GATEWAYS_MAX];
	size_t n, n_most;  /* n_most: with what the present source may add */
	bool is_found;     /* at[0] is the gateway, and the only one; else: all that were tried */
	char looked[1024]; /* where it was looked for, with what was tried there */
};

/*
 * Splits "192.0.2.1", "192.0.2.1:5684", "fe80::1%eth0", "[2001:db8::1]:5684", or a name instead of the address. Returns
 * 0, or -EINVAL.
 */
int gateway_parse(const char *text, char *ret_host, size_t host_size, uint16_t *ret_port);

/*
 * Adds the one of the option, and resolves its name. Returns 0; -EINVAL for a text that gateway_parse() does not take, and
 * -EHOSTUNREACH for a name that cannot be resolved now (both logged).
 */
int gateways_add_told(struct gateways *g, const char *text);

/* Adds those that this source names and that are not there yet. None of them is trusted: the handshake decides. */
void gateways_look(struct gateways *g, enum gateway_source source);
