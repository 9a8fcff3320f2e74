/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces that the configuration names, and other programs that change the packet filter. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "ctl/doctor/doctor.h"
#include "enforce/links.h"
#include "enforce/ruleset.h"

DEFINE_CLEANUP(struct if_nameindex *, if_freenameindex);
DEFINE_CLEANUP(struct links *, links_free);

#define ADDRESSES_LEAST 65536 /* as the package sets it */

/* --- Interfaces --- */

/* Does not use /sys: in a container it may show another network namespace. */
static bool is_up(const char *name)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
}

static bool any_matches(const char *pattern)
{
	_cleanup_(if_freenameindexp) struct if_nameindex *all = if_nameindex();

	for (const struct if_nameindex *i = all; i && i->if_name; i++)
		if (interface_matches(pattern, i->if_name))
			return true;
	return false;
}

/* A pattern is for interfaces that may appear later; a name is for one that must exist. */
static void find_interface(struct doctor *d, const char *kind, const char *name)
{
	const char *what = translated(kind);

	if (strchr(name, '*') && !any_matches(name))
		doctor_find(d, DOCTOR_WARNING, "create one, or correct the pattern under network",
			    "no interface matches the %s \"%s\"", what, name);
	else if (!strchr(name, '*') && if_nametoindex(name) == 0)
		doctor_find(d, DOCTOR_FAULT, "`ip link` shows the interfaces: create it, or correct network",
			    "the %s \"%s\" does not exist", what, name);
	else if (!strchr(name, '*') && !is_up(name))
		doctor_find(d, DOCTOR_WARNING, doctor_remedy("ip link set %s up", name), "the %s \"%s\" is down", what,
			    name);
}

static void find_guarded(struct doctor *d, const char *name)
{
	char master[IFNAMSIZ];

	if (ruleset_guards(&d->config->ruleset, name) && interface_master(name, master))
		doctor_find(d, DOCTOR_FAULT, doctor_remedy("guard %s, and name %s under network.bridges", master, name),
			    "the guarded %s is a port of %s, and its packets appear to come from that one: hallmarkd "
			    "does not start",
			    name, master);
}

/* In one line: a host with containers has hundreds. */
static void find_unnamed(struct doctor *d, const struct links *links)
{
	size_t n = 0, n_unnamed = 0, at = 0;
	const struct link *list = links_list(links, &n);
	char names[256] = "";

	for (size_t i = 0; i < n; i++) {
		if (!interfaces_is_unnamed(&d->config->ruleset, links, &list[i]))
			continue;
		if (at < sizeof(names) - 2 * IFNAMSIZ)
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", n_unnamed > 0 ? ", " : "",
					       list[i].name);
		n_unnamed++;
	}
	if (n_unnamed > 0)
		doctor_find(
			d, DOCTOR_WARNING,
			"add to network.trusted those that should forward as before, for example VPNs, containers, a "
			"management network; `hallmarkd --check` prints the line",
			"nothing is forwarded from or to %zu interfaces that the section network does not name: %s%s",
			n_unnamed, names, at < sizeof(names) - 2 * IFNAMSIZ ? "" : ", ...");
}

/* How many MACs or addresses the kernel should keep, so that nobody who invents some fills it at once. */
static unsigned addresses_needed(const struct doctor *d)
{
	return d->config->ruleset.set_size > ADDRESSES_LEAST ? d->config->ruleset.set_size : ADDRESSES_LEAST;
}

/* The gateway answers for all, so the rules take for its own what a device did not attest from. */
static void find_proxy(struct doctor *d, const char *bridge)
{
	char path[80], line[8];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/proxy_arp_pvlan", bridge);
	if (doctor_read_line(path, line, sizeof(line)) && line[0] == '1')
		doctor_find(d, DOCTOR_WARNING, doctor_remedy("set net.ipv4.conf.%s.proxy_arp_pvlan = 0", bridge),
			    "the gateway answers ARP on %s for all devices there: neighbours do not hear these from "
			    "addresses that they did not attest from",
			    bridge);
}

/* The kernel's table of neighbours is one for all interfaces. Containers do not have these settings. */
static void find_neighbours(struct doctor *d)
{
	static const char *const versions[] = { "ipv4", "ipv6" };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		char path[64], line[32];

		(void)snprintf(path, sizeof(path), "/proc/sys/net/%s/neigh/default/gc_thresh3", versions[i]);
		if (!doctor_read_line(path, line, sizeof(line)) || strtoul(line, NULL, 10) >= addresses_needed(d))
			continue;
		doctor_find(
			d, DOCTOR_WARNING,
			doctor_remedy("set net.%s.neigh.default.gc_thresh3 = %u in /etc/sysctl.d, and gc_thresh2 = "
				      "%u, then `sysctl --system`",
				      versions[i], addresses_needed(d), addresses_needed(d) / 2),
			"the kernel keeps the addresses of %s neighbours (%s): when more devices speak, or one that "
			"invents addresses, others get no answers",
			line, versions[i]);
	}
}

static void find_guarded_bridge(struct doctor *d, const struct link *bridge)
{
	if (!ruleset_bridge(&d->config->ruleset, bridge->name))
		doctor_find(
			d, DOCTOR_WARNING,
			doctor_remedy("name %s and its ports under network.bridges, and in segments", bridge->name),
			"the guarded bridge \"%s\" is not under network.bridges: each of its ports is a household of "
			"its own",
			bridge->name);
	if (bridge->learns_without_limit)
		doctor_find(d, DOCTOR_WARNING,
			    doctor_remedy(
				    "ip link set %s type bridge fdb_max_learned %u, and so at each boot (iproute2 6.8)",
				    bridge->name, addresses_needed(d)),
			    "%s learns any number of MACs: whoever invents some on a port fills the gateway's memory",
			    bridge->name);
	find_proxy(d, bridge->name);
	if (interface_borrows_mac(bridge->name))
		doctor_find(d, DOCTOR_WARNING,
			    doctor_remedy("ip link set %s address %s, and so at each boot", bridge->name, bridge->mac),
			    "%s takes its MAC from its ports: when these change, devices are not heard for minutes",
			    bridge->name);
}

static void find_guarded_bridges(struct doctor *d, const struct links *links)
{
	size_t n = 0;
	const struct link *list = links_list(links, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].is_bridge && ruleset_guards(&d->config->ruleset, list[i].name))
			find_guarded_bridge(d, &list[i]);
}

static void find_by_links(struct doctor *d)
{
	_cleanup_(links_freep) struct links *links = NULL;

	if (links_new(&links) < 0)
		return;
	find_guarded_bridges(d, links);
	find_unnamed(d, links);
}

static void find_bridge(struct doctor *d, const struct bridge *bridge)
{
	char master[IFNAMSIZ];

	for (size_t i = 0; i < bridge->n_ports; i++) {
		const char *port = bridge->ports[i];

		find_interface(d, TO_TRANSLATE("bridge port"), port);
		if (if_nametoindex(port) != 0 && (!interface_master(port, master) || strcmp(master, bridge->name) != 0))
			doctor_find(d, DOCTOR_FAULT, doctor_remedy("ip link set %s master %s", port, bridge->name),
				    "\"%s\" is not a port of %s: its devices are in no household", port, bridge->name);
	}
	if (interface_learns_from_link_local(bridge->name))
		doctor_find(d, DOCTOR_WARNING,
			    doctor_remedy("ip link set %s type bridge no_linklocal_learn 1", bridge->name),
			    "%s learns MACs from frames that no rule can see", bridge->name);
}

void doctor_interfaces(struct doctor *d)
{
	_cleanup_(if_freenameindexp) struct if_nameindex *all = if_nameindex();
	const unsigned before = d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING];
	const struct ruleset *r = d->config ? &d->config->ruleset : NULL;

	if (!r)
		return;
	for (size_t i = 0; i < r->n_guarded; i++)
		find_interface(d, TO_TRANSLATE("guarded interface"), r->guarded[i]);
	for (size_t i = 0; i < r->n_uplinks; i++)
		find_interface(d, TO_TRANSLATE("uplink"), r->uplinks[i]);
	for (size_t i = 0; i < r->n_servers; i++)
		find_interface(d, TO_TRANSLATE("servers' interface"), r->servers[i].interface);
	for (const struct if_nameindex *i = all; i && i->if_name; i++)
		find_guarded(d, i->if_name);
	for (size_t i = 0; i < r->n_bridges; i++)
		find_bridge(d, &r->bridges[i]);
	find_by_links(d);
	find_neighbours(d);
	if (d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING] == before)
		doctor_find(d, DOCTOR_OK, NULL, "all interfaces that the configuration names exist and are up");
}

/* --- Other firewalls --- */

#define NFTABLES_CONF "/etc/nftables.conf"

static bool is_active(const struct doctor *d, const char *unit)
{
	char text[64];

	return d->has_systemd &&
	       doctor_run((const char *const[]){ "systemctl", "is-active", unit, NULL }, text, sizeof(text)) == 0;
}

static bool is_enabled(const struct doctor *d, const char *unit)
{
	char text[64];

	return d->has_systemd &&
	       doctor_run((const char *const[]){ "systemctl", "is-enabled", unit, NULL }, text, sizeof(text)) == 0;
}

static bool flushes_all(void)
{
	_cleanup_fclose_ FILE *f = fopen(NFTABLES_CONF, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		const char *text = line + strspn(line, " \t");

		if (strncmp(text, "flush", 5) == 0 && strstr(text, "ruleset"))
			return true;
	}
	return false;
}

/* Without systemd it is unknown what loads the file and when. */
static void find_flush(struct doctor *d)
{
	const bool is_used = is_active(d, "nftables.service") || is_enabled(d, "nftables.service");

	if (!flushes_all() || (d->has_systemd && !is_used))
		return;
	doctor_find(d, is_used ? DOCTOR_FAULT : DOCTOR_WARNING,
		    "delete the tables in it by their names instead, or `systemctl disable nftables`; not with --now, "
		    "and do not use `systemctl stop`: stopping it flushes all tables, too",
		    "%s says `flush ruleset`: loading it removes hallmarkd's tables, until hallmarkd restores them",
		    NFTABLES_CONF);
}

static void find_managers(struct doctor *d)
{
	static const char *const units[] = { "firewalld.service", "ufw.service" };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (is_active(d, units[i]))
			doctor_find(d, DOCTOR_WARNING,
				    doctor_remedy(
					    "let it forward what hallmarkd lets pass, or `systemctl disable --now %s`",
					    units[i]),
				    "%s is active: packets that it drops are dropped in every zone", units[i]);
}

/* Flows that are offloaded pass no rule at all. */
static void find_flowtables(struct doctor *d)
{
	char text[4096], table[128] = "", family[16] = "", name[128], *rest = NULL;

	if (doctor_run((const char *const[]){ d->config->nft, "list", "flowtables", NULL }, text, sizeof(text)) != 0)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		(void)sscanf(line, "table %15s %127s {", family, table);
		if (sscanf(line, " flowtable %127s {", name) == 1)
			doctor_find(
				d, DOCTOR_WARNING,
				"remove it, or keep guarded interfaces and uplinks out of the rules that add flows to "
				"it: flows of a demoted device continue for as long as they are offloaded",
				"there is a flowtable, %s of the table %s %s: flows that it offloads bypass the zones",
				name, family, table);
	}
}

/* Other rules cannot let pass what ours drop. */
static void find_foreign_rules(struct doctor *d)
{
	if (!d->is_root || !d->config)
		return;
	find_flowtables(d);
	doctor_rules(d);
}

void doctor_firewalls(struct doctor *d)
{
	const unsigned before = d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING];

	find_flush(d);
	find_managers(d);
	find_foreign_rules(d);
	if (d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING] == before)
		doctor_find(d, DOCTOR_OK, NULL,
			    "no program was found that removes hallmarkd's tables or also drops packets");
}
