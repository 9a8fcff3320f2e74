/* SPDX-License-Identifier: Apache-2.0 */
/* The ruleset says what a change means. What was reported before is not kept. */
#include "core/act/linkwatch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "core/act/enforcement.h"
#include "core/act/expiry.h"
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

static bool has_only_other_carrier(const struct link *before, const struct link *now)
{
	return before && now && before->has_carrier != now->has_carrier && before->master == now->master &&
	       strcmp(before->name, now->name) == 0 && strcmp(before->mac, now->mac) == 0;
}

static bool has_only_other_mac(const struct link *before, const struct link *now)
{
	return before && now && before->master == now->master && strcmp(before->name, now->name) == 0;
}

static void on_change(const struct link *before, const struct link *now, void *userdata)
{
	struct linkwatch *w = userdata;

	w->is_changed |= concerns_devices(w, before) || concerns_devices(w, now);
	if ((before ? before : now)->is_loopback || has_only_other_carrier(before, now) ||
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

/* The port from which the device attested is unknown, so it could not be refused from another port. */
static bool is_unported(const struct verdict *v, void *userdata)
{
	const struct linkwatch *w = userdata;

	return !v->port[0] && ruleset_bridge(ruleset_of(w), v->interface);
}

static bool are_looked_at(const struct linkwatch *w)
{
	const struct ruleset *r = ruleset_of(w);

	if (w->n_looked_at != r->n_bridges)
		return false;
	for (size_t i = 0; i < r->n_bridges; i++)
		if (strcmp(w->looked_at[i], r->bridges[i].name) != 0)
			return false;
	return true;
}

static int note_bridges(struct linkwatch *w)
{
	const struct ruleset *r = ruleset_of(w);
	char(*names)[IFNAMSIZ] = calloc(r->n_bridges + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_bridges; i++)
		memcpy(names[i], r->bridges[i].name, sizeof(names[i]));
	free(w->looked_at);
	w->looked_at = names;
	w->n_looked_at = r->n_bridges;
	return 0;
}

/* When out of memory, the next sweep looks again. */
static void look_at_bridges(struct linkwatch *w)
{
	size_t n = 0;

	if (are_looked_at(w))
		return;
	if (expiry_end(w->settler, is_unported, w, &n) == 0)
		(void)note_bridges(w);
	if (n > 0)
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
			      "%zu devices on bridges must attest again: it is not known on which ports they were "
			      "admitted",
			      n);
}

/* --- Ports without a carrier --- */

struct port_search {
	struct linkwatch *w;
	uint64_t now_usec;
	int64_t now_sec;
};

static bool is_connected(const struct linkwatch *w, const struct verdict *v)
{
	const struct link *port = links_by_name(w->links, v->port), *master = master_of(w, port);

	return master && strcmp(master->name, v->interface) == 0 && port->has_carrier;
}

/* Devices on a port of a bridge, whose rules are those of ports, that is not there or has no carrier. */
static bool is_on_lost_port(const struct port_search *s, const struct verdict *v)
{
	return v->port[0] && v->decision.zone != ZONE_QUARANTINE && v->decision.expiry.at_sec > s->now_sec &&
	       ruleset_bridge(ruleset_of(s->w), v->interface) && !is_connected(s->w, v);
}

static struct dead_port *find_dead(struct linkwatch *w, const char *name)
{
	for (size_t i = 0; i < w->n_dead; i++)
		if (strcmp(w->dead[i].name, name) == 0)
			return &w->dead[i];
	return NULL;
}

static void count_on_dead(const struct verdict *v, void *userdata)
{
	struct port_search *s = userdata;
	struct dead_port *port;

	if (!is_on_lost_port(s, v))
		return;
	if (decision_is_ordered(&v->decision)) {
		s->w->is_changed = true; /* an order has an end of its own, and the port may be lost even then */
		return;
	}
	port = find_dead(s->w, v->port);
	if (!port && s->w->n_dead < LINKWATCH_DEAD_PORTS) {
		port = &s->w->dead[s->w->n_dead++];
		*port = (struct dead_port){ .since_usec = s->now_usec };
		memcpy(port->name, v->port, sizeof(port->name));
	}
	if (port)
		port->n++;
	else
		s->w->is_changed = true; /* there is room when the others are over */
}

static bool is_over(const struct port_search *s, const struct dead_port *port)
{
	return s->now_usec - port->since_usec >= LINKWATCH_DEAD_USEC;
}

static bool is_on_dead(const struct verdict *v, void *userdata)
{
	const struct port_search *s = userdata;
	const struct dead_port *port;

	if (!is_on_lost_port(s, v) || decision_is_ordered(&v->decision))
		return false;
	port = find_dead(s->w, v->port);
	return port && is_over(s, port);
}

/* Forgets ports that are connected again, or that nobody is admitted on. Returns whether any is over. */
static bool keep_dead(struct port_search *s)
{
	size_t kept = 0;
	bool any_is_over = false;

	for (size_t i = 0; i < s->w->n_dead; i++) {
		if (s->w->dead[i].n == 0)
			continue;
		s->w->dead[kept++] = s->w->dead[i];
		any_is_over |= is_over(s, &s->w->dead[i]);
	}
	s->w->n_dead = kept;
	return any_is_over;
}

static void tell_dead(const struct port_search *s)
{
	for (size_t i = 0; i < s->w->n_dead; i++)
		if (is_over(s, &s->w->dead[i]))
			journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
				      "The port %s has no carrier, or is no port any more: the admission of %u devices "
				      "there ends, and they must attest again, there or elsewhere",
				      s->w->dead[i].name, s->w->dead[i].n);
}

/* Looks only when an interface has changed, and then until the time of each dead port is over. */
static void look_at_ports(struct linkwatch *w)
{
	struct port_search s = { .w = w, .now_usec = clock_monotonic_usec(), .now_sec = admissions_now(w->settler) };
	size_t n;

	if (!w->is_changed && w->n_dead == 0)
		return;
	w->is_changed = false;
	for (size_t i = 0; i < w->n_dead; i++)
		w->dead[i].n = 0;
	registry_each(w->settler->registry, count_on_dead, &s);
	if (!keep_dead(&s))
		return;
	if (expiry_end(w->settler, is_on_dead, &s, &n) == 0) /* or else at the next sweep: the port stays dead */
		tell_dead(&s);
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
	w->is_changed = true; /* admissions that were restored may be on ports that are gone */
	return 0;
}

void linkwatch_stop(struct linkwatch *w)
{
	links_free(w->links);
	free(w->looked_at);
	w->links = NULL;
	w->looked_at = NULL;
	w->n_looked_at = 0;
}

void linkwatch_sweep(struct linkwatch *w)
{
	take_bridges_in(w); /* a bridge may have appeared while a configuration was being applied */
	look_at_bridges(w); /* a new configuration may name other bridges */
	look_at_ports(w);
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
