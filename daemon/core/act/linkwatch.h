/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's interfaces while the daemon runs: each that appears, goes, is renamed, or joins or leaves a guarded bridge is told in
 * the journal, with what that means; so is another MAC of a guarded one. The rules hold by names without this; here it is said.
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
#define LINKWATCH_LINES         50  /* in one window: a host of containers makes hundreds at once */
#define LINKWATCH_GUARDED_LINES 100 /* those of them that are about devices' interfaces */
#define LINKWATCH_NAMES         100 /* in one list of the status */

struct linkwatch {
	struct settler *settler;         /* borrowed, as the next */
	struct enforcement *enforcement; /* looks after the tables when a bridge has come */
	struct links *links;             /* owned; NULL until it started */
	uint64_t window_usec;
	unsigned lines;     /* that went out in the window */
	unsigned untold;    /* changes that had no line */
	size_t n_looked_at; /* guarded bridges when the admissions on them were looked at */
};

int linkwatch_start(struct linkwatch *w, sd_event *event);
void linkwatch_stop(struct linkwatch *w);

/* Every few seconds: sums up what had no line. */
void linkwatch_sweep(struct linkwatch *w);

/* The entries `unnamed` and `missing`, with at most LINKWATCH_NAMES names. */
void linkwatch_report(const struct linkwatch *w, struct dictionary *d);

/* How many there are of each. */
void linkwatch_count(const struct linkwatch *w, uint32_t *ret_unnamed, uint32_t *ret_missing);
