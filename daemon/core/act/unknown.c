/* SPDX-License-Identifier: Apache-2.0 */
/* The list is sorted, and each look merges what the kernel has into it. */
#include "core/act/unknown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/excepted.h"
#include "core/settle/settler.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/links.h"
#include "enforce/ruleset.h"
#include "enforce/unknown.h"
#include "hallmark/journal.h"

void unknowns_done(struct unknowns *u)
{
	free(u->list);
	u->list = NULL;
	u->n = 0;
}

#define LEARNED_SEC                                                                                                    \
	120U /* after its last packet a bridge still knows the port of a MAC: it forgets after five minutes */

static int compare(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = strcmp(x->interface, y->interface);

	order = order != 0 ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
	return order != 0 ? order : strcmp(x->port, y->port);
}

static bool are_of_one_mac(const struct seen *a, const struct seen *b)
{
	return strcmp(a->interface, b->interface) == 0 && memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

/* --- What the kernel has noted --- */

/* The bridge of a port. */
static const struct link *master_of(const struct unknowns *u, const char *port)
{
	const struct links *links = u->links ? *u->links : NULL;
	const struct link *link = links ? links_by_name(links, port) : NULL;

	return link && link->master != 0 ? links_by_index(links, link->master) : NULL;
}

/* What is routed is noted at the bridge alone, which has learned at which of its ports the sender is. */
static const struct link *isolated_bridge(const struct unknowns *u, const char *name)
{
	const struct links *links = u->links ? *u->links : NULL;

	return links && ruleset_bridge(&u->settler->in_force->config->ruleset, name) ? links_by_name(links, name) :
										       NULL;
}

static struct seen seen_of(const struct unknowns *u, const struct unknown *noted, const struct link *bridge,
			   uint64_t now_usec)
{
	const uint64_t silent_usec = noted->silent_sec * USEC_PER_SEC;
	struct seen s = { .last_usec = silent_usec < now_usec ? now_usec - silent_usec : 0 };

	memcpy(s.mac, noted->mac, sizeof(s.mac));
	memcpy(noted->is_port ? s.port : s.interface, noted->interface, IFNAMSIZ);
	if (noted->is_port && bridge)
		memcpy(s.interface, bridge->name, IFNAMSIZ);
	else if (bridge && noted->silent_sec <= LEARNED_SEC &&
		 kernel_bridge_port(u->settler->kernel, bridge->index, s.mac, s.port) < 0)
		s.port[0] = '\0';
	s.first_usec = s.last_usec;
	return s;
}

/* --- Merging --- */

static void join(struct seen *to, const struct seen *other)
{
	to->first_usec = other->first_usec < to->first_usec ? other->first_usec : to->first_usec;
	to->is_told |= other->is_told;
	to->last_usec = other->last_usec > to->last_usec ? other->last_usec : to->last_usec;
}

/* Of those with the MAC of the first one, which has no port: the one that was heard last. NULL: there is no other. */
static struct seen *latest_with_port(struct seen *first, const struct seen *end)
{
	struct seen *latest = NULL;

	for (struct seen *s = first + 1; s < end && are_of_one_mac(first, s); s++)
		if (s->port[0] && (!latest || s->last_usec > latest->last_usec))
			latest = s;
	return latest;
}

/*
 * What crosses a bridge is noted at its port, and what is routed from there at the bridge alone: that is the same device, at the port
 * where it was heard last. Returns how many are left.
 */
static size_t join_ports(struct seen *list, size_t n)
{
	size_t kept = 0;

	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n; i++) {
		struct seen *before = kept > 0 ? &list[kept - 1] : NULL;
		struct seen *at_port = list[i].port[0] ? NULL : latest_with_port(&list[i], list + n);

		if (at_port)
			join(at_port, &list[i]);
		else if (before && compare(before, &list[i]) == 0)
			join(before, &list[i]);
		else
			list[kept++] = list[i];
	}
	return kept;
}

static int compare_last(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->last_usec < y->last_usec) - (x->last_usec > y->last_usec);
}

static size_t drop_old(struct seen *list, size_t n, uint64_t now_usec)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (now_usec - list[i].last_usec < UNKNOWNS_DAY_USEC)
			list[kept++] = list[i];
	if (kept <= UNKNOWNS_MAX)
		return kept;
	qsort(list, kept, sizeof(*list), compare_last);
	qsort(list, UNKNOWNS_MAX, sizeof(*list), compare);
	return UNKNOWNS_MAX;
}

static int compare_interfaces(const void *a, const void *b)
{
	const struct unknown *x = a, *y = b;

	return strcmp(x->interface, y->interface);
}

/* Sorted by their ports, since each is looked for among all links. */
static void add_noted(const struct unknowns *u, struct unknown *noted, size_t n, uint64_t now_usec, struct seen *ret)
{
	const struct link *bridge = NULL;

	if (n > 0)
		qsort(noted, n, sizeof(*noted), compare_interfaces);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || compare_interfaces(&noted[i - 1], &noted[i]) != 0 ||
		    noted[i - 1].is_port != noted[i].is_port)
			bridge = noted[i].is_port ? master_of(u, noted[i].interface) :
						    isolated_bridge(u, noted[i].interface);
		ret[i] = seen_of(u, &noted[i], bridge, now_usec);
	}
}

int unknowns_note(struct unknowns *u, struct unknown *noted, size_t n, uint64_t now_usec)
{
	struct seen *list = calloc(u->n + n + 1, sizeof(*list));
	size_t n_all = u->n;

	if (!list)
		return -ENOMEM;
	if (u->n > 0)
		memcpy(list, u->list, u->n * sizeof(*list));
	add_noted(u, noted, n, now_usec, list + n_all);
	n_all = join_ports(list, n_all + n);
	n_all = drop_old(list, n_all, now_usec);
	free(u->list);
	u->list = list;
	u->n = n_all;
	return 0;
}

/* --- Looking --- */

static bool is_excepted(const char *interface, const uint8_t mac[static 6], void *userdata)
{
	const struct settler *settler = ((const struct unknowns *)userdata)->settler;

	return excepted_at(settler, interface, "", mac, timekeeper_peek(&settler->time)) != NULL;
}

/* Who passes by an exception is in no quarantine, and is not noted there. */
static int hear(struct unknowns *u, uint64_t now_usec)
{
	_cleanup_free_ struct unknown *heard = NULL;
	size_t n = 0;
	int r;

	u->heard_usec = now_usec;
	r = kernel_heard(u->settler->kernel, is_excepted, u, &heard, &n);
	return r == 0 ? unknowns_note(u, heard, n, now_usec) : r;
}

/* `heard_usec`: how old it may be what is known of those. */
static int look(struct unknowns *u, uint64_t now_usec, uint64_t heard_usec)
{
	_cleanup_free_ struct unknown *noted = NULL;
	size_t n = 0;
	int r = kernel_unknown(u->settler->kernel, &u->settler->in_force->config->ruleset, &noted, &n);

	u->looked_usec = now_usec;
	if (r == -ENOENT) /* without our tables nothing is noted; that they are gone is told elsewhere */
		return 0;
	if (r == 0)
		r = unknowns_note(u, noted, n, now_usec);
	if (r == 0 && u->settler->excepted.n > 0 && (u->heard_usec == 0 || now_usec - u->heard_usec >= heard_usec))
		r = hear(u, now_usec);
	return r < 0 ? log_errno(r, "Cannot read which unknown devices the kernel has noted") : 0;
}

int unknowns_look(struct unknowns *u)
{
	const uint64_t now_usec = clock_monotonic_usec();

	return u->looked_usec > 0 && now_usec - u->looked_usec < UNKNOWNS_NEWS_USEC ?
		       0 :
		       look(u, now_usec, UNKNOWNS_HEARD_NEWS_USEC);
}

/* --- Those without a verdict --- */

/* The first that is not before this one, or is behind it. */
static size_t find(const struct unknowns *u, const struct seen *wanted, bool is_behind)
{
	size_t low = 0, high = u->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = compare(&u->list[middle], wanted);

		if (order < 0 || (order == 0 && is_behind))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void mark_denied(const char *interface, const uint8_t mac[static 6], void *userdata)
{
	struct unknowns *u = userdata;
	struct seen place = { 0 };

	memcpy(place.interface, interface, strnlen(interface, IFNAMSIZ - 1));
	memcpy(place.mac, mac, sizeof(place.mac));
	for (size_t i = find(u, &place, false); i < u->n && are_of_one_mac(&u->list[i], &place); i++)
		u->list[i].is_denied = true;
}

static void mark(struct unknowns *u)
{
	const struct registry *registry = u->settler->registry;

	for (size_t i = 0; i < u->n; i++) {
		struct seen *s = &u->list[i];

		s->is_admitted = registry_count_at_place(registry, s->interface, s->mac) > 0;
		s->is_denied = false;
		s->is_excepted = excepted_at(u->settler, s->interface, s->port, s->mac,
					     timekeeper_peek(&u->settler->time)) != NULL;
	}
	if (u->n > 0)
		registry_each_denied(registry, mark_denied, u);
}

static bool is_unknown(const struct seen *s)
{
	return !s->is_admitted && !s->is_denied;
}

size_t unknowns_count(struct unknowns *u)
{
	size_t n = 0;

	mark(u);
	for (size_t i = 0; i < u->n; i++)
		n += is_unknown(&u->list[i]) && !u->list[i].is_excepted;
	return n;
}

static bool would_be_excepted(const struct seen *s, const struct config *c, int64_t now_sec)
{
	const struct exception *e = s->is_denied ? NULL : exception_at(c->inventory, s->interface, s->mac);

	return e && exception_counts(e, &c->ruleset, now_sec) && (!s->port[0] || strcmp(s->port, e->port) == 0);
}

size_t unknowns_count_stopped(struct unknowns *u, const struct config *next)
{
	const bool all_pass = u->settler->in_force->config->ruleset.zones[ZONE_QUARANTINE].is_monitored;
	const int64_t now_sec = timekeeper_peek(&u->settler->time);
	size_t n = 0;

	if (next->ruleset.zones[ZONE_QUARANTINE].is_monitored || (!all_pass && u->settler->excepted.n == 0))
		return 0;
	(void)unknowns_look(u); /* who was seen before counts all the same */
	mark(u);
	for (size_t i = 0; i < u->n; i++) {
		const struct seen *s = &u->list[i];

		n += !s->is_admitted && (all_pass || s->is_excepted) && !would_be_excepted(s, next, now_sec);
	}
	return n;
}

/* --- Telling --- */

static const char *at(const struct seen *s)
{
	return s->port[0] ? s->port : s->interface;
}

static void tell(const struct unknowns *u, const struct seen *s)
{
	char mac[MAC_TEXT_SIZE], text[ENTRY_TEXT_SIZE];
	struct entry e;

	(void)snprintf(
		text, sizeof(text),
		"An unknown device is on %s: MAC %s. It has sent something, and has not attested. `hallmarkctl list "
		"--unknown` has its addresses",
		at(s), mac_to_text(s->mac, mac));
	entry_begin(&e, LOG_NOTICE, HALLMARK_MESSAGE_UNKNOWN, text);
	entry_add(&e, HALLMARK_FIELD_INTERFACE, "%s", s->interface);
	entry_add(&e, HALLMARK_FIELD_BRIDGE_PORT, "%s", s->port);
	entry_add(&e, HALLMARK_FIELD_MAC, "%s", mac);
	entry_send(&e);
	if (u->on_unknown)
		u->on_unknown(s, u->userdata);
}

/* What each interface or port was told of at this look. */
struct shares {
	struct {
		char name[IFNAMSIZ];
		unsigned n;
	} ports[UNKNOWNS_LINES];
	size_t n;
};

/* Whether the place may have one more entry. When all entries went to other ports, it has none. */
static bool take_share(struct shares *shares, const struct seen *s)
{
	const char *name = at(s);
	size_t i = 0;

	while (i < shares->n && strcmp(shares->ports[i].name, name) != 0)
		i++;
	if (i == ARRAY_SIZE(shares->ports))
		return false;
	if (i == shares->n)
		memcpy(shares->ports[shares->n++].name, name, IFNAMSIZ);
	return shares->ports[i].n++ < UNKNOWNS_PORT_LINES;
}

void unknowns_tell(struct unknowns *u, uint64_t now_usec)
{
	struct shares shares = { 0 };
	size_t n_untold = 0;

	mark(u);
	for (size_t i = 0; i < u->n; i++) {
		struct seen *s = &u->list[i];

		if (s->is_told || !is_unknown(s) || s->is_excepted || now_usec - s->first_usec < UNKNOWNS_PATIENCE_USEC)
			continue;
		s->is_told = true;
		if (take_share(&shares, s) && budget_take(&u->lines, UNKNOWNS_LINES, UNKNOWNS_LINE_USEC, now_usec))
			tell(u, s);
		else
			n_untold++;
	}
	if (n_untold > 0)
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_UNKNOWN,
			      "%zu more unknown devices are there, and have no entry: `hallmarkctl list --unknown`",
			      n_untold);
}

void unknowns_sweep(struct unknowns *u)
{
	const uint64_t now_usec = clock_monotonic_usec();

	if (u->looked_usec > 0 && now_usec - u->looked_usec < UNKNOWNS_LOOK_USEC)
		return;
	(void)look(u, now_usec, UNKNOWNS_HEARD_USEC);
	unknowns_tell(u, now_usec);
}

const struct seen *unknowns_next(const struct unknowns *u, const struct seen *after)
{
	for (size_t i = after ? find(u, after, true) : 0; i < u->n; i++)
		if (is_unknown(&u->list[i]))
			return &u->list[i];
	return NULL;
}
