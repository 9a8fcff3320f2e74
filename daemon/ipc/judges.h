/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's side of a zygote (judge/zygote.h) and of its forks, the judges: cases go in, facts come out. Shared judges
 * take many cases, one after the other, of any devices. A judge that is alone takes one, and was forked before that: it never met
 * another device's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct accepted_set;
struct ipc_case;
struct ipc_changes;
struct ipc_inputs;
struct ipc_message;
struct judges;
struct timekeeper_record;

/* on_changes, on_pause and on_end are the last action of a wake-up, and may call judges_free(). */
struct judges_callbacks {
	/* For each set of the material that is in force, before anything else. */
	void (*on_set)(const struct accepted_set *set, void *userdata);
	/* Changed answers, in one or more parts. After the last one judges take cases. */
	void (*on_changes)(const struct ipc_changes *part, void *userdata);
	/* An IPC_JUDGED, for a case that was asked for. */
	void (*on_judged)(const struct ipc_message *answer, void *userdata);
	/* The judge ended, hung or was replaced. is_culprit: while it judged this case. */
	void (*on_lost)(uint64_t id, bool is_culprit, void *userdata);
	/* After some of those: judges may take cases again. */
	void (*on_pause)(void *userdata);
	/* The zygote ended (`how`), and with it all judges. */
	void (*on_end)(const char *how, void *userdata);
};

struct judges_material {
	int fd, former_fd; /* the caller keeps them; former_fd may be the same */
};

/*
 * Starts a zygote. is_background: its judges leave the processors to others. Returns 0 or a negative errno (logged);
 * release with judges_free().
 */
int judges_new(sd_event *event, const struct judges_material *material, struct timekeeper_record clock,
	       bool is_background, const struct judges_callbacks *callbacks, void *userdata, struct judges **ret);
void judges_free(struct judges *j);

/* Another owner, for devices that wait: forks all judges anew. Cases that the former owner asked for are forgotten. */
void judges_adopt(struct judges *j, const struct judges_callbacks *callbacks, void *userdata);

/* Returns 0, or -EAGAIN when there is no judge for it now: try again in on_pause. */
int judges_ask(struct judges *j, bool is_alone, uint64_t id, const struct ipc_case *c, const struct ipc_inputs *inputs);

/* Forks the shared judges anew: one of them was found to lie. Their cases are lost. */
void judges_replace_shared(struct judges *j);

bool judges_are_ready(const struct judges *j);    /* they take cases */
pid_t judges_pid(const struct judges *j);         /* of the zygote */
unsigned judges_replaced(const struct judges *j); /* judges that ended or hung with a case, or were found to lie */
void judges_tell_time(struct judges *j, struct timekeeper_record clock);
