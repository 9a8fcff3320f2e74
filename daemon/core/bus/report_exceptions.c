/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bus/report_exceptions.h"

#include <string.h>

#include "base/bytes.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/core.h"
#include "core/settle/excepted.h"
#include "core/tell/dictionary.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"

/* As its row has them. */
static void put_names(struct dictionary *d, const struct config *config, const struct exception *e)
{
	const struct inventory_row *row = &config->inventory->rows[e->row];
	struct verdict v = { 0 };

	memcpy(v.interface, e->interface, sizeof(v.interface));
	memcpy(v.port, e->port, sizeof(v.port));
	put_string(d, "name", row->name);
	put_string(d, "segment", inventory_segment_of(config, row, &v));
	put_string(d, "place", row->place);
	put_string(d, "reference", row->reference);
}

static int put_exception(const struct core *c, sd_bus_message *m, uint32_t number)
{
	static const char *const states[] = {
		[EXCEPTION_OVER] = "over",
		[EXCEPTION_REPLACED] = "replaced",
		[EXCEPTION_IN_FORCE] = "in force",
	};
	const struct exception *e = &c->in_force.config->inventory->exceptions[number];
	struct dictionary d = dictionary_open(m);
	char mac[MAC_TEXT_SIZE];

	put_u32(&d, "number", number);
	put_string(&d, "state", states[excepted_state(&c->settler, number, timekeeper_peek(&c->settler.time))]);
	put_string(&d, "zone", c->in_force.config->policy.zones[e->zone].name);
	put_time(&d, "until", e->until_sec);
	put_string(&d, "interface", e->interface);
	put_string(&d, "bridge_port", e->port);
	put_string(&d, "mac", mac_to_text(e->mac, mac));
	put_names(&d, c->in_force.config, e);
	return dictionary_close(&d);
}

int report_exceptions(const struct core *c, sd_bus_message *m, uint32_t from)
{
	const size_t n = c->settler.excepted.n;
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = from; i < n && i - from < HALLMARK_BUS_PAGE && r >= 0; i++)
		r = put_exception(c, m, (uint32_t)i);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
