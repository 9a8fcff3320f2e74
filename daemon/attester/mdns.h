/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot questions of multicast DNS (RFC 6762 section 5.1), on all links of this device. Nothing is answered here. */
#pragma once

#include "attester/dns_answer.h"

#define MDNS_DOMAIN "local"

struct mdns {
	int four, six; /* sockets; -1: this device has none of that family */
};

struct mdns mdns_open(void);
void mdns_close(struct mdns *m);

/* As struct dns_server in dnssd.h wants it; `mdns` is a struct mdns. Takes up to 1.4 s. */
int mdns_ask(void *mdns, const char *name, int type, struct dns_records *records);
