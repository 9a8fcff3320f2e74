/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that decides: it owns configuration, store, table, signing key and bus, and starts the worker. It never
 * decodes a byte that a device sent. Here is what each room needs, wired once in core.c; only the assembly and the bus, which asks
 * and shows all of it, take the whole.
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
#include "core/review/review.h"
#include "core/service.h"
#include "core/settle/settler.h"
#include "core/tell/teller.h"

struct bus;
struct orders;
struct turn;

struct core {
	sd_event *event;
	sd_event_source *sweep;
	int socket_fd, clock_fd;
	unsigned sweeps;
	int64_t started_sec;
	struct in_force in_force;
	struct orders *orders; /* of operators, for single devices */
	struct teller teller;
	struct settler settler; /* with registry, store, kernel and worker, which are the core's to release */
	struct enforcement enforcement;
	struct linkwatch linkwatch;
	struct turn *turn;
	struct edge_counters counters; /* the worker's latest */
	struct due due;
	struct reviewer reviewer;
	bool is_reload_due; /* requested while it could not begin */
	struct bus *bus;
	struct service service;
};

/*
 * Runs until SIGTERM or SIGINT. Takes over the configuration. Without enforcement it changes no table and needs no
 * capability. Returns an exit status.
 */
int core_run(struct config *config, bool has_no_enforcement);
