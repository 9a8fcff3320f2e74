/* SPDX-License-Identifier: Apache-2.0 */
/* What a change means is asked of the ruleset; what it was told as, nobody remembers. */
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
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/tell/dictionary.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/links.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

#define MEANING_SIZE 192

/* --- what an interface is to us --- */

static const struct link *master_of(const struct core *c, const struct link *link)
{
	return link && link->master ? links_by_index(c->linkwatch.links, link->master) : NULL;
}

static bool is_on_guarded_bridge(const struct core *c, const struct link *link)
{
	const struct link *master = master_of(c, link);

	return master && master->is_bridge && ruleset_guards(&c->in_force.config->ruleset, master->name);
}

/* Whether devices are or were behind it. */
static bool concerns_devices(const struct core *c, const struct link *link)
{
	return link && (ruleset_guards(&c->in_force.config->ruleset, link->name) || is_on_guarded_bridge(c, link));
}

static void port_to_text(const struct core *c, const struct link *port, const struct link *master, char *ret)
{
	const struct ruleset *r = &c->in_force.config->ruleset;
	const char *what = master->is_bridge && ruleset_guards(r, master->name) ?
				   ruleset_excepts(r, port->name) ?
				   "an excepted port: no devices are behind it" :
				   "its traffic is judged, and kept apart from the other ports" :
				   "its packets count as those of that interface";

	(void)snprintf(ret, MEANING_SIZE, "a port of %s: %s", master->name, what);
}

static const char *meaning(const struct core *c, const struct link *link, char ret[static MEANING_SIZE])
{
	const char *part = ruleset_part(&c->in_force.config->ruleset, link->name);
	const struct link *master = master_of(c, link);

	if (master)
		port_to_text(c, link, master, ret);
	else if (strcmp(part, "guarded") == 0)
		(void)snprintf(ret, MEANING_SIZE, "guarded: its traffic is judged");
	else if (strcmp(part, "trusted") == 0)
		(void)snprintf(ret, MEANING_SIZE, "trusted: it is left to the gateway's other firewalls");
	else if (part[0])
		(void)snprintf(ret, MEANING_SIZE, "%s interface", part);
	else
		(void)snprintf(ret, MEANING_SIZE, "no key of network names it: %s",
			       c->settler.tables.has_no_enforcement ||
					       ruleset_only_monitors(&c->in_force.config->ruleset) ?
				       "what is forwarded from or to it is only monitored" :
				       "nothing is forwarded from or to it");
	return ret;
}

/* --- telling --- */

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

static void tell_gone(const struct core *c, const struct link *before)
{
	const char *part = ruleset_part(&c->in_force.config->ruleset, before->name);
	const struct link *master = master_of(c, before);

	journal_event(concerns_devices(c, before) ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "The interface %s is gone%s%s", before->name,
		      master  ? ": it was a port of " :
		      part[0] ? ": it was " :
				"",
		      master ? master->name : part);
}

static void tell_renamed(const struct core *c, const struct link *before, const struct link *now)
{
	const char *part = ruleset_part(&c->in_force.config->ruleset, before->name);
	char text[MEANING_SIZE];

	journal_event(concerns_devices(c, before) ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "The interface %s%s%s%s was renamed to %s, %s", before->name, part[0] ? " (" : "", part,
		      part[0] ? ")" : "", now->name, meaning(c, now, text));
}

static void tell_moved(const struct core *c, const struct link *before, const struct link *now)
{
	const int priority = concerns_devices(c, before) && !is_on_guarded_bridge(c, now) ? LOG_WARNING : LOG_NOTICE;
	const struct link *master = master_of(c, before);
	char text[MEANING_SIZE];

	if (now->master)
		journal_event(priority, HALLMARK_MESSAGE_NETWORK, "The interface %s is now %s", now->name,
			      meaning(c, now, text));
	else
		journal_event(priority, HALLMARK_MESSAGE_NETWORK, "The interface %s is no longer a port of %s: %s",
			      now->name, master ? master->name : "another", meaning(c, now, text));
}

static void tell_appeared(const struct core *c, const struct link *now)
{
	char text[MEANING_SIZE];

	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK, "The interface %s has appeared, %s", now->name,
		      meaning(c, now, text));
}

static void on_change(const struct link *before, const struct link *now, void *userdata)
{
	struct core *c = userdata;

	if ((before ? before : now)->is_loopback ||
	    !has_line(&c->linkwatch, concerns_devices(c, before) || concerns_devices(c, now)))
		return;
	if (!before)
		tell_appeared(c, now);
	else if (!now)
		tell_gone(c, before);
	else if (strcmp(before->name, now->name) != 0)
		tell_renamed(c, before, now);
	else
		tell_moved(c, before, now);
}

/* --- guarded bridges that nobody named --- */

struct unported {
	const struct ruleset *ruleset;
	int64_t now_sec;
	unsigned n;
};

/* Which port it proved itself from nobody knows: on another it would be believed, too. */
static void end_unported(struct verdict *v, void *userdata)
{
	struct unported *u = userdata;

	if (v->port[0] || !ruleset_bridge(u->ruleset, v->interface) || v->decision.zone == ZONE_QUARANTINE ||
	    v->decision.expiry.at_sec <= u->now_sec)
		return;
	v->decision.expiry.at_sec = u->now_sec;
	u->n++;
}

static void look_at_bridges(struct core *c)
{
	struct unported u = { .ruleset = &c->in_force.config->ruleset, .now_sec = admissions_now(&c->settler) };

	if (c->linkwatch.n_looked_at == u.ruleset->n_bridges)
		return;
	c->linkwatch.n_looked_at = u.ruleset->n_bridges;
	registry_each(c->settler.registry, end_unported, &u);
	if (u.n == 0)
		return;
	c->settler.tables.is_drifting = true;
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "%u devices on bridges must attest again: it is not known on which ports they were admitted",
		      u.n);
}

/* The table is to keep its ports apart as soon as it is there. */
static void take_bridges_in(struct core *c)
{
	if (interfaces_take_in(c->in_force.config, c->linkwatch.links) > 0) {
		look_at_bridges(c);
		enforcement_sweep(c);
	}
}

static int on_links(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct core *c = userdata;
	int r = links_read(c->linkwatch.links, on_change, c);

	(void)source;
	(void)fd;
	(void)revents;
	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_NETWORK, "Cannot see which interfaces come and go");
	take_bridges_in(c);
	return 0;
}

/* --- from outside --- */

int linkwatch_start(struct core *c)
{
	int r = links_new(&c->linkwatch.links);

	if (r == 0)
		r = sd_event_add_io(c->event, NULL, links_fd(c->linkwatch.links), EPOLLIN, on_links, c);
	if (r < 0)
		return log_errno(r, "Cannot watch the interfaces");
	look_at_bridges(c);
	return 0;
}

void linkwatch_stop(struct linkwatch *w)
{
	links_free(w->links);
	w->links = NULL;
}

void linkwatch_sweep(struct core *c)
{
	struct linkwatch *w = &c->linkwatch;

	take_bridges_in(c); /* one may have come while a configuration was on its way */
	look_at_bridges(c); /* which may have named others */
	if (w->untold == 0 || clock_monotonic_usec() - w->window_usec < LINKWATCH_WINDOW_USEC)
		return;
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_NETWORK,
		      "%u changes of interfaces are not listed one by one: `ip link` shows the interfaces, and "
		      "`hallmarkctl status` those that the configuration does not name",
		      w->untold);
	w->untold = 0;
}

/* --- what is not as the configuration has it --- */

typedef void (*name_function)(const char *name, void *userdata);

static void each_unnamed(const struct core *c, name_function f, void *userdata)
{
	size_t n = 0;
	const struct link *list = links_list(c->linkwatch.links, &n);

	for (size_t i = 0; i < n; i++)
		if (interfaces_is_unnamed(&c->in_force.config->ruleset, c->linkwatch.links, &list[i]))
			f(list[i].name, userdata);
}

/* A pattern is for what comes and goes; a name is of something that should be there. */
static void each_missing(const struct core *c, name_function f, void *userdata)
{
	const struct links *links = c->linkwatch.links;
	const struct ruleset *r = &c->in_force.config->ruleset;

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

void linkwatch_report(const struct core *c, struct dictionary *d)
{
	struct listed unnamed = { .d = d }, missing = { .d = d };

	open_entry(d, "unnamed", "as");
	each_unnamed(c, put_name, &unnamed);
	close_entry(d);
	open_entry(d, "missing", "as");
	each_missing(c, put_name, &missing);
	close_entry(d);
}

static void count_name(const char *name, void *userdata)
{
	uint32_t *n = userdata;

	(void)name;
	(*n)++;
}

void linkwatch_count(const struct core *c, uint32_t *ret_unnamed, uint32_t *ret_missing)
{
	*ret_unnamed = *ret_missing = 0;
	each_unnamed(c, count_name, ret_unnamed);
	each_missing(c, count_name, ret_missing);
}
