/* SPDX-License-Identifier: Apache-2.0 */
/* A child that runs this program anew: with none of the core's memory, and no descriptor but those it is given. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define PROCESS_FIRST_FD 3 /* where the given descriptors begin in the child */
#define PROCESS_FDS_MAX  4

/*
 * Starts `hallmarkd role`; fds[i] becomes its descriptor PROCESS_FIRST_FD + i. Returns the pid, or a negative errno. The
 * caller keeps the descriptors and waits for the child.
 */
pid_t process_start(const char *role, const int *fds, size_t n_fds);

/* Kills and waits: for children that hold no state. Does nothing for pid 0. */
void process_end(pid_t pid);
