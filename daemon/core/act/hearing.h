/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a submission to its judgement: has judges find out what the edge handed over (ipc/inquiry.h), and then the turn
 * decides (core/act/turn.h). It never decodes what it keeps.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct hearings;
struct in_force;
struct inquiries;
struct settler;
struct traffic;
struct turn;

struct hearings_callbacks {
	void (*on_ready)(void *userdata); /* judges take cases: the first time, and after a restart */
	void (*on_end)(pid_t pid, const char *how, void *userdata); /* of the zygote; another one starts */
};

/* What operators may want to know of the judges. */
struct hearings_report {
	pid_t zygote;      /* 0: between two */
	unsigned replaced; /* judges that ended or hung with a case, or were found to lie */
	unsigned disagreements;
	unsigned restarts; /* of the zygote */
	unsigned waiting;  /* submissions that are not answered yet */
};

/*
 * Borrows all but the event loop. `traffic` gets the edges' counters. Starts the first zygote. Returns 0 or a negative
 * errno (logged).
 */
int hearings_new(sd_event *event, struct settler *settler, const struct in_force *in_force, struct turn *turn,
		 struct traffic *traffic, const struct hearings_callbacks *callbacks, void *userdata,
		 struct hearings **ret);
void hearings_free(struct hearings *h);

/*
 * Handles all pending records on this edge's socket. Returns 0; or a negative errno when the edge must be replaced: it
 * sent an invalid record (-EBADMSG) or closed its end (-EPIPE).
 */
int hearings_run(struct hearings *h, unsigned edge);

/* The edge has ended, and with it the sessions of those that wait there. Others' stay. */
void hearings_drop(struct hearings *h, unsigned edge);

/* Takes over judges with the trust material that is in force now. What is not answered yet is judged by them. */
void hearings_adopt(struct hearings *h, struct inquiries *from);

/* For how long an edge does not listen, or no judges take cases; 0: all do. */
uint64_t hearings_deaf_usec(const struct hearings *h);

/* Edges, zygote and judges get time and log level: when one was set, and now and then, which replaces a lost record. */
void hearings_tell_clock(struct hearings *h);
void hearings_get_report(const struct hearings *h, struct hearings_report *ret);
