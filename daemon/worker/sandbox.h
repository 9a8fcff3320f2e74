/* SPDX-License-Identifier: Apache-2.0 */
/* Rights that a worker gives up before it decodes its first byte. */
#pragma once

/*
 * Drops root (becomes "nobody"), every capability, the right to gain any, and all system calls except those that use
 * the descriptors it holds: it cannot open files, make sockets, or start or signal processes. Returns 0 or a negative
 * errno (logged); then the worker must exit.
 */
int sandbox_enter(void);
