/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told (sd_notify(3)): when the gateway is guarded, in a line how it stands, and that it is alive,
 * for as long as enforcement is. Without a service manager all of it does nothing.
 */
#pragma once

#include <stdbool.h>

#define SERVICE_STATUS_SIZE 448 /* eight zones with their numbers, and what else is amiss */

struct core;

/* Zeroed, nobody watches. */
struct service {
	char status[SERVICE_STATUS_SIZE]; /* as it was told last */
	bool is_watched, is_alarmed;
	bool is_ready, is_reloading; /* as it was told */
};

/* Ready: tables and admissions are in the kernel, and were read back, and a worker listens. */
void service_started(struct core *c);

/* A reload is over once a worker listens that has what is new. */
void service_reloading(struct core *c);
void service_reloaded(struct core *c);
void service_stopping(void);

/* Every few seconds: the status when it has changed, and the watchdog while the kernel holds what it should. */
void service_sweep(struct core *c);

/* How it stands, as "Enforcing: 12 trusted, 3 restricted, 2 in quarantine". Returns ret. */
const char *service_status(const struct core *c, char ret[static SERVICE_STATUS_SIZE]);
