/* SPDX-License-Identifier: Apache-2.0 */
/* Visits all devices, or some of them. */
#include "core/devices/registry_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "decide/policy.h"
#include "decide/verdict.h"

void registry_each(const struct registry *r, registry_visitor *visit, void *userdata)
{
	const struct known *next;
	struct verdict room;

	for (const struct known *k = TAILQ_FIRST(&r->all); k; k = next) {
		next = TAILQ_NEXT(k, entry);
		visit(known_show(k, &room), userdata);
	}
}

void registry_each_ended(const struct registry *r, int64_t at_sec, registry_visitor *visit, void *userdata)
{
	const struct known *k;
	struct verdict room;

	TAILQ_FOREACH(k, &r->all, entry)
	if (k->zone != ZONE_QUARANTINE && k->ends_sec <= at_sec)
		visit(known_show(k, &room), userdata);
}

void registry_each_in_company(const struct registry *r, registry_visitor *visit, void *userdata)
{
	const struct known *k;
	struct verdict room;

	TAILQ_FOREACH(k, &r->all, entry)
	if (k->next_here && k->next_here != k)
		visit(known_show(k, &room), userdata);
}

void registry_each_denied(const struct registry *r, registry_place_visitor *visit, void *userdata)
{
	const struct known *k;

	TAILQ_FOREACH(k, &r->all, entry)
	if (!k->next_here && k->place.interface[0] != '\0')
		visit(k->place.interface, k->place.mac, userdata);
}

/* --- In an order --- */

/* NULL: the first one. */
static struct known *known_after(const struct registry *r, enum registry_order order, const struct known *k)
{
	return known_of(ordered_after(&r->in[order], k ? &k->in[order] : NULL), order);
}

static struct known *after_mark(const struct registry *r, enum registry_order order, const struct registry_mark *mark)
{
	struct known there = { .ends_sec = mark->ends_sec };

	memcpy(there.device, mark->device, SHA256_LEN);
	return known_after(r, order, &there);
}

bool registry_each_of_page(const struct registry *r, const struct registry_page *page, struct registry_mark *ret_next)
{
	const struct known *k =
		page->after ? after_mark(r, page->order, page->after) : known_after(r, page->order, NULL);
	struct verdict room;
	size_t taken = 0, looks = 0;

	while (k && taken < page->most && looks < page->looks) {
		taken += page->take(known_show(k, &room), page->userdata);
		looks++;
		*ret_next = (struct registry_mark){ .ends_sec = k->ends_sec };
		memcpy(ret_next->device, k->device, SHA256_LEN);
		k = known_after(r, page->order, k);
	}
	return k != NULL;
}

/* --- By what is known of it --- */

/* What is looked for, and what an entry must have so that its verdict is looked at. */
struct wanted {
	const struct registry_names *names;
	uint64_t address, label; /* hints; 0: nothing */
};

static bool has_id_of(const struct known *k, const struct registry_names *names)
{
	return names->has_ids && memcmp(k->device, names->id_least, SHA256_LEN) >= 0 &&
	       memcmp(k->device, names->id_most, SHA256_LEN) <= 0;
}

int registry_compare_places(const void *a, const void *b)
{
	const struct registry_place *x = a, *y = b;
	const int order = strcmp(x->interface, y->interface);

	return order != 0 ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
}

static bool has_place_of(const struct known *k, const struct registry_names *names)
{
	struct registry_place there;

	if (names->mac && memcmp(k->place.mac, names->mac, sizeof(k->place.mac)) == 0)
		return true;
	if (names->n_places == 0)
		return false;
	memcpy(there.interface, k->place.interface, sizeof(there.interface));
	memcpy(there.mac, k->place.mac, sizeof(there.mac));
	return bsearch(&there, names->places, names->n_places, sizeof(there), registry_compare_places) != NULL;
}

static bool has_row_of(const struct known *k, const struct registry_names *names)
{
	for (size_t i = 0; i < names->n_rows; i++)
		if (k->named.row == names->rows[i])
			return true;
	return false;
}

static bool has_address(const struct verdict *v, const struct in6_addr *address)
{
	struct in6_addr all[KNOWN_ADDRESSES_MAX];
	const size_t n = known_addresses(v, all);

	for (size_t i = 0; i < n; i++)
		if (IN6_ARE_ADDR_EQUAL(&all[i], address))
			return true;
	return false;
}

static bool has_label(const struct verdict *v, const char *number)
{
	for (size_t i = 0; i < v->facts.n_labels; i++)
		if (known_has_label(&v->facts.labels[i]) && strcmp(v->facts.labels[i].number, number) == 0)
			return true;
	return false;
}

/* That which only the verdict has. */
static bool has_word_of(const struct known *k, const struct wanted *w)
{
	const bool may_have_address = w->address && (k->words & w->address) == w->address,
		   may_have_label = w->label && (k->words & w->label) == w->label;
	struct verdict v;

	if (!may_have_address && !may_have_label)
		return false;
	(void)known_show(k, &v);
	return (may_have_address && has_address(&v, w->names->address)) ||
	       (may_have_label && has_label(&v, w->names->label));
}

static const struct known *first_of_ids(const struct registry *r, const struct registry_names *names)
{
	const struct known *k = known_find(r, names->id_least);
	struct known least;

	memcpy(least.device, names->id_least, SHA256_LEN);
	return k ? k : known_after(r, REGISTRY_BY_ID, &least);
}

static bool has_other_of(const struct known *k, const struct wanted *w)
{
	const struct registry_names *names = w->names;

	return (names->ueid.n > 0 && bytes_equal(bytes_of(k->ueid.bytes, k->ueid.n), names->ueid)) ||
	       has_place_of(k, names) || (names->segment > 0 && k->named.segment == names->segment) ||
	       has_row_of(k, names) || has_word_of(k, w);
}

size_t registry_each_named(const struct registry *r, const struct registry_names *names, size_t most,
			   registry_visitor *visit, void *userdata)
{
	const struct wanted w = { .names = names,
				  .address = names->address ? hint_of(BYTES(names->address->s6_addr)) : 0,
				  .label = names->label ? hint_of(bytes_of_string(names->label)) : 0 };
	const struct known *k = names->has_ids ? first_of_ids(r, names) : NULL;
	struct verdict room;
	size_t n = 0;

	for (; k && has_id_of(k, names); k = known_after(r, REGISTRY_BY_ID, k))
		if (n++ < most)
			visit(known_show(k, &room), userdata);
	TAILQ_FOREACH(k, &r->all, entry)
	if (has_other_of(k, &w) && !has_id_of(k, names) && n++ < most)
		visit(known_show(k, &room), userdata);
	return n;
}

/* --- How many --- */

/* As verdict_zone() has it. */
static uint8_t zone_at(const struct known *k, int64_t now_sec)
{
	return now_sec < k->ends_sec ? k->zone : ZONE_QUARANTINE;
}

int64_t registry_count_zones(const struct registry *r, int64_t now_sec, uint32_t ret[static ZONES_MAX])
{
	const struct known *k;
	int64_t next_sec = 0;

	memset(ret, 0, ZONES_MAX * sizeof(ret[0]));
	TAILQ_FOREACH(k, &r->all, entry)
	{
		const uint8_t zone = zone_at(k, now_sec);

		ret[zone]++;
		if (zone != ZONE_QUARANTINE && (next_sec == 0 || k->ends_sec < next_sec))
			next_sec = k->ends_sec;
	}
	return next_sec;
}

void registry_count_segments(const struct registry *r, int64_t now_sec, size_t n_segments, uint32_t (*ret)[ZONES_MAX])
{
	const struct known *k;

	memset(ret, 0, n_segments * sizeof(*ret));
	TAILQ_FOREACH(k, &r->all, entry)
	if (k->named.segment > 0 && k->named.segment <= n_segments)
		ret[k->named.segment - 1][zone_at(k, now_sec)]++;
}

/* Most end within a day: to go through them by their end takes longer than through all. */
void registry_count_ending(const struct registry *r, int64_t after_sec, size_t n, const int64_t *until_sec,
			   uint64_t *ret)
{
	const struct known *k;

	memset(ret, 0, n * sizeof(*ret));
	TAILQ_FOREACH(k, &r->all, entry)
	for (size_t i = 0; i < n; i++)
		ret[i] += k->zone != ZONE_QUARANTINE && k->ends_sec > after_sec && k->ends_sec <= until_sec[i];
}
