/* SPDX-License-Identifier: Apache-2.0 */
/* The level is for the whole daemon: core, edge, zygote and judges. */
#include "core/bus/logcontrol.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "core/act/hearing.h"
#include "core/bus/access.h"
#include "core/core.h"

static const char *const levels[] = {
	[LOG_EMERG] = "emerg",     [LOG_ALERT] = "alert",   [LOG_CRIT] = "crit", [LOG_ERR] = "err",
	[LOG_WARNING] = "warning", [LOG_NOTICE] = "notice", [LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

static int get_level(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *m,
		     void *userdata, sd_bus_error *error)
{
	int level = log_level();

	(void)bus;
	(void)path;
	(void)interface;
	(void)name;
	(void)userdata;
	(void)error;
	return sd_bus_message_append(m, "s", level >= 0 && level <= LOG_DEBUG ? levels[level] : "");
}

static int set_level(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *call,
		     void *userdata, sd_bus_error *error)
{
	struct core *c = userdata;
	struct orderer by;
	const char *text;
	int r = sd_bus_message_read(call, "s", &text);

	(void)bus;
	(void)path;
	(void)interface;
	(void)name;
	if (r < 0)
		return r;
	if (!access_may(c, call, "log-level", VERB_NONE, &by, error))
		return -EACCES;
	for (int i = 0; i <= LOG_DEBUG; i++) {
		if (strcmp(levels[i], text) != 0)
			continue;
		log_set_level(i);
		if (c->hearings)
			hearings_tell_clock(c->hearings); /* the level is in it */
		return 0;
	}
	return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
				 "\"%s\" is not a level; give emerg, alert, crit, err, warning, notice, info or debug",
				 text);
}

static int get_target(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *m,
		      void *userdata, sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)name;
	(void)userdata;
	(void)error;
	return sd_bus_message_append(m, "s", log_is_journal() ? "journal" : "console");
}

static int get_identifier(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *m,
			  void *userdata, sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)name;
	(void)userdata;
	(void)error;
	return sd_bus_message_append(m, "s", "hallmarkd");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", get_level, set_level, 0, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("LogTarget", "s", get_target, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("SyslogIdentifier", "s", get_identifier, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};

int logcontrol_add(sd_bus *bus, struct core *core)
{
	return sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1",
					vtable, core);
}
