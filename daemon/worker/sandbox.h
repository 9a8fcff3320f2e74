/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker gives up before it decodes its first byte. */
#pragma once

/*
 * Drops root (to "nobody"), every capability, the right to gain any, and all system calls but those that serve the
 * descriptors it holds: no file can be opened, no socket made, no process started or signalled. Returns 0 or a negative
 * errno (logged); the worker must not go on then.
 */
int sandbox_enter(void);
