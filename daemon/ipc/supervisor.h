/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts the edge, notices its death and starts another. The core owns the UDP socket, which outlives every edge.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct supervisor;

struct supervisor_callbacks {
	void (*on_start)(int ipc_fd, void *userdata);    /* a new edge: its first record may be sent */
	void (*on_readable)(int ipc_fd, void *userdata); /* there are records to read */
	void (*on_death)(pid_t pid, const char *how, void *userdata);
};

/* The caller keeps both descriptors. Starts the first edge. Returns 0 or a negative errno (logged). */
int supervisor_new(sd_event *event, int socket_fd, int material_fd, const struct supervisor_callbacks *callbacks,
		   void *userdata, struct supervisor **ret);

/* Ends the edge and waits for it. */
void supervisor_free(struct supervisor *s);

/* Ends a faulty edge; on_death follows, then another one starts. */
void supervisor_replace(struct supervisor *s);

/* Another certificate, key or limits, which the caller keeps: the edge closes its sessions and is replaced by one that has them. */
void supervisor_give(struct supervisor *s, int material_fd);

int supervisor_ipc_fd(const struct supervisor *s); /* -1 between two edges */

/* True when the edge sent nothing for so long that it must hang. */
bool supervisor_is_silent(const struct supervisor *s);

/* The edge reported that it listens. */
void supervisor_note_ready(struct supervisor *s);

/* How long no edge has listened; 0 while one does. */
uint64_t supervisor_deaf_usec(const struct supervisor *s);

pid_t supervisor_pid(const struct supervisor *s); /* 0 between two edges */
unsigned supervisor_restarts(const struct supervisor *s);
