/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's state is checked again and again: other programs change nftables, and an operator may open the gateway.
 */
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
#include "core/act/exceptions.h"
#include "core/act/recall.h"
#include "core/devices/in_force.h"
#include "core/settle/admissions.h"
#include "core/settle/drift.h"
#include "core/settle/excepted.h"
#include "core/settle/ledger.h"
#include "core/settle/settler.h"
#include "core/settle/tables.h"
#include "enforce/ruleset.h"
#include "enforce/watch.h"
#include "hallmark/bus.h"
#include "hallmark/journal.h"

#define DRIFT_USEC            (200 * 1000) /* from the notice of a foreign change to the comparison: a burst counts as one */
#define READ_BACK_USEC        (300 * USEC_PER_SEC)
#define READ_BACK_SPREAD_USEC (60 * USEC_PER_SEC) /* many gateways on one host must not read back at the same time */
#define SOUND_USEC                                                                                                     \
	(2 * (READ_BACK_USEC + READ_BACK_SPREAD_USEC)) /* without a comparison for this long, one is missing */
#define WARN_USEC (86400 * USEC_PER_SEC)

void enforcement_stop(struct enforcement *e)
{
	watch_free(e->watch);
	sd_event_source_disable_unref(e->drift);
	free(e->alone);
	e->watch = NULL;
	e->drift = NULL;
	e->alone = NULL;
	e->n_alone = 0;
}

static const struct ruleset *ruleset_of(const struct enforcement *e)
{
	return &e->settler->in_force->config->ruleset;
}

static void plan_read_back(struct enforcement *e)
{
	uint32_t luck = 0;

	(void)RAND_bytes((unsigned char *)&luck, sizeof(luck));
	e->read_back_usec = clock_monotonic_usec() + READ_BACK_USEC + luck % READ_BACK_SPREAD_USEC;
}

/* --- Opened by the operator --- */

/* hallmarkctl wrote it to the kernel, with or without the daemon; here it is reported and recorded. */
static void look_at_opening(struct enforcement *e)
{
	struct opening now = { 0 };
	int r = kernel_opening(e->settler->kernel, ruleset_of(e), &now);
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
		ledger_append_gateway(e->settler, "open", now.reason, admissions_now(e->settler) + now.left_sec);
	} else if (r > 0 && e->is_start) {
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_OPENED,
			      "THE GATEWAY IS STILL OPEN for %u s: every device reaches everything. Reason: %s. "
			      "`hallmarkctl close` ends it",
			      now.left_sec, now.reason);
	} else if (r == 0 && e->is_open) {
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_OPENED,
			      "The gateway is closed again: every device is limited to its zone");
		ledger_append_gateway(e->settler, "closed", e->opening.reason, 0);
	}
	e->is_open = r > 0;
	e->opening = now;
}

static const struct opening *find_opening(const struct opening *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].alone, name) == 0)
			return &list[i];
	return NULL;
}

/* The record has room for the word and the name where it has a zone's. */
static void record_alone(struct enforcement *e, const char *state, const struct opening *o, int64_t until_sec)
{
	char what[ZONE_NAME_SIZE];

	_Static_assert(sizeof("closed ") + IFNAMSIZ - 1 <= ZONE_NAME_SIZE, "it fits");
	(void)snprintf(what, sizeof(what), "%s %.*s", state, IFNAMSIZ - 1, o->alone);
	ledger_append_gateway(e->settler, what, o->reason, until_sec);
}

static void note_opened(struct enforcement *e, const struct opening *now, const struct opening *before)
{
	const bool is_same =
		before && strcmp(now->reason, before->reason) == 0 && now->left_sec <= before->left_sec + 1;

	if (is_same && !e->is_start)
		return;
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_OPENED,
		      "%s IS%s OPEN for %u s: its devices are not limited to their zones. Reason: %s. `hallmarkctl "
		      "close %s` ends it",
		      now->alone, is_same ? " STILL" : "", now->left_sec, now->reason, now->alone);
	if (is_same)
		return;
	record_alone(e, "open", now, admissions_now(e->settler) + now->left_sec);
}

static void note_closed(struct enforcement *e, const struct opening *before)
{
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_OPENED, "%s is closed again: its devices are limited to their zones",
		      before->alone);
	record_alone(e, "closed", before, 0);
}

/* The same for interfaces and ports that alone are open. */
static void look_at_openings(struct enforcement *e)
{
	struct opening *now = NULL;
	size_t n = 0;
	int r = kernel_openings(e->settler->kernel, ruleset_of(e), &now, &n);

	if (r < 0) {
		journal_errno(r, HALLMARK_MESSAGE_KERNEL, "Cannot see which interfaces are open");
		return;
	}
	for (size_t i = 0; i < n; i++)
		note_opened(e, &now[i], find_opening(e->alone, e->n_alone, now[i].alone));
	for (size_t i = 0; i < e->n_alone; i++)
		if (!find_opening(now, n, e->alone[i].alone))
			note_closed(e, &e->alone[i]);
	free(e->alone);
	e->alone = now;
	e->n_alone = n;
}

/* What is open since before this start is told and not recorded again; what has ended meanwhile is both. */
static void look_after_start(struct enforcement *e)
{
	recall_openings(e);
	e->is_start = true;
	look_at_opening(e);
	look_at_openings(e);
	e->is_start = false;
}

/* --- Foreign changes of nftables --- */

static void keep_tables(struct enforcement *e)
{
	int r = tables_ensure(e->settler, admissions_now(e->settler));

	e->settler->tables.has_tables = r == 0;
	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_KERNEL, "Cannot repair the table inet " TABLE_NAME);
}

/* When a set is full, everything else is as it should be, and a restart would not make room. */
static void note_comparison(struct enforcement *e, int r)
{
	e->is_mended = r == 0 || r == -ENFILE;
	if (e->is_mended)
		e->compared_usec = clock_monotonic_usec();
	plan_read_back(e);
}

static void compare(struct enforcement *e)
{
	int r = drift_mend(e->settler);

	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_KERNEL, "Cannot compare the kernel's admissions with the verdicts");
	note_comparison(e, r);
}

/* One comparison for all changes within the delay. */
static int on_drift(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct enforcement *e = userdata;

	(void)source;
	(void)usec;
	keep_tables(e);
	compare(e);
	look_at_opening(e);
	look_at_openings(e);
	return 0;
}

static int on_watch(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct enforcement *e = userdata;
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

static int start_watch(struct enforcement *e, sd_event *event)
{
	int r = watch_new(&e->watch);

	if (r >= 0)
		r = sd_event_add_time_relative(event, &e->drift, CLOCK_MONOTONIC, 0, 0, on_drift, e);
	if (r >= 0)
		r = sd_event_source_set_enabled(e->drift, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(event, NULL, watch_fd(e->watch), EPOLLIN, on_watch, e);
	return r < 0 ? log_errno(r, "Cannot watch nftables") : 0;
}

/* --- What is not enforced --- */

const char *enforcement_layer2(const struct enforcement *e)
{
	if (e->settler->tables.has_no_enforcement)
		return HALLMARK_BUS_NO_ENFORCEMENT;
	if (ruleset_of(e)->n_bridges == 0)
		return "no bridges";
	if (!e->can.has_bridge)
		return "no: this kernel has no nf_tables for bridges";
	return interfaces_route_bridges() ?
		       "yes, but br_netfilter is on: devices of one household on a bridge cannot reach each other" :
		       "yes";
}

static void warn_of_monitoring(struct enforcement *e)
{
	const struct ruleset *r = ruleset_of(e);
	uint64_t now = clock_monotonic_usec();

	if (e->warned_usec > 0 && now - e->warned_usec < WARN_USEC)
		return;
	if (e->settler->tables.has_no_enforcement) {
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

void enforcement_sweep(struct enforcement *e)
{
	keep_tables(e);
	if (e->settler->tables.is_drifting || clock_monotonic_usec() >= e->read_back_usec)
		compare(e);
	look_at_opening(e);
	look_at_openings(e);
	warn_of_monitoring(e);
}

/* --- State --- */

bool enforcement_is_sound(const struct enforcement *e)
{
	return e->settler->tables.has_no_enforcement || (e->settler->tables.has_tables && e->is_mended &&
							 clock_monotonic_usec() - e->compared_usec < SOUND_USEC);
}

const char *enforcement_state(const struct enforcement *e)
{
	if (e->settler->tables.has_no_enforcement)
		return "monitor";
	if (!enforcement_is_sound(e))
		return "none";
	if (e->is_open)
		return "open";
	return ruleset_only_monitors(ruleset_of(e)) ? "monitor" : "enforcing";
}

/* --- Start --- */

static int probe(struct enforcement *e)
{
	int r = kernel_probe(e->settler->kernel, ruleset_of(e), &e->can);

	if (r < 0)
		return log_errno(r, "Cannot find out what the kernel supports; is %s installed?",
				 e->settler->in_force->config->nft);
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
	if (ruleset_of(e)->n_bridges > 0 && !e->can.has_bridge) {
		log_error("The ports of guarded bridges cannot be isolated: this kernel has no nf_tables for bridges "
			  "(CONFIG_NF_TABLES_BRIDGE). Load its module, or guard each port by itself, without a bridge");
		return -EOPNOTSUPP;
	}
	return 0;
}

static void say_lack(const struct kernel_lack *lack, void *userdata)
{
	(void)userdata;
	log_error("This kernel's nf_tables lack %s: %s; %s", lack->what, lack->effect, lack->remedy);
}

int enforcement_start(struct enforcement *e, sd_event *event)
{
	int r = kernel_new(e->settler->tables.has_no_enforcement ? NULL : e->settler->in_force->config->nft,
			   &e->settler->kernel);

	if (r < 0)
		return log_errno(r, "Cannot connect to nftables");
	r = probe(e);
	if (r < 0)
		return r;
	excepted_begin(e->settler, NULL, admissions_now(e->settler));
	r = tables_load(e->settler, admissions_now(e->settler));
	if (r == -EPROTO)
		(void)kernel_lacks(e->settler->kernel, ruleset_of(e), say_lack, NULL);
	if (r < 0)
		return log_errno(r,
				 "Cannot load the table inet " TABLE_NAME "; the daemon needs CAP_NET_ADMIN and nft");
	if (!kernel_has_all(e->settler->kernel)) /* or else the first sweep compares: nobody waits for it */
		r = drift_settle(e->settler);
	if (r < 0)
		return r;
	e->settler->tables.drifts =
		0; /* differences found at start are expected (a power cut empties the tables): not counted */
	e->settler->tables.has_tables = true;
	note_comparison(e, 0);
	look_after_start(e);
	exceptions_tell_all(e->settler);
	warn_of_monitoring(e);
	return e->settler->tables.has_no_enforcement ?
		       0 :
		       start_watch(e, event); /* last, so that the changes of this start are not reported */
}
