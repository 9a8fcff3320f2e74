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
	struct known there;

	memcpy(there.device, mark->device, SHA256_LEN);
	there.ends_sec = mark->ends_sec;
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

static bool has_id_of(const struct known *k, const struct registry_names *names)
{
	return names->has_ids && memcmp(k->device, names->id_least, SHA256_LEN) >= 0 &&
	       memcmp(k->device, names->id_most, SHA256_LEN) <= 0;
}

static bool has_other_of(const struct known *k, const struct registry_names *names)
{
	return (names->ueid.n > 0 && bytes_equal(bytes_of(k->ueid.bytes, k->ueid.n), names->ueid)) ||
	       (names->mac && memcmp(k->place.mac, names->mac, sizeof(k->place.mac)) == 0);
}

static void visit_first(const struct known *k, size_t at, size_t most, registry_visitor *visit, void *userdata)
{
	struct verdict room;

	if (at < most)
		visit(known_show(k, &room), userdata);
}

static const struct known *first_of_ids(const struct registry *r, const struct registry_names *names)
{
	const struct known *k = known_find(r, names->id_least);
	struct known least;

	memcpy(least.device, names->id_least, SHA256_LEN);
	return k ? k : known_after(r, REGISTRY_BY_ID, &least);
}

size_t registry_each_named(const struct registry *r, const struct registry_names *names, size_t most,
			   registry_visitor *visit, void *userdata)
{
	const struct known *k = names->has_ids ? first_of_ids(r, names) : NULL;
	size_t n = 0;

	for (; k && has_id_of(k, names); k = known_after(r, REGISTRY_BY_ID, k))
		visit_first(k, n++, most, visit, userdata);
	if (names->ueid.n == 0 && !names->mac)
		return n;
	TAILQ_FOREACH(k, &r->all, entry)
	if (has_other_of(k, names) && !has_id_of(k, names))
		visit_first(k, n++, most, visit, userdata);
	return n;
}

/* As verdict_zone() has it. */
int64_t registry_count_zones(const struct registry *r, int64_t now_sec, uint32_t ret[static ZONES_MAX])
{
	const struct known *k;
	int64_t next_sec = 0;

	memset(ret, 0, ZONES_MAX * sizeof(ret[0]));
	TAILQ_FOREACH(k, &r->all, entry)
	{
		const uint8_t zone = now_sec < k->ends_sec ? k->zone : ZONE_QUARANTINE;

		ret[zone]++;
		if (zone != ZONE_QUARANTINE && (next_sec == 0 || k->ends_sec < next_sec))
			next_sec = k->ends_sec;
	}
	return next_sec;
}
