/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications to the service manager (sd_notify(3)): when the gateway is ready, its status in one line, and that it
 * is alive, as long as enforcement works. Without a service manager these do nothing.
 */
#pragma once

#include <stdbool.h>

#define SERVICE_STATUS_SIZE 448 /* eight zones with their numbers, and warnings */

struct core;

/* Zeroed, there is no watchdog. */
struct service {
	char status[SERVICE_STATUS_SIZE]; /* as last sent */
	bool is_watched, is_alarmed;
	bool is_ready, is_reloading; /* as last sent */
};

/* Ready: tables and admissions are in the kernel and were read back, an edge listens, and judges take cases. */
void service_started(struct core *c);

/* A reload is complete when its review has ended, and edge and judges have the new material. */
void service_reloading(struct core *c);
void service_reloaded(struct core *c);
void service_stopping(void);

/*
 * Called every few seconds: sends the status when it changed, and the watchdog message while the kernel holds what it
 * should.
 */
void service_sweep(struct core *c);

/* The status, as "Enforcing: 12 trusted, 3 restricted, 2 in quarantine". Returns ret. */
const char *service_status(const struct core *c, char ret[static SERVICE_STATUS_SIZE]);
