/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MQTT broker by libmosquitto, in the event loop. Below the configured topic: `event` (each message), `device/ID` (the latest of a
 * device, retained), `state` (numbers of devices by zone, retained) and `availability` ("online"; the broker says "offline" when we are
 * gone). A message is its second topic, an end of line, and JSON.
 */
#include <errno.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/value.h"
#include "notify/discovery.h"
#include "notify/drivers.h"
#include "notify/lookup.h"
#include "notify/settings.h"
#include "notify/target.h"
#include "notify/text.h"

#define KEEPALIVE_SEC 30
#define TICK_USEC     USEC_PER_SEC
#define RETRY_TICKS   10 /* between two attempts to connect */
#define QOS           1

struct mqtt {
	struct target *target;
	struct mosquitto *m;
	struct lookup *lookup;       /* owned; NULL: none runs */
	sd_event_source *io, *timer; /* owned */
	bool is_connected, is_connecting;
	unsigned ticks;  /* since the latest attempt */
	bool is_sending; /* the message with this id is on its way */
	int message_id;
	char *zones;          /* owned: for which Home Assistant was told of; NULL: not yet in this session */
	struct value *status; /* owned; what Status() said last that matters here; NULL: not known yet */
};

static char *topic_of(const struct mqtt *q, const char *below)
{
	char *topic = NULL;

	return asprintf(&topic, "%s/%s", q->target->settings->topic, below) < 0 ? NULL : topic;
}

/* --- Sockets --- */

static void watch_socket(struct mqtt *q);

static const char *explain(int error)
{
	if (error == MOSQ_ERR_ERRNO)
		return strerror(errno);
	if (error == MOSQ_ERR_TLS)
		return "its certificate cannot be verified, or it does not speak TLS; \"ca\" names who signs its "
		       "certificate";
	return error == MOSQ_ERR_CONN_LOST ? "it has closed the connection" : mosquitto_strerror(error);
}

static void lose(struct mqtt *q, const char *why)
{
	const bool was_sending = q->is_sending;

	q->io = sd_event_source_disable_unref(q->io);
	q->is_connected = q->is_connecting = q->is_sending = false;
	q->ticks = 0;
	free(TAKE_PTR(q->zones));
	target_lost(q->target, why);
	if (was_sending)
		target_done(q->target, DELIVERY_FAILED, why);
}

/* Reads and writes what there is. It never waits. */
static void run(struct mqtt *q)
{
	const int r = mosquitto_loop(q->m, 0, 1);

	if (!q->is_connected && !q->is_connecting)
		return; /* the broker has refused */
	if (r == MOSQ_ERR_SUCCESS)
		watch_socket(q);
	else
		lose(q, explain(r));
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source;
	(void)fd;
	(void)revents;
	run(userdata);
	return 0;
}

static void watch_socket(struct mqtt *q)
{
	const uint32_t events = EPOLLIN | (mosquitto_want_write(q->m) ? EPOLLOUT : 0U);
	const int fd = mosquitto_socket(q->m);

	if (q->io && (fd < 0 || sd_event_source_get_io_fd(q->io) != fd))
		q->io = sd_event_source_disable_unref(q->io);
	if (q->io)
		(void)sd_event_source_set_io_events(q->io, events);
	else if (fd >= 0)
		(void)sd_event_add_io(q->target->event, &q->io, fd, events, on_io, q);
}

/* --- Connecting --- */

static int set_up(struct mqtt *q);

/* One address after the other, until one can be sent to. */
static int connect_to(struct mqtt *q, const struct addrinfo *found)
{
	const struct target_settings *s = q->target->settings;
	char address[NI_MAXHOST];
	int r = MOSQ_ERR_NO_CONN;

	for (const struct addrinfo *a = found; a && r != MOSQ_ERR_SUCCESS; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST) == 0)
			r = mosquitto_connect_async(q->m, address, s->port, KEEPALIVE_SEC);
	return r;
}

/* The name has an address. With TLS libmosquitto needs the name for the broker's certificate, and asks for its address once more. */
static void on_found(const struct addrinfo *found, const char *why, void *userdata)
{
	struct mqtt *q = userdata;
	char text[256];
	int r = MOSQ_ERR_SUCCESS;

	lookup_end(TAKE_PTR(q->lookup));
	if (!found) {
		(void)snprintf(text, sizeof(text), "host \"%.128s\": %s", q->target->settings->host, why);
		lose(q, text);
		return;
	}
	q->is_connecting = true;
	r = q->target->settings->tls ?
		    mosquitto_connect_async(q->m, q->target->settings->host, q->target->settings->port, KEEPALIVE_SEC) :
		    connect_to(q, found);
	if (r == MOSQ_ERR_SUCCESS)
		watch_socket(q);
	else
		lose(q, explain(r));
}

/* Nothing is left of the connection before: what libmosquitto still holds of it would be sent once more. */
static void connect_now(struct mqtt *q)
{
	const struct target_settings *s = q->target->settings;
	int r;

	q->ticks = 0;
	r = mosquitto_reinitialise(q->m, NULL, true, q);
	if (r == MOSQ_ERR_SUCCESS)
		r = set_up(q);
	if (r != MOSQ_ERR_SUCCESS)
		lose(q, explain(r));
	else if (lookup_begin(q->target->event, s->host, s->port, SOCK_STREAM, on_found, q, &q->lookup) < 0)
		lose(q, "out of memory");
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct mqtt *q = userdata;

	(void)usec;
	(void)sd_event_source_set_time_relative(source, TICK_USEC);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	q->ticks++;
	if (q->is_connected) {
		run(q);
	} else if (q->is_connecting) {
		run(q);
		if (q->is_connecting && q->ticks > q->target->settings->timeout_sec) {
			(void)mosquitto_disconnect(q->m);
			lose(q, "the broker does not answer");
		}
	} else if (!q->lookup && q->ticks >= RETRY_TICKS) {
		connect_now(q);
	}
	return 0;
}

/* --- What is published by itself --- */

static void publish_retained(struct mqtt *q, const char *topic, const char *text)
{
	(void)mosquitto_publish(q->m, NULL, topic, (int)strlen(text), text, QOS, true);
}

static void publish_below(struct mqtt *q, const char *below, const char *text)
{
	_cleanup_free_ char *topic = topic_of(q, below);

	if (topic)
		publish_retained(q, topic, text);
}

static void publish_discovery(const char *topic, const char *text, void *userdata)
{
	publish_retained(userdata, topic, text);
}

static void publish_state(struct mqtt *q)
{
	if (!q->is_connected || !q->status)
		return;

	_cleanup_free_ char *state = text_json(q->status);

	if (state)
		publish_below(q, "state", state);
	if (!q->target->settings->discovery[0])
		return;

	_cleanup_free_ char *zones = discovery_zones(q->status);

	if (zones && (!q->zones || strcmp(zones, q->zones) != 0)) {
		discovery_publish(q->target->settings, q->status, publish_discovery, q);
		free(q->zones);
		q->zones = TAKE_PTR(zones);
	}
	watch_socket(q);
}

static void take_status(struct target *t, const struct value *status)
{
	struct mqtt *q = t->own;
	_cleanup_free_ char *was = q->status ? text_json(q->status) : NULL;

	if (q->status)
		value_free(q->status);
	q->status = discovery_state(status);

	_cleanup_free_ char *is = text_json(q->status);

	if (!was || !is || strcmp(was, is) != 0)
		publish_state(q);
}

/* --- What libmosquitto says --- */

static void on_connect(struct mosquitto *m, void *userdata, int code)
{
	struct mqtt *q = userdata;

	(void)m;
	if (code != 0) {
		lose(q, mosquitto_connack_string(code));
		return;
	}
	q->is_connected = true;
	q->is_connecting = false;
	publish_below(q, "availability", "online");
	publish_state(q);
	target_ready(q->target);
}

static void on_publish(struct mosquitto *m, void *userdata, int message_id)
{
	struct mqtt *q = userdata;

	(void)m;
	if (!q->is_sending || message_id != q->message_id)
		return;
	q->is_sending = false;
	target_done(q->target, DELIVERY_DONE, "");
}

/* --- Messages --- */

static char *render(const struct target *t, const struct value *event)
{
	_cleanup_free_ char *json = text_json(event);
	const char *device = value_text(event, "device");
	char *text = NULL;

	(void)t;
	if (!json || asprintf(&text, "%s%s\n%s", device[0] ? "device/" : "", device, json) < 0)
		return NULL;
	return text;
}

static void send_message(struct target *t, struct bytes message, uint64_t number)
{
	struct mqtt *q = t->own;
	const char *end = memchr(message.p, '\n', message.n);
	_cleanup_free_ char *topic = topic_of(q, "event");
	int r;

	(void)number;
	if (!end || !topic) {
		target_done(t, end ? DELIVERY_FAILED : DELIVERY_REFUSED, "this message cannot be sent");
		return;
	}

	const size_t n_topic = (size_t)(end - (const char *)message.p), n = message.n - n_topic - 1;
	char below[96];

	(void)snprintf(below, sizeof(below), "%.*s", (int)n_topic, (const char *)message.p);
	if (below[0]) {
		_cleanup_free_ char *json = strndup(end + 1, n);

		if (json)
			publish_below(q, below, json);
	}
	r = mosquitto_publish(q->m, &q->message_id, topic, (int)n, end + 1, QOS, false);
	q->is_sending = r == MOSQ_ERR_SUCCESS;
	if (r != MOSQ_ERR_SUCCESS)
		target_done(t, DELIVERY_FAILED, explain(r));
	watch_socket(q);
}

static void cancel(struct target *t)
{
	((struct mqtt *)t->own)->is_sending = false;
}

/* --- Start and end --- */

static int set_up(struct mqtt *q)
{
	const struct target_settings *s = q->target->settings;
	_cleanup_free_ char *will = topic_of(q, "availability");
	char password[SECRET_MAX + 1] = "";
	int r = will ? MOSQ_ERR_SUCCESS : MOSQ_ERR_NOMEM;

	memcpy(password, s->secret, s->n_secret);
	if (r == MOSQ_ERR_SUCCESS)
		r = mosquitto_will_set(q->m, will, (int)strlen("offline"), "offline", QOS, true);
	if (r == MOSQ_ERR_SUCCESS && s->user[0])
		r = mosquitto_username_pw_set(q->m, s->user, s->n_secret > 0 ? password : NULL);
	if (r == MOSQ_ERR_SUCCESS && s->tls)
		r = mosquitto_tls_set(q->m, s->ca[0] ? s->ca : NULL, s->ca[0] ? NULL : "/etc/ssl/certs", NULL, NULL,
				      NULL);
	if (r == MOSQ_ERR_SUCCESS && s->tls)
		r = mosquitto_tls_opts_set(q->m, 1, "tlsv1.2", NULL);
	explicit_bzero(password, sizeof(password));
	mosquitto_connect_callback_set(q->m, on_connect);
	mosquitto_publish_callback_set(q->m, on_publish);
	return r;
}

static int open_mqtt(struct target *t)
{
	struct mqtt *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return -ENOMEM;
	q->target = t;
	t->own = q;
	t->is_ready = false;
	q->m = mosquitto_new(NULL, true, q);
	if (!q->m)
		return log_errno(-ENOMEM, "target \"%s\"", t->settings->name);
	r = sd_event_add_time_relative(t->event, &q->timer, CLOCK_MONOTONIC, TICK_USEC, 0, on_tick, q);
	if (r < 0)
		return log_errno(r, "target \"%s\"", t->settings->name);
	connect_now(q);
	return 0;
}

static void close_mqtt(struct target *t)
{
	struct mqtt *q = t->own;

	lookup_end(TAKE_PTR(q->lookup));
	if (q->is_connected) {
		publish_below(q, "availability",
			      "offline"); /* the broker does not say it for one who leaves in order */
		(void)mosquitto_disconnect(q->m);
		(void)mosquitto_loop(q->m, 0, 1);
	}
	q->io = sd_event_source_disable_unref(q->io);
	q->timer = sd_event_source_disable_unref(q->timer);
	if (q->m)
		mosquitto_destroy(q->m);
	if (q->status)
		value_free(q->status);
	free(q->zones);
	free(q);
	t->own = NULL;
}

const struct driver driver_mqtt = { .open = open_mqtt,
				    .close = close_mqtt,
				    .render = render,
				    .send = send_message,
				    .cancel = cancel,
				    .status = take_status };
