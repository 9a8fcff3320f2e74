/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which exceptions of the inventory count now. One counts until it ends, or until a device is judged at its place: from then on only
 * verdicts count there, also when that device goes elsewhere or is forgotten, until the daemon ends or the row has another end. Each that
 * counts is in the kernel's tables, as an admission is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"

struct config;
struct element;
struct exception;
struct ruleset;
struct settler;
struct verdict;

enum exception_state {
	EXCEPTION_OVER = 0,
	EXCEPTION_REPLACED, /* a device was judged at its place */
	EXCEPTION_IN_FORCE,
};

/* Of one exception. */
struct exception_states {
	uint8_t now, told; /* enum exception_state; `told`: what the journal has */
	bool is_replaced;  /* a device was judged at its place, lately or not */
};

/* Zeroed, there are none. */
struct excepted {
	struct exception_states *of; /* owned; by the numbers that the exceptions have in the configuration in force */
	size_t n;
	uint64_t marked_usec; /* monotonic: when excepted_mark() was called last */
	struct budget lines;  /* of the journal */
};

void excepted_done(struct excepted *e);

/*
 * Takes over the exceptions of the configuration in force, as they are by then; nothing of them need be told. Which are replaced is known
 * from those before, of the former configuration; NULL: there is none. Without memory (logged) none counts.
 */
void excepted_begin(struct settler *settler, const struct config *former, int64_t now_sec);

/* Finds again how each is. Calls on_change for those that come into force or end, if it is not NULL. */
void excepted_mark(struct settler *settler, int64_t now_sec,
		   void (*on_change)(const struct exception *e, bool is_in_force, void *userdata), void *userdata);

/* A device is judged: the exception that it replaces by that, at its place; NULL: none. */
const struct exception *excepted_replace(struct settler *settler, const struct verdict *v);

/* The one in force at this place. `port`: "" where it is not known. NULL: none. */
const struct exception *excepted_at(const struct settler *settler, const char *interface, const char *port,
				    const uint8_t mac[static 6], int64_t now_sec);

/* Whether one of a configuration, which need not be in force, counts where no device was judged. */
bool exception_counts(const struct exception *e, const struct ruleset *r, int64_t now_sec);

/* How the one with this number, below excepted.n, is at this time. */
enum exception_state excepted_state(const struct settler *settler, size_t number, int64_t now_sec);

/* How many are in force, and when the next of them ends; 0: there is none. */
size_t excepted_count(const struct settler *settler, int64_t now_sec, int64_t *ret_next_sec);

/* What the kernel has of it at this time. */
struct element excepted_element(const struct exception *e, int64_t now_sec);

/* The same of all that are in force: at most excepted.n. Returns how many. */
size_t excepted_collect(const struct settler *settler, int64_t now_sec, struct element *ret);
