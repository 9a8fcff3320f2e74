/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog depends on enforcement, not on the event loop: a loop that runs while the tables cannot be restored
 * would look alive. A service without watchdog messages is ended and started again. The new start loads the tables or
 * fails visibly; meanwhile the present tables stay.
 */
#include "core/service.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "core/act/enforcement.h"
#include "core/act/hearing.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "decide/policy.h"

#define DEAF_USEC        (10 * USEC_PER_SEC) /* an edge or a zygote that replaces another has read its material by then */
#define WATCHDOG_MIN_SEC 20                  /* sweeps come every 5 s, and one that loads a large table takes longer */

/* --- The status --- */

/* What must not be overlooked comes first. */
static int put_state(const struct core *c, char *ret, size_t size)
{
	const char *state = enforcement_state(&c->enforcement);

	if (strcmp(state, "none") == 0)
		return snprintf(ret, size, "NOT ENFORCED: ");
	if (strcmp(state, "monitor") == 0)
		return snprintf(ret, size, "MONITOR ONLY: ");
	if (strcmp(state, "open") == 0)
		return snprintf(ret, size, "OPEN for %u s: ", c->enforcement.opening.left_sec);
	if (c->enforcement.n_alone == 1)
		return snprintf(ret, size, "Enforcing, %s OPEN for %u s: ", c->enforcement.alone[0].alone,
				c->enforcement.alone[0].left_sec);
	if (c->enforcement.n_alone > 1)
		return snprintf(ret, size, "Enforcing, %zu interfaces OPEN: ", c->enforcement.n_alone);
	return snprintf(ret, size, "Enforcing: ");
}

static uint64_t deaf_usec(const struct core *c)
{
	return c->hearings ? hearings_deaf_usec(c->hearings) : 0;
}

/* The best zone first: the configuration lists them from the lowest. */
const char *service_status(const struct core *c, char ret[static SERVICE_STATUS_SIZE])
{
	const struct policy *policy = &c->in_force.config->policy;
	uint32_t n[ZONES_MAX];
	size_t at = (size_t)put_state(c, ret, SERVICE_STATUS_SIZE);

	(void)registry_count_zones(c->settler.registry, timekeeper_peek(&c->settler.time), n);
	for (size_t z = policy->n_zones; z-- > ZONE_QUARANTINE + 1 && at < SERVICE_STATUS_SIZE;)
		at += (size_t)snprintf(ret + at, SERVICE_STATUS_SIZE - at, "%u %s, ", n[z], policy->zones[z].name);
	if (at < SERVICE_STATUS_SIZE)
		(void)snprintf(ret + at, SERVICE_STATUS_SIZE - at, "%u in %s%s", n[ZONE_QUARANTINE],
			       policy->zones[ZONE_QUARANTINE].name,
			       deaf_usec(c) > DEAF_USEC ? "; AN EDGE OR THE JUDGES ARE MISSING, devices cannot attest" :
							  "");
	return ret;
}

static void renew_status(struct core *c)
{
	char now[SERVICE_STATUS_SIZE];

	if (strcmp(service_status(c, now), c->service.status) == 0)
		return;
	memcpy(c->service.status, now, sizeof(now));
	(void)sd_notifyf(0, "STATUS=%s", now);
}

/* --- The watchdog --- */

static void start_watchdog(struct core *c)
{
	uint64_t usec = 0;

	c->service.is_watched = sd_watchdog_enabled(1, &usec) > 0;
	if (c->service.is_watched && usec < WATCHDOG_MIN_SEC * USEC_PER_SEC)
		log_warning("WatchdogSec= of the unit is less than %d s: systemd may end hallmarkd although nothing is "
			    "wrong",
			    WATCHDOG_MIN_SEC);
}

static void feed_watchdog(struct core *c)
{
	struct service *s = &c->service;
	bool is_sound = enforcement_is_sound(&c->enforcement);

	if (is_sound && s->is_watched)
		(void)sd_notify(0, "WATCHDOG=1");
	if (!is_sound && !s->is_alarmed)
		log_error("The self-check fails: the kernel's tables cannot be kept as they should be. %s. What is in "
			  "the kernel stays; the lines above say why",
			  s->is_watched ? "systemd gets no watchdog message until they can" : "No watchdog is set");
	else if (is_sound && s->is_alarmed)
		log_notice("The self-check passes again");
	s->is_alarmed = !is_sound;
}

/* --- Notifications --- */

void service_started(struct core *c)
{
	start_watchdog(c);
	c->service.is_ready = true;
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", service_status(c, c->service.status));
}

void service_reloading(struct core *c)
{
	c->service.is_reloading = c->service.is_ready;
	if (!c->service.is_reloading) /* the start is still in progress */
		return;
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_monotonic_usec());
}

void service_reloaded(struct core *c)
{
	if (!c->service.is_reloading || c->reviewer.review || deaf_usec(c) > 0)
		return; /* called again at the end of the review, and for each record of the edge */
	c->service.is_reloading = false;
	(void)sd_notify(0, "READY=1");
}

void service_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void service_sweep(struct core *c)
{
	renew_status(c);
	feed_watchdog(c);
}
