/* SPDX-License-Identifier: Apache-2.0 */
/* A short list, and usually an empty one, so it is searched from its beginning. */
#include "core/tell/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/journal.h"
#include "base/log.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/tell/journal.h"
#include "core/tell/journal_entry.h"
#include "core/tell/teller.h"
#include "core/tell/wave.h"
#include "decide/verdict.h"

void refusals_done(struct refusals *r)
{
	free(r->list);
	*r = (struct refusals){ 0 };
}

void refusals_tell(struct teller *t, const struct verdict *v, const char *zone_before, int error)
{
	char device[SHA256_HEX_SIZE], what[DEVICE_TEXT_SIZE], text[ENTRY_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	(void)device_to_text(t->in_force->config, v, what);
	(void)snprintf(text, sizeof(text),
		       "%s (%.16s) on %s: the kernel refused (%s) its change from %s to %s, which is not in force; it "
		       "is tried again. `hallmarkctl diff` shows what the kernel has",
		       what, device, v->interface[0] ? v->interface : "no interface", strerror(-error), zone_before,
		       v->zone);
	wave_refused(t, v, text);
}

static struct refusal *find(const struct refusals *r, const uint8_t device[static SHA256_LEN])
{
	for (size_t i = 0; i < r->n; i++)
		if (memcmp(r->list[i].device, device, SHA256_LEN) == 0)
			return &r->list[i];
	return NULL;
}

static struct refusal *add(struct refusals *r)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		struct refusal *list = reallocarray(r->list, room, sizeof(*list));

		if (!list)
			return NULL;
		r->list = list;
		r->room = room;
	}
	return &r->list[r->n++];
}

void refusals_add(struct teller *t, const struct verdict *v, const char *zone_before, const struct record_mark *record,
		  int error)
{
	struct refusal *one = find(&t->refusals, v->facts.device);

	refusals_tell(t, v, zone_before, error);
	if (one) { /* the kernel still has it in the zone before the first refused change */
		one->record = *record;
		return;
	}
	one = add(&t->refusals);
	if (!one) {
		log_error("Out of memory: a change that the kernel refused is not reported when it takes effect");
		return;
	}
	*one = (struct refusal){ .record = *record };
	memcpy(one->device, v->facts.device, SHA256_LEN);
	(void)snprintf(one->zone_before, sizeof(one->zone_before), "%s", zone_before);
}

void refusals_forget(struct refusals *r, const uint8_t device[static SHA256_LEN])
{
	struct refusal *one = find(r, device);

	if (one)
		*one = r->list[--r->n];
}

static void tell_done(struct teller *t, const struct registry *registry, const struct refusal *one)
{
	struct verdict room;
	const struct verdict *v = registry_find(registry, one->device, &room);

	if (!v || strcmp(one->zone_before, v->zone) == 0) /* forgotten, or in the former zone again */
		return;
	t->metrics.decisions++;
	wave_tell(t, &(struct journal_decision){ .config = t->in_force->config,
						 .verdict = v,
						 .zone_before = one->zone_before,
						 .record = one->record });
}

void refusals_settle(struct teller *t, const struct registry *registry)
{
	struct refusals settled = t->refusals;

	t->refusals = (struct refusals){ 0 };
	for (size_t i = 0; i < settled.n; i++)
		tell_done(t, registry, &settled.list[i]);
	refusals_done(&settled);
}
