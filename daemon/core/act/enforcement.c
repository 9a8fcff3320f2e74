/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's answer is looked at again and again: other programs change nftables, and an operator may open the gateway. */
#include "core/act/enforcement.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "core/core.h"
#include "core/settle/admissions.h"
#include "core/settle/drift.h"
#include "core/settle/ledger.h"
#include "core/settle/tables.h"
#include "enforce/ruleset.h"
#include "enforce/watch.h"
#include "hallmark/bus.h"
#include "hallmark/journal.h"

#define DRIFT_USEC            (200 * 1000) /* from the notice of a foreign change to the comparison: a burst is one */
#define READ_BACK_USEC        (300 * USEC_PER_SEC)
#define READ_BACK_SPREAD_USEC (60 * USEC_PER_SEC) /* many gateways on one host do not read back at once */
#define SOUND_USEC            (2 * (READ_BACK_USEC + READ_BACK_SPREAD_USEC)) /* a comparison is missing */
#define WARN_USEC             (86400 * USEC_PER_SEC)

void enforcement_free(struct enforcement *e)
{
	if (!e)
		return;
	watch_free(e->watch);
	sd_event_source_disable_unref(e->drift);
	free(e);
}

static void plan_read_back(struct enforcement *e)
{
	uint32_t luck = 0;

	(void)RAND_bytes((unsigned char *)&luck, sizeof(luck));
	e->read_back_usec = clock_monotonic_usec() + READ_BACK_USEC + luck % READ_BACK_SPREAD_USEC;
}

/* --- opened by the operator --- */

/* hallmarkctl wrote it into the kernel, with or without us; here it is told and recorded. */
static void look_at_opening(struct core *c)
{
	struct enforcement *e = c->enforcement;
	struct opening now = { 0 };
	int r = kernel_opening(c->settler.kernel, &c->in_force.config->ruleset, &now);
	bool is_other = r > 0 && (!e->is_open || strcmp(now.reason, e->opening.reason) != 0 ||
				  now.left_sec > e->opening.left_sec + 1);

	if (r < 0) {
		journal_errno(r, HALLMARK_MESSAGE_KERNEL, "Cannot see whether the gateway is open");
		return;
	}
	if (is_other) {
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_OPENED,
			      "THE GATEWAY IS OPEN for %u s: every device reaches everything. Reason: %s. "
			      "`hallmarkctl close` ends it",
			      now.left_sec, now.reason);
		ledger_append_gateway(&c->settler, "open", now.reason, admissions_now(&c->settler) + now.left_sec);
	} else if (r == 0 && e->is_open) {
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_OPENED,
			      "The gateway is closed again: every device is judged by its zone");
		ledger_append_gateway(&c->settler, "closed", e->opening.reason, 0);
	}
	e->is_open = r > 0;
	e->opening = now;
}

/* --- others who change nftables --- */

static void keep_tables(struct core *c)
{
	int r = tables_ensure(&c->settler, admissions_now(&c->settler));

	c->settler.tables.has_tables = r == 0;
	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_KERNEL, "Cannot repair the table inet " TABLE_NAME);
}

/* Where a set is full, all else is as it should be, and no new start would make room. */
static void note_comparison(struct enforcement *e, int r)
{
	e->is_mended = r == 0 || r == -ENFILE;
	if (e->is_mended)
		e->compared_usec = clock_monotonic_usec();
	plan_read_back(e);
}

static void compare(struct core *c)
{
	int r = drift_mend(&c->settler);

	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_KERNEL, "Cannot compare the kernel's admissions with the verdicts");
	note_comparison(c->enforcement, r);
}

/* One comparison for all that came within the pause. */
static int on_drift(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct core *c = userdata;

	(void)source;
	(void)usec;
	keep_tables(c);
	compare(c);
	look_at_opening(c);
	return 0;
}

static int on_watch(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct core *c = userdata;
	struct enforcement *e = c->enforcement;
	int is_armed = SD_EVENT_OFF;

	(void)source;
	(void)fd;
	(void)revents;
	if (!watch_read(e->watch) || sd_event_source_get_enabled(e->drift, &is_armed) < 0 || is_armed != SD_EVENT_OFF)
		return 0;
	(void)sd_event_source_set_time_relative(e->drift, DRIFT_USEC);
	(void)sd_event_source_set_enabled(e->drift, SD_EVENT_ONESHOT);
	return 0;
}

static int start_watch(struct core *c)
{
	struct enforcement *e = c->enforcement;
	int r = watch_new(&e->watch);

	if (r >= 0)
		r = sd_event_add_time_relative(c->event, &e->drift, CLOCK_MONOTONIC, 0, 0, on_drift, c);
	if (r >= 0)
		r = sd_event_source_set_enabled(e->drift, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(c->event, NULL, watch_fd(e->watch), EPOLLIN, on_watch, c);
	return r < 0 ? log_errno(r, "Cannot watch nftables") : 0;
}

/* --- what is not enforced, loudly --- */

const char *enforcement_layer2(const struct core *c)
{
	if (c->settler.tables.has_no_enforcement)
		return HALLMARK_BUS_NO_ENFORCEMENT;
	if (c->in_force.config->ruleset.n_bridges == 0)
		return "no bridges";
	if (!c->enforcement->can.has_bridge)
		return "no: this kernel has no nf_tables for bridges";
	return interfaces_route_bridges() ?
		       "yes, but br_netfilter is on: devices of one household on a bridge cannot reach each other" :
		       "yes";
}

static void warn_of_monitoring(struct core *c)
{
	const struct ruleset *r = &c->in_force.config->ruleset;
	struct enforcement *e = c->enforcement;
	uint64_t now = clock_monotonic_usec();

	if (e->warned_usec > 0 && now - e->warned_usec < WARN_USEC)
		return;
	if (c->settler.tables.has_no_enforcement) {
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_MONITOR,
			      "NOTHING IS ENFORCED (--no-enforcement): devices are judged and get their results, and "
			      "no table is changed");
		e->warned_usec = now;
	}
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		if (!r->zones[z].is_monitored)
			continue;
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_MONITOR,
			      "ZONE %s IS ONLY MONITORED: what it would drop is counted and passes",
			      r->policy->zones[z].name);
		e->warned_usec = now;
	}
}

void enforcement_sweep(struct core *c)
{
	keep_tables(c);
	if (c->settler.tables.is_drifting || clock_monotonic_usec() >= c->enforcement->read_back_usec)
		compare(c);
	look_at_opening(c);
	warn_of_monitoring(c);
}

/* --- in a word --- */

bool enforcement_is_sound(const struct core *c)
{
	const struct enforcement *e = c->enforcement;

	return c->settler.tables.has_no_enforcement ||
	       (c->settler.tables.has_tables && e->is_mended && clock_monotonic_usec() - e->compared_usec < SOUND_USEC);
}

const char *enforcement_state(const struct core *c)
{
	if (c->settler.tables.has_no_enforcement)
		return "monitor";
	if (!enforcement_is_sound(c))
		return "none";
	if (c->enforcement->is_open)
		return "open";
	return ruleset_only_monitors(&c->in_force.config->ruleset) ? "monitor" : "enforcing";
}

/* --- start --- */

static int probe(struct core *c)
{
	struct enforcement *e = c->enforcement;
	int r = kernel_probe(c->settler.kernel, &c->in_force.config->ruleset, &e->can);

	if (r < 0)
		return log_errno(r, "Cannot find out what the kernel can do; is %s there?", c->in_force.config->nft);
	if (!e->can.has_inet) {
		log_error("nftables is not available: the kernel needs CONFIG_NF_TABLES_INET, and the daemon "
			  "CAP_NET_ADMIN");
		return -EOPNOTSUPP;
	}
	if (!e->can.has_routes) {
		log_error("Source addresses cannot be checked: this kernel has no `fib` in nf_tables "
			  "(CONFIG_NFT_FIB_INET), or is older than 5.19");
		return -EOPNOTSUPP;
	}
	if (c->in_force.config->ruleset.n_bridges > 0 && !e->can.has_bridge) {
		log_error("The ports of guarded bridges cannot be kept apart: this kernel has no nf_tables for bridges "
			  "(CONFIG_NF_TABLES_BRIDGE). Load its module, or guard each port by itself, without a bridge");
		return -EOPNOTSUPP;
	}
	return 0;
}

int enforcement_start(struct core *c)
{
	int r = kernel_new(c->settler.tables.has_no_enforcement ? NULL : c->in_force.config->nft, &c->settler.kernel);

	c->enforcement = calloc(1, sizeof(*c->enforcement));
	if (r < 0 || !c->enforcement)
		return log_errno(r < 0 ? r : -ENOMEM, "Cannot connect to nftables");
	r = probe(c);
	if (r < 0)
		return r;
	r = tables_load(&c->settler, admissions_now(&c->settler));
	if (r < 0)
		return log_errno(r,
				 "Cannot load the table inet " TABLE_NAME "; the daemon needs CAP_NET_ADMIN and nft");
	r = drift_settle(&c->settler);
	if (r < 0)
		return r;
	c->settler.tables.drifts =
		0; /* differences found at start are expected (a power cut empties the tables): not counted */
	c->settler.tables.has_tables = true;
	note_comparison(c->enforcement, 0);
	warn_of_monitoring(c);
	return c->settler.tables.has_no_enforcement ?
		       0 :
		       start_watch(c); /* after all that: what this start itself did is no news */
}
