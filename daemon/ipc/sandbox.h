/* SPDX-License-Identifier: Apache-2.0 */
/* Rights that a process gives up before it decodes its first byte. */
#pragma once

enum sandbox_role {
	SANDBOX_EDGE,
	SANDBOX_ZYGOTE, /* may also fork judges and end them */
};

/*
 * Drops root (becomes "nobody"), every capability, the right to gain any, and all system calls except those that use
 * the descriptors it holds: it cannot open files, make sockets, map code, or start or signal other processes. Returns 0
 * or a negative errno (logged); then the process must exit.
 */
int sandbox_enter(enum sandbox_role role);

/*
 * Before a zygote enters its own: compiles what the next one loads, once for all its forks. Returns 0 or a negative errno (logged).
 */
int sandbox_prepare_judge(void);

/* In a fork of it: gives up what only the zygote may. Returns 0 or a negative errno. */
int sandbox_enter_judge(void);
