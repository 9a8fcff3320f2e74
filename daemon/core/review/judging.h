/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed inputs of known devices → their facts now, by judges of their own (ipc/inquiry.h), which take no time from
 * devices that wait for an answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct accepted_set;
struct changes;
struct facts;
struct inquiries;
struct ipc_case;
struct judges_material;
struct judging;
struct signed_inputs;
struct timekeeper_record;

/* on_changes, on_pause and on_failure are the last action of a wake-up: they may call judging_free(). */
struct judging_callbacks {
	/* Called for each set of the material that is in force, before anything else. */
	void (*on_set)(const struct accepted_set *set, void *userdata);
	/* Called once, before any case. They live until judging_free(). */
	void (*on_changes)(const struct changes *changes, void *userdata);
	/* Whether nothing would change by these facts: then a judge that met other devices may say so. */
	bool (*is_same)(uint64_t id, const struct facts *facts, void *userdata);
	/* For each case that was asked for, in any order; -EIO: judges end of it. */
	void (*on_judged)(uint64_t id, int result, const struct facts *facts, void *userdata);
	/* After some of these. */
	void (*on_pause)(void *userdata);
	void (*on_failure)(void *userdata); /* there are no judges any more; logged */
};

/* Starts judges. Returns 0 or a negative errno (logged); release with judging_free(). */
int judging_new(sd_event *event, const struct judges_material *material, struct timekeeper_record clock,
		const struct judging_callbacks *callbacks, void *userdata, struct judging **ret);
void judging_free(struct judging *j);

/* Returns 0, -ENOMEM, or -EAGAIN when enough are asked for: try again in on_pause. */
int judging_ask(struct judging *j, uint64_t id, const struct ipc_case *c, const struct signed_inputs *inputs);

/* Its judges, for another owner to adopt. */
struct inquiries *judging_inquiries(struct judging *j);
