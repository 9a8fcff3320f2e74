/* SPDX-License-Identifier: Apache-2.0 */
/* Where this device is, by its own interfaces: what the evidence says of it (docs/protocol.md section 4.1). */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attester/endpoint.h"
#include "hallmark/protocol.h"

struct place_said;
struct sockaddr;

/* Room for what a struct place_said borrows. */
struct place {
	uint8_t link[HALLMARK_LINK_MAX];
	size_t n_link;
	uint8_t own[sizeof(struct in6_addr)], gateway[sizeof(struct in6_addr)];
	size_t n_address;
	unsigned index; /* of the interface that has the address `own`; 0: none has it */
};

/*
 * Between the two ends of a session. `is_hidden`: another device forwards what this one sends, so that its link-layer address
 * says nothing to the gateway; else it is that of the interface that has the address `own`. *ret is zero when the ends are not of
 * one family of IP, or on this machine alone (loopback).
 */
void place_find(const struct sockaddr *own, const struct sockaddr *gateway, bool is_hidden, struct place *ret);

/* Where the kernel would send to that address from now. *ret is zero when it knows no way there. */
void place_towards(const union endpoint *to, struct place *ret);

/* True when both are the same place, by the same interface. */
bool place_equals(const struct place *a, const struct place *b);

struct place_said place_said_of(const struct place *p);
