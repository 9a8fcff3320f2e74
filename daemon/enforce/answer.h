/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to devices: which pass depends on the zone of the device that sends from the address. The rules note the
 * addresses; this code moves them when a device moves to another zone. Private to enforce/.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ruleset;

#define ANSWERED_SEC                                                                                                   \
	10800 /* after the last packet: an idle connection sends a keep-alive after two hours at most (RFC 1122 4.2.3.6) */

/* An address that a device's packets come from. */
struct sender {
	char interface[IFNAMSIZ];
	uint8_t mac[6];
	uint8_t zone;            /* in which it gets answers */
	bool is_monitored;       /* it gets answers whatever its zone */
	struct in6_addr address; /* IPv4 mapped */
};

/* Whether the zone has address sets: it reaches hosts that could answer through the gateway. */
bool zone_is_answered(const struct ruleset *r, uint8_t zone);

/* Writes them as commands after the text of the tables, in the same transaction. */
void answers_render(const struct ruleset *r, const struct sender *senders, size_t n, FILE *out);
