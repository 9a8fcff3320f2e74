/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, households and the figures of the table. */
#include "config/reader.h"

#include <string.h>

#include "base/cleanup.h"

static const struct key network_keys[] = {
	REQUIRED("guarded", KEY_TEXTS),
	OPTIONAL("uplinks", KEY_TEXTS),
	OPTIONAL("segments", KEY_GROUPS),
	OPTIONAL("operator-port", KEY_NUMBER, KEY_INTO(struct ruleset, operator_port), KEY_RANGE(0, UINT16_MAX, 22)),
	OPTIONAL("set-size", KEY_NUMBER, KEY_INTO(struct ruleset, set_size), KEY_RANGE(64, 1 << 20, 65536)),
};

static const struct key segment_keys[] = {
	REQUIRED("name", KEY_WORD, KEY_INTO(struct segment, name)),
	REQUIRED("interfaces", KEY_TEXTS),
};

/* Copies the names of interfaces to an array of their own and into `seen`. Returns how many. */
static size_t read_interfaces(struct reader *r, const config_setting_t *list, char (**ret)[IFNAMSIZ],
			      struct names *seen)
{
	const size_t n = reader_length(list);

	if (n > INTERFACES_MAX) {
		reader_error(r, list, "too many interfaces; at most %d", INTERFACES_MAX);
		return 0;
	}
	*ret = reader_alloc(r, n, sizeof(**ret));
	if (!*ret)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const char *name = reader_element(list, i);

		names_add(seen, name, list);
		if (interface_name_is_valid(name))
			memcpy((*ret)[i], name, strlen(name) + 1);
		else
			reader_error(r, list,
				     "\"%s\" cannot be an interface; use at most %d letters, digits, "
				     "'.', '-' and '_'",
				     name, IFNAMSIZ - 1);
	}
	return n;
}

static void read_segment(struct reader *r, const config_setting_t *group, struct segment *segment,
			 const struct names *guarded, struct names *seen)
{
	const config_setting_t *list = reader_member(group, "interfaces");

	if (!reader_keys(r, group, segment_keys, ARRAY_SIZE(segment_keys), segment))
		return;
	if (reader_length(list) == 0)
		reader_error(r, list, "segment \"%s\" has no interface; add one or remove it", segment->name);
	segment->n_interfaces = read_interfaces(r, list, &segment->interfaces, seen);
	for (size_t i = 0; i < segment->n_interfaces; i++)
		if (!names_has(guarded, reader_element(list, i)))
			reader_error(r, list,
				     "interface \"%s\" of segment \"%s\" is not guarded; add it to "
				     "network.guarded",
				     reader_element(list, i), segment->name);
}

static size_t count_interfaces(const config_setting_t *segments)
{
	size_t n = 0;

	for (size_t i = 0; i < reader_length(segments); i++)
		n += reader_length(reader_member(reader_group(segments, i), "interfaces"));
	return n;
}

static void read_segments(struct reader *r, const config_setting_t *list, const struct names *guarded)
{
	_cleanup_(names_done) struct names seen = { 0 };
	struct ruleset *ruleset = &r->config->ruleset;
	const size_t n = reader_length(list);

	if (n > INTERFACES_MAX) {
		reader_error(r, list, "too many segments; at most %d", INTERFACES_MAX);
		return;
	}
	ruleset->segments = reader_alloc(r, n, sizeof(*ruleset->segments));
	if (!ruleset->segments || !names_reserve(r, &seen, count_interfaces(list)))
		return;
	ruleset->n_segments = n;
	for (size_t i = 0; i < n; i++)
		read_segment(r, reader_group(list, i), &ruleset->segments[i], guarded, &seen);
	reader_check_unique(r, list, "name");
	names_check_unique(r, &seen, "interface of a segment");
}

void config_read_network(struct reader *r)
{
	_cleanup_(names_done) struct names all = { 0 }, guarded_names = { 0 };
	const config_setting_t *network = reader_member(r->root, "network");
	const config_setting_t *guarded = reader_member(network, "guarded");
	const config_setting_t *uplinks = reader_member(network, "uplinks");
	struct ruleset *ruleset = &r->config->ruleset;

	if (!network || !reader_keys(r, network, network_keys, ARRAY_SIZE(network_keys), ruleset))
		return;
	if (reader_length(guarded) == 0)
		reader_error(r, guarded, "nothing is guarded; name the interfaces that devices are on");
	if (!names_reserve(r, &all, reader_length(guarded) + reader_length(uplinks)))
		return;
	ruleset->n_guarded = read_interfaces(r, guarded, &ruleset->guarded, &all);
	ruleset->n_uplinks = read_interfaces(r, uplinks, &ruleset->uplinks, &all);
	names_check_unique(r, &all, "interface");

	if (!names_reserve(r, &guarded_names, reader_length(guarded)))
		return;
	for (size_t i = 0; i < reader_length(guarded); i++)
		names_add(&guarded_names, reader_element(guarded, i), guarded);
	names_check_unique(r, &guarded_names, "guarded interface");
	read_segments(r, reader_member(network, "segments"), &guarded_names);
}
