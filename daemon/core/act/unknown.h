/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unknown devices: who is on the gateway's wires and has no verdict, as the kernel's tables note it (enforce/unknown.h). Remembered
 * here for a day after their last packet, in memory alone: since when, and where. Nothing is decided by it.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/clock.h"

struct config;
struct links;
struct settler;
struct unknown;

#define UNKNOWNS_MAX       65536 /* 4 MB. When there are more, those go that were silent longest */
#define UNKNOWNS_DAY_USEC  (86400 * USEC_PER_SEC)
#define UNKNOWNS_LOOK_USEC (60 * USEC_PER_SEC) /* how often the kernel is asked by itself, */
#define UNKNOWNS_NEWS_USEC (5 * USEC_PER_SEC)  /* and when somebody wants to know */

/* The same for who passes by an exception: the kernel has all addresses of all devices together. */
#define UNKNOWNS_HEARD_USEC      (3600 * USEC_PER_SEC)
#define UNKNOWNS_HEARD_NEWS_USEC (60 * USEC_PER_SEC)

#define UNKNOWNS_PATIENCE_USEC (60 * USEC_PER_SEC) /* by then a device that begins to work has attested */
#define UNKNOWNS_PORT_LINES    4  /* entries of one interface or port at a look: it does not use up those of others, */
#define UNKNOWNS_LINES         20 /* entries at once, */
#define UNKNOWNS_LINE_USEC     (6 * USEC_PER_SEC) /* and one more in this time */

/* A place from which something came, with a verdict or without. */
struct seen {
	char interface[IFNAMSIZ]; /* guarded, or the bridge; "": the port is gone */
	char port[IFNAMSIZ];      /* of the bridge; "": none, or not known */
	uint8_t mac[6];
	bool is_admitted, is_denied;    /* there is a verdict of a device there */
	bool is_excepted;               /* there is none, and the inventory has an exception in force */
	bool is_told;                   /* the journal has it */
	uint64_t first_usec, last_usec; /* monotonic */
};

/* Zeroed, nothing was seen. */
struct unknowns {
	const struct settler *settler; /* borrowed, as is `links` */
	struct links *const *links;    /* which are there from a certain time on */
	struct seen *list;             /* owned; sorted */
	size_t n;
	uint64_t looked_usec, heard_usec; /* monotonic; 0: never */
	struct budget lines;

	/* Called after the journal has one. May be NULL. */
	void (*on_unknown)(const struct seen *s, void *userdata);
	void *userdata;
};

void unknowns_done(struct unknowns *u);

/* Called every few seconds: asks the kernel from time to time, and tells of new ones. */
void unknowns_sweep(struct unknowns *u);

/*
 * Tells the journal of each unknown device that has been there for UNKNOWNS_PATIENCE_USEC, once as long as it is remembered, as long as these
 * are not too many; of the others how many there are.
 */
void unknowns_tell(struct unknowns *u, uint64_t now_usec);

/* Asks the kernel now, unless that was just done. Returns 0 or a negative errno (logged). */
int unknowns_look(struct unknowns *u);

/* What the kernel has noted at this time; sorts it. Returns 0 or -ENOMEM. */
int unknowns_note(struct unknowns *u, struct unknown *noted, size_t n, uint64_t now_usec);

/* How many are where no device was judged, as the registry has it now, and no exception is in force. */
size_t unknowns_count(struct unknowns *u);

/*
 * How many are where no device is admitted or monitored, and pass all the same, because quarantine is monitored or by an exception; and
 * would not with another configuration.
 */
size_t unknowns_count_stopped(struct unknowns *u, const struct config *next);

/*
 * The first place behind this one where no device was judged, by interface, MAC and port, as they were counted last. `after` NULL: of all. Returns NULL: there is
 * none.
 */
const struct seen *unknowns_next(const struct unknowns *u, const struct seen *after);
