/* SPDX-License-Identifier: Apache-2.0 */
/* The ruleset says what a change means. What was reported before is not kept. */
#include "core/act/linkwatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "core/act/enforcement.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/settler.h"
#include "core/tell/dictionary.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/links.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

#define MEANING_SIZE 192

/* --- The role of an interface --- */

static const struct ruleset *ruleset_of(const struct linkwatch *w)
{
	return &w->settler->in_force->config->ruleset;
}

static const struct link *master_of(const struct linkwatch *w, const struct link *link)
{
	return link && link->master ? links_by_index(w->links, link->master) : NULL;
}

static bool is_on_guarded_bridge(const struct linkwatch *w, const struct link *link)
{
	const struct link *master = master_of(w, link);

	return master && master->is_bridge && ruleset_guards(ruleset_of(w), master->name);
}

/* Whether devices are or were behind it. */
static bool concerns_devices(const struct linkwatch *w, const struct link *link)
{
	return link && (ruleset_guards(ruleset_of(w), link->name) || is_on_guarded_bridge(w, link));
}

static void port_to_text(const struct linkwatch *w, const struct link *port, const struct link *master, char *ret)
{
	const struct ruleset *r = ruleset_of(w);
	const char *what = master->is_bridge && ruleset_guards(r, master->name) ?
				   ruleset_excepts(r, port->name) ?
				   "an excepted port: no devices are behind it" :
				   "its traffic is filtered, and it is isolated from the other ports" :
				   "its packets count as those of that interface";

	(void)snprintf(ret, MEANING_SIZE, "a port of %s: %s", master->name, what);
}

static const char *meaning(const struct linkwatch *w, const struct link *link, char ret[static MEANING_SIZE])
{
	const char *part = ruleset_part(ruleset_of(w), link->name);
	const struct link *master = master_of(w, link);

	if (master)
		port_to_text(w, link, master, ret);
	else if (strcmp(part, "guarded") == 0)
		(void)snprintf(ret, MEANING_SIZE, "guarded: its traffic is filtered");
	else if (strcmp(part, "trusted") == 0)
		(void)snprintf(ret, MEANING_SIZE, "trusted: only the gateway's other firewalls filter it");
	else if (part[0])
		(void)snprintf(ret, MEANING_SIZE, "%s interface", part);
	else
		(void)snprintf(ret, MEANING_SIZE, "no key of network names it: %s",
			       w->settler->tables.has_no_enforcement || ruleset_only_monitors(ruleset_of(w)) ?
				       "what is forwarded from or to it is only monitored" :
				       "nothing is forwarded from or to it");
	return ret;
}

/* --- Reporting --- */

static bool has_line(struct linkwatch *w, bool is_of_devices)
{
	const uint64_t now_usec = clock_monotonic_usec();

	if (w->window_usec == 0 || now_usec - w->window_usec >= LINKWATCH_WINDOW_USEC) {
		w->window_usec = now_usec;
		w->lines = 0;
	}
	if (w->lines >= (is_of_devices ? LINKWATCH_GUARDED_LINES : LINKWATCH_LINES)) {
		w->untold++;
		return false;
	}
	w->lines++;
	return true;
}

static void tell_gone(const struct linkwatch *w, const struct link *before)
{
	const char *part = ruleset_part(ruleset_of(w), before->name);
	const struct link *master = master_of(w, before);

	journal_event(concerns_devices(w, before) ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "The interface %s disappeared%s%s", before->name,
		      master  ? ": it was a port of " :
		      part[0] ? ": it was " :
				"",
		      master ? master->name : part);
}

static void tell_renamed(const struct linkwatch *w, const struct link *before, const struct link *now)
{
	const char *part = ruleset_part(ruleset_of(w), before->name);
	char text[MEANING_SIZE];

	journal_event(concerns_devices(w, before) ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "The interface %s%s%s%s was renamed to %s, %s", before->name, part[0] ? " (" : "", part,
		      part[0] ? ")" : "", now->name, meaning(w, now, text));
}

static void tell_moved(const struct linkwatch *w, const struct link *before, const struct link *now)
{
	const int priority = concerns_devices(w, before) && !is_on_guarded_bridge(w, now) ? LOG_WARNING : LOG_NOTICE;
	const struct link *master = master_of(w, before);
	char text[MEANING_SIZE];

	if (now->master)
		journal_event(priority, HALLMARK_MESSAGE_NETWORK, "The interface %s is now %s", now->name,
			      meaning(w, now, text));
	else
		journal_event(priority, HALLMARK_MESSAGE_NETWORK, "The interface %s is no longer a port of %s: %s",
			      now->name, master ? master->name : "another", meaning(w, now, text));
}

static void tell_appeared(const struct linkwatch *w, const struct link *now)
{
	char text[MEANING_SIZE];

	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK, "The interface %s has appeared, %s", now->name,
		      meaning(w, now, text));
}

/* The kernel drops packets to the former MAC, and no counter of our tables shows them. */
static void tell_other_mac(const struct link *before, const struct link *now)
{
	journal_event(
		LOG_WARNING, HALLMARK_MESSAGE_NETWORK,
		"The MAC of %s is %s now: devices that know it as %s are not heard until they ask again, which can "
		"take minutes. To give it back, and to keep it: `ip link set %s address %s`",
		now->name, now->mac, before->mac, now->name, before->mac);
}

static bool has_only_other_mac(const struct link *before, const struct link *now)
{
	return before && now && before->master == now->master && strcmp(before->name, now->name) == 0;
}

static void on_change(const struct link *before, const struct link *now, void *userdata)
{
	struct linkwatch *w = userdata;

	if ((before ? before : now)->is_loopback ||
	    (has_only_other_mac(before, now) && !ruleset_guards(ruleset_of(w), now->name)) ||
	    !has_line(w, concerns_devices(w, before) || concerns_devices(w, now)))
		return;
	if (!before)
		tell_appeared(w, now);
	else if (!now)
		tell_gone(w, before);
	else if (has_only_other_mac(before, now))
		tell_other_mac(before, now);
	else if (strcmp(before->name, now->name) != 0)
		tell_renamed(w, before, now);
	else
		tell_moved(w, before, now);
}

/* --- Guarded bridges that the configuration does not name --- */

struct unported {
	const struct ruleset *ruleset;
	int64_t now_sec;
	unsigned n;
};

/* The port from which the device attested is unknown, so it could not be refused from another port. */
static void end_unported(struct verdict *v, void *userdata)
{
	struct unported *u = userdata;

	if (v->port[0] || !ruleset_bridge(u->ruleset, v->interface) || v->decision.zone == ZONE_QUARANTINE ||
	    v->decision.expiry.at_sec <= u->now_sec)
		return;
	v->decision.expiry.at_sec = u->now_sec;
	u->n++;
}

static void look_at_bridges(struct linkwatch *w)
{
	struct unported u = { .ruleset = ruleset_of(w), .now_sec = admissions_now(w->settler) };

	if (w->n_looked_at == u.ruleset->n_bridges)
		return;
	w->n_looked_at = u.ruleset->n_bridges;
	registry_each(w->settler->registry, end_unported, &u);
	if (u.n == 0)
		return;
	w->settler->tables.is_drifting = true;
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "%u devices on bridges must attest again: it is not known on which ports they were admitted",
		      u.n);
}

/* The ports of a new bridge must be isolated as soon as it exists. */
static void take_bridges_in(struct linkwatch *w)
{
	if (interfaces_take_in(w->settler->in_force->config, w->links) > 0) {
		look_at_bridges(w);
		enforcement_sweep(w->enforcement);
	}
}

static int on_links(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct linkwatch *w = userdata;
	int r = links_read(w->links, on_change, w);

	(void)source;
	(void)fd;
	(void)revents;
	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_NETWORK, "Cannot read which interfaces appear and disappear");
	take_bridges_in(w);
	return 0;
}

/* --- Interface of linkwatch.h --- */

int linkwatch_start(struct linkwatch *w, sd_event *event)
{
	int r = links_new(&w->links);

	if (r == 0)
		r = sd_event_add_io(event, NULL, links_fd(w->links), EPOLLIN, on_links, w);
	if (r < 0)
		return log_errno(r, "Cannot watch the interfaces");
	look_at_bridges(w);
	return 0;
}

void linkwatch_stop(struct linkwatch *w)
{
	links_free(w->links);
	w->links = NULL;
}

void linkwatch_sweep(struct linkwatch *w)
{
	take_bridges_in(w); /* a bridge may have appeared while a configuration was being applied */
	look_at_bridges(w); /* a new configuration may name other bridges */
	if (w->untold == 0 || clock_monotonic_usec() - w->window_usec < LINKWATCH_WINDOW_USEC)
		return;
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "%u changes of interfaces are not listed one by one: `ip link` shows the interfaces, and "
		      "`hallmarkctl status` those that the configuration does not name",
		      w->untold);
	w->untold = 0;
}

/* --- Differences from the configuration --- */

typedef void (*name_function)(const char *name, void *userdata);

static void each_unnamed(const struct linkwatch *w, name_function f, void *userdata)
{
	size_t n = 0;
	const struct link *list = links_list(w->links, &n);

	for (size_t i = 0; i < n; i++)
		if (interfaces_is_unnamed(ruleset_of(w), w->links, &list[i]))
			f(list[i].name, userdata);
}

/* A pattern is for interfaces that may appear later; a name is for one that must exist. */
static void each_missing(const struct linkwatch *w, name_function f, void *userdata)
{
	const struct links *links = w->links;
	const struct ruleset *r = ruleset_of(w);

	for (size_t i = 0; i < r->n_guarded; i++)
		if (!strchr(r->guarded[i], '*') && !links_by_name(links, r->guarded[i]))
			f(r->guarded[i], userdata);
	for (size_t b = 0; b < r->n_bridges; b++)
		for (size_t i = 0; i < r->bridges[b].n_ports; i++)
			if (!strchr(r->bridges[b].ports[i], '*') &&
			    !interfaces_has_port(links, r->bridges[b].name, r->bridges[b].ports[i]))
				f(r->bridges[b].ports[i], userdata);
}

struct listed {
	struct dictionary *d;
	unsigned n;
};

static void put_name(const char *name, void *userdata)
{
	struct listed *l = userdata;

	if (l->d->r >= 0 && l->n++ < LINKWATCH_NAMES)
		l->d->r = sd_bus_message_append(l->d->m, "s", name);
}

void linkwatch_report(const struct linkwatch *w, struct dictionary *d)
{
	struct listed unnamed = { .d = d }, missing = { .d = d };

	open_entry(d, "unnamed", "as");
	each_unnamed(w, put_name, &unnamed);
	close_entry(d);
	open_entry(d, "missing", "as");
	each_missing(w, put_name, &missing);
	close_entry(d);
}

static void count_name(const char *name, void *userdata)
{
	uint32_t *n = userdata;

	(void)name;
	(*n)++;
}

void linkwatch_count(const struct linkwatch *w, uint32_t *ret_unnamed, uint32_t *ret_missing)
{
	*ret_unnamed = *ret_missing = 0;
	each_unnamed(w, count_name, ret_unnamed);
	each_missing(w, count_name, ret_missing);
}
