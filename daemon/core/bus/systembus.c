/* SPDX-License-Identifier: Apache-2.0 */
/* One connection at a time, and a timer that checks whether there is one. */
#include "core/bus/systembus.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/bus/interface.h"
#include "core/bus/logcontrol.h"
#include "core/core.h"
#include "hallmark/bus.h"

#define RETRY_USEC   (5 * USEC_PER_SEC)
#define REFUSED_USEC (60 * USEC_PER_SEC) /* each attempt is a line in the bus's own log */
#define DBUS         "org.freedesktop.DBus"
#define IN_QUEUE     2 /* the answer that another owns the name for now (D-Bus specification, RequestName) */

struct system_bus {
	struct core *core;
	sd_bus *bus;    /* NULL: there is none */
	sd_bus **shown; /* given to the rest of the core while we own the name */
	sd_event_source *timer;
	bool is_absence_told, is_refusal_told; /* once, until we own the name again */
};

static void look_again(struct system_bus *s, uint64_t after_usec)
{
	(void)sd_event_source_set_time_relative(s->timer, after_usec);
	(void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static void leave(struct system_bus *s, uint64_t for_usec)
{
	*s->shown = NULL;
	s->bus = sd_bus_close_unref(s->bus);
	look_again(s, for_usec);
}

static void lose(struct system_bus *s)
{
	if (!s->is_absence_told)
		log_warning("The system bus is gone, or accepts nothing: this gateway cannot be reached there until it "
			    "is back. hallmarkctl does not need it");
	s->is_absence_told = true;
	leave(s, RETRY_USEC);
}

static int on_disconnect(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	(void)m;
	(void)error;
	lose(userdata);
	return 0;
}

/* --- The name --- */

static int on_acquired(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct system_bus *s = userdata;
	const char *name;

	(void)error;
	if (sd_bus_message_read(m, "s", &name) < 0 || strcmp(name, HALLMARK_BUS_INTERFACE) != 0)
		return 0;
	*s->shown = s->bus;
	s->is_absence_told = s->is_refusal_told = false;
	log_notice("This gateway is on the system bus, as " HALLMARK_BUS_INTERFACE);
	return 0;
}

static void tell_refusal(struct system_bus *s, const char *why)
{
	if (!s->is_refusal_told)
		log_warning("The system bus does not give this daemon the name " HALLMARK_BUS_INTERFACE ": %s", why);
	s->is_refusal_told = true;
}

/* The answer to the request for the name. A signal tells when the name is ours. */
static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct system_bus *s = userdata;
	const sd_bus_error *e = sd_bus_message_get_error(m);
	uint32_t answer = 0;

	(void)error;
	if (sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY) || sd_bus_error_has_name(e, SD_BUS_ERROR_TIMEOUT)) {
		lose(s);
	} else if (e) {
		tell_refusal(s, "its policy does not allow it; is the file " HALLMARK_BUS_INTERFACE
				".conf in /usr/share/dbus-1/system.d, and was the bus reloaded since?");
		leave(s, REFUSED_USEC);
	} else if (sd_bus_message_read(m, "u", &answer) > 0 && answer == IN_QUEUE) {
		tell_refusal(s, "another program has it, and answers in place of hallmarkd. `busctl "
				"status " HALLMARK_BUS_INTERFACE
				"` says which; the name is taken as soon as that one ends");
	}
	return 0;
}

/* --- The connection --- */

/* All queries to the bus here are asynchronous: waiting could mean waiting for a bus that hangs. */
static int set_up(struct system_bus *s, sd_bus *bus)
{
	int r = sd_bus_set_method_call_timeout(bus, SYSTEM_BUS_TIMEOUT_USEC);

	if (r >= 0)
		r = sd_bus_attach_event(bus, s->core->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = interface_add(bus, s->core);
	if (r >= 0)
		r = logcontrol_add(bus, s->core);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NULL, "/org/freedesktop/DBus/Local", DBUS ".Local", "Disconnected",
					on_disconnect, s);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, NULL, DBUS, "/org/freedesktop/DBus", DBUS, "NameAcquired",
					      on_acquired, NULL, s);
	if (r >= 0)
		r = sd_bus_request_name_async(bus, NULL, HALLMARK_BUS_INTERFACE, SD_BUS_NAME_QUEUE, on_answer, s);
	return r;
}

static void connect_now(struct system_bus *s)
{
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r >= 0)
		r = set_up(s, bus);
	look_again(s, RETRY_USEC);
	if (r >= 0) {
		s->bus = TAKE_PTR(bus);
		return;
	}
	if (!s->is_absence_told)
		log_info("There is no system bus yet (%s): the gateway will join it when it appears. hallmarkctl does "
			 "not need it",
			 strerror(-r));
	s->is_absence_told = true;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct system_bus *s = userdata;

	(void)source;
	(void)usec;
	if (!s->bus)
		connect_now(s);
	else if (sd_bus_is_open(s->bus) <= 0)
		lose(s);
	else
		look_again(s, RETRY_USEC);
	return 0;
}

int system_bus_new(struct core *core, struct system_bus **ret, sd_bus **connection)
{
	struct system_bus *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->core = core;
	s->shown = connection;
	r = sd_event_add_time_relative(core->event, &s->timer, CLOCK_MONOTONIC, 0, 0, on_timer, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
	if (r < 0) {
		system_bus_free(s);
		return r;
	}
	connect_now(s);
	*ret = s;
	return 0;
}

void system_bus_free(struct system_bus *s)
{
	if (!s)
		return;
	*s->shown = NULL;
	sd_event_source_disable_unref(s->timer);
	sd_bus_close_unref(s->bus);
	free(s);
}
