/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each change of a verdict needs (settle.h), and work that earlier changes left over. core/core.c creates and
 * releases the borrowed members. Before the store is open and the kernel is connected, only `time` may be used.
 */
#pragma once

#include <stdint.h>

#include "base/sizes.h"
#include "base/timekeeper.h"
#include "core/settle/ending.h"
#include "core/settle/excepted.h"
#include "core/settle/tables.h"

struct in_force;
struct kernel;
struct registry;
struct store;
struct supervisor;
struct teller;
struct writing;

struct settler {
	const struct in_force *in_force; /* borrowed, as are the members down to `teller` */
	struct registry *registry;
	struct store *store;
	struct kernel *kernel;
	struct supervisor *supervisor; /* of the edges; NULL: not started yet, or ended */
	struct teller *teller;

	struct timekeeper time;
	struct writing *writing;  /* pending writes to the store; NULL: each write is a transaction of its own */
	struct tables tables;     /* what is known of the kernel's */
	struct excepted excepted; /* devices that pass by an exception; the core releases it */
	struct ending ending;     /* sessions that the edges are to end */
	uint8_t trust_digest[SHA256_LEN]; /* of the trust material in force; each entry of the record has it */

	/* Called after time was set and the verdicts' times were moved: moves the times of others. May be NULL. */
	void (*on_step)(int64_t step_sec, void *userdata);
	void *userdata;
};
