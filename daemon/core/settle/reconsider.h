/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device that is known → its verdict under another configuration, with facts that may have been derived anew. Pure but
 * for a look into the registry.
 */
#pragma once

#include "config/config.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"

/* Who was admitted at each place, and when it attested. */
struct occupants;

/* Of all devices of the registry. Returns NULL when out of memory. */
struct occupants *occupants_new(const struct registry *r);
void occupants_free(struct occupants *o);

struct reconsideration {
	const struct config *config;
	const struct registry *registry; /* to see whether a UEID is another device's by now */
	const struct occupants *occupants;
	const struct orders *orders; /* NULL: there are none */
	int64_t now_sec;
	const struct facts *facts; /* NULL: those that it has; a restored one has none, and keeps its zone until then */
	bool is_unevaluated;       /* they could not be derived: nothing is known to be good */
};

/*
 * Sets *ret. Returns true when the verdict says something else than before, and not merely with other numbers of rules or,
 * of a restored one, what it rests on. It grants nothing beyond the lifetime that the device's evidence had, nothing to what
 * was ended for another reason than its own facts, and no place that is another device's. An operator's order is laid over
 * what it decides, and only that grants more.
 */
bool reconsider(const struct reconsideration *r, const struct verdict *before, struct verdict *ret);

/* Whether the zone that the device has now is a lesser one, in the order of the rules in force. */
bool reconsider_is_demotion(const struct config *in_force, const struct verdict *before, const struct verdict *after);

/*
 * Sets what is remembered of a device that lost its zone, or gets none, because something of it was revoked or suspended; it is
 * remembered until it gets a better zone. `before` may be zeroed: nothing was known of the device.
 */
void reconsider_note_taken_back(const struct policy *p, const struct verdict *before, struct verdict *after);

/*
 * Whether it gets a better zone, in that order, now that less of it is taken back than was: a revocation or a suspension of
 * its certificates or of a label of it is gone. Silence in between (a list that is stale, too short or not there) is no answer:
 * what was taken back before it still was.
 */
bool reconsider_is_reinstatement(const struct config *in_force, const struct verdict *before,
				 const struct verdict *after);
