/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables as a whole: put there at start, looked after from then on, and what they are able to do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "enforce/kernel.h"

struct settler;

/* Zeroed but for the first before it starts. */
struct enforcement {
	struct settler *settler; /* borrowed; it starts with its kernel not connected yet */
	struct kernel_abilities can;
	struct opening opening;
	bool is_open; /* by its operator; then all pass */
	struct watch *watch;
	sd_event_source *drift;
	uint64_t read_back_usec; /* monotonic: the next comparison that nothing asks for */
	bool is_mended;          /* as of the latest look */
	uint64_t compared_usec;  /* monotonic: the latest comparison that went well */
	uint64_t warned_usec;    /* monotonic: when it was said last that something is only monitored; 0: never */
};

/*
 * Connects to the kernel, asks it what it can do, loads the tables, restores the admissions, reads them back, and begins to watch
 * others. Returns 0 or a negative errno (logged).
 */
int enforcement_start(struct enforcement *e, sd_event *event);
void enforcement_stop(struct enforcement *e);

/* Every few seconds: tables, drift, what is open, and what is only monitored. */
void enforcement_sweep(struct enforcement *e);

/*
 * Whether the kernel is known to hold what it should: the tables were there or could be put there, and the latest comparison
 * went well and is not long ago. Where nothing is enforced, nothing is amiss.
 */
bool enforcement_is_sound(const struct enforcement *e);

/*
 * What becomes of decisions, in a word. Static. "none": the tables could not be kept, and nobody knows what passes; "open": by the
 * operator; "monitor": all zones only monitor, or no table is touched at all (--no-enforcement); else "enforcing".
 */
const char *enforcement_state(const struct enforcement *e);

/* Whether devices on one bridge are kept from each other: "yes", "no bridges", or why not. Static. */
const char *enforcement_layer2(const struct enforcement *e);
