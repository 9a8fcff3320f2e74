/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls, on either bus, and whether the configuration's roles let the caller change something (core/bus/grant.h).
 * Root may everything. The daemon's own user may only have files read again that root wrote: it also fetches from the
 * network (hallmark-refresh.service). The mode of the private socket, and the system bus's policy, decide who may read.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "core/bus/grant.h"
#include "core/tell/orderer.h"

struct core;

/* A call that would change something. */
struct attempt {
	const char *what; /* as hallmarkctl calls it: "allow" */
	struct caller caller;
	struct orderer by; /* set when it is allowed, or told */
	bool has_names;    /* they were looked up, which may take time */
};

/* Finds out who calls. Returns false, with the error set, when that cannot be found out. */
bool access_begin(sd_bus_message *call, const char *what, struct attempt *ret, sd_bus_error *error);

/* Whether the caller may have the wish. A refusal sets the error, and is told to the journal. */
bool access_allows(struct core *core, struct attempt *a, const struct wish *wish, sd_bus_error *error);

/* The same for what only reads, which nobody is named for: names may take time. */
bool access_permits(struct core *core, struct attempt *a, const struct wish *wish, sd_bus_error *error);

/* Both, for what is for no device. VERB_NONE: for root alone. */
bool access_may(struct core *core, sd_bus_message *call, const char *what, enum verb verb, struct orderer *ret_by,
		sd_bus_error *error);
