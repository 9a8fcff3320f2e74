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
#include "core/act/brake.h"
#include "core/act/enforcement.h"
#include "core/act/linkwatch.h"
#include "core/devices/in_force.h"
#include "core/service.h"
#include "core/settle/settler.h"
#include "core/tell/teller.h"

struct bus;
struct orders;
struct replay;
struct review;
struct turn;

struct core {
	struct in_force in_force; /* owned */
	sd_event *event;
	sd_event_source *sweep;
	struct teller teller;
	struct settler settler;
	struct orders *orders; /* by operators, for single devices */
	struct enforcement enforcement;
	struct linkwatch linkwatch;
	struct service service;
	struct turn *turn;
	struct bus *bus;
	int socket_fd, clock_fd;
	unsigned sweeps;
	int64_t started_sec;
	struct review *review; /* on its way, or NULL */
	struct replay *replay; /* on its way, or NULL */
	struct due due;
	uint64_t review_retry_usec;    /* monotonic: not before */
	unsigned review_failures;      /* since one went well */
	bool is_reload_due;            /* asked for while it could not begin */
	struct edge_counters counters; /* the worker's latest */
};

/*
 * Runs until SIGTERM or SIGINT. Takes the configuration. Without enforcement no table is touched and no capability needed.
 * Returns an exit status.
 */
int core_run(struct config *config, bool has_no_enforcement);
