/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that decides. It owns the configuration, the store, the kernel's tables, the signing key and the bus, and
 * starts edges and judges. It never decodes a byte that a device sent. `struct core` has one member for each subject, and
 * core.c connects them at the start. Only core/ itself and core/bus, which reports on all of them, use the whole
 * struct; other functions take the member that they need.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/beacon.h"
#include "base/sessions.h"
#include "base/sizes.h"
#include "core/act/brake.h"
#include "core/act/enforcement.h"
#include "core/act/linkwatch.h"
#include "core/act/unknown.h"
#include "core/devices/in_force.h"
#include "core/review/review.h"
#include "core/service.h"
#include "core/settle/settler.h"
#include "core/tell/flood.h"
#include "core/tell/orderer.h"
#include "core/tell/teller.h"
#include "core/tell/traffic.h"

struct bus;
struct orders;
struct hearings;
struct turn;

struct core {
	sd_event *event;
	sd_event_source *sweep, *beat;
	int clock_fd;
	struct {
		int fds[EDGES_MAX];
		unsigned n;
	} sockets; /* one for each edge */
	unsigned sweeps;
	int64_t started_sec;
	struct beacons beacons;
	struct in_force in_force;
	struct orders *orders; /* owned; operators' orders for single devices */
	struct teller teller;
	struct settler settler; /* the core releases its registry, store, kernel and supervisor */
	struct enforcement enforcement;
	struct linkwatch linkwatch;
	struct unknowns unknowns;
	struct turn *turn;
	struct hearings *hearings;
	struct flood flood;
	struct traffic traffic;
	struct due due;
	struct reviewer reviewer;
	bool is_reload_due; /* requested while it could not begin: the sweep tries again */
	struct bus *bus;
	struct denials denials; /* of the bus */
	struct service service;
};

/*
 * Runs until SIGTERM or SIGINT. Takes over the configuration. Without enforcement it changes no table and needs no
 * capability. Returns an exit status.
 */
int core_run(struct config *config, bool has_no_enforcement);
