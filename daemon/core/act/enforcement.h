/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the kernel's tables at the start, checks them from then on, and reports what they enforce. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "enforce/kernel.h"

struct settler;

/* Before enforcement_start(), all members except `settler` are zero. */
struct enforcement {
	struct settler *settler; /* borrowed; enforcement_start() connects its kernel */
	struct kernel_abilities can;
	struct opening opening;
	bool is_open;          /* by the operator; then all packets pass */
	struct opening *alone; /* owned; interfaces and ports that alone are open, by name */
	size_t n_alone;
	bool is_start; /* what is open is told, known or not */
	struct watch *watch;
	sd_event_source *drift;
	uint64_t read_back_usec; /* monotonic: the next periodic comparison */
	bool is_mended;          /* at the last check the tables existed, or were restored */
	uint64_t compared_usec;  /* monotonic: the last successful comparison */
	uint64_t warned_usec;    /* monotonic: when the warning about monitored zones was last logged; 0: never */
};

/*
 * Connects to the kernel, finds out what it supports, loads the tables, restores the admissions, reads them back, and
 * begins to watch for changes by other programs. Returns 0 or a negative errno (logged).
 */
int enforcement_start(struct enforcement *e, sd_event *event);
void enforcement_stop(struct enforcement *e);

/* Called every few seconds: checks tables, drift, an opening, and monitored zones. */
void enforcement_sweep(struct enforcement *e);

/*
 * Whether the kernel is known to hold what it should: the tables exist or were restored, and the last comparison
 * succeeded not long ago. True where nothing is enforced.
 */
bool enforcement_is_sound(const struct enforcement *e);

/*
 * The effect of decisions, in one word. Static. "none": the tables could not be restored, and what passes is unknown;
 * "open": by the operator; "monitor": all zones are only monitored, or no table is changed (--no-enforcement); else
 * "enforcing".
 */
const char *enforcement_state(const struct enforcement *e);

/* Whether devices on one bridge are isolated: "yes", "no bridges", or why not. Static. */
const char *enforcement_layer2(const struct enforcement *e);
