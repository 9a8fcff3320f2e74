/* SPDX-License-Identifier: Apache-2.0 */
#include "enforce/share.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define ALL_SERVICES 0x1000000 /* of a host: more than it has ports */

_Static_assert(ZONES_MAX <= 64, "a bit for each zone");

/* How much a zone reaches, the weightiest first. */
struct extent {
	double parts[6];
};

static double hosts_of(const struct reach *reach)
{
	const char *slash = strchr(reach->host, '/');
	unsigned long n_bits = reach->family == AF_INET6 ? 128 : 32;
	double n = reach->port ? 1 : ALL_SERVICES;

	for (unsigned long bit = slash ? strtoul(slash + 1, NULL, 10) : n_bits; bit < n_bits; bit++)
		n *= 2;
	return n;
}

static struct extent extent_of(const struct zone_traffic *zone)
{
	struct extent e = { .parts = { zone->is_monitored, zone->has_border_routers } };

	for (size_t i = 0; i < zone->n_reach; i++) {
		const struct reach *reach = &zone->reach[i];

		e.parts[2] += reach->kind == REACH_SEGMENT;
		e.parts[3] += reach->kind == REACH_INTERNET;
		e.parts[4] += reach->kind == REACH_HOST ? hosts_of(reach) : 0;
		e.parts[5] += reach->kind == REACH_GATEWAY;
	}
	return e;
}

bool zone_is_less(const struct ruleset *r, uint8_t zone, uint8_t than)
{
	const struct extent a = extent_of(&r->zones[zone]), b = extent_of(&r->zones[than]);
	const char *name = r->policy->zones[zone].name, *other = r->policy->zones[than].name;

	for (size_t i = 0; i < sizeof(a.parts) / sizeof(a.parts[0]); i++)
		if (a.parts[i] < b.parts[i] || a.parts[i] > b.parts[i])
			return a.parts[i] < b.parts[i];
	if (zone_is_better(r->policy, other, name) || zone_is_better(r->policy, name, other))
		return zone_is_better(r->policy, other, name);
	return zone > than;
}

uint8_t zones_least(const struct ruleset *r, uint64_t zones)
{
	uint8_t least = ZONE_QUARANTINE;

	for (uint8_t z = ZONE_QUARANTINE + 1; z < r->policy->n_zones; z++)
		if ((zones >> z & 1) && (least == ZONE_QUARANTINE || zone_is_less(r, z, least)))
			least = z;
	return least;
}

/* What holds for all elements of one place. */
static struct element common_to(const struct ruleset *r, const struct element *elements, size_t n)
{
	struct element all = { .monitored_sec = UINT32_MAX };
	uint64_t zones = 0;

	for (size_t i = 0; i < n; i++) {
		const struct element *e = &elements[i];

		if (e->zone == ZONE_QUARANTINE || e->zone >= r->policy->n_zones)
			continue;
		zones |= UINT64_C(1) << e->zone;
		if (e->timeout_sec > all.place_sec)
			all.place_sec = e->timeout_sec;
	}
	all.zone = zones_least(r, zones);
	for (size_t i = 0; i < n; i++) /* who is only monitored has nothing where others are admitted */
		if ((all.zone == ZONE_QUARANTINE || elements[i].zone != ZONE_QUARANTINE) &&
		    elements[i].monitored_sec < all.monitored_sec)
			all.monitored_sec = elements[i].monitored_sec;
	return all;
}

static void share_place(const struct ruleset *r, struct element *elements, size_t n)
{
	const struct element all = common_to(r, elements, n);

	if (n == 1) {
		if (elements->timeout_sec == 0)
			elements->zone = ZONE_QUARANTINE;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct element *e = &elements[i];

		if (e->zone == ZONE_QUARANTINE)
			e->timeout_sec = 0;
		e->zone = all.place_sec > 0 ? all.zone : ZONE_QUARANTINE;
		e->monitored_sec = all.monitored_sec;
		e->place_sec = all.place_sec;
	}
}

void elements_share(const struct ruleset *r, struct element *elements, size_t n)
{
	size_t n_here;

	elements_sort(elements, n);
	for (size_t i = 0; i < n; i += n_here) {
		n_here = 1;
		while (i + n_here < n && element_compare_places(&elements[i], &elements[i + n_here]) == 0)
			n_here++;
		share_place(r, &elements[i], n_here);
	}
}
