/* SPDX-License-Identifier: Apache-2.0 */
/* One getter and one row for each property. Status() uses the same sources. */
#include "core/bus/properties.h"

#include "base/cleanup.h"
#include "config/config.h"
#include "core/act/enforcement.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/review/review.h"
#include "enforce/ruleset.h"
#include "hallmark/bus.h"

/* `value` appends to the message m from the core c. */
#define GETTER(name, value)                                                                                            \
	static int get_##name(sd_bus *bus, const char *path, const char *interface, const char *property,              \
			      sd_bus_message *m, void *userdata, sd_bus_error *error)                                  \
	{                                                                                                              \
		const struct core *c = userdata;                                                                       \
                                                                                                                       \
		(void)bus, (void)path, (void)interface, (void)property, (void)error, (void)c;                          \
		return value;                                                                                          \
	}

static int put_guarded(sd_bus_message *m, const struct ruleset *r)
{
	int ret = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; i < r->n_guarded && ret >= 0; i++)
		ret = sd_bus_message_append(m, "s", r->guarded[i]);
	return ret < 0 ? ret : sd_bus_message_close_container(m);
}

/* Read from the kernel: it ends by itself. */
static int64_t open_until(const struct core *c)
{
	struct opening opening = { 0 };
	bool is_open =
		c->settler.kernel && kernel_opening(c->settler.kernel, &c->in_force.config->ruleset, &opening) > 0;

	return is_open ? timekeeper_peek(&c->settler.time) + opening.left_sec : 0;
}

/* Also read from the kernel. */
static int put_openings(sd_bus_message *m, const struct core *c)
{
	_cleanup_free_ struct opening *list = NULL;
	const int64_t now_sec = timekeeper_peek(&c->settler.time);
	int ret = sd_bus_message_open_container(m, 'a', "{sx}");
	size_t n = 0;

	if (c->settler.kernel)
		(void)kernel_openings(c->settler.kernel, &c->in_force.config->ruleset, &list, &n);
	for (size_t i = 0; i < n && ret >= 0; i++)
		ret = sd_bus_message_append(m, "{sx}", list[i].alone, now_sec + list[i].left_sec);
	return ret < 0 ? ret : sd_bus_message_close_container(m);
}

GETTER(version, sd_bus_message_append(m, "s", HALLMARK_VERSION))
GETTER(started, sd_bus_message_append(m, "x", c->started_sec))
GETTER(port, sd_bus_message_append(m, "q", c->in_force.config->port))
GETTER(gateway, sd_bus_message_append(m, "s", c->in_force.config->gateway))
GETTER(home, sd_bus_message_append(m, "s", c->in_force.config->recognition.home))
GETTER(guarded, put_guarded(m, &c->in_force.config->ruleset))
GETTER(enforcement, sd_bus_message_append(m, "s", enforcement_state(&c->enforcement)))
GETTER(zones, report_zones(c, m))
GETTER(clock, sd_bus_message_append(m, "s", report_clock(c)))
GETTER(held, sd_bus_message_append(m, "s", c->due.held ? c->due.held->order.cause : ""))
GETTER(drifts, sd_bus_message_append(m, "t", c->settler.tables.drifts))
GETTER(open_until, sd_bus_message_append(m, "x", open_until(c)))
GETTER(open_alone, put_openings(m, c))

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Started", "x", get_started, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Port", "q", get_port, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	/* a reload may change most of these, and no signal is sent then: a client asks again */
	SD_BUS_PROPERTY("Gateway", "s", get_gateway, 0, 0),
	SD_BUS_PROPERTY("Home", "s", get_home, 0, 0),
	SD_BUS_PROPERTY("Guarded", "as", get_guarded, 0, 0),
	SD_BUS_PROPERTY("Enforcement", "s", get_enforcement, 0, 0),
	SD_BUS_PROPERTY("Zones", "a{su}", get_zones, 0, 0),
	SD_BUS_PROPERTY("Clock", "s", get_clock, 0, 0),
	SD_BUS_PROPERTY("Held", "s", get_held, 0, 0),
	SD_BUS_PROPERTY("Drifts", "t", get_drifts, 0, 0),
	SD_BUS_PROPERTY("OpenUntil", "x", get_open_until, 0, 0),
	SD_BUS_PROPERTY("OpenAlone", "a{sx}", get_open_alone, 0, 0),
	SD_BUS_VTABLE_END,
};

int properties_add(sd_bus *bus, struct core *core)
{
	return sd_bus_add_object_vtable(bus, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, vtable, core);
}
