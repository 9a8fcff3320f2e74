/* SPDX-License-Identifier: Apache-2.0 */
/* By /sys/class/net, which needs no privilege. */
#include "run/interfaces.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "hallmark/journal.h"
#include "run/journal.h"

DEFINE_CLEANUP(struct if_nameindex *, if_freenameindex);
DEFINE_CLEANUP(DIR *, closedir);

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

static unsigned count_ports(const char *bridge)
{
	char path[64];
	_cleanup_(closedirp) DIR *ports = NULL;
	unsigned n = 0;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/brif", bridge);
	ports = opendir(path);
	for (const struct dirent *e = ports ? readdir(ports) : NULL; e; e = readdir(ports))
		n += e->d_name[0] != '.';
	return n;
}

/* A bridge shows the packets of its ports as its own: guarding the port would leave it open without a word. */
static int check_guarded(const struct ruleset *r, const char *name)
{
	char master[IFNAMSIZ];

	if (interface_master(name, master)) {
		journal_event(LOG_ERR, HALLMARK_MESSAGE_NETWORK,
			      "The guarded interface %s is a port of %s, which its packets seem to come from: guard %s "
			      "instead",
			      name, master, master);
		return -EINVAL;
	}
	if (!ruleset_bridge(r, name) && count_ports(name) > 1)
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
			      "The ports of %s reach each other behind our back: name them under network.bridges",
			      name);
	return 0;
}

static void warn_of_missing(const char *pattern, const char *what)
{
	if (!strchr(pattern, '*') && if_nametoindex(pattern) == 0)
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK, "The %s %s is not there (yet)", what, pattern);
}

static void warn_of_ports(const struct bridge *bridge)
{
	char master[IFNAMSIZ];

	for (size_t i = 0; i < bridge->n_ports; i++) {
		warn_of_missing(bridge->ports[i], "bridge port");
		if (if_nametoindex(bridge->ports[i]) != 0 &&
		    (!interface_master(bridge->ports[i], master) || strcmp(master, bridge->name) != 0))
			journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
				      "%s is not a port of %s: what comes from it is judged as what it is",
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

/* A frame to 01:80:c2:00:00:0e comes by none of our chains, and the bridge would learn from it where another's MAC is. */
bool interface_learns_from_link_local(const char *bridge)
{
	char path[80];
	_cleanup_fclose_ FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/bridge/no_linklocal_learn", bridge);
	f = fopen(path, "re");
	return f && fgetc(f) == '0';
}

int interfaces_check(const struct config *config)
{
	_cleanup_(if_freenameindexp) struct if_nameindex *all = if_nameindex();
	const struct ruleset *r = &config->ruleset;

	for (const struct if_nameindex *i = all; i && i->if_name; i++)
		if (ruleset_guards(r, i->if_name) && check_guarded(r, i->if_name) < 0)
			return -EINVAL;
	for (size_t i = 0; i < r->n_guarded; i++)
		warn_of_missing(r->guarded[i], "guarded interface");
	for (size_t i = 0; i < r->n_bridges; i++) {
		warn_of_ports(&r->bridges[i]);
		if (interface_learns_from_link_local(r->bridges[i].name))
			journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
				      "%s learns MACs from frames that no rule sees: `ip link set %s type bridge "
				      "no_linklocal_learn 1`",
				      r->bridges[i].name, r->bridges[i].name);
	}
	if (r->n_bridges > 0 && interfaces_route_bridges())
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
			      "br_netfilter is on: households on a bridge are cut off from themselves. Set "
			      "net.bridge.bridge-nf-call-iptables and -ip6tables to 0 with sysctl");
	return 0;
}
