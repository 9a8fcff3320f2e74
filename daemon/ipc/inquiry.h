/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of judges (ipc/judges.h), until it is answered: first of one that is shared. What it may not say (a verdict
 * would change) is asked once more, of one that is alone with it; so is one answer in sixteen, without anybody knowing
 * which. Where the two differ, the shared judges are replaced, and what was found alone counts. What is lost with a judge
 * is asked again, alone if the judge ended of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "ipc/ipc.h"

struct inquiries;
struct judges_material;
struct timekeeper_record;

/* One case. Embedded in a struct of the caller, who zeroes it, and keeps it where it is until it is answered. */
struct inquiry {
	struct ipc_case case_; /* set by the caller */
	bool is_alone;         /* set by the caller: no shared judge is asked */
	bool is_last;          /* set by the caller: waits behind all that are not */
	uint64_t port;         /* set by the caller: whence it came. Ports take turns */
	unsigned group;        /* set by the caller: none displaces another group's (inquiries_displaced_by()) */

	TAILQ_ENTRY(inquiry) entries;
	uint64_t id, round;
	struct ipc_inputs inputs; /* borrowed from `bytes` */
	uint8_t *bytes;           /* owned */
	size_t n_bytes;
	bool is_asked, was_lost;
	struct ipc_judged
		*first; /* owned; what a shared judge found; NULL: nothing yet, or there was no memory for it */
};

/* on_changes, on_pause and on_end are the last action of a wake-up, and may call inquiries_free(). */
struct inquiries_callbacks {
	void (*on_set)(const struct accepted_set *set, void *userdata);     /* as in ipc/judges.h, */
	void (*on_changes)(const struct ipc_changes *part, void *userdata); /* and this */
	/* Returns false when it is not final and must be asked alone. Else the inquiry is over, and the caller may release it. */
	bool (*on_judged)(struct inquiry *x, const struct ipc_message *answer, bool is_final, void *userdata);
	/* Two judges ended of it: it is over too. */
	void (*on_unjudged)(struct inquiry *x, void *userdata);
	void (*on_pause)(void *userdata);
	void (*on_end)(const char *how, pid_t zygote, void *userdata); /* there are no judges until inquiries_start() */
};

/* Returns 0 or -ENOMEM. */
int inquiries_new(sd_event *event, bool is_background, const struct inquiries_callbacks *callbacks, void *userdata,
		  struct inquiries **ret);
void inquiries_free(struct inquiries *q); /* and forgets what is not answered */

/* Starts judges. Returns 0 or a negative errno (logged). */
int inquiries_start(struct inquiries *q, const struct judges_material *material, struct timekeeper_record clock);

/*
 * Other judges take the place of the present ones, once they are ready: nobody can find out the layout of their memory by one try
 * after the other. While some are on their way this does nothing. Returns 0 or a negative errno (logged): the present ones stay.
 */
int inquiries_refresh(struct inquiries *q, const struct judges_material *material, struct timekeeper_record clock);

/*
 * Takes over the judges of another one, which then has none; those of inquiries_refresh() are dropped. What is not answered yet is
 * asked of them anew.
 */
void inquiries_adopt(struct inquiries *q, struct inquiries *from);

/* Copies what is judged. Returns 0 or -ENOMEM. */
int inquiries_add(struct inquiries *q, struct inquiry *x, const struct ipc_inputs *inputs);

/* The first in the queue, of all that are not answered; NULL: none. inquiries_drop() forgets it, whoever has it. */
struct inquiry *inquiries_first(const struct inquiries *q);

/* The last of x's group that no judge was asked, if x, which is not in the queue, would be before it; else NULL. */
struct inquiry *inquiries_displaced_by(const struct inquiries *q, const struct inquiry *x);
void inquiries_drop(struct inquiries *q, struct inquiry *x);

bool inquiries_are_ready(const struct inquiries *q); /* judges take cases */
pid_t inquiries_zygote(const struct inquiries *q);   /* 0: none */
unsigned inquiries_replaced(const struct inquiries *q);
unsigned inquiries_disagreements(const struct inquiries *q);
void inquiries_tell_time(struct inquiries *q, struct timekeeper_record clock);
