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
#include "ctl/ask/answer.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/signal.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "ctl/when.h"
#include "hallmark/bus.h"

#define CHANGE_INDENT 2 /* columns before a change that has a line of its own */

DEFINE_CLEANUP(struct value *, value_free);

struct watch {
	const struct ctl *ctl;
	sd_event *event;
};

/* --- Lines --- */

/* "NAME, SEGMENT", or what is known of it. */
static void show_who(const struct value *v, const char *otherwise, char *ret, size_t size)
{
	const char *name = value_text(v, "name"), *segment = value_text(v, "segment");
	char who[256];

	(void)snprintf(who, sizeof(who), "%s%s%s", name[0] ? name : otherwise, segment[0] ? ", " : "", segment);
	(void)page_clean(who, ret, size);
}

/* On one line where that fits the page; else the change has a line of its own. */
static void show_change(const struct page *page, const char *when, const struct value *v)
{
	char who[256], head[320], change[320];
	unsigned columns;

	show_who(v, value_text(v, "product"), who, sizeof(who));
	(void)snprintf(head, sizeof(head), "%s  %.8s  %s", when, value_text(v, "device"), who);
	(void)snprintf(change, sizeof(change), "%s → %s (%s)", value_text(v, "before"), value_text(v, "after"),
		       value_text(v, "reason"));
	columns = page_columns(head);
	if (columns + strlen(": ") + page_columns(change) <= page_width(page)) {
		(void)fprintf(page->out, "%s: %s\n", head, change);
		return;
	}
	page_cell(page, head, columns < page_width(page) ? columns : page_width(page));
	(void)fprintf(page->out, "\n%*s%s\n", CHANGE_INDENT, "", change);
}

static void show_wave(const struct page *page, const char *when, const struct value *v)
{
	FILE *out = page->out;
	const struct value *zones = value_get(v, "zones");

	(void)fprintf(out, "%s  ", when);
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

static void show_unknown_device(const struct page *page, const char *when, const struct value *v)
{
	const char *port = value_text(v, "bridge_port");
	char who[256];

	show_who(v, "", who, sizeof(who));
	(void)fprintf(page->out, "%s  %s%s", when, who[0] == ',' ? who + 2 : who, who[0] ? ": " : "");
	(void)fprintf(page->out, translated("unknown device on %s, MAC %s\n"),
		      port[0] ? port : value_text(v, "interface"), value_text(v, "mac"));
}

/* How each signal is shown. */
static const struct kind {
	const char *event;
	void (*show)(const struct page *page, const char *when, const struct value *v);
} kinds[] = {
	{ "admission", show_change },
	{ "unknown", show_unknown_device },
	{ "wave", show_wave },
};

static void show_event(const struct watch *w, const struct value *v)
{
	const struct page page = page_open(w->ctl->out, value_number(v, "time"));
	char when[32];

	(void)time_to_text(page.now_sec, when);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].event, value_text(v, "event")) == 0)
			kinds[i].show(&page, when, v);
}

/* --- Signals --- */

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	_cleanup_(value_freep) struct value *v = NULL;
	const struct watch *w = userdata;
	int r = signal_read(m, clock_realtime_sec(), &v);

	(void)error;
	if (r < 0) {
		log_error("a signal of the daemon cannot be read; is it of another version?");
		return 0;
	}
	if (v && w->ctl->json)
		value_to_json(v, w->ctl->out);
	else if (v)
		show_event(w, v);
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
