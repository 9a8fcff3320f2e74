/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery of gateways by DNS-SD (RFC 6763), whoever is asked. */
#pragma once

#include <stddef.h>

#include "attester/dns_answer.h"

#define DNSSD_PLACES_MAX 4

/* Who answers questions of DNS. */
struct dns_server {
	/* Adds to *records what it says. Returns 0, also when there is none; or a negative errno: asking on is of no use. */
	int (*ask)(void *userdata, const char *name, int type, struct dns_records *records);
	void *userdata;
	uint64_t end_usec; /* CLOCK_MONOTONIC: from then on nothing is asked */
};

/* Where gateways are, the best first. */
struct dnssd_places {
	union endpoint at[DNSSD_PLACES_MAX];
	size_t n;
};

/*
 * Adds what the domain announces. Returns 0; or, if that is nothing and a question had no answer, the negative errno of
 * ask(), or -ETIMEDOUT.
 */
int dnssd_find(const struct dns_server *server, const char *domain, struct dnssd_places *places);
