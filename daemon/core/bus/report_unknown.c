/* SPDX-License-Identifier: Apache-2.0 */
/* Unknown devices, as D-Bus dictionaries. */
#include "core/bus/report_unknown.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/act/unknown.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/settle/excepted.h"
#include "core/tell/dictionary.h"
#include "decide/verdict.h"
#include "enforce/answer.h"
#include "enforce/ruleset.h"
#include "enforce/unknown.h"
#include "hallmark/bus.h"

#define ADDRESSES_MAX 8 /* of one device: whoever invents addresses is seen from its first ones as well */
#define REFUSED_MAX   8

static int compare_place(const char *a, const uint8_t mac_a[static 6], const char *b, const uint8_t mac_b[static 6])
{
	const int order = strcmp(a, b);

	return order != 0 ? order : memcmp(mac_a, mac_b, 6);
}

static int compare_neighbours(const void *a, const void *b)
{
	const struct sender *x = a, *y = b;

	return compare_place(x->interface, x->mac, y->interface, y->mac);
}

static int compare_refusals(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;
	const int order = compare_place(x->interface, x->mac, y->interface, y->mac);

	if (order != 0)
		return order;
	return x->protocol != y->protocol ? x->protocol - y->protocol : x->port - y->port;
}

/* --- What the kernel has --- */

void wires_done(struct wires *w)
{
	free(w->neighbours);
	free(w->refused);
	*w = (struct wires){ 0 };
}

/* What cannot be read is not shown. What was read lately serves each page, also the first one of whoever asks again. */
static void wires_read(struct wires *w, const struct settler *settler)
{
	const uint64_t now_usec = clock_monotonic_usec();

	if (w->read_usec > 0 && now_usec - w->read_usec < UNKNOWNS_NEWS_USEC)
		return;
	wires_done(w);
	w->read_usec = now_usec;
	if (kernel_neighbours(settler->kernel, &w->neighbours, &w->n_neighbours) == 0 && w->n_neighbours > 0)
		qsort(w->neighbours, w->n_neighbours, sizeof(w->neighbours[0]), compare_neighbours);
	if (kernel_refused(settler->kernel, &settler->in_force->config->ruleset, &w->refused, &w->n_refused) == 0 &&
	    w->n_refused > 0)
		qsort(w->refused, w->n_refused, sizeof(w->refused[0]), compare_refusals);
}

/* The first of sorted items that is not before this one. */
static size_t first_at(const void *list, size_t n, size_t size, const void *wanted,
		       int (*compare)(const void *, const void *))
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare((const uint8_t *)list + middle * size, wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* That the gateway has sent something to, or was asked from, lately. */
static void put_addresses(struct dictionary *d, const struct wires *w, const struct seen *s)
{
	struct sender wanted = { 0 };
	char text[INET6_ADDRSTRLEN];
	size_t first;

	memcpy(wanted.interface, s->interface, IFNAMSIZ);
	memcpy(wanted.mac, s->mac, sizeof(wanted.mac));
	first = first_at(w->neighbours, w->n_neighbours, sizeof(wanted), &wanted, compare_neighbours);
	open_entry(d, "addresses", "as");
	for (size_t i = first; i < w->n_neighbours && i - first < ADDRESSES_MAX && d->r >= 0; i++) {
		if (compare_neighbours(&w->neighbours[i], &wanted) != 0)
			break;
		d->r = sd_bus_message_append(d->m, "s", address_to_text(&w->neighbours[i].address, text));
	}
	close_entry(d);
}

static const char *refusal_to_text(const struct asked *f, char ret[static 16])
{
	switch (f->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		(void)snprintf(ret, 16, "%s %u", f->protocol == IPPROTO_TCP ? "tcp" : "udp", f->port);
		return ret;
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		(void)snprintf(ret, 16, "protocol %u", f->protocol);
		return ret;
	}
}

/* At one place. Returns how many are told now. */
static size_t put_refusals_at(struct dictionary *d, const struct wires *w, const char *at, const uint8_t mac[static 6],
			      size_t n_told)
{
	struct asked wanted = { 0 };
	char text[16];

	memcpy(wanted.interface, at, IFNAMSIZ);
	memcpy(wanted.mac, mac, sizeof(wanted.mac));
	for (size_t i = first_at(w->refused, w->n_refused, sizeof(wanted), &wanted, compare_refusals);
	     i < w->n_refused && n_told < REFUSED_MAX && d->r >= 0; i++, n_told++) {
		if (compare_place(w->refused[i].interface, w->refused[i].mac, at, mac) != 0)
			break;
		d->r = sd_bus_message_append(d->m, "s", refusal_to_text(&w->refused[i], text));
	}
	return n_told;
}

/* What crossed a bridge was refused at its port, what was routed from there at the bridge. */
static void put_refused(struct dictionary *d, const struct wires *w, const struct seen *s)
{
	size_t n;

	open_entry(d, "refused", "as");
	n = put_refusals_at(d, w, s->interface, s->mac, 0);
	if (s->port[0])
		(void)put_refusals_at(d, w, s->port, s->mac, n);
	close_entry(d);
}

/* What people call it, by its MAC, and the household where it is. */
static void put_names(struct dictionary *d, const struct core *c, const struct seen *s)
{
	struct verdict v = { 0 };

	memcpy(v.interface, s->interface, sizeof(v.interface));
	memcpy(v.port, s->port, sizeof(v.port));
	memcpy(v.mac, s->mac, sizeof(v.mac));
	report_names(d, c, &v);
}

void report_seen(struct dictionary *d, const struct core *c, const struct seen *s)
{
	char mac[MAC_TEXT_SIZE];

	put_string(d, "interface", s->interface);
	put_string(d, "bridge_port", s->port);
	put_string(d, "mac", mac_to_text(s->mac, mac));
	put_names(d, c, s);
}

static void put_exception(struct dictionary *d, const struct core *c, const struct seen *s)
{
	const struct exception *e =
		excepted_at(&c->settler, s->interface, s->port, s->mac, timekeeper_peek(&c->settler.time));

	put_string(d, "exception", e ? c->in_force.config->policy.zones[e->zone].name : "");
	put_time(d, "until", e ? e->until_sec : 0);
}

static int put_seen(const struct core *c, sd_bus_message *m, const struct wires *w, const struct seen *s)
{
	struct dictionary d = dictionary_open(m);

	report_seen(&d, c, s);
	put_bool(&d, "bridge", ruleset_bridge(&c->in_force.config->ruleset, s->interface) != NULL);
	put_exception(&d, c, s);
	put_addresses(&d, w, s);
	put_refused(&d, w, s);
	put_time(&d, "first", report_time(c, s->first_usec));
	put_time(&d, "last", report_time(c, s->last_usec));
	return dictionary_close(&d);
}

int report_unknown(struct core *c, struct wires *w, sd_bus_message *m, const struct seen *after)
{
	const struct seen *s;
	size_t n = 0;
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	if (!after) {
		(void)unknowns_look(&c->unknowns); /* what is known of them is shown all the same */
		(void)unknowns_count(&c->unknowns);
	}
	s = unknowns_next(&c->unknowns, after);
	if (s)
		wires_read(w, &c->settler);
	for (; s && n < HALLMARK_BUS_PAGE && r >= 0; n++, s = unknowns_next(&c->unknowns, s))
		r = put_seen(c, m, w, s);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
