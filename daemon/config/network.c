/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, bridges, households, and limits of the tables. */
#include "config/reader.h"

#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/language.h"
#include "config/config.h"
#include "enforce/ruleset.h"

static const struct key network_keys[] = {
	REQUIRED("guarded", KEY_TEXTS),
	OPTIONAL("uplinks", KEY_TEXTS),
	OPTIONAL("trusted", KEY_TEXTS),
	OPTIONAL("bridges", KEY_GROUPS),
	OPTIONAL("segments", KEY_GROUPS),
	OPTIONAL("servers", KEY_GROUPS),
	OPTIONAL("shared", KEY_GROUPS),
	OPTIONAL("binding", KEY_WORD, .text = "mac"),
	OPTIONAL("operator-port", KEY_NUMBER, KEY_INTO(struct ruleset, operator_port), KEY_RANGE(0, UINT16_MAX, 22)),
	OPTIONAL("set-size", KEY_NUMBER, KEY_INTO(struct ruleset, set_size), KEY_RANGE(64, 1 << 20, 65536)),
};

static const struct key bridge_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct bridge, name)),
	OPTIONAL("ports", KEY_TEXTS),
	OPTIONAL("except", KEY_TEXTS),
};

static const struct key shared_keys[] = {
	REQUIRED("interface", KEY_TEXT, KEY_INTO(struct shared_link, interface)),
	REQUIRED("mac", KEY_TEXT),
};

static const struct key segment_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct segment, name)),
	REQUIRED("interfaces", KEY_TEXTS),
};

/* The list that is read, and the names that must not repeat in it. */
struct list {
	const config_setting_t *at;
	bool are_patterns;  /* a '*' may end them */
	struct names *seen; /* all names of one kind, which must be unique */
};

static void add_interface(struct reader *r, const struct list *list, const char *name, char ret[static IFNAMSIZ])
{
	if (list->are_patterns ? interface_pattern_is_valid(name) : interface_name_is_valid(name)) {
		names_add(list->seen, name, list->at);
		memcpy(ret, name, strlen(name) + 1);
		return;
	}
	reader_error(r, list->at, "\"%s\" cannot be an interface; use at most %d letters, digits, '.', '-' and '_'%s",
		     name, IFNAMSIZ - 1,
		     list->are_patterns ? translated(", or '*' as the last one for all names that begin so") :
					  translated("; no '*' is allowed here"));
}

/* Copies the names of interfaces to a new array and into `seen`. Returns how many. */
static size_t read_interfaces(struct reader *r, const struct list *list, char (**ret)[IFNAMSIZ])
{
	const size_t n = reader_length(list->at);

	if (n > INTERFACES_MAX) {
		reader_error(r, list->at, "too many interfaces; at most %d", INTERFACES_MAX);
		return 0;
	}
	*ret = reader_alloc(r, n, sizeof(**ret));
	if (!*ret)
		return 0;
	for (size_t i = 0; i < n; i++)
		add_interface(r, list, reader_element(list->at, i), (*ret)[i]);
	return n;
}

/* How many texts are under `key` in all groups of a list. */
static size_t count_texts(const config_setting_t *list, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < reader_length(list); i++)
		n += reader_length(reader_member(reader_group(list, i), key));
	return n;
}

/* --- Bridges --- */

/* The ports of all bridges: those with devices, and the excepted ones. */
struct ports {
	struct names named, excepted;
};

static void ports_done(struct ports *p)
{
	names_done(&p->named);
	names_done(&p->excepted);
}

static void read_bridge(struct reader *r, const config_setting_t *group, struct bridge *bridge,
			const struct names *guarded, struct ports *seen)
{
	const struct list ports = { reader_member(group, "ports"), true, &seen->named };
	const struct list excepted = { reader_member(group, "except"), true, &seen->excepted };

	if (!reader_keys(r, group, bridge_keys, ARRAY_SIZE(bridge_keys), bridge))
		return;
	if (!interface_name_is_valid(bridge->name) || !names_has(guarded, bridge->name))
		reader_error(r, reader_member(group, "name"),
			     "bridge \"%s\" is not guarded; add that name to network.guarded", bridge->name);
	if (ports.at && reader_length(ports.at) == 0)
		reader_error(
			r, ports.at,
			"bridge \"%s\" has no port with devices behind it; add one, or remove \"ports\": all ports "
			"of the bridge are isolated, named or not",
			bridge->name);
	bridge->n_ports = read_interfaces(r, &ports, &bridge->ports);
	bridge->n_excepted = read_interfaces(r, &excepted, &bridge->excepted);
}

/* When two names match one port, it would be of both kinds. */
static void check_excepted(struct reader *r, const config_setting_t *list, const struct ports *ports)
{
	if (ports->excepted.n > INTERFACES_MAX)
		reader_error(r, list, "too many excepted ports; at most %d, use patterns", INTERFACES_MAX);
	for (size_t i = 0; i < ports->excepted.n; i++) {
		const char *other = names_overlapping(&ports->named, ports->excepted.names[i].text);

		if (other)
			reader_error(r, ports->excepted.names[i].at,
				     "excepted port \"%s\" is \"%s\" of network.bridges.ports too; remove one of them",
				     ports->excepted.names[i].text, other);
	}
}

/* `ports` receives the names of all ports, sorted. */
static void read_bridges(struct reader *r, const config_setting_t *list, const struct names *guarded,
			 struct ports *ports)
{
	struct ruleset *ruleset = &r->config->ruleset;
	const size_t n = reader_length(list);

	if (n > BRIDGES_MAX) {
		reader_error(r, list, "too many bridges; at most %d", BRIDGES_MAX);
		return;
	}
	ruleset->bridges = reader_alloc(r, n, sizeof(*ruleset->bridges));
	if (!ruleset->bridges || !names_reserve(r, &ports->named, count_texts(list, "ports")) ||
	    !names_reserve(r, &ports->excepted, count_texts(list, "except")))
		return;
	ruleset->n_bridges = n;
	for (size_t i = 0; i < n; i++)
		read_bridge(r, reader_group(list, i), &ruleset->bridges[i], guarded, ports);
	reader_check_unique(r, list, "name");
	names_check_unique(r, &ports->named, TO_TRANSLATE("port"));
	names_check_overlap(r, &ports->named);
	names_check_unique(r, &ports->excepted, TO_TRANSLATE("excepted port"));
	names_check_overlap(r, &ports->excepted);
	check_excepted(r, list, ports);
}

/* Packets of a port appear to come from its bridge: rules about the port itself would match nothing. */
static void check_ports(struct reader *r, const struct names *interfaces, const struct names *ports)
{
	for (size_t i = 0; i < ports->n; i++) {
		const char *port = ports->names[i].text, *other = names_overlapping(interfaces, port);

		if (other)
			reader_error(r, ports->names[i].at,
				     "port \"%s\" is \"%s\" of network.guarded, uplinks or trusted too; remove one of "
				     "them: packets from a port appear to come from its bridge",
				     port, other);
	}
}

/* --- Households --- */

struct known {
	const struct names *guarded, *ports;
};

static void check_member(struct reader *r, const config_setting_t *at, const char *name, const struct segment *segment,
			 const struct known *known)
{
	if (ruleset_bridge(&r->config->ruleset, name))
		reader_error(r, at,
			     "\"%s\" of segment \"%s\" is a bridge whose ports are isolated; name its ports instead",
			     name, segment->name);
	else if (!names_covering(known->guarded, name) && !names_covering(known->ports, name))
		reader_error(r, at,
			     "interface \"%s\" of segment \"%s\" is not guarded; add it to network.guarded, or to the "
			     "ports of a bridge",
			     name, segment->name);
}

static void read_segment(struct reader *r, const config_setting_t *group, struct segment *segment,
			 const struct known *known, struct names *seen)
{
	const struct list list = { reader_member(group, "interfaces"), true, seen };

	if (!reader_keys(r, group, segment_keys, ARRAY_SIZE(segment_keys), segment))
		return;
	if (reader_length(list.at) == 0)
		reader_error(r, list.at, "segment \"%s\" has no interface; add one or remove it", segment->name);
	segment->n_interfaces = read_interfaces(r, &list, &segment->interfaces);
	for (size_t i = 0; i < segment->n_interfaces; i++)
		if (segment->interfaces[i][0])
			check_member(r, list.at, segment->interfaces[i], segment, known);
}

static void read_segments(struct reader *r, const config_setting_t *list, const struct known *known)
{
	_cleanup_(names_done) struct names seen = { 0 };
	struct ruleset *ruleset = &r->config->ruleset;
	const size_t n = reader_length(list);

	if (n > INTERFACES_MAX) {
		reader_error(r, list, "too many segments; at most %d", INTERFACES_MAX);
		return;
	}
	if (n > 0) {
		ruleset->segments = reader_alloc(r, n, sizeof(*ruleset->segments));
		if (!ruleset->segments)
			return;
		(void)names_reserve(r, &seen, count_texts(list, "interfaces"));
	}
	ruleset->n_segments = n;
	for (size_t i = 0; i < n; i++)
		read_segment(r, reader_group(list, i), &ruleset->segments[i], known, &seen);
	reader_check_unique(r, list, "name");
	names_check_unique(r, &seen, TO_TRANSLATE("interface of a segment"));
	names_check_overlap(r, &seen);
	config_add_segments(r, &seen, known->guarded, known->ports);
	if (ruleset_sort_places(ruleset) < 0)
		r->out_of_memory = true;
}

/* --- Extenders --- */

/* Returns whether the entry is right. */
static bool read_shared_link(struct reader *r, const config_setting_t *group, const struct names *guarded,
			     struct shared_link *link)
{
	const config_setting_t *mac = reader_member(group, "mac");
	const unsigned n_errors = r->n_errors;

	if (!reader_keys(r, group, shared_keys, ARRAY_SIZE(shared_keys), link))
		return false;
	if (!interface_name_is_valid(link->interface) || !names_covering(guarded, link->interface))
		reader_error(
			r, reader_member(group, "interface"),
			"interface \"%s\" is not guarded; add it to network.guarded, or name the bridge instead of "
			"its port",
			link->interface);
	if (!mac_from_text(config_setting_get_string(mac), link->mac))
		reader_error(r, mac, "\"%s\" is not a MAC; use the form \"02:00:5e:10:00:01\"",
			     config_setting_get_string(mac));
	return r->n_errors == n_errors;
}

static void read_shared(struct reader *r, const config_setting_t *list, const struct names *guarded)
{
	struct ruleset *ruleset = &r->config->ruleset;
	const size_t n = reader_length(list);

	if (n > SHARED_MAX) {
		reader_error(r, list, "too many shared MACs; at most %d", SHARED_MAX);
		return;
	}
	ruleset->shared = reader_alloc(r, n, sizeof(*ruleset->shared));
	if (!ruleset->shared)
		return;
	for (size_t i = 0; i < n; i++) {
		struct shared_link link = { 0 };

		if (!read_shared_link(r, reader_group(list, i), guarded, &link))
			continue;
		if (ruleset_shares(ruleset, link.interface, link.mac))
			reader_error(r, reader_group(list, i), "this MAC of \"%s\" occurs twice; remove one",
				     link.interface);
		ruleset->shared[ruleset->n_shared++] = link;
	}
}

/* --- The section --- */

/* `all` receives the names of guarded, uplink and trusted interfaces, `guarded` those of guarded ones; both sorted. */
static void read_guarded(struct reader *r, const config_setting_t *network, struct names *all, struct names *guarded)
{
	const struct list inside = { reader_member(network, "guarded"), true, all };
	const struct list outside = { reader_member(network, "uplinks"), false, all };
	const struct list beside = { reader_member(network, "trusted"), true, all };
	const size_t n = reader_length(inside.at) + reader_length(outside.at) + reader_length(beside.at);
	struct ruleset *ruleset = &r->config->ruleset;

	if (reader_length(inside.at) == 0)
		reader_error(r, inside.at, "no interface is guarded; name the interfaces with devices");
	if (!names_reserve(r, all, n) || !names_reserve(r, guarded, reader_length(inside.at)))
		return;
	ruleset->n_guarded = read_interfaces(r, &inside, &ruleset->guarded);
	ruleset->n_uplinks = read_interfaces(r, &outside, &ruleset->uplinks);
	ruleset->n_trusted = read_interfaces(r, &beside, &ruleset->trusted);
	for (size_t i = 0; i < ruleset->n_guarded; i++)
		names_add(guarded, ruleset->guarded[i], inside.at);
	names_sort(guarded);
	names_check_unique(r, all, "interface");
	names_check_overlap(r, all);
}

/* Whoever loads the tables again, each sender keeps its mark until the next boot. 0: nft makes a seed each time. */
static uint32_t seed_of_boot(void)
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	uint8_t digest[SHA256_LEN];
	uint32_t seed = 0;
	char id[64];
	ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof(id));

	if (n > 0 && digest_sha256(bytes_of(id, (size_t)n), digest) == 0)
		memcpy(&seed, digest, sizeof(seed));
	return seed;
}

void config_read_network(struct reader *r)
{
	static const char *const bindings[] = { [BINDING_MAC] = "mac", [BINDING_IP] = "ip", NULL };
	_cleanup_(names_done) struct names all = { 0 }, guarded = { 0 };
	_cleanup_(ports_done) struct ports ports = { 0 };
	const config_setting_t *network = reader_member(r->root, "network");
	const struct known known = { &guarded, &ports.named };
	struct ruleset *ruleset = &r->config->ruleset;

	if (!network || !reader_keys(r, network, network_keys, ARRAY_SIZE(network_keys), ruleset))
		return;
	ruleset->sender_seed = seed_of_boot();
	ruleset->binding = (enum binding)reader_choice(r, reader_member(network, "binding"), bindings);
	read_guarded(r, network, &all, &guarded);
	read_bridges(r, reader_member(network, "bridges"), &guarded, &ports);
	check_ports(r, &all, &ports.named);
	check_ports(r, &all, &ports.excepted);
	read_segments(r, reader_member(network, "segments"), &known);
	config_read_servers(r, reader_member(network, "servers"), &guarded, &ports.named);
	read_shared(r, reader_member(network, "shared"), &guarded);
}
