/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods that only read, and the signals. Methods that change something are in command.c and *_command.c; properties.c
 * has the properties.
 */
#include "core/bus/interface.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "core/bus/bus_inside.h"
#include "core/bus/command.h"
#include "core/bus/find_device.h"
#include "core/bus/listing.h"
#include "core/bus/order_command.h"
#include "core/bus/properties.h"
#include "core/bus/reattest_command.h"
#include "core/bus/record_pages.h"
#include "core/bus/report.h"
#include "core/bus/report_enforcement.h"
#include "core/bus/report_exceptions.h"
#include "core/bus/report_failures.h"
#include "core/bus/report_metrics.h"
#include "core/bus/report_unknown.h"
#include "core/bus/seal_command.h"
#include "core/core.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"

/* Sends the reply, or logs that it could not be made. */
static int reply(sd_bus_message *m, int r)
{
	if (r < 0)
		return log_errno(r, "Cannot make an answer for the control socket");
	return sd_bus_send(NULL, m, NULL);
}

static int on_status(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct core *core = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_status(core, m));
}

static int on_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const struct core *core = userdata;

	(void)error;
	bus_subscribe(core->bus, sd_bus_message_get_bus(call));
	return sd_bus_reply_method_return(call, "a{sv}", 0);
}

static int on_failed_handshakes(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct core *core = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_failed_handshakes(core, m));
}

/* Behind an unknown device; all empty: from the first on. */
static int on_unknown_devices(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct core *core = userdata;
	const char *interface, *port, *mac;
	struct seen after = { 0 };
	int r = sd_bus_message_read(call, "sss", &interface, &port, &mac);

	if (r < 0)
		return r;
	if (mac[0] && (strlen(interface) >= IFNAMSIZ || strlen(port) >= IFNAMSIZ || !mac_from_text(mac, after.mac)))
		return sd_bus_error_setf(
			error, SD_BUS_ERROR_INVALID_ARGS,
			"\"%s\", \"%s\", \"%s\" are not interface, bridge port and MAC of an unknown device", interface,
			port, mac);
	if (mac[0]) {
		memcpy(after.interface, interface, strlen(interface));
		memcpy(after.port, port, strlen(port));
	}
	r = sd_bus_message_new_method_return(call, &m);
	return reply(m, r < 0 ? r : report_unknown(core, &core->bus->wires, m, mac[0] ? &after : NULL));
}

static int on_diff(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct core *core = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_difference(core, m));
}

static int on_metrics(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct core *core = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_metrics(core, m));
}

static int append_segments(sd_bus_message *m, const struct ruleset *ruleset)
{
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = 0; i < ruleset->n_segments && r >= 0; i++)
		r = sd_bus_message_append(m, "a{sv}", 1, "name", "s", ruleset->segments[i].name);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int on_segments(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct core *core = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : append_segments(m, &core->in_force.config->ruleset));
}

static int on_exceptions(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct core *core = userdata;
	uint32_t from;
	int r = sd_bus_message_read(call, "u", &from);

	(void)error;
	if (r >= 0)
		r = sd_bus_message_new_method_return(call, &m);
	return reply(m, r < 0 ? r : report_exceptions(core, m, from));
}

static int on_explain(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct core *core = userdata;
	const struct verdict *v;
	struct verdict room;
	const char *text;
	int r = sd_bus_message_read(call, "s", &text);

	if (r < 0)
		return r;
	v = find_device(core, text, &room, error);
	if (!v)
		return -sd_bus_error_get_errno(error);
	r = sd_bus_message_new_method_return(call, &m);
	return reply(m, r < 0 ? r : report_explanation(core, m, v));
}

/* Each method that changes something checks the caller itself (core/bus/access.h). */
#define METHOD(name, in, in_names, out, out_name, handler)                                                             \
	SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, SD_BUS_PARAM(out_name), handler, SD_BUS_VTABLE_UNPRIVILEGED)

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("Status", "", "", "a{sv}", status, on_status),
	METHOD("List", "", "", "aa{sv}", devices, listing_of_all),
	METHOD("ListAfter", "s", SD_BUS_PARAM(device), "aa{sv}", devices, listing_after),
	SD_BUS_METHOD_WITH_NAMES("ListDevices", "a{sv}ssu",
				 SD_BUS_PARAM(filter) SD_BUS_PARAM(order) SD_BUS_PARAM(after) SD_BUS_PARAM(limit),
				 "aa{sv}s", SD_BUS_PARAM(devices) SD_BUS_PARAM(next), listing_of_devices,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	METHOD("FailedHandshakes", "", "", "aa{sv}", handshakes, on_failed_handshakes),
	METHOD("UnknownDevices", "sss", SD_BUS_PARAM(interface) SD_BUS_PARAM(bridge_port) SD_BUS_PARAM(mac), "aa{sv}",
	       devices, on_unknown_devices),
	METHOD("Segments", "", "", "aa{sv}", segments, on_segments),
	METHOD("Exceptions", "u", SD_BUS_PARAM(from), "aa{sv}", exceptions, on_exceptions),
	METHOD("Subscribe", "", "", "a{sv}", nothing, on_subscribe),
	METHOD("Explain", "s", SD_BUS_PARAM(device), "a{sv}", explanation, on_explain),
	METHOD("Diff", "", "", "aa{sv}", entries, on_diff),
	SD_BUS_METHOD_WITH_NAMES("Record", "a{sv}tu", SD_BUS_PARAM(filter) SD_BUS_PARAM(after) SD_BUS_PARAM(limit),
				 "aa{sv}t", SD_BUS_PARAM(entries) SD_BUS_PARAM(next), record_pages_read,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	METHOD("RecordHead", "", "", "a{sv}", head, record_pages_head),
	METHOD("Metrics", "", "", "a{sv}", metrics, on_metrics),
	METHOD("Replay", "sx", SD_BUS_PARAM(device) SD_BUS_PARAM(at), "a{sv}", replay, command_replay),
	METHOD("Reload", "", "", "a{sv}", review, command_reload),
	METHOD("Try", "s", SD_BUS_PARAM(path), "a{sv}", review, command_try),
	METHOD("Confirm", "", "", "a{sv}", review, command_confirm),
	METHOD("Discard", "", "", "a{sv}", nothing, command_discard),
	METHOD("Quarantine", "ssu", SD_BUS_PARAM(device) SD_BUS_PARAM(reason) SD_BUS_PARAM(seconds), "a{sv}", ordered,
	       command_quarantine),
	METHOD("Allow", "ssus", SD_BUS_PARAM(device) SD_BUS_PARAM(zone) SD_BUS_PARAM(seconds) SD_BUS_PARAM(reason),
	       "a{sv}", ordered, command_allow),
	METHOD("AllowUnproved", "ssus",
	       SD_BUS_PARAM(device) SD_BUS_PARAM(zone) SD_BUS_PARAM(seconds) SD_BUS_PARAM(reason), "a{sv}", ordered,
	       command_allow_unproved),
	METHOD("Monitor", "sus", SD_BUS_PARAM(device) SD_BUS_PARAM(seconds) SD_BUS_PARAM(reason), "a{sv}", ordered,
	       command_monitor),
	METHOD("MonitorUnproved", "sus", SD_BUS_PARAM(device) SD_BUS_PARAM(seconds) SD_BUS_PARAM(reason), "a{sv}",
	       ordered, command_monitor_unproved),
	METHOD("Release", "s", SD_BUS_PARAM(device), "a{sv}", ordered, command_release),
	METHOD("Reattest", "su", SD_BUS_PARAM(device) SD_BUS_PARAM(seconds), "a{sv}", demanded, command_reattest),
	METHOD("SealReport", "ayt", SD_BUS_PARAM(sha256) SD_BUS_PARAM(bytes), "a{sv}", sealed, command_seal_report),
	SD_BUS_SIGNAL_WITH_NAMES("AdmissionChanged", "a{sv}", SD_BUS_PARAM(change), 0),
	SD_BUS_SIGNAL_WITH_NAMES("UnknownDevice", "a{sv}", SD_BUS_PARAM(device), 0),
	SD_BUS_SIGNAL_WITH_NAMES("Wave", "a{sv}", SD_BUS_PARAM(wave), 0),
	SD_BUS_VTABLE_END,
};

int interface_add(sd_bus *bus, struct core *core)
{
	int r = sd_bus_add_object_vtable(bus, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, vtable, core);

	return r < 0 ? r : properties_add(bus, core);
}
