/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl watch`: one line for each signal of the daemon. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "ctl/ask/answer.h"
#include "ctl/ask/peer.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

#define FIELDS_MAX 6

DEFINE_CLEANUP(struct value *, value_free);

struct watch {
	const struct ctl *ctl;
	sd_event *event;
};

/* --- Lines --- */

static void show_change(FILE *out, const struct value *v)
{
	char product[256];

	(void)fprintf(out, "%.8s  %s: %s → %s (%s)\n", value_text(v, "device"),
		      page_clean(value_text(v, "product"), product, sizeof(product)), value_text(v, "before"),
		      value_text(v, "after"), value_text(v, "reason"));
}

static void show_wave(FILE *out, const struct value *v)
{
	const struct value *zones = value_get(v, "zones");

	(void)fprintf(out, translated("%" PRId64 " changes in %" PRId64 " s"), value_number(v, "changes"),
		      value_number(v, "seconds"));
	for (const struct value *zone = zones ? zones->first : NULL; zone; zone = zone->next)
		(void)fprintf(out, translated("%s %" PRId64 " to %s"), zone == zones->first ? ":" : ",", zone->number,
			      zone->key);
	if (value_number(v, "last_record") > 0)
		(void)fprintf(out, translated("; entries %" PRId64 " to %" PRId64 " of the record"),
			      value_number(v, "first_record"), value_number(v, "last_record"));
	(void)fputc('\n', out);
}

static void show_unknown_device(FILE *out, const struct value *v)
{
	const char *port = value_text(v, "bridge_port");

	(void)fprintf(out, translated("unknown device on %s, MAC %s\n"), port[0] ? port : value_text(v, "interface"),
		      value_text(v, "mac"));
}

/* A signal: the names of its arguments, in order, and how it is shown. */
static const struct kind {
	const char *member, *event;
	const char *fields[FIELDS_MAX + 1];
	void (*show)(FILE *out, const struct value *v);
} kinds[] = {
	{ "AdmissionChanged", "admission", { "device", "product", "before", "after", "reason", "until" }, show_change },
	{ "UnknownDevice", "unknown", { "interface", "bridge_port", "mac" }, show_unknown_device },
	{ "Wave", "wave", { "changes", "seconds", "zones", "first_record", "last_record" }, show_wave },
};

static int read_signal(sd_bus_message *m, const struct kind *kind, int64_t now_sec, struct value **ret)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "event", kind->event);
	value_add_number(v, "time", now_sec);
	for (const char *const *field = kind->fields; *field; field++) {
		struct value *member = NULL;
		int r = answer_read(m, &member);

		if (r < 0)
			return r;
		value_add(v, *field, member);
	}
	*ret = TAKE_PTR(v);
	return 0;
}

/* --- Signals --- */

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	_cleanup_(value_freep) struct value *v = NULL;
	const struct watch *w = userdata;
	const int64_t now_sec = clock_realtime_sec();
	char when[32];

	(void)error;
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !v; i++) {
		if (strcmp(kinds[i].member, sd_bus_message_get_member(m)) != 0)
			continue;
		if (read_signal(m, &kinds[i], now_sec, &v) < 0) {
			log_error("a signal of the daemon cannot be read; is it of another version?");
			return 0;
		}
		if (!w->ctl->json) {
			(void)fprintf(w->ctl->out, "%s  ", time_to_text(now_sec, when));
			kinds[i].show(w->ctl->out, v);
		}
	}
	if (v && w->ctl->json)
		value_to_json(v, w->ctl->out);
	if (fflush(w->ctl->out) != 0)
		return sd_event_exit(w->event, CTL_FAULT); /* main() logs it */
	return 0;
}

static int on_gone(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const struct watch *w = userdata;

	(void)m;
	(void)error;
	log_error("hallmarkd has closed the connection, or has stopped; `hallmarkctl log show` shows what happens in "
		  "between");
	return sd_event_exit(w->event, CTL_FAULT);
}

/* --- End --- */

/* Ctrl-C and the end of --for are normal ends. */
static int add_ends(sd_event *event, int64_t for_sec)
{
	sigset_t signals;
	int r = 0;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0 && for_sec > 0)
		r = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, (uint64_t)for_sec * USEC_PER_SEC, 0, NULL,
					       NULL);
	return r;
}

static int listen_to(struct watch *w, sd_bus *bus)
{
	int r = sd_event_new(&w->event);

	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, NULL, on_signal, w);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NULL, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
					"Disconnected", on_gone, w);
	if (r >= 0)
		r = sd_bus_attach_event(bus, w->event, SD_EVENT_PRIORITY_NORMAL);
	return r < 0 ? log_errno(r, "D-Bus") : 0;
}

enum ctl_exit ctl_watch(const struct ctl *ctl)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(value_freep) struct value *subscribed = NULL, *status = NULL;
	struct watch w = { .ctl = ctl };
	int64_t for_sec = 0;
	int r;

	if (ctl->for_ && !when_parse_span(ctl->for_, &for_sec)) {
		log_error("--for \"%s\": give a time as 90s, 30m, 24h or 7d", ctl->for_);
		return CTL_FAULT;
	}
	if (peer_connect(ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET, &bus) < 0)
		return CTL_FAULT;
	r = listen_to(&w, bus);
	if (r >= 0)
		r = peer_call(bus, &(struct peer_question){ .method = "Subscribe" }, &subscribed);
	if (r >= 0)
		r = peer_call(bus, &(struct peer_question){ .method = "Status" }, &status);
	if (r >= 0)
		r = add_ends(w.event, for_sec);
	if (r >= 0) {
		log_info("Watching %s; Ctrl-C ends it", value_text(status, "gateway"));
		r = sd_event_loop(w.event);
	}
	sd_bus_detach_event(bus);
	sd_event_unref(w.event);
	return r == CTL_YES ? CTL_YES : CTL_FAULT;
}
