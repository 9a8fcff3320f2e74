/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the machine's interfaces and reports changes to the journal, with what each means: an interface appears,
 * disappears, is renamed, joins or leaves a guarded bridge, or has another MAC while it is guarded. The rules match
 * interfaces by name and work without this. Ends the admissions on a port of a guarded bridge that has had no carrier for
 * LINKWATCH_DEAD_USEC, or has left the bridge: whoever comes there next is not known to be the same device, and these
 * devices may be at another port now.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
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
#define LINKWATCH_DEAD_PORTS    256 /* whose time without a carrier is counted at once; others follow */

/* Longer than a port negotiates again, or an access point takes over another channel. */
#define LINKWATCH_DEAD_USEC (10 * USEC_PER_SEC)

/* A port of a guarded bridge with admitted devices, and without a carrier, or gone. */
struct dead_port {
	char name[IFNAMSIZ];
	uint64_t since_usec; /* monotonic */
	unsigned n;          /* devices, at the last look */
};

struct linkwatch {
	struct settler *settler;         /* borrowed, as is `enforcement` */
	struct enforcement *enforcement; /* checks the tables when a bridge has appeared */
	struct links *links;             /* owned; NULL before start */
	uint64_t window_usec;
	unsigned lines;              /* written in the window */
	unsigned untold;             /* changes without a line */
	char (*looked_at)[IFNAMSIZ]; /* owned; the guarded bridges when admissions on them were last checked */
	size_t n_looked_at;
	bool is_changed; /* an interface with devices is another since the ports were last looked at */
	struct dead_port dead[LINKWATCH_DEAD_PORTS];
	size_t n_dead;
};

/* Ends no admission: the kernel need not be connected yet. linkwatch_sweep() does. */
int linkwatch_start(struct linkwatch *w, sd_event *event);
void linkwatch_stop(struct linkwatch *w);

/* Called every few seconds: sums up changes without a line, and ends admissions on dead ports. */
void linkwatch_sweep(struct linkwatch *w);

/* The entries `unnamed` and `missing`, with at most LINKWATCH_NAMES names. */
void linkwatch_report(const struct linkwatch *w, struct dictionary *d);

/* The number of each. */
void linkwatch_count(const struct linkwatch *w, uint32_t *ret_unnamed, uint32_t *ret_missing);
