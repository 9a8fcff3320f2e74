/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One known device → its verdict under another configuration, with facts that may have been derived again. Pure, except
 * that it reads the registry.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct registry;
struct verdict;

/* Which device was admitted at each place, and when it attested. */
struct occupants;

/* Of all devices in the registry. Returns NULL when out of memory. */
struct occupants *occupants_new(const struct registry *r);
void occupants_free(struct occupants *o);

struct reconsideration {
	const struct config *config;
	const struct registry *registry; /* to see whether another device has the UEID now */
	const struct occupants *occupants;
	const struct orders *orders; /* NULL: there are none */
	int64_t now_sec;
	const struct facts
		*facts; /* NULL: use those of the verdict; a restored one has none, and keeps its zone until then */
	bool is_unevaluated; /* they could not be derived: nothing is known to be good */

	/* The same for another device at its place, which the same change concerns, too; NULL: the others stay as they are. */
	struct reconsideration (*of_other)(const struct verdict *other, const void *userdata);
	const void *userdata;
};

/* decide_again() with what the core knows of the device and its place. */
bool reconsider(const struct reconsideration *r, const struct verdict *before, struct verdict *ret);

/* Whether the device's present zone is a lesser one, in the order of the rules in force. */
bool reconsider_is_demotion(const struct config *in_force, const struct verdict *before, const struct verdict *after);
