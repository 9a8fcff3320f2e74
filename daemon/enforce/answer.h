/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes back to devices: by the zone of the device that sends from the address. The rules note addresses; here they follow
 * the devices when these move to another zone. Only for this folder.
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
	10800 /* from the last packet: an idle connection is kept alive after two hours at most (RFC 1122 4.2.3.6) */

/* An address that a device's packets come from. */
struct sender {
	char interface[IFNAMSIZ];
	uint8_t mac[6];
	uint8_t zone;            /* that it is answered in */
	bool is_monitored;       /* it is answered whatever its zone */
	struct in6_addr address; /* IPv4 mapped */
};

/* Whether there are sets of a zone's addresses: it reaches what could answer through the gateway. */
bool zone_is_answered(const struct ruleset *r, uint8_t zone);

/* Writes them as commands behind the text of the tables, in whose transaction they are. */
void answers_render(const struct ruleset *r, const struct sender *senders, size_t n, FILE *out);
