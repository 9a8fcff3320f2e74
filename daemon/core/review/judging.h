/* SPDX-License-Identifier: Apache-2.0 */
/* A running judge (worker/judge.h), from the core's side: cases go in, facts come out, in the same order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct accepted_set;
struct facts;
struct ipc_case;
struct judging;
struct signed_inputs;
struct timekeeper_record;

/* Each is the last action of a wake-up: it may call judging_free(). */
struct judging_callbacks {
	/* Called for each set of the material that is in force, before anything else. */
	void (*on_set)(const struct accepted_set *set, void *userdata);
	/* Called once, before any case: `changes` are sorted; with is_all everything may have changed. */
	void (*on_changes)(const uint64_t *changes, size_t n, bool is_all, void *userdata);
	void (*on_judged)(uint64_t id, int result, const struct facts *facts, void *userdata);
	void (*on_failure)(void *userdata); /* it died, hangs or sent an invalid record; logged */
};

struct judging_material {
	int fd, former_fd; /* the caller keeps them; former_fd may be the same */
};

/* Starts a judge. Returns 0 or a negative errno (logged); release with judging_free(). */
int judging_new(sd_event *event, const struct judging_material *material, struct timekeeper_record clock,
		const struct judging_callbacks *callbacks, void *userdata, struct judging **ret);
void judging_free(struct judging *j);

/* Returns 0, or -EAGAIN when it is busy: try again after the next on_judged. */
int judging_ask(struct judging *j, uint64_t id, struct ipc_case c, const struct signed_inputs *inputs);
