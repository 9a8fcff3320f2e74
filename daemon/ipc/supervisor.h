/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the worker, notices its death and starts another. The UDP socket is the core's and outlives every worker. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct supervisor;

struct supervisor_callbacks {
	void (*on_start)(int ipc_fd, void *userdata);    /* a new worker: its first record may be sent */
	void (*on_readable)(int ipc_fd, void *userdata); /* records wait */
	void (*on_death)(pid_t pid, const char *how, void *userdata);
};

/* Both descriptors stay the caller's. Starts the first worker. Returns 0 or a negative errno (logged). */
int supervisor_new(sd_event *event, int socket_fd, int material_fd, const struct supervisor_callbacks *callbacks,
		   void *userdata, struct supervisor **ret);

/* Ends the worker and waits for it. */
void supervisor_free(struct supervisor *s);

/* Ends a worker that misbehaves; on_death follows, then another is started. */
void supervisor_replace(struct supervisor *s);

/* Other trust material, which stays the caller's: the worker closes its sessions and is replaced by one that has it. */
void supervisor_give(struct supervisor *s, int material_fd);

int supervisor_ipc_fd(const struct supervisor *s); /* -1 between two workers */

/* True for a worker that has not been heard of for so long that it must hang. */
bool supervisor_is_silent(const struct supervisor *s);

/* The worker said that it listens. */
void supervisor_note_ready(struct supervisor *s);

/* For how long no worker has listened; 0 while one does. */
uint64_t supervisor_deaf_usec(const struct supervisor *s);

pid_t supervisor_pid(const struct supervisor *s); /* 0 between two workers */
unsigned supervisor_restarts(const struct supervisor *s);
