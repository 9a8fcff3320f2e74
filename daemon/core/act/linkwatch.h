/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the machine's interfaces and reports changes to the journal, with what each means: an interface appears,
 * disappears, is renamed, joins or leaves a guarded bridge, or has another MAC while it is guarded. The rules match
 * interfaces by name and work without this.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/clock.h"

struct dictionary;
struct enforcement;
struct settler;

#define LINKWATCH_WINDOW_USEC   (30 * USEC_PER_SEC)
#define LINKWATCH_LINES         50  /* in one window: a host with containers makes hundreds at once */
#define LINKWATCH_GUARDED_LINES 100 /* of these, about interfaces with devices */
#define LINKWATCH_NAMES         100 /* in one list of the status */

struct linkwatch {
	struct settler *settler;         /* borrowed, as is `enforcement` */
	struct enforcement *enforcement; /* checks the tables when a bridge has appeared */
	struct links *links;             /* owned; NULL before start */
	uint64_t window_usec;
	unsigned lines;     /* written in the window */
	unsigned untold;    /* changes without a line */
	size_t n_looked_at; /* number of guarded bridges when admissions on them were last checked */
};

int linkwatch_start(struct linkwatch *w, sd_event *event);
void linkwatch_stop(struct linkwatch *w);

/* Called every few seconds: sums up changes without a line. */
void linkwatch_sweep(struct linkwatch *w);

/* The entries `unnamed` and `missing`, with at most LINKWATCH_NAMES names. */
void linkwatch_report(const struct linkwatch *w, struct dictionary *d);

/* The number of each. */
void linkwatch_count(const struct linkwatch *w, uint32_t *ret_unnamed, uint32_t *ret_missing);
