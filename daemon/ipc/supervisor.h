/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts the edges, notices the death of one and starts another in its place. The core owns the UDP sockets, one for each, which
 * outlive every edge: one that ends takes nothing from the others. An edge is named by its number, from 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/sessions.h"

struct supervisor;

struct supervisor_callbacks {
	void (*on_start)(unsigned edge, void *userdata);    /* a new one: its first record may be sent */
	void (*on_readable)(unsigned edge, void *userdata); /* there are records to read */
	void (*on_death)(unsigned edge, pid_t pid, const char *how, void *userdata);
};

/* What edges are made of. The caller keeps all descriptors. */
struct supervisor_parts {
	const int *socket_fds; /* one for each edge; copied */
	unsigned n;            /* 1 to EDGES_MAX */
	int material_fd;
};

/* Starts the first edges. Returns 0 or a negative errno (logged). */
int supervisor_new(sd_event *event, const struct supervisor_parts *parts, const struct supervisor_callbacks *callbacks,
		   void *userdata, struct supervisor **ret);

/* Ends the edges and waits for them. */
void supervisor_free(struct supervisor *s);

/* Ends a faulty edge; on_death follows, then another one starts. */
void supervisor_replace(struct supervisor *s, unsigned edge);

/*
 * Other certificate, key or limits, which the caller keeps. Each edge closes its sessions and is replaced by one that has them, one
 * edge after the other: the next one when the former's successor listens.
 */
void supervisor_give(struct supervisor *s, int material_fd);

/* The edge reported that it listens. */
void supervisor_note_ready(struct supervisor *s, unsigned edge);

/* How many there are, also those between two processes. NULL: none. */
unsigned supervisor_edges(const struct supervisor *s);

int supervisor_ipc_fd(const struct supervisor *s, unsigned edge); /* -1 between two processes */
pid_t supervisor_pid(const struct supervisor *s, unsigned edge);  /* 0 between two processes */

/* True when the edge sent nothing for so long that it must hang. */
bool supervisor_is_silent(const struct supervisor *s, unsigned edge);

/* How long some edge has not listened, and those who send to it are not heard; 0: all listen. */
uint64_t supervisor_deaf_usec(const struct supervisor *s);

unsigned supervisor_restarts(const struct supervisor *s); /* of all */
