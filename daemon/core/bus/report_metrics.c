/* SPDX-License-Identifier: Apache-2.0 */
/* "enforced" is read from the kernel and "desired" from the registry, at one moment, so that a difference between them shows. */
#include "core/bus/report_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/failed_handshake.h"
#include "base/stage.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/act/enforcement.h"
#include "core/act/linkwatch.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/drift.h"
#include "core/settle/tables.h"
#include "core/tell/dictionary.h"
#include "core/tell/metrics.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"
#include "hallmark/bus.h"
#include "ipc/supervisor.h"
#include "store/record.h"
#include "store/sets.h"

/* --- Maps of counts --- */

static void put_one(struct dictionary *d, const char *key, uint64_t n)
{
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "{st}", key, n);
}

static void put_by_zone(struct dictionary *d, const struct core *c, const char *key, const uint64_t *n)
{
	open_entry(d, key, "a{st}");
	for (size_t i = 0; i < c->in_force.config->policy.n_zones; i++)
		put_one(d, c->in_force.config->policy.zones[i].name, n[i]);
	close_entry(d);
}

/* Opens and closes one map within a map. */
static void open_inner(struct dictionary *d, const char *key)
{
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'e', "sa{st}");
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "s", key);
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'a', "{st}");
}

static void close_inner(struct dictionary *d)
{
	for (int i = 0; i < 2 && d->r >= 0; i++)
		d->r = sd_bus_message_close_container(d->m);
}

/* --- Decisions --- */

static void put_tallies(struct dictionary *d, const struct metrics *m, const char *zone)
{
	for (size_t i = 0; i < m->n_tallies; i++)
		if (strcmp(m->tallies[i].zone, zone) == 0)
			put_one(d, reason_name(m->tallies[i].reason), m->tallies[i].n);
}

/* Whether an earlier tally has the same zone. */
static bool is_told(const struct metrics *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(m->tallies[k].zone, m->tallies[i].zone) == 0)
			return true;
	return false;
}

static void put_decisions(struct dictionary *d, const struct metrics *m)
{
	open_entry(d, "decisions", "a{sa{st}}");
	for (size_t i = 0; i < m->n_tallies; i++) {
		if (m->tallies[i].zone[0] == '\0' || is_told(m, i))
			continue;
		open_inner(d, m->tallies[i].zone);
		put_tallies(d, m, m->tallies[i].zone);
		close_inner(d);
	}
	close_entry(d);
	open_entry(d, "not_judged", "a{st}");
	put_tallies(d, m, "");
	close_entry(d);
}

static void put_latency(struct dictionary *d, const struct metrics *m)
{
	uint64_t n = 0;

	open_entry(d, "latency", "a{st}");
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		n += m->latency[i];
		put_one(d, metrics_bucket_text[i], n);
	}
	close_entry(d);
	put_u64(d, "latency_count", m->n_latency);
	put_u64(d, "latency_usec", m->latency_usec);
}

static void put_failures(struct dictionary *d, const struct edge_counters *counters)
{
	open_entry(d, "handshake_failure_causes", "a{st}");
	for (int i = HANDSHAKE_NOT_FAILED + 1; i < _HANDSHAKE_CAUSE_MAX; i++)
		put_one(d, handshake_cause_name((enum hallmark_handshake_cause)i), counters->failures[i]);
	close_entry(d);
}

static void put_counters(struct dictionary *d, const struct traffic *traffic)
{
	struct edge_counters all;

	traffic_sum(traffic, &all);
	put_u64(d, "datagrams", all.datagrams);
	put_failures(d, &all);
	report_traffic(d, &all);
}

/* Stages of which a process has spent nothing are not its own. */
static void put_spent(struct dictionary *d, const char *process, const uint64_t nsec[static _STAGE_MAX])
{
	open_inner(d, process);
	for (int i = 0; i < _STAGE_MAX; i++)
		if (nsec[i] > 0)
			put_one(d, stage_name((enum stage)i), nsec[i] / 1000);
	close_inner(d);
}

static void put_stages(struct dictionary *d, const struct core *c)
{
	uint64_t nsec[_STAGE_MAX];
	struct edge_counters all;

	traffic_sum(&c->traffic, &all);
	stage_spent(nsec);
	open_entry(d, "cpu_usec", "a{sa{st}}");
	put_spent(d, "core", nsec);
	put_spent(d, "edge", all.spent_nsec);
	put_spent(d, "judges", c->teller.metrics.judges_nsec);
	close_entry(d);
}

static void put_counts(struct dictionary *d, const struct core *c)
{
	const struct metrics *m = &c->teller.metrics;

	put_decisions(d, m);
	put_latency(d, m);
	put_u64(d, "renewals", m->renewals);
	put_u64(d, "expiries", m->expiries);
	put_u64(d, "returns", m->returns);
	put_u64(d, "waves", m->waves);
	put_u64(d, "wave_changes", m->wave_changes);
	put_u64(d, "kernel_refusals", m->kernel_refusals);
	put_u64(d, "drifts", c->settler.tables.drifts);
	report_processes(d, c);
	put_u32(d, "edges", supervisor_edges(c->settler.supervisor));
	put_counters(d, &c->traffic);
	put_stages(d, c);
}

/* --- Devices --- */

struct census {
	int64_t now_sec;
	uint64_t zones[ZONES_MAX], orders[_ORDER_MAX];
};

static void count_order(struct order *o, void *userdata)
{
	struct census *s = userdata;

	s->orders[o->kind] += order_is_running(o, s->now_sec);
}

static void put_devices(struct dictionary *d, struct core *c)
{
	struct census s = { .now_sec = timekeeper_peek(&c->settler.time) };
	uint32_t n[ZONES_MAX];
	const int64_t next_sec = registry_count_zones(c->settler.registry, s.now_sec, n);
	int64_t next_exception_sec;
	uint64_t ending[2];

	for (size_t i = 0; i < ZONES_MAX; i++)
		s.zones[i] = n[i];
	orders_each(c->orders, count_order, &s);
	put_by_zone(d, c, "devices", s.zones);
	put_u64(d, "unknown", unknowns_count(&c->unknowns));
	put_u64(d, "exceptions", excepted_count(&c->settler, s.now_sec, &next_exception_sec));
	put_time(d, "exceptions_next_end", next_exception_sec);
	put_time(d, "next_expiry", next_sec);
	registry_count_ending(c->settler.registry, s.now_sec, ARRAY_SIZE(ending),
			      (const int64_t[]){ s.now_sec + 3600, s.now_sec + 86400 }, ending);
	open_entry(d, "ending", "a{st}");
	put_one(d, "1h", ending[0]);
	put_one(d, "24h", ending[1]);
	close_entry(d);
	open_entry(d, "orders", "a{st}");
	for (int i = ORDER_NONE + 1; i < _ORDER_MAX; i++)
		put_one(d, order_kind_name((enum order_kind)i), s.orders[i]);
	close_entry(d);
}

/* By segment and zone, those that there are. */
static void put_segments(struct dictionary *d, const struct core *c)
{
	const struct config *config = c->in_force.config;
	const size_t n = config->ruleset.n_segments;
	_cleanup_free_ uint32_t(*counts)[ZONES_MAX] =
		n <= HALLMARK_BUS_SEGMENTS ? calloc(n + 1, sizeof(*counts)) : NULL;

	if (!counts)
		return;
	registry_count_segments(c->settler.registry, timekeeper_peek(&c->settler.time), n, counts);
	open_entry(d, "segments", "a{sa{st}}");
	for (size_t i = 0; i < n; i++) {
		open_inner(d, config->ruleset.segments[i].name);
		for (size_t z = 0; z < config->policy.n_zones; z++)
			if (counts[i][z] > 0)
				put_one(d, config->policy.zones[z].name, counts[i][z]);
		close_inner(d);
	}
	close_entry(d);
}

/* --- The kernel --- */

/* Returns when the kernel was read; 0: it could not be. With --no-enforcement it is not read, and nothing is enforced. */
static uint64_t put_admissions(struct dictionary *d, struct core *c)
{
	struct admission_counts counts;

	(void)drift_count(&c->settler, &counts);
	put_by_zone(d, c, "desired", counts.desired);
	put_by_zone(d, c, "enforced", counts.enforced);
	return counts.counted_usec;
}

static void put_traffic(struct dictionary *d, const struct policy *policy, const struct kernel_counts *counts,
			bool is_bytes)
{
	open_entry(d, is_bytes ? "bytes" : "packets", "a{sa{st}}");
	for (size_t i = 0; i < policy->n_zones; i++) {
		const struct kernel_count *passed = &counts->zones[i].passed, *dropped = &counts->zones[i].dropped,
					  *monitored = &counts->zones[i].monitored;

		open_inner(d, policy->zones[i].name);
		put_one(d, "passed", is_bytes ? passed->bytes : passed->packets);
		put_one(d, "dropped", is_bytes ? dropped->bytes : dropped->packets);
		put_one(d, "monitored", is_bytes ? monitored->bytes : monitored->packets);
		close_inner(d);
	}
	close_entry(d);
}

static void put_openings(struct dictionary *d, struct core *c)
{
	_cleanup_free_ struct opening *list = NULL;
	const int64_t now_sec = timekeeper_peek(&c->settler.time);
	size_t n = 0;

	(void)kernel_openings(c->settler.kernel, &c->in_force.config->ruleset, &list, &n);
	open_entry(d, "open_alone_until", "a{st}");
	for (size_t i = 0; i < n; i++)
		put_one(d, list[i].alone, (uint64_t)now_sec + list[i].left_sec);
	close_entry(d);
}

static void put_kernel(struct dictionary *d, struct core *c)
{
	const struct ruleset *r = &c->in_force.config->ruleset;
	uint64_t monitored[ZONES_MAX] = { 0 };
	struct kernel_counts counts = { 0 };
	struct opening opening = { 0 };
	bool is_open = kernel_opening(c->settler.kernel, r, &opening) > 0;
	uint64_t counted_usec;

	for (size_t i = 0; i < r->policy->n_zones; i++)
		monitored[i] = r->zones[i].is_monitored;
	counted_usec = put_admissions(d, c);
	put_bool(d, "enforcing", counted_usec > 0 && !is_open);
	put_time(d, "counted", counted_usec > 0 ? report_time(c, counted_usec) : 0);
	put_by_zone(d, c, "monitored", monitored);
	put_time(d, "open_until", is_open ? timekeeper_peek(&c->settler.time) + opening.left_sec : 0);
	put_openings(d, c);
	(void)kernel_counts(c->settler.kernel, r, &counts);
	put_traffic(d, r->policy, &counts, false);
	put_traffic(d, r->policy, &counts, true);
	put_u64(d, "excess_sender_dropped", counts.excess_sender.packets);
	put_u64(d, "excess_port_dropped", counts.excess_port.packets);
	put_u64(d, "excess_full_dropped", counts.excess_full.packets);
	put_u64(d, "unguarded_dropped", counts.unguarded.packets);
	put_u64(d, "unnamed_dropped", counts.unnamed.packets);
}

/* --- Trust, and the gateway itself --- */

struct sets {
	struct dictionary *d;
	int64_t oldest_sec;
};

static void put_set(const struct stored_set *set, void *userdata)
{
	struct sets *s = userdata;
	struct dictionary one;

	if (s->d->r < 0)
		return;
	one = dictionary_open(s->d->m);
	put_string(&one, "kind", set_kind_name(set->kind));
	put_string(&one, "file", set->path);
	put_time(&one, "issued", set->issued_sec);
	put_time(&one, "until", set->until_sec);
	s->d->r = dictionary_close(&one);
	if (set->issued_sec > 0 && (s->oldest_sec == 0 || set->issued_sec < s->oldest_sec))
		s->oldest_sec = set->issued_sec;
}

static void put_trust(struct dictionary *d, const struct core *c)
{
	struct sets s = { .d = d };

	open_entry(d, "sets", "aa{sv}");
	(void)store_sets_each(c->settler.store, put_set, &s);
	close_entry(d);
	put_time(d, "trust_oldest", s.oldest_sec);
}

static uint64_t resident_bytes(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long all, resident;

	return f && fscanf(f, "%llu %llu", &all, &resident) == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void put_gateway(struct dictionary *d, const struct core *c)
{
	struct record_mark head = { 0 }, foot = { 0 };
	uint32_t n_unnamed, n_missing;

	put_string(d, "version", HALLMARK_VERSION);
	put_string(d, "gateway", c->in_force.config->gateway);
	put_string(d, "home", c->in_force.config->recognition.home);
	put_time(d, "started", c->started_sec);
	put_bool(d, "clock_synchronised", c->settler.time.is_disciplined);
	put_bool(d, "held", c->due.held != NULL);
	put_time(d, "held_until", brake_until(&c->due, c->in_force.config));
	linkwatch_count(&c->linkwatch, &n_unnamed, &n_missing);
	put_u32(d, "interfaces_unnamed", n_unnamed);
	put_u32(d, "interfaces_missing", n_missing);
	(void)record_head(c->settler.store, &head);
	(void)record_foot(c->settler.store, &foot);
	put_u64(d, "record_entries", head.sequence - foot.sequence);
	put_u64(d, "record_head", head.sequence);
	put_u64(d, "resident_bytes", resident_bytes());
}

int report_metrics(struct core *c, sd_bus_message *m)
{
	struct dictionary d = dictionary_open(m);

	put_gateway(&d, c);
	put_devices(&d, c);
	put_segments(&d, c);
	put_kernel(&d, c);
	put_counts(&d, c);
	put_trust(&d, c);
	return dictionary_close(&d);
}
