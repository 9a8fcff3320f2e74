/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of a target and its timer. */
#include "notify/target.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/page.h"
#include "notify/queue.h"
#include "notify/settings.h"

#define RETRY_FIRST_USEC (1 * USEC_PER_SEC)
#define RETRY_MOST_USEC  (300 * USEC_PER_SEC)
#define RETRY_DOUBLINGS  9 /* that is above the most */
#define REFUSALS_MAX     3

static void set_timer(struct target *t, uint64_t after_usec)
{
	(void)sd_event_source_set_time_relative(t->timer, after_usec);
	(void)sd_event_source_set_enabled(t->timer, SD_EVENT_ONESHOT);
}

/* Longer from time to time, and not at the moment when others try again too: three quarters to five quarters of it. */
static uint64_t retry_usec(unsigned failures)
{
	uint64_t usec = RETRY_FIRST_USEC << (failures <= RETRY_DOUBLINGS ? failures - 1 : RETRY_DOUBLINGS);
	uint8_t random = 0;

	if (usec > RETRY_MOST_USEC)
		usec = RETRY_MOST_USEC;
	(void)RAND_bytes(&random, sizeof(random));
	return usec - usec / 4 + usec / 2 * random / UINT8_MAX;
}

/* --- What is told of a target --- */

static void tell_trouble(struct target *t, const char *why)
{
	char clean[512];

	if (!t->is_failing)
		log_warning("Target \"%s\" (%s) cannot be told: %s. %zu messages wait; it is tried again",
			    t->settings->name, target_kind_name(t->settings->kind),
			    page_clean(why, clean, sizeof(clean)), queue_length(t->queue));
	t->is_failing = true;
}

static void tell_recovery(struct target *t)
{
	if (t->is_failing)
		log_notice("Target \"%s\" works again; %zu messages wait", t->settings->name, queue_length(t->queue));
	t->is_failing = false;
}

void target_lost(struct target *t, const char *why)
{
	t->is_ready = false;
	tell_trouble(t, why);
}

void target_ready(struct target *t)
{
	t->is_ready = true; /* it works again when it takes a message: it may break off once more before */
	t->failures = 0;
	if (!t->is_busy)
		set_timer(t, 0);
}

static void tell_dropped(struct target *t)
{
	if (t->dropped++ == 0)
		log_warning("Too many messages wait for target \"%s\": %u. For each new one the oldest is dropped; "
			    "`queue` in "
			    "its section allows more",
			    t->settings->name, t->settings->queue);
}

/* --- Delivery --- */

static void send_first(struct target *t)
{
	_cleanup_free_ uint8_t *message = NULL;
	uint64_t number;
	size_t n;

	if (!t->is_ready)
		return;
	if (queue_first(t->queue, &message, &n, &number) < 0) {
		if (t->dropped > 0)
			log_notice("Nothing waits for target \"%s\" any more; %" PRIu64 " messages were dropped",
				   t->settings->name, t->dropped);
		t->dropped = 0;
		return;
	}
	if (number != t->number)
		t->refusals = 0;
	t->number = number;
	t->is_busy = true;
	set_timer(t, t->settings->timeout_sec * USEC_PER_SEC);
	t->driver->send(t, bytes_of(message, n), number);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct target *t = userdata;
	char why[64];

	(void)source;
	(void)usec;
	if (!t->is_busy) {
		send_first(t);
		return 0;
	}
	t->driver->cancel(t);
	(void)snprintf(why, sizeof(why), "it took longer than %u s", t->settings->timeout_sec);
	target_done(t, DELIVERY_FAILED, why);
	return 0;
}

static void try_later(struct target *t, const char *why)
{
	tell_trouble(t, why);
	t->failures++;
	set_timer(t, retry_usec(t->failures));
}

void target_done(struct target *t, enum delivery delivery, const char *why)
{
	char clean[512];

	t->is_busy = false;
	if (delivery == DELIVERY_REFUSED && ++t->refusals < REFUSALS_MAX) {
		t->failures++;
		set_timer(t, retry_usec(t->failures));
		return;
	}
	if (delivery == DELIVERY_FAILED) {
		try_later(t, why);
		return;
	}
	if (delivery == DELIVERY_REFUSED)
		log_warning("Target \"%s\" does not take a message, which is dropped after %d tries: %s",
			    t->settings->name, REFUSALS_MAX, page_clean(why, clean, sizeof(clean)));
	queue_drop(t->queue, t->number);
	t->refusals = t->failures = 0;
	tell_recovery(t);
	set_timer(t, 0);
}

void target_put(struct target *t, const struct value *event)
{
	_cleanup_free_ char *text = t->driver->render(t, event);
	struct timespec now;
	int r = -ENOMEM;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (text)
		r = queue_put(t->queue, bytes_of_string(text),
			      (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000);
	if (r < 0)
		log_error("A message for target \"%s\" is lost: %s", t->settings->name, strerror(-r));
	else if (r > 0)
		tell_dropped(t);
	if (!t->is_busy && t->failures == 0)
		set_timer(t, 0);
}

void target_status(struct target *t, const struct value *status)
{
	if (t->driver->status)
		t->driver->status(t, status);
}

bool target_is_idle(const struct target *t)
{
	return !t->is_busy && (!t->is_ready || t->failures > 0 || queue_length(t->queue) == 0);
}

/* --- Start and end --- */

static int open_queue(struct target *t, const char *state)
{
	char folder[PATH_MAX];
	const bool fits = state && (size_t)snprintf(folder, sizeof(folder), "%s/queue-%s", state, t->settings->name) <
					   sizeof(folder);

	return queue_open(fits ? folder : NULL, t->settings->queue, &t->queue);
}

int target_open(struct target *t, const struct target_settings *s, const struct driver *driver, sd_event *event,
		const char *state)
{
	int r;

	*t = (struct target){ .settings = s, .driver = driver, .event = event, .is_ready = true };
	r = open_queue(t, state);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &t->timer, CLOCK_MONOTONIC, 0, 0, on_timer, t);
	if (r < 0)
		return log_errno(r, "target \"%s\": out of memory", s->name);
	if (queue_length(t->queue) > 0)
		log_info("%zu messages wait for target \"%s\" from before", queue_length(t->queue), s->name);
	return t->driver->open(t);
}

void target_close(struct target *t)
{
	if (!t->driver)
		return;
	if (t->own)
		t->driver->close(t);
	sd_event_source_disable_unref(t->timer);
	queue_free(t->queue);
	*t = (struct target){ 0 };
}
