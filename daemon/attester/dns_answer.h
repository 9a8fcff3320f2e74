/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of DNS that anybody on the network may have sent → the records that were asked for. */
#pragma once

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attester/endpoint.h"
#include "base/bytes.h"

#define DNS_RECORDS_MAX 4 /* of one answer; more are ignored */

/* A usable one of type PTR, SRV, A or AAAA. */
struct dns_record {
	char name[NS_MAXDNAME];  /* of PTR and SRV: what it leads to, as text with escapes */
	uint16_t priority, port; /* of SRV */
	union endpoint address;  /* of A and AAAA; port 0 */
	union endpoint by;       /* of multicast DNS: the neighbour who says so, with port 0; else zero */
};

struct dns_records {
	struct dns_record at[DNS_RECORDS_MAX];
	size_t n;
};

/* Adds it. Returns false when it is there already, or there is no room. */
bool dns_records_add(struct dns_records *records, const struct dns_record *record);

/*
 * Adds the records of this name (as text with escapes, without the last dot) and type in the answer. Those that are there already are left out, and those that lead nowhere: a service that is not
 * available (RFC 2782: the target "."), port 0, an address that is not of one host on a network. Returns 0, or
 * -EBADMSG for a message that is malformed or no answer; then some may have been added.
 */
int dns_answer_take(struct bytes message, const char *name, int type, struct dns_records *records);
