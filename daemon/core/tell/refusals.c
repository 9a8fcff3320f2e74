/* SPDX-License-Identifier: Apache-2.0 */
/* A short list, mostly empty: what is in it is neither told nor forgotten. */
#include "core/tell/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/tell/journal.h"
#include "core/tell/wave.h"
#include "decide/verdict.h"
#include "token/names.h"

void refusals_done(struct refusals *r)
{
	free(r->list);
	*r = (struct refusals){ 0 };
}

void refusals_tell(struct core *c, const struct verdict *v, const char *zone_before, int error)
{
	char device[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE], text[512];

	bytes_to_hex(BYTES(v->facts.device), device);
	(void)product_to_text(&v->facts.product, product);
	(void)snprintf(text, sizeof(text),
		       "%s (%.16s) on %s: the kernel refused (%s) its change from %s to %s, which is not in force; it "
		       "is tried again. `hallmarkctl diff` shows what the kernel has",
		       product, device, v->interface[0] ? v->interface : "no interface", strerror(-error), zone_before,
		       v->zone);
	wave_refused(c, v->facts.device, text);
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

void refusals_add(struct core *c, const struct verdict *v, const char *zone_before, const struct record_mark *record,
		  int error)
{
	struct refusal *one = find(&c->refusals, v->facts.device);

	refusals_tell(c, v, zone_before, error);
	if (one) { /* where the kernel has it is where it was before the first of them */
		one->record = *record;
		return;
	}
	one = add(&c->refusals);
	if (!one) {
		log_error("Out of memory: a change that the kernel refused is not reported when it takes effect");
		return;
	}
	*one = (struct refusal){ .record = *record };
	memcpy(one->device, v->facts.device, SHA256_LEN);
	(void)snprintf(one->zone_before, sizeof(one->zone_before), "%s", zone_before);
}

void refusals_forget(struct core *c, const uint8_t device[static SHA256_LEN])
{
	struct refusal *one = find(&c->refusals, device);

	if (one)
		*one = c->refusals.list[--c->refusals.n];
}

static void tell_done(struct core *c, const struct refusal *one)
{
	const struct verdict *v = registry_find(c->registry, one->device);

	if (!v || strcmp(one->zone_before, v->zone) == 0) /* forgotten, or back where it was */
		return;
	c->decisions++;
	wave_tell(c, &(struct journal_decision){ .config = c->in_force.config,
						 .verdict = v,
						 .zone_before = one->zone_before,
						 .record = one->record });
}

void refusals_settle(struct core *c)
{
	struct refusals settled = c->refusals;

	c->refusals = (struct refusals){ 0 };
	for (size_t i = 0; i < settled.n; i++)
		tell_done(c, &settled.list[i]);
	refusals_done(&settled);
}
