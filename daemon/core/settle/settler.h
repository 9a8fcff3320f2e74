/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change goes through (settle.h), and what was left to do of earlier ones. Who wires it (core/core.c) makes and releases what
 * is borrowed; before the store is open and the kernel is connected, only time may be asked for.
 */
#pragma once

#include <stdint.h>

#include "base/sizes.h"
#include "base/timekeeper.h"
#include "core/settle/ending.h"
#include "core/settle/tables.h"

struct in_force;
struct kernel;
struct registry;
struct store;
struct supervisor;
struct teller;
struct writing;

struct settler {
	const struct in_force *in_force; /* borrowed, as what follows */
	struct registry *registry;
	struct store *store;
	struct kernel *kernel;
	struct supervisor *supervisor; /* has the worker; NULL: there is none yet, or no longer */
	struct teller *teller;

	struct timekeeper time;
	struct writing *writing; /* what the store still waits for; NULL: each write is a transaction of its own */
	struct tables tables;    /* as far as they are known */
	struct ending ending;    /* sessions that the worker is to end */
	uint8_t trust_digest[SHA256_LEN]; /* of the material that decisions use: for the record */

	/* Time was set, and verdicts have moved with it: what else has to. NULL: nothing. */
	void (*on_step)(int64_t step_sec, void *userdata);
	void *userdata;
};
