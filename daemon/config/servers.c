/* SPDX-License-Identifier: Apache-2.0 */
/* Complex servers and similar hosts, which may begin flows towards devices. */
#include "config/reader.h"

#include <net/if.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "enforce/ruleset.h"

static const struct key server_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct server, name)),
	REQUIRED("interface", KEY_TEXT, KEY_INTO(struct server, interface)),
	REQUIRED("address", KEY_TEXT),
	REQUIRED("services", KEY_TEXTS),
	OPTIONAL("segments", KEY_TEXTS),
};

static void read_address(struct reader *r, const config_setting_t *at, struct reach *ret)
{
	const char *text = config_setting_get_string(at);

	if (!config_parse_reach(text, ret) || ret->kind != REACH_HOST || ret->protocol != 0)
		reader_error(r, at, "\"%s\" is not an address; use \"10.0.0.5\", \"10.0.0.0/28\" or \"fd00::5\"", text);
}

static void read_services(struct reader *r, const config_setting_t *list, struct server *server)
{
	if (reader_length(list) == 0 || reader_length(list) > SERVICES_MAX) {
		reader_error(r, list, "a server has 1 to %d services, as \"tcp/443\"", SERVICES_MAX);
		return;
	}
	for (size_t i = 0; i < reader_length(list); i++)
		if (!config_parse_service(reader_element(list, i), &server->services[server->n_services++]))
			reader_error(r, list, "\"%s\" is not a service; use one as \"tcp/443\" or \"udp/5683\"",
				     reader_element(list, i));
}

static void report_segment(struct reader *r, const config_setting_t *at, const char *name)
{
	const struct ruleset *ruleset = &r->config->ruleset;
	struct suggestion s = { .word = name };
	char hint[128];

	if (r->n_errors > CONFIG_ERRORS_MAX) /* comparing all with all takes long */
		return;
	for (size_t i = 0; i < ruleset->n_segments; i++)
		suggestion_offer(&s, ruleset->segments[i].name);
	reader_error(r, at, "there is no segment \"%s\"; declare it under network.segments%s", name,
		     suggestion_text(&s, hint));
}

/* Returns the index of a segment; n_segments when there is none of that name. */
static size_t find_segment(const struct ruleset *ruleset, const char *name)
{
	size_t i = 0;

	while (i < ruleset->n_segments && strcmp(ruleset->segments[i].name, name) != 0)
		i++;
	return i;
}

/* Packets to a port leave through its bridge: the rule for servers cannot see which port it will be. */
static void check_segment(struct reader *r, const config_setting_t *at, const struct segment *segment,
			  const struct names *ports)
{
	for (size_t i = 0; i < segment->n_interfaces; i++)
		if (names_covering(ports, segment->interfaces[i]))
			reader_error(r, at,
				     "segment \"%s\" has a port of a bridge (\"%s\"), and a server cannot be given "
				     "access to one port alone; give the household an interface of its own, as a VLAN, "
				     "or name no segments",
				     segment->name, segment->interfaces[i]);
}

static bool has_segment(const struct server *server, size_t index)
{
	for (size_t i = 0; i < server->n_segments; i++)
		if (server->segments[i] == index)
			return true;
	return false;
}

static void read_segment(struct reader *r, const config_setting_t *at, const char *name, struct server *server,
			 const struct names *ports)
{
	const struct ruleset *ruleset = &r->config->ruleset;
	const size_t index = find_segment(ruleset, name);

	if (index == ruleset->n_segments) {
		report_segment(r, at, name);
		return;
	}
	if (has_segment(server, index))
		reader_error(r, at, "segment \"%s\" occurs twice; remove one", name);
	check_segment(r, at, &ruleset->segments[index], ports);
	server->segments[server->n_segments++] = (uint16_t)index;
}

static void read_segments(struct reader *r, const config_setting_t *list, struct server *server,
			  const struct names *ports)
{
	const size_t n = reader_length(list);

	if (list && n == 0)
		reader_error(r, list, "server \"%s\" may reach no segment; name one, or remove the key to allow all",
			     server->name);
	server->segments = reader_alloc(r, n, sizeof(*server->segments));
	for (size_t i = 0; i < n && server->segments; i++)
		read_segment(r, list, reader_element(list, i), server, ports);
}

static void check_interface(struct reader *r, const config_setting_t *at, const struct server *server,
			    const struct names *guarded, const struct names *ports)
{
	if (!interface_name_is_valid(server->interface))
		reader_error(r, at,
			     "\"%s\" cannot be an interface; use at most %d letters, digits, '.', '-' and '_'; no '*' "
			     "is allowed here",
			     server->interface, IFNAMSIZ - 1);
	else if (names_covering(guarded, server->interface) || names_covering(ports, server->interface))
		reader_error(r, at,
			     "interface \"%s\" of server \"%s\" is guarded: its packets are filtered like a "
			     "device's; name one that is not",
			     server->interface, server->name);
}

static void read_server(struct reader *r, const config_setting_t *group, struct server *server,
			const struct names *guarded, const struct names *ports)
{
	if (!reader_keys(r, group, server_keys, ARRAY_SIZE(server_keys), server))
		return;
	check_interface(r, reader_member(group, "interface"), server, guarded, ports);
	read_address(r, reader_member(group, "address"), &server->host);
	read_services(r, reader_member(group, "services"), server);
	read_segments(r, reader_member(group, "segments"), server, ports);
}

void config_read_servers(struct reader *r, const config_setting_t *list, const struct names *guarded,
			 const struct names *ports)
{
	struct ruleset *ruleset = &r->config->ruleset;
	const size_t n = reader_length(list);

	if (n > SERVERS_MAX) {
		reader_error(r, list, "too many servers; at most %d", SERVERS_MAX);
		return;
	}
	ruleset->servers = reader_alloc(r, n, sizeof(*ruleset->servers));
	if (!ruleset->servers)
		return;
	ruleset->n_servers = n;
	for (size_t i = 0; i < n; i++)
		read_server(r, reader_group(list, i), &ruleset->servers[i], guarded, ports);
	reader_check_unique(r, list, "name");
}
