/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table `inet hallmark` as nft text. Rendered whole from validated configuration; a string from a device
 * is never formatted into it.
 */
#pragma once

#include <net/if.h>
#include <stdint.h>
#include <stdio.h>

#include "base/digest.h"
#include "policy/policy.h"

#define TABLE_NAME     "hallmark"
#define INTERFACES_MAX 4096 /* guarded interfaces: one a household in a large complex */
#define REACH_MAX      32
#define SET_NAME_SIZE  (ZONE_NAME_SIZE + 2)

enum reach_kind {
	REACH_NONE = 0,
	REACH_INTERNET, /* out through an uplink */
	REACH_SEGMENT,  /* devices of the same household */
	REACH_GATEWAY,  /* a service on the gateway itself: protocol and port */
	REACH_HOST,     /* an address or prefix, optionally with protocol and port */
};

/* A place that a zone may go to. Host texts were validated and normalised by inet_pton(). */
struct reach {
	enum reach_kind kind;
	int family;       /* AF_INET, AF_INET6: REACH_HOST */
	char host[48];    /* address or prefix; never a guarded interface's: neighbours are REACH_SEGMENT */
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP, 0: any */
	uint16_t port;    /* 0: any */
};

struct segment {
	char name[32];
	char (*interfaces)[IFNAMSIZ]; /* owned */
	size_t n_interfaces;
};

struct ruleset {
	const struct policy *policy; /* zone names; borrowed */
	struct reach reach[ZONES_MAX][REACH_MAX];
	uint8_t n_reach[ZONES_MAX];
	char (*guarded)[IFNAMSIZ]; /* owned */
	size_t n_guarded;
	char (*uplinks)[IFNAMSIZ]; /* owned */
	size_t n_uplinks;
	struct segment *segments; /* owned */
	size_t n_segments;
	uint16_t port;              /* CoAPs */
	uint16_t operator_port;     /* TCP from guarded interfaces to the gateway, always; 0: none */
	uint32_t new_flows_per_sec; /* to the daemon, for each source */
	uint32_t set_size;
};

void ruleset_done(struct ruleset *r);

/* One admission as the kernel holds it. */
struct element {
	char interface[IFNAMSIZ];
	uint8_t mac[6];
	uint8_t zone;         /* ZONE_QUARANTINE: in no set */
	uint32_t timeout_sec; /* at least 1 when in a zone */
};

/* True for a name that can stand in nft text unquoted context: letters, digits, '.', '-', '_', at most 15. */
bool interface_name_is_valid(const char *name);

/* Writes the name of a zone's set: "z_" and the zone's name. */
void zone_set_name(const struct policy *policy, uint8_t zone, char ret[static SET_NAME_SIZE]);

/* SHA-256 of the text without elements and comment: kept in the table's comment, to notice another version. */
int ruleset_digest(const struct ruleset *r, uint8_t ret[static SHA256_LEN]);

/* By what a loaded table is recognised as this ruleset, and as not emptied by somebody since. */
struct ruleset_mark {
	char comment[sizeof("sha256:") + 2 * SHA256_LEN];
	size_t n_rules;
};

int ruleset_mark(const struct ruleset *r, struct ruleset_mark *ret);

/*
 * Writes text that replaces our table in one transaction, with these elements in place (n 0: empty sets).
 * Returns 0, -EIO, or -EINVAL for a name that may not stand in a ruleset.
 */
int ruleset_render(const struct ruleset *r, const struct element *elements, size_t n, FILE *out);
