/* SPDX-License-Identifier: Apache-2.0 */
/* Read from the kernel at the time of the call. */
#include "core/bus/report_enforcement.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "core/act/enforcement.h"
#include "core/core.h"
#include "core/settle/drift.h"
#include "core/tell/dictionary.h"
#include "decide/policy.h"
#include "enforce/ruleset.h"

static void put_count(struct dictionary *d, const char *key, struct kernel_count count)
{
	char bytes[64];

	(void)snprintf(bytes, sizeof(bytes), "%s_bytes", key);
	put_u64(d, key, count.packets);
	put_u64(d, bytes, count.bytes);
}

/* Traffic of each zone's devices, and its result, since the tables were loaded. */
static void put_traffic(struct dictionary *d, const struct core *c, const struct kernel_counts *counts)
{
	const struct policy *policy = &c->in_force.config->policy;

	open_entry(d, "traffic", "a{sa{sv}}");
	for (size_t i = 0; i < policy->n_zones && d->r >= 0; i++) {
		struct dictionary one;

		d->r = sd_bus_message_open_container(d->m, 'e', "sa{sv}");
		if (d->r >= 0)
			d->r = sd_bus_message_append(d->m, "s", policy->zones[i].name);
		if (d->r < 0)
			return;
		one = dictionary_open(d->m);
		put_count(&one, "passed", counts->zones[i].passed);
		put_count(&one, "dropped", counts->zones[i].dropped);
		put_count(&one, "monitored", counts->zones[i].monitored);
		d->r = dictionary_close(&one);
		if (d->r >= 0)
			d->r = sd_bus_message_close_container(d->m);
	}
	close_entry(d);
}

static void put_monitored(struct dictionary *d, const struct ruleset *r)
{
	open_entry(d, "monitored_zones", "as");
	for (size_t i = 0; i < r->policy->n_zones && d->r >= 0; i++)
		if (r->zones[i].is_monitored)
			d->r = sd_bus_message_append(d->m, "s", r->policy->zones[i].name);
	close_entry(d);
}

static void put_openings(struct dictionary *d, const struct core *c)
{
	_cleanup_free_ struct opening *list = NULL;
	size_t n = 0;

	(void)kernel_openings(c->settler.kernel, &c->in_force.config->ruleset, &list, &n);
	open_entry(d, "open_alone", "aa{sv}");
	for (size_t i = 0; i < n && d->r >= 0; i++) {
		struct dictionary one = dictionary_open(d->m);

		put_string(&one, "interface", list[i].alone);
		put_u32(&one, "for", list[i].left_sec);
		put_string(&one, "reason", list[i].reason);
		d->r = dictionary_close(&one);
	}
	close_entry(d);
}

void report_enforcement(struct dictionary *d, const struct core *c)
{
	const struct ruleset *r = &c->in_force.config->ruleset;
	struct kernel_counts counts = { 0 };
	struct opening opening = { 0 };
	bool is_open = kernel_opening(c->settler.kernel, r, &opening) > 0;

	(void)kernel_counts(c->settler.kernel, r, &counts);
	put_string(d, "enforcement", enforcement_state(&c->enforcement));
	put_string(d, "layer2", enforcement_layer2(&c->enforcement));
	put_u64(d, "drifts", c->settler.tables.drifts);
	put_u32(d, "open_for", is_open ? opening.left_sec : 0);
	put_string(d, "open_reason", is_open ? opening.reason : "");
	put_openings(d, c);
	put_monitored(d, r);
	put_traffic(d, c, &counts);
	put_u64(d, "layer2_dropped", counts.layer2.packets);
	put_u64(d, "opened_passed", counts.opened.packets);
	put_u64(d, "speaker_dropped", counts.speaker.packets);
	put_u64(d, "source_dropped", counts.source.packets);
	put_u64(d, "excess_sender_dropped", counts.excess_sender.packets);
	put_u64(d, "excess_port_dropped", counts.excess_port.packets);
	put_u64(d, "excess_full_dropped", counts.excess_full.packets);
	put_u64(d, "unguarded_dropped", counts.unguarded.packets);
	put_u64(d, "unnamed_dropped", counts.unnamed.packets);
}

static int put_discrepancy(sd_bus_message *m, const struct nft_sets *sets, const struct discrepancy *one)
{
	struct dictionary d = dictionary_open(m);
	char key[KEY_TEXT_SIZE];

	put_string(&d, "table", set_family_name(&sets->list[one->wanted.set]));
	put_string(&d, "set", sets->list[one->wanted.set].name);
	put_string(&d, "key", entry_key_to_text(sets, &one->wanted, key));
	put_u32(&d, "wanted", one->wanted.timeout_sec);
	put_bool(&d, "present", one->is_present);
	put_u32(&d, "left", one->present_sec);
	return dictionary_close(&d);
}

int report_difference(struct core *c, sd_bus_message *m)
{
	struct discrepancy *list = NULL;
	struct nft_sets sets;
	size_t n = 0;
	int r = drift_find(&c->settler, &list, &n);

	sets_of(&c->in_force.config->ruleset, &sets);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	for (size_t i = 0; i < n && r >= 0; i++)
		r = put_discrepancy(m, &sets, &list[i]);
	free(list);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
