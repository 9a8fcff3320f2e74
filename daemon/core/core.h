/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that decides: it owns configuration, store, table, signing key and bus, and starts the worker. It never
 * decodes a byte that a device sent.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/sessions.h"
#include "base/sizes.h"
#include "base/timekeeper.h"
#include "core/act/linkwatch.h"
#include "core/devices/in_force.h"
#include "core/service.h"
#include "core/settle/ending.h"
#include "core/tell/teller.h"

struct bus;
struct enforcement;
struct held;
struct orders;
struct replay;
struct review;
struct turn;
struct writing;

struct core {
	struct in_force in_force; /* owned */
	sd_event *event;
	sd_event_source *sweep;
	struct store *store;
	struct teller teller;
	struct registry *registry;
	struct orders *orders; /* by operators, for single devices */
	struct ending ending;
	struct kernel *kernel;
	struct enforcement *enforcement;
	struct linkwatch linkwatch;
	bool has_no_enforcement; /* --no-enforcement: decides and tells, and leaves nftables alone */
	struct service service;
	struct supervisor *supervisor;
	struct turn *turn;
	struct writing *writing; /* what the store still waits for (core/settle/settle.h) */
	struct bus *bus;
	int socket_fd, clock_fd;
	unsigned sweeps;
	int64_t started_sec;
	struct timekeeper time;
	void (*on_step)(struct core *c,
			int64_t step_sec); /* time was set, and verdicts have moved with it: what else has to */
	struct review *review;             /* on its way, or NULL */
	struct held *held;                 /* what the brake holds, or NULL */
	int64_t held_since_sec;            /* without a pause (core/act/brake.h); 0: it holds nothing */
	uint64_t held_told_usec;           /* monotonic: when that was said last */
	struct replay *replay;             /* on its way, or NULL */
	const char *review_due;     /* until a review of all devices for this reason is in force; NULL: none is due */
	bool is_review_put_off;     /* the operator dropped it: it does not begin by itself */
	uint64_t review_retry_usec; /* monotonic: not before */
	unsigned review_failures;   /* since one went well */
	bool is_reload_due;         /* asked for while it could not begin */
	bool has_tables;            /* the kernel has ours, as of the latest look */
	bool is_drifting;           /* the kernel may hold other admissions than the registry: compare soon */
	uint32_t late_sec;          /* our own elements may end so much later than they should (core/settle/tables.h) */
	bool is_crowded;            /* but all that was amiss at the latest comparison is that a set is full */
	struct edge_counters counters;    /* the worker's latest */
	uint64_t drifts;                  /* times that the kernel was not as it should be, and was mended */
	uint8_t trust_digest[SHA256_LEN]; /* of the material that decisions are made with: goes into the record */
};

/*
 * Runs until SIGTERM or SIGINT. Takes the configuration. Without enforcement no table is touched and no capability needed.
 * Returns an exit status.
 */
int core_run(struct config *config, bool has_no_enforcement);
