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

static int compare_ids(const void *a, const void *b)
{
	const struct known *const *x = a, *const *y = b;

	return memcmp((*x)->device, (*y)->device, SHA256_LEN);
}

int registry_each_after(const struct registry *r, struct bytes id, size_t most, registry_visitor *visit, void *userdata)
{
	_cleanup_free_ const struct known **list = calloc(r->n + 1, sizeof(*list));
	const struct known *k;
	struct verdict room;
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	TAILQ_FOREACH(k, &r->all, entry)
	if (id.n != SHA256_LEN || memcmp(k->device, id.p, SHA256_LEN) > 0)
		list[n++] = k;
	qsort(list, n, sizeof(*list), compare_ids);
	for (size_t i = 0; i < n && i < most; i++)
		visit(known_show(list[i], &room), userdata);
	return 0;
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
