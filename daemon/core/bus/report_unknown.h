/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

struct core;
struct asked;
struct dictionary;
struct seen;
struct sender;

/*
 * What the kernel has of all devices. It is read when a page asks for it, and kept: not more
 * often than each UNKNOWNS_NEWS_USEC, whoever asks. Zeroed: nothing was read.
 */
struct wires {
	struct sender *neighbours; /* owned; sorted by place, as is `refused` */
	struct asked *refused;     /* owned */
	size_t n_neighbours, n_refused;
	uint64_t read_usec; /* monotonic */
};

void wires_done(struct wires *w);

/* Its place and what people call it, as fields. */
void report_seen(struct dictionary *d, const struct core *c, const struct seen *s);

/* Appends the unknown devices behind this one, in its order, at most HALLMARK_BUS_PAGE; NULL: from the first on. Returns 0 or a negative errno. */
int report_unknown(struct core *c, struct wires *w, sd_bus_message *m, const struct seen *after);
