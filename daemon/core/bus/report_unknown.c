/* SPDX-License-Identifier: Apache-2.0 */
/* Unknown devices, as D-Bus dictionaries. */
#include "core/bus/report_unknown.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "core/act/unknown.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/tell/dictionary.h"
#include "decide/verdict.h"
#include "enforce/answer.h"
#include "enforce/unknown.h"
#include "hallmark/bus.h"

#define ADDRESSES_MAX 8 /* of one device: whoever invents addresses is seen from its first ones as well */

struct neighbours {
	struct sender *list; /* owned; by interface and MAC */
	size_t n;
};

static int compare_place(const struct sender *s, const char *interface, const uint8_t mac[static 6])
{
	const int order = strcmp(s->interface, interface);

	return order != 0 ? order : memcmp(s->mac, mac, sizeof(s->mac));
}

static int compare_neighbours(const void *a, const void *b)
{
	const struct sender *other = b;

	return compare_place(a, other->interface, other->mac);
}

static size_t first_at(const struct neighbours *all, const struct seen *s)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare_place(&all->list[middle], s->interface, s->mac) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* That the gateway has sent something to, or was asked from, lately. */
static void put_addresses(struct dictionary *d, const struct neighbours *all, const struct seen *s)
{
	const size_t first = first_at(all, s);
	char text[INET6_ADDRSTRLEN];

	open_entry(d, "addresses", "as");
	for (size_t i = first; i < all->n && i - first < ADDRESSES_MAX && d->r >= 0; i++) {
		if (compare_place(&all->list[i], s->interface, s->mac) != 0)
			break;
		d->r = sd_bus_message_append(d->m, "s", address_to_text(&all->list[i].address, text));
	}
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

static int put_seen(const struct core *c, sd_bus_message *m, const struct neighbours *all, const struct seen *s)
{
	struct dictionary d = dictionary_open(m);

	report_seen(&d, c, s);
	put_addresses(&d, all, s);
	put_time(&d, "first", report_time(c, s->first_usec));
	put_time(&d, "last", report_time(c, s->last_usec));
	return dictionary_close(&d);
}

int report_unknown(struct core *c, sd_bus_message *m, const struct seen *after)
{
	struct neighbours all = { 0 };
	_cleanup_free_ struct sender *owned = NULL;
	const struct seen *s;
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	if (!after) {
		(void)unknowns_look(&c->unknowns); /* what is known of them is shown all the same */
		(void)unknowns_count(&c->unknowns);
	}
	s = unknowns_next(&c->unknowns, after);
	if (s && kernel_neighbours(c->settler.kernel, &all.list, &all.n) == 0 && all.n > 0)
		qsort(all.list, all.n, sizeof(all.list[0]), compare_neighbours);
	owned = all.list;
	for (size_t i = 0; s && i < HALLMARK_BUS_PAGE && r >= 0; i++, s = unknowns_next(&c->unknowns, s))
		r = put_seen(c, m, &all, s);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
