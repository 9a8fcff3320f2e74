/* SPDX-License-Identifier: Apache-2.0 */
/* One connection at a time; everything is asked without waiting for the answer. */
#include "notify/listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/ask/answer.h"
#include "ctl/ask/signal.h"
#include "ctl/value.h"
#include "hallmark/bus.h"
#include "notify/gateway.h"
#include "notify/seen.h"

#define RETRY_FIRST_USEC (USEC_PER_SEC / 2)
#define RETRY_MOST_USEC  (15 * USEC_PER_SEC)
#define ASK_USEC         (10 * USEC_PER_SEC) /* between two questions for the status */
#define ANSWER_USEC      (30 * USEC_PER_SEC) /* a daemon that takes longer hangs, and is about to be replaced */
#define LOST_USEC        (60 * USEC_PER_SEC) /* a restart is over by then */

DEFINE_CLEANUP(struct value *, value_free);

struct listener {
	struct listening with;
	sd_bus *bus;            /* owned; NULL: there is no connection */
	sd_event_source *timer; /* owned: the next attempt, or the next question */
	uint64_t retry_usec;
	bool is_heard;       /* the daemon has answered on this connection */
	uint64_t since_usec; /* there is no answer */
	bool is_loss_told, is_logged;
	struct seen_daemon seen;    /* its waiting_since_sec: of a process before, until that is told */
	int64_t stored_waiting_sec; /* that the file says */
	char gateway[64];
};

static void set_timer(struct listener *l, uint64_t after_usec)
{
	(void)sd_event_source_set_time_relative(l->timer, after_usec);
	(void)sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

/* What a process after this one must know. */
static void store(struct listener *l)
{
	const int64_t waiting_sec = l->with.waiting_since(l->with.userdata);
	struct seen_daemon s = l->seen;

	l->stored_waiting_sec = waiting_sec;
	if (s.waiting_since_sec == 0 || (waiting_sec > 0 && waiting_sec < s.waiting_since_sec))
		s.waiting_since_sec = waiting_sec;
	if (l->with.state)
		seen_store(l->with.state, &s);
}

static void tell_event(const struct value *event, void *userdata)
{
	struct listener *l = userdata;

	l->with.on_event(event, l->with.userdata);
	if (l->with.waiting_since(l->with.userdata) != l->stored_waiting_sec)
		store(l);
}

/* --- The connection is gone --- */

static void lose(struct listener *l, const char *why)
{
	if (!l->is_logged)
		log_warning("hallmarkd is not heard at \"%s\": %s; it is tried again", l->with.control, why);
	l->is_logged = true;
	if (l->is_heard)
		l->since_usec = clock_monotonic_usec();
	l->is_heard = false;
	l->bus = sd_bus_close_unref(l->bus);
	set_timer(l, l->retry_usec);
	l->retry_usec = 2 * l->retry_usec < RETRY_MOST_USEC ? 2 * l->retry_usec : RETRY_MOST_USEC;
}

static void tell_loss(struct listener *l)
{
	const uint64_t lost_usec = clock_monotonic_usec() - l->since_usec; /* real time may be set meanwhile */
	const int64_t now_sec = clock_realtime_sec();
	char sentence[256], since[32];

	if (l->is_heard || l->is_loss_told || lost_usec < LOST_USEC)
		return;
	(void)snprintf(
		sentence, sizeof(sentence),
		"hallmarkd has not answered since %s; the kernel keeps its tables, and nobody is admitted anew. See "
		"`systemctl status hallmarkd`",
		time_to_text(now_sec - (int64_t)(lost_usec / USEC_PER_SEC), since));

	_cleanup_(value_freep) struct value *v = gateway_event(l->gateway, now_sec, "lost", sentence);

	tell_event(v, l);
	l->is_loss_told = true;
}

static int on_gone(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct listener *l = userdata;

	(void)m;
	(void)error;
	if (l->is_heard)
		l->seen.at_sec = clock_realtime_sec();
	lose(l, "it has closed the connection, or has stopped");
	return 0;
}

/* --- Signals --- */

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	_cleanup_(value_freep) struct value *v = NULL;
	struct listener *l = userdata;

	(void)error;
	if (signal_read(m, clock_realtime_sec(), &v) < 0)
		log_error("a signal of the daemon cannot be read; is it of another version?");
	if (!v)
		return 0;
	value_add_text(v, "gateway", l->gateway);
	tell_event(v, l);
	return 0;
}

/* --- Status --- */

static void hear(struct listener *l, const struct value *status)
{
	struct seen_daemon now = seen_now(status, clock_realtime_sec());

	(void)snprintf(l->gateway, sizeof(l->gateway), "%s", value_text(status, "gateway"));
	if (!l->is_heard) {
		log_info("Listening to %s", l->gateway);
		if (seen_differs(&l->seen, &now)) {
			_cleanup_(value_freep) struct value *v = seen_missed(&l->seen, &now, l->gateway);

			tell_event(v, l);
		}
	}
	l->is_heard = true;
	l->is_loss_told = l->is_logged = false;
	l->retry_usec = RETRY_FIRST_USEC;
	now.gateway = l->seen.gateway;
	l->seen = now;
	gateway_compare(&l->seen.gateway, status, now.at_sec, tell_event, l);
	store(l);
	l->with.on_status(status, l->with.userdata);
}

static int on_status(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	_cleanup_(value_freep) struct value *status = NULL;
	struct listener *l = userdata;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL) || answer_read(m, &status) < 0 || status->kind != VALUE_MAP) {
		lose(l, "it does not answer");
		return 0;
	}
	hear(l, status);
	set_timer(l, ASK_USEC);
	return 0;
}

static int ask(const struct listener *l, const char *method, sd_bus_message_handler_t on_answer)
{
	return sd_bus_call_method_async(l->bus, NULL, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, method,
					on_answer, (void *)(uintptr_t)l, "");
}

/* Whether it could subscribe shows in the answer to the question behind it. */
static int on_subscribed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	(void)m;
	(void)userdata;
	(void)error;
	return 0;
}

/* --- Connecting --- */

/* Never waits, also where the daemon accepts nobody. Returns a socket or a negative errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int attach(struct listener *l, int fd)
{
	int r = sd_bus_new(&l->bus);

	if (r >= 0)
		r = sd_bus_set_fd(l->bus, fd, fd);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = sd_bus_start(l->bus); /* it owns the socket now */
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(l->bus, ANSWER_USEC);
	if (r >= 0)
		r = sd_bus_match_signal(l->bus, NULL, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, NULL, on_signal,
					l);
	if (r >= 0)
		r = sd_bus_match_signal(l->bus, NULL, NULL, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
					"Disconnected", on_gone, l);
	if (r >= 0)
		r = sd_bus_attach_event(l->bus, l->with.event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = ask(l, "Subscribe", on_subscribed);
	return r >= 0 ? ask(l, "Status", on_status) : r;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct listener *l = userdata;
	int r;

	(void)source;
	(void)usec;
	if (l->bus) {
		r = ask(l, "Status", on_status);
	} else {
		tell_loss(l);
		r = connect_to(l->with.control);
		if (r >= 0)
			r = attach(l, r);
	}
	if (r < 0)
		lose(l, strerror(-r));
	return 0;
}

int listener_new(const struct listening *with, struct listener **ret)
{
	struct listener *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->with = *with;
	l->retry_usec = RETRY_FIRST_USEC;
	l->since_usec = clock_monotonic_usec();
	if (with->state)
		l->seen = seen_load(with->state);
	r = sd_event_add_time_relative(with->event, &l->timer, CLOCK_MONOTONIC, 0, 0, on_timer, l);
	if (r < 0) {
		listener_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	if (l->is_heard) {
		l->seen.at_sec = clock_realtime_sec();
		store(l);
	}
	sd_event_source_disable_unref(l->timer);
	sd_bus_close_unref(l->bus);
	free(l);
}
