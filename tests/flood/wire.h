/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of hosts that are not there: UDP datagrams from any MAC and address, and the answers to who asks for these. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define MAC_LEN      6
#define DATAGRAM_MAX 1400

/* Addresses are IPv6, or IPv4 as mapped; all of one wire are of one family. */
struct host {
	uint8_t mac[MAC_LEN];
	struct in6_addr address;
	uint16_t port; /* host byte order */
};

struct wire;

/* Finds the host that has the address, or NULL. The pointer is valid until the next call of any function here. */
typedef const struct host *wire_find(const struct in6_addr *address, void *userdata);

/* A datagram from the gateway to one of our hosts' addresses. */
typedef void wire_arrived(const struct host *to, struct bytes payload, void *userdata);

/* Opens the interface, promiscuous. Returns 0 or a negative errno. */
int wire_new(const char *interface, const struct host *gateway, struct wire **ret);
void wire_free(struct wire *w);

/* Takes a datagram from this host to the gateway into the batch, which goes out when it is full. */
void wire_put(struct wire *w, const struct host *from, struct bytes payload);
void wire_flush(struct wire *w);

/* What has arrived: questions for addresses (ARP, neighbour discovery) are answered, datagrams handed over. */
void wire_receive(struct wire *w, wire_find *find, wire_arrived *arrived, void *userdata);

/* Waits for a frame, at most so long. */
void wire_wait(struct wire *w, int timeout_msec);

uint64_t wire_sent(const struct wire *w); /* datagrams, those of the batch too */
