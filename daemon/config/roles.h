/* SPDX-License-Identifier: Apache-2.0 */
/* The section roles: who, beside root, may change what. core/bus/grant.h decides by it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct reader;

#define ROLES_MAX 64 /* tried for each order */

/* What a role may allow: methods of the bus that change something, and who may read the record. All others are root's. */
enum verb {
	VERB_NONE = 0,
	VERB_ALLOW,
	VERB_ALLOW_UNPROVED,
	VERB_MONITOR,
	VERB_MONITOR_UNPROVED,
	VERB_QUARANTINE,
	VERB_RELEASE,
	VERB_REATTEST,
	VERB_RELOAD,
	VERB_RECORD,
	_VERB_MAX,
};

#define VERB_BIT(verb) (UINT32_C(1) << (verb))

/* Static: "allow", "allow-unproved" and so on; "none" for any other. */
const char *verb_name(enum verb verb);

struct role {
	char name[32];
	char group[64], user[64]; /* one of them; the other is "" */
	uint32_t id;              /* of that group or user, as the system knew it when the file was read */
	bool is_known;            /* false: the system did not know it, and the role is nobody's */
	uint32_t verbs;           /* mask of VERB_BIT; never empty */
	uint32_t zones;           /* mask by the policy's numbers; 0: all */
	uint32_t longest_sec;     /* of an order; 0: as for root */
	bool needs_reason;        /* for orders that need none otherwise */
	uint16_t *segments;       /* owned: indices; none: all places */
	size_t n_segments;
};

/* Call it after the network and the zones were read. */
void config_read_roles(struct reader *r);

void roles_free(struct role *roles, size_t n);

/* Warns of roles whose group or user the system did not know: accounts may be made later. */
void roles_warn_of_missing(const struct config *config);
