/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One of those who are told: what waits for it, one delivery at a time, and trying again later and later. That a target fails, and that
 * it works again, is logged once. How a message gets there is its driver's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/bytes.h"

struct driver;
struct target_settings;
struct value;

struct target {
	const struct target_settings *settings;
	const struct driver *driver;
	void *own; /* the driver's */
	sd_event *event;
	sd_event_source *timer; /* owned: the end of a delivery, or the next try */
	struct queue *queue;    /* owned */
	bool is_ready;          /* the driver's: nothing is sent before */
	bool is_busy, is_failing;
	unsigned failures; /* in a row */
	uint64_t number;   /* of the message that went last */
	unsigned refusals; /* of it */
	uint64_t dropped;  /* for newer ones, since the queue was empty */
};

enum delivery {
	DELIVERY_FAILED = 0, /* it is tried again */
	DELIVERY_REFUSED,    /* this message, as it is: it is tried a few times, and then dropped */
	DELIVERY_DONE,
};

struct driver {
	int (*open)(struct target *t); /* returns 0 or a negative errno (logged) */
	void (*close)(struct target *t);
	char *(*render)(const struct target *t, const struct value *event); /* what waits; release with free() */
	/* Begins; target_done() is called once, now or later, unless it is cancelled. `message` is lost when this returns. */
	void (*send)(struct target *t, struct bytes message, uint64_t number);
	void (*cancel)(struct target *t);                             /* the delivery took too long */
	void (*status)(struct target *t, const struct value *status); /* what Status() says now; NULL: not needed */
};

/* `state` is the folder of all queues; NULL: there is none. Returns 0 or a negative errno (logged). */
int target_open(struct target *t, const struct target_settings *s, const struct driver *driver, sd_event *event,
		const char *state);
void target_close(struct target *t);

void target_put(struct target *t, const struct value *event);
void target_status(struct target *t, const struct value *status);

/* Whether nothing waits that could be delivered now. */
bool target_is_idle(const struct target *t);

/* --- For drivers --- */

void target_done(struct target *t, enum delivery delivery, const char *why);

/* A driver that keeps a connection: it is lost, while nothing was being delivered; and it is there. */
void target_lost(struct target *t, const char *why);
void target_ready(struct target *t);
