/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables as a whole: put there at start, looked after from then on, and what they are able to do. */
#pragma once

#include "run/core.h"

struct enforcement {
	struct kernel_abilities can;
	struct opening opening;
	bool is_open; /* by its operator; then all pass */
	struct watch *watch;
	sd_event_source *drift;
	uint64_t read_back_usec; /* monotonic: the next comparison that nothing asks for */
	uint64_t warned_usec;    /* monotonic: when it was said last that something is only monitored; 0: never */
};

/* Asks the kernel what it can do, loads the tables, restores the admissions, and begins to watch others. Returns 0 or a negative errno (logged). */
int enforcement_start(struct core *c);
void enforcement_free(struct enforcement *e);

/* Every few seconds: tables, drift, what is open, and what is only monitored. */
void enforcement_sweep(struct core *c);

/* Whether devices on one bridge are kept from each other: "yes", "no bridges", or why not. Static. */
const char *enforcement_layer2(const struct core *c);

/* "enforcing", "monitor" (at least one zone only is), "open", or "none" before the start. Static. */
const char *enforcement_state(const struct core *c);
