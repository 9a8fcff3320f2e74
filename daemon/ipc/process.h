/* SPDX-License-Identifier: Apache-2.0 */
/* A child that runs this program again: with none of the core's memory, and only the descriptors that it is given. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define PROCESS_FIRST_FD 3 /* first of the given descriptors in the child */
#define PROCESS_FDS_MAX  4

/* Descriptors that the core leaves open for an edge. */
enum edge_fd {
	EDGE_IPC = 3,
	EDGE_SOCKET = 4,
	EDGE_MATERIAL = 5,
	_EDGE_FD_MAX,
};

/* The same for a zygote. A judge has the first one only: its own. */
enum zygote_fd {
	ZYGOTE_IPC = 3,
	ZYGOTE_MATERIAL = 4,
	ZYGOTE_FORMER = 5, /* material by which the devices were judged before; may be the same */
	_ZYGOTE_FD_MAX,
};

/*
 * Starts `hallmarkd role`; fds[i] becomes its descriptor PROCESS_FIRST_FD + i. Returns the pid, or a negative errno.
 * The caller keeps the descriptors and must wait for the child.
 */
pid_t process_start(const char *role, const int *fds, size_t n_fds);

/* Kills and waits: for children without state. Does nothing for pid 0. */
void process_end(pid_t pid);
