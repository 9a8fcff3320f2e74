/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables `inet hallmark` and `bridge hallmark` as nft text. Rendered as a whole from validated configuration; a
 * string from a device is never formatted into it.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/sizes.h"

struct bytes;
struct element; /* enforce/membership.h */
struct opening; /* enforce/kernel.h */

/* What is open when tables are loaded. */
struct openings {
	const struct opening *list; /* borrowed; of the gateway at most one */
	size_t n;
};

#define TABLE_NAME     "hallmark"
#define INTERFACES_MAX 4096 /* guarded interfaces: one for each household of a large complex */
#define BRIDGES_MAX    64
#define SERVERS_MAX    64
#define SHARED_MAX     256 /* extenders: searched one by one */
#define SERVICES_MAX   16
#define REACH_MAX      32

enum reach_kind {
	REACH_NONE = 0,
	REACH_INTERNET, /* out through an uplink */
	REACH_SEGMENT,  /* devices of the same household */
	REACH_GATEWAY,  /* a service on the gateway itself: protocol and port */
	REACH_HOST,     /* an address or prefix, optionally with protocol and port */
};

/* A destination that a zone may reach. Host texts were validated and normalised by inet_pton(). */
struct reach {
	enum reach_kind kind;
	int family;       /* AF_INET, AF_INET6: REACH_HOST */
	char host[48];    /* address or prefix; never a guarded interface's: neighbours are REACH_SEGMENT */
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP, 0: any */
	uint16_t port;    /* 0: any */
};

/*
 * A household. Its interfaces are guarded ones, or ports of a bridge; a name that ends in '*' is a prefix pattern. An
 * interface in no segment is a household of its own.
 */
struct segment {
	char name[SEGMENT_NAME_SIZE]; /* in any script */
	char (*interfaces)[IFNAMSIZ]; /* owned */
	size_t n_interfaces;
};

/* Of which segment an interface, port or pattern is. */
struct segment_place {
	char name[IFNAMSIZ];
	uint16_t segment; /* its index */
};

/*
 * A guarded bridge: all its ports are isolated at layer 2, also unnamed ones; only the excepted ports are not. Names
 * of ports may end in '*'.
 */
struct bridge {
	char name[IFNAMSIZ];
	char (*ports)[IFNAMSIZ]; /* owned; expected ports, which segments may name */
	size_t n_ports;
	char (*excepted)[IFNAMSIZ]; /* owned; ports without devices */
	size_t n_excepted;
};

/*
 * A complex server: it may begin flows towards devices. The device's answers are filtered by its zone, like all it
 * sends.
 */
struct server {
	char name[32];
	char interface[IFNAMSIZ];            /* that it is behind; not guarded */
	struct reach host;                   /* REACH_HOST without service */
	struct reach services[SERVICES_MAX]; /* only protocol and port; at least one */
	uint8_t n_services;
	uint16_t *segments; /* owned: indices; none: all guarded interfaces */
	size_t n_segments;
};

/* A link-layer address that several devices send from: behind a router, or an extender with an address of its own. */
struct shared_link {
	char interface[IFNAMSIZ];
	uint8_t mac[6];
};

enum binding {
	BINDING_MAC = 0, /* all addresses of the admitted MAC */
	BINDING_IP,      /* only those that the device attested from */
};

/* What the devices of a zone may do in the network; the policy has the zone's name. */
struct zone_traffic {
	struct reach reach[REACH_MAX];
	uint8_t n_reach;
	uint32_t packets_per_sec; /* of each device; packets above it are dropped; 0: no limit */
	bool is_monitored;        /* what would be dropped is counted, logged and passed */
	bool has_border_routers; /* its devices may announce routes to their neighbours on a bridge; it reaches the segment */
};

struct ruleset {
	const struct policy *policy;          /* zone names; borrowed */
	struct zone_traffic zones[ZONES_MAX]; /* by the policy's numbers */
	char (*guarded)[IFNAMSIZ];            /* owned; may end in '*' */
	size_t n_guarded;
	char (*uplinks)[IFNAMSIZ]; /* owned */
	size_t n_uplinks;
	char (*trusted)[IFNAMSIZ]; /* owned; may end in '*'; not filtered: the gateway's other tables apply */
	size_t n_trusted;
	struct segment *segments; /* owned */
	size_t n_segments;
	struct segment_place *places; /* owned; sorted, of all segments: ruleset_sort_places() */
	size_t n_places;
	struct bridge *bridges; /* owned; their names are guarded too */
	size_t n_bridges;
	struct server *servers; /* owned */
	size_t n_servers;
	struct shared_link *shared; /* owned */
	size_t n_shared;
	enum binding binding;
	uint16_t port;              /* CoAPs */
	uint16_t operator_port;     /* TCP from guarded interfaces to the gateway, always; 0: none */
	uint32_t new_flows_per_sec; /* to the daemon, for each source */
	uint32_t set_size;
	uint32_t sender_seed; /* of the hash in senders' marks; no part of the digest. 0: nft makes one each time */
};

void ruleset_done(struct ruleset *r);

/* True for a name that may be unquoted in nft text: letters, digits, '.', '-', '_', at most 15. */
bool interface_name_is_valid(const char *name);

/* The same, or a prefix with a '*' at its end. */
bool interface_pattern_is_valid(const char *pattern);

/* Whether an interface or port of that name is in the segment. "": no. */
bool segment_has(const struct segment *s, const char *name);

/* Call it when all segments are there, and no two have one interface: ruleset_segment_at() finds by it. Returns 0 or -ENOMEM. */
int ruleset_sort_places(struct ruleset *r);

/* The segment of an interface or port; NULL: none. */
const struct segment *ruleset_segment_at(const struct ruleset *r, const char *name);

/* The segment of that name; NULL: there is none. */
const struct segment *ruleset_segment(const struct ruleset *r, const char *name);

/* Whether a name equals the pattern, or has the prefix of a pattern that ends in '*'. */
bool interface_matches(const char *pattern, const char *name);

bool ruleset_guards(const struct ruleset *r, const char *interface);

/*
 * The role of a name in the ruleset, as "guarded" or "an uplink"; "" when nothing names it: then nothing is forwarded
 * from or to it. Static.
 */
const char *ruleset_part(const struct ruleset *r, const char *interface);

/* Whether the port is one without devices. */
bool ruleset_excepts(const struct ruleset *r, const char *port);

/*
 * Adds a guarded bridge that the configuration does not name: its ports are isolated like those of others. Returns 0,
 * -E2BIG or -ENOMEM.
 */
int ruleset_add_bridge(struct ruleset *r, const char *name);

/* The guarded bridge of that name; NULL: none, or not yet known to be a bridge. */
const struct bridge *ruleset_bridge(const struct ruleset *r, const char *name);

/* Whether several devices send from this link-layer address. */
bool ruleset_shares(const struct ruleset *r, const char *interface, const uint8_t mac[static 6]);

/* Whether all zones are only monitored. */
bool ruleset_only_monitors(const struct ruleset *r);

/* SHA-256 of the text without elements and comment: kept in the table's comment, to detect another version. */
int ruleset_digest(const struct ruleset *r, uint8_t ret[static SHA256_LEN]);

/* Identifies a loaded table as this ruleset, and shows whether rules were removed since. */
struct ruleset_mark {
	char comment[sizeof("sha256:") + 2 * SHA256_LEN]; /* of both tables */
	size_t n_rules;                                   /* of the table inet */
	size_t n_bridge_rules;                            /* of the table bridge; 0: there is none */
};

int ruleset_mark(const struct ruleset *r, struct ruleset_mark *ret);

/*
 * Writes text that replaces our tables in one transaction, with these elements (n 0: empty sets), and open according to
 * `openings` (NULL: not open). Returns 0, -EIO, or -EINVAL for a name that is not allowed in a ruleset.
 */
int ruleset_render(const struct ruleset *r, const struct element *elements, size_t n, const struct openings *openings,
		   FILE *out);

/*
 * For a boot when no configuration can be read and none was stored: nothing is forwarded, and the gateway itself stays
 * reachable. Loading the tables of a configuration replaces it.
 */
int ruleset_render_shut(FILE *out);

/* Whether the functions above wrote the whole text, and it affects only our tables. */
bool ruleset_text_is_ours(struct bytes text);
