/* SPDX-License-Identifier: Apache-2.0 */
/* Each appends its value; what Status() also says comes from the same place. */
#include "core/bus/properties.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/act/enforcement.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/review/review.h"

static int put_version(sd_bus_message *m, const struct core *c)
{
	(void)c;
	return sd_bus_message_append(m, "s", HALLMARK_VERSION);
}

static int put_gateway(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "s", c->config->gateway);
}

static int put_home(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "s", c->config->recognition.home);
}

static int put_started(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "x", c->started_sec);
}

static int put_port(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "q", c->config->port);
}

static int put_guarded(sd_bus_message *m, const struct core *c)
{
	const struct ruleset *r = &c->config->ruleset;
	int ret = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; i < r->n_guarded && ret >= 0; i++)
		ret = sd_bus_message_append(m, "s", r->guarded[i]);
	return ret < 0 ? ret : sd_bus_message_close_container(m);
}

static int put_enforcement(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "s", enforcement_state(c));
}

static int put_clock(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "s", report_clock(c));
}

static int put_held(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "s", c->held ? c->held->order.cause : "");
}

static int put_drifts(sd_bus_message *m, const struct core *c)
{
	return sd_bus_message_append(m, "t", c->drifts);
}

/* Asked of the kernel: it ends by itself. */
static int put_open_until(sd_bus_message *m, const struct core *c)
{
	struct opening opening = { 0 };
	bool is_open = c->kernel && kernel_opening(c->kernel, &c->config->ruleset, &opening) > 0;

	return sd_bus_message_append(m, "x", is_open ? timekeeper_peek(&c->time) + opening.left_sec : INT64_C(0));
}

static int put_zones(sd_bus_message *m, const struct core *c)
{
	return report_zones(c, m);
}

int property_get(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *m,
		 void *userdata, sd_bus_error *error)
{
	static const struct {
		const char *name;
		int (*put)(sd_bus_message *m, const struct core *c);
	} properties[] = {
		{ "Version", put_version }, { "Gateway", put_gateway }, { "Home", put_home },
		{ "Started", put_started }, { "Port", put_port },       { "Guarded", put_guarded },
		{ "Zones", put_zones },     { "Clock", put_clock },     { "Enforcement", put_enforcement },
		{ "Held", put_held },       { "Drifts", put_drifts },   { "OpenUntil", put_open_until },
	};

	(void)bus;
	(void)path;
	(void)interface;
	(void)error;
	for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
		if (strcmp(properties[i].name, name) == 0)
			return properties[i].put(m, userdata);
	return -ENOENT;
}
