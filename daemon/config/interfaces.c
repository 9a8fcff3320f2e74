/* SPDX-License-Identifier: Apache-2.0 */
/* By rtnetlink and /sys/class/net, which need no privilege. */
#include "config/interfaces.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "enforce/links.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

DEFINE_CLEANUP(struct links *, links_free);

bool interface_master(const char *name, char ret[static IFNAMSIZ])
{
	char path[64], master[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/master", name);
	n = readlink(path, master, sizeof(master) - 1);
	if (n < 0)
		return false;
	master[n] = '\0';
	(void)snprintf(ret, IFNAMSIZ, "%.*s", IFNAMSIZ - 1, basename(master));
	return true;
}

/*
 * A bridge shows the packets of its ports as its own, so guarding only the port would silently leave it unfiltered. A
 * VRF does that only for incoming packets, so its ports are guarded too.
 */
static int check_guarded(const struct config *config, const struct links *links, const struct link *link)
{
	const struct link *master = link->master ? links_by_index(links, link->master) : NULL;

	if (!master || (master->is_vrf && ruleset_guards(&config->ruleset, master->name)))
		return 0;
	journal_event(
		LOG_ERR, HALLMARK_MESSAGE_NETWORK,
		"The guarded interface %s is a port of %s, and its packets appear to come from that one: guard %s %s",
		link->name, master->name, master->name, master->is_vrf ? "too" : "instead");
	return -EINVAL;
}

int interfaces_take_in(struct config *config, const struct links *links)
{
	size_t n;
	const struct link *list = links_list(links, &n);
	struct ruleset *r = &config->ruleset;
	int n_taken = 0;

	for (size_t i = 0; i < n; i++) {
		if (!list[i].is_bridge || !ruleset_guards(r, list[i].name) || ruleset_bridge(r, list[i].name) ||
		    !interface_name_is_valid(list[i].name))
			continue;
		if (ruleset_add_bridge(r, list[i].name) < 0) {
			journal_event(LOG_ERR, HALLMARK_MESSAGE_NETWORK,
				      "There are more than %d guarded bridges: the ports of %s reach each other "
				      "without being filtered",
				      BRIDGES_MAX, list[i].name);
			continue;
		}
		n_taken++;
		journal_event(
			LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
			"The guarded %s is a bridge that network.bridges does not name: each of its ports is "
			"isolated as a household of its own. Name its ports there, and in segments, to let devices "
			"reach each other",
			list[i].name);
	}
	return n_taken;
}

/* --- Interfaces that nothing names --- */

/* The untagged side of a trunk with guarded VLANs: it need not be named. */
static bool carries_guarded(const struct ruleset *r, const struct links *links, const struct link *trunk)
{
	size_t n;
	const struct link *list = links_list(links, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].trunk == trunk->index && ruleset_guards(r, list[i].name))
			return true;
	return false;
}

/* Where there is a bridge table, a port of an unguarded bridge is filtered like a device's. */
static bool is_port_of_others(const struct ruleset *r, const struct link *port, const struct link *master)
{
	if (master->is_vrf)
		return true;
	return master->is_bridge && r->n_bridges > 0 && !ruleset_guards(r, master->name) &&
	       !ruleset_excepts(r, port->name);
}

bool interfaces_is_unnamed(const struct ruleset *r, const struct links *links, const struct link *link)
{
	const struct link *master = link->master ? links_by_index(links, link->master) : NULL;

	if (link->is_loopback || ruleset_part(r, link->name)[0])
		return false;
	return master ? is_port_of_others(r, link, master) : !carries_guarded(r, links, link);
}

bool interfaces_has_port(const struct links *links, const char *bridge, const char *port)
{
	const struct link *l = links_by_name(links, port), *master = l ? links_by_index(links, l->master) : NULL;

	return master && strcmp(master->name, bridge) == 0;
}

static void print_suggestion(const struct ruleset *r, const struct links *links, FILE *out)
{
	size_t n;
	const struct link *list = links_list(links, &n);
	const char *between = "";

	(void)fputs("    trusted = [ ", out);
	for (size_t i = 0; i < r->n_trusted; i++, between = ", ")
		(void)fprintf(out, "%s\"%s\"", between, r->trusted[i]);
	for (size_t i = 0; i < n; i++)
		if (interfaces_is_unnamed(r, links, &list[i]) && interface_name_is_valid(list[i].name)) {
			(void)fprintf(out, "%s\"%s\"", between, list[i].name);
			between = ", ";
		}
	(void)fputs(" ];\n", out);
}

void interfaces_describe(struct config *config, FILE *out)
{
	_cleanup_(links_freep) struct links *links = NULL;
	const struct ruleset *r = &config->ruleset;
	const struct link *list;
	size_t n = 0, n_unnamed = 0;

	if (links_new(&links) < 0)
		return;
	(void)interfaces_take_in(config, links);
	list = links_list(links, &n);
	for (size_t i = 0; i < n; i++)
		if (interfaces_is_unnamed(r, links, &list[i]))
			(void)fprintf(out, "%s%s",
				      n_unnamed++ == 0 ? "the section network does not name these interfaces of this "
							 "machine, and nothing is forwarded from or to them: " :
							 ", ",
				      list[i].name);
	if (n_unnamed == 0)
		return;
	(void)fputs("\nto let VPNs, containers or a management network among them pass, add under network:\n", out);
	print_suggestion(r, links, out);
}

static void warn_of_missing(const char *pattern, const char *what)
{
	if (!strchr(pattern, '*') && if_nametoindex(pattern) == 0)
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK, "The %s %s does not exist (yet)", what, pattern);
}

static void warn_of_ports(const struct bridge *bridge)
{
	char master[IFNAMSIZ];

	for (size_t i = 0; i < bridge->n_ports; i++) {
		warn_of_missing(bridge->ports[i], "bridge port");
		if (if_nametoindex(bridge->ports[i]) != 0 &&
		    (!interface_master(bridge->ports[i], master) || strcmp(master, bridge->name) != 0))
			journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
				      "%s is not a port of %s: its traffic is filtered as that of a separate interface",
				      bridge->ports[i], bridge->name);
	}
}

bool interfaces_route_bridges(void)
{
	static const char *const names[] = { "bridge-nf-call-iptables", "bridge-nf-call-ip6tables" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[64];
		_cleanup_fclose_ FILE *f = NULL;

		(void)snprintf(path, sizeof(path), "/proc/sys/net/bridge/%s", names[i]);
		f = fopen(path, "re");
		if (f && fgetc(f) == '1')
			return true;
	}
	return false;
}

/* A frame to 01:80:c2:00:00:0e passes none of our chains, and the bridge could learn a wrong port for a MAC from it. */
bool interface_learns_from_link_local(const char *bridge)
{
	char path[80];
	_cleanup_fclose_ FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/bridge/no_linklocal_learn", bridge);
	f = fopen(path, "re");
	return f && fgetc(f) == '0';
}

/* Only NET_ADDR_SET keeps the kernel from taking the lowest MAC of the ports. Netlink does not say this. */
bool interface_borrows_mac(const char *bridge)
{
	char path[80];
	_cleanup_fclose_ FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/addr_assign_type", bridge);
	f = fopen(path, "re");
	return f && fgetc(f) != '3';
}

static void warn_of_bridge(const struct bridge *bridge, const struct links *links)
{
	const struct link *link = links_by_name(links, bridge->name);

	warn_of_ports(bridge);
	if (interface_learns_from_link_local(bridge->name))
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
			      "%s learns MACs from frames that no rule sees: `ip link set %s type bridge "
			      "no_linklocal_learn 1`",
			      bridge->name, bridge->name);
	if (link && interface_borrows_mac(bridge->name))
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
			      "%s takes its MAC from its ports: when these change, devices are not heard for minutes. "
			      "Give it one of its own: `ip link set %s address %s`",
			      bridge->name, bridge->name, link->mac);
}

static void warn_of_unnamed(const struct ruleset *r, const struct links *links)
{
	size_t n, n_unnamed = 0;
	const struct link *list = links_list(links, &n), *one = NULL;

	for (size_t i = 0; i < n; i++)
		if (interfaces_is_unnamed(r, links, &list[i])) {
			one = &list[i];
			n_unnamed++;
		}
	if (one)
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
			      "%zu interfaces are present that the configuration does not name, for example %s: "
			      "`hallmarkctl status` lists them",
			      n_unnamed, one->name);
}

static int check_all_guarded(const struct config *config, const struct links *links)
{
	size_t n;
	const struct link *list = links_list(links, &n);

	for (size_t i = 0; i < n; i++)
		if (ruleset_guards(&config->ruleset, list[i].name) && check_guarded(config, links, &list[i]) < 0)
			return -EINVAL;
	return 0;
}

int interfaces_check(struct config *config)
{
	_cleanup_(links_freep) struct links *links = NULL;
	const struct ruleset *r = &config->ruleset;
	int q = links_new(&links);

	if (q < 0)
		return log_errno(q, "Cannot read the list of interfaces");
	if (check_all_guarded(config, links) < 0)
		return -EINVAL;
	(void)interfaces_take_in(config, links);
	for (size_t i = 0; i < r->n_guarded; i++)
		warn_of_missing(r->guarded[i], "guarded interface");
	for (size_t i = 0; i < r->n_bridges; i++)
		warn_of_bridge(&r->bridges[i], links);
	if (r->n_bridges > 0 && interfaces_route_bridges())
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
			      "br_netfilter is on: devices of one household on a bridge cannot reach each other. Set "
			      "net.bridge.bridge-nf-call-iptables and -ip6tables to 0 with sysctl");
	warn_of_unnamed(r, links);
	return 0;
}
