/* SPDX-License-Identifier: Apache-2.0 */
/* The assembly: one event loop in which nothing waits for anything. */
#include "notify/notify.h"

#include <curl/curl.h>
#include <errno.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/value.h"
#include "notify/drivers.h"
#include "notify/listener.h"
#include "notify/rules.h"
#include "notify/settings.h"
#include "notify/target.h"

#define DRAIN_USEC (5 * USEC_PER_SEC) /* for what waits, when the service ends */
#define LOOK_USEC  (USEC_PER_SEC / 20)

static const struct driver *const drivers[] = {
	[TARGET_PROGRAM] = &driver_program, [TARGET_MAIL] = &driver_mail,     [TARGET_WEBHOOK] = &driver_webhook,
	[TARGET_MQTT] = &driver_mqtt,       [TARGET_SYSLOG] = &driver_syslog,
};

struct notify {
	const struct settings *settings;
	sd_event *event;
	const char *state; /* NULL: the folder cannot be used */
	struct target targets[TARGETS_MAX];
	struct rules *rules;
	struct listener *listener;
	sd_event_source *timer; /* of the rules; then of the end */
	uint64_t end_usec;      /* 0: it is not to end */
};

/* --- Events --- */

/* Real time may be set meanwhile, so it looks at least once a minute. */
static void set_timer(struct notify *n)
{
	const int64_t next_sec = rules_next(n->rules), wait_sec = next_sec - clock_realtime_sec();

	if (next_sec == 0)
		return;
	(void)sd_event_source_set_time_relative(n->timer, (uint64_t)(wait_sec < 1  ? 1 :
								     wait_sec > 60 ? 60 :
										     wait_sec) *
								  USEC_PER_SEC);
	(void)sd_event_source_set_enabled(n->timer, SD_EVENT_ONESHOT);
}

static void tell(size_t target, const struct value *event, void *userdata)
{
	struct notify *n = userdata;

	target_put(&n->targets[target], event);
}

static void on_event(const struct value *event, void *userdata)
{
	struct notify *n = userdata;

	rules_take(n->rules, event, clock_realtime_sec());
	set_timer(n);
}

static int64_t waiting_since(void *userdata)
{
	const struct notify *n = userdata;

	return rules_waiting_since(n->rules);
}

static void on_status(const struct value *status, void *userdata)
{
	struct notify *n = userdata;

	for (size_t i = 0; i < n->settings->n_targets; i++)
		target_status(&n->targets[i], status);
}

/* --- The end --- */

static bool are_idle(const struct notify *n)
{
	for (size_t i = 0; i < n->settings->n_targets; i++)
		if (!target_is_idle(&n->targets[i]))
			return false;
	return true;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct notify *n = userdata;

	(void)usec;
	if (n->end_usec == 0) {
		rules_run(n->rules, clock_realtime_sec());
		set_timer(n);
		return 0;
	}
	if (are_idle(n) || clock_monotonic_usec() >= n->end_usec)
		return sd_event_exit(n->event, EXIT_SUCCESS);
	(void)sd_event_source_set_time_relative(source, LOOK_USEC);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

/* Hears nothing more, and gives what waits a moment. What is on the disk then is sent after the next start. */
static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct notify *n = userdata;

	(void)source;
	(void)info;
	if (n->end_usec > 0)
		return sd_event_exit(n->event, EXIT_SUCCESS);
	(void)sd_notify(0, "STOPPING=1");
	rules_flush(n->rules, clock_realtime_sec()); /* so that nothing is missed that the listener has heard */
	listener_free(TAKE_PTR(n->listener));
	n->end_usec = clock_monotonic_usec() + DRAIN_USEC;
	(void)sd_event_source_set_time_relative(n->timer, LOOK_USEC);
	(void)sd_event_source_set_enabled(n->timer, SD_EVENT_ONESHOT);
	return 0;
}

/* --- The start --- */

static int add_signals(struct notify *n)
{
	sigset_t signals;
	int r;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(n->event, NULL, SIGINT, on_stop, n);
	return r < 0 ? r : sd_event_add_signal(n->event, NULL, SIGTERM, on_stop, n);
}

static int open_state(struct notify *n)
{
	if (mkdir(n->settings->state, 0700) < 0 && errno != EEXIST) {
		log_warning("\"%s\" cannot be made: %s; what waits is kept in memory, and a restart loses it",
			    n->settings->state, strerror(errno));
		return 0;
	}
	n->state = n->settings->state;
	return 0;
}

static int set_up(struct notify *n)
{
	const struct settings *s = n->settings;
	int r = sd_event_new(&n->event);

	if (r >= 0)
		r = add_signals(n);
	if (r >= 0)
		r = sd_event_add_time_relative(n->event, &n->timer, CLOCK_MONOTONIC, 0, 0, on_timer, n);
	if (r >= 0)
		r = rules_new(s, tell, n, &n->rules);
	if (r >= 0)
		r = open_state(n);
	for (size_t i = 0; i < s->n_targets && r >= 0; i++)
		r = target_open(&n->targets[i], &s->targets[i], drivers[s->targets[i].kind], n->event, n->state);
	if (r >= 0)
		r = listener_new(&(struct listening){ .event = n->event,
						      .control = s->control,
						      .state = n->state,
						      .on_event = on_event,
						      .on_status = on_status,
						      .waiting_since = waiting_since,
						      .userdata = n },
				 &n->listener);
	return r;
}

static void release(struct notify *n)
{
	listener_free(n->listener);
	for (size_t i = 0; i < n->settings->n_targets; i++)
		target_close(&n->targets[i]);
	rules_free(n->rules);
	sd_event_source_disable_unref(n->timer);
	sd_event_unref(n->event);
}

int notify_run(const struct settings *s)
{
	struct notify n = { .settings = s };
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || mosquitto_lib_init() != MOSQ_ERR_SUCCESS) {
		log_error("libcurl or libmosquitto does not start");
		return EXIT_FAILURE;
	}
	r = set_up(&n);
	if (r < 0) {
		(void)log_errno(r, "hallmark-notify does not start");
	} else {
		(void)sd_notify(0, "READY=1");
		r = sd_event_loop(n.event);
	}
	release(&n);
	(void)mosquitto_lib_cleanup();
	curl_global_cleanup();
	return r < 0 ? EXIT_FAILURE : r;
}
