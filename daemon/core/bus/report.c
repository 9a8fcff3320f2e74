/* SPDX-License-Identifier: Apache-2.0 */
/* Status, verdicts and the kernel's content, as D-Bus dictionaries. */
#include "core/bus/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/act/brake.h"
#include "core/act/hearing.h"
#include "core/act/linkwatch.h"
#include "core/bus/report_enforcement.h"
#include "core/core.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/review/review.h"
#include "core/settle/excepted.h"
#include "core/settle/tables.h"
#include "core/tell/dictionary.h"
#include "core/tell/journal.h"
#include "decide/decision.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/recognise.h"
#include "decide/verdict.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "hallmark/check.h"
#include "ipc/supervisor.h"
#include "token/names.h"

/* --- Status --- */

void report_processes(struct dictionary *d, const struct core *c)
{
	struct hearings_report judges = { 0 };

	if (c->hearings)
		hearings_get_report(c->hearings, &judges);
	put_u32(d, "listens", c->hearings && hearings_deaf_usec(c->hearings) == 0);
	put_u32(d, "edge_restarts", supervisor_restarts(c->settler.supervisor));
	put_u32(d, "zygote", (uint32_t)judges.zygote);
	put_u32(d, "zygote_restarts", judges.restarts);
	put_u32(d, "judges_replaced", judges.replaced);
	put_u32(d, "judge_disagreements", judges.disagreements);
	put_u32(d, "waiting", judges.waiting);
}

int report_zones(const struct core *c, sd_bus_message *m)
{
	uint32_t n[ZONES_MAX];
	int r = sd_bus_message_open_container(m, 'a', "{su}");

	(void)registry_count_zones(c->settler.registry, timekeeper_peek(&c->settler.time), n);
	for (size_t i = 0; i < c->in_force.config->policy.n_zones && r >= 0; i++)
		r = sd_bus_message_append(m, "{su}", c->in_force.config->policy.zones[i].name, n[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static void put_zones(struct dictionary *d, const struct core *c)
{
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'e', "sv");
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "s", "zones");
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'v', "a{su}");
	if (d->r >= 0)
		d->r = report_zones(c, d->m);
	for (int i = 0; i < 2 && d->r >= 0; i++) /* variant, entry */
		d->r = sd_bus_message_close_container(d->m);
}

const char *report_clock(const struct core *c)
{
	return c->settler.time.is_disciplined ? "synchronised" : "provisional";
}

struct order_counts {
	int64_t now_sec;
	uint32_t n[_ORDER_MAX];
};

static void count_order(struct order *o, void *userdata)
{
	struct order_counts *counts = userdata;

	counts->n[o->kind] += order_is_running(o, counts->now_sec);
}

static void put_orders(struct dictionary *d, const struct core *c)
{
	struct order_counts counts = { .now_sec = timekeeper_peek(&c->settler.time) };

	orders_each(c->orders, count_order, &counts);
	open_entry(d, "orders", "a{su}");
	for (int i = ORDER_NONE + 1; i < _ORDER_MAX && d->r >= 0; i++)
		d->r = sd_bus_message_append(d->m, "{su}", order_kind_name((enum order_kind)i), counts.n[i]);
	close_entry(d);
}

static void put_guarded(struct dictionary *d, const struct ruleset *r)
{
	open_entry(d, "guarded", "as");
	for (size_t i = 0; i < r->n_guarded && d->r >= 0; i++)
		d->r = sd_bus_message_append(d->m, "s", r->guarded[i]);
	close_entry(d);
}

struct lesser_count {
	const struct core *c;
	int64_t now_sec;
	uint32_t n;
};

static void count_lesser(const struct verdict *v, void *userdata)
{
	struct lesser_count *count = userdata;
	size_t n = 0;
	const uint8_t zone = verdict_zone(v, count->now_sec);

	count->n += zone != ZONE_QUARANTINE && tables_zone_at(&count->c->settler, v, &n) != zone;
}

static void put_lesser(struct dictionary *d, const struct core *c)
{
	struct lesser_count count = { .c = c, .now_sec = timekeeper_peek(&c->settler.time) };

	registry_each_in_company(c->settler.registry, count_lesser, &count); /* alone, it has its own zone */
	put_u32(d, "lesser_by_place", count.n);
}

static void put_edges(struct dictionary *d, const struct core *c)
{
	put_u32(d, "edge", (uint32_t)supervisor_pid(c->settler.supervisor, 0));
	open_entry(d, "edges", "aa{sv}");
	for (unsigned i = 0; i < supervisor_edges(c->settler.supervisor) && d->r >= 0; i++) {
		struct dictionary one = dictionary_open(d->m);

		put_u32(&one, "process", (uint32_t)supervisor_pid(c->settler.supervisor, i));
		put_u32(&one, "sessions", c->traffic.of[i].sessions);
		put_u32(&one, "half_open", c->traffic.of[i].half_open);
		put_u64(&one, "handshakes", c->traffic.of[i].handshakes);
		d->r = dictionary_close(&one);
	}
	close_entry(d);
}

void report_traffic(struct dictionary *d, const struct edge_counters *all)
{
	put_u32(d, "sessions", all->sessions);
	put_u32(d, "half_open", all->half_open);
	put_u64(d, "handshakes", all->handshakes);
	put_u64(d, "handshake_failures", all->handshake_failures);
	put_u64(d, "refused_handshakes", all->refused_handshakes);
	put_u64(d, "refused_requests", all->refused_requests);
	put_u64(d, "requests", all->requests);
}

static void put_exceptions(struct dictionary *d, const struct core *c)
{
	int64_t next_sec;

	put_u32(d, "exceptions", (uint32_t)excepted_count(&c->settler, timekeeper_peek(&c->settler.time), &next_sec));
	put_time(d, "exceptions_next_end", next_sec);
}

int report_status(struct core *c, sd_bus_message *m)
{
	struct dictionary d = dictionary_open(m);
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX_SIZE] = "";
	struct edge_counters all;

	if (ruleset_digest(&c->in_force.config->ruleset, digest) == 0)
		bytes_to_hex(BYTES(digest), hex);
	put_string(&d, "version", HALLMARK_VERSION);
	put_string(&d, "gateway", c->in_force.config->gateway);
	put_string(&d, "home", c->in_force.config->recognition.home);
	put_time(&d, "started", c->started_sec);
	put_edges(&d, c);
	report_processes(&d, c);
	traffic_sum(&c->traffic, &all);
	report_traffic(&d, &all);
	put_u64(&d, "decisions", c->teller.metrics.decisions);
	put_zones(&d, c);
	put_lesser(&d, c);
	put_u32(&d, "unknown", (uint32_t)unknowns_count(&c->unknowns));
	put_exceptions(&d, c);
	put_orders(&d, c);
	put_guarded(&d, &c->in_force.config->ruleset);
	linkwatch_report(&c->linkwatch, &d);
	put_string(&d, "ruleset", hex);
	put_string(&d, "clock", report_clock(c));
	report_enforcement(&d, c);
	put_string(&d, "held", c->due.held ? c->due.held->order.cause : "");
	put_time(&d, "held_since", c->due.held ? c->due.held_since_sec : 0);
	put_time(&d, "held_until", brake_until(&c->due, c->in_force.config));
	put_u32(&d, "held_demoted", c->due.held ? (uint32_t)c->due.held->stakes.demoted : 0);
	put_u32(&d, "held_reinstated", c->due.held ? (uint32_t)c->due.held->stakes.reinstated : 0);
	put_u32(&d, "held_stopped", c->due.held ? (uint32_t)c->due.held->stakes.stopped : 0);
	put_u32(&d, "held_admitted", c->due.held ? (uint32_t)c->due.held->n_admitted : 0);
	if (d.r >= 0)
		d.r = sd_bus_message_append(m, "{sv}", "port", "q", c->in_force.config->port);
	return dictionary_close(&d);
}

/* --- One device --- */

static void put_label_summary(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	const struct label_facts *l = verdict_label(v);

	put_string(d, "scheme", l ? l->scheme : "");
	put_u32(d, "level", l ? l->level : 0);
	put_string(d, "level_name", l ? label_level_name(c->in_force.config, l) : "");
	put_string(d, "recognised", recognised_level_name(c->in_force.config, v->decision.home_level));
	put_string(d, "arrangement", v->decision.arrangement);
	put_string(d, "label", l ? l->number : "");
	put_string(d, "issuer", l ? l->issuer : "");
	put_string(d, "issuer_role", l ? issuer_role_name(l->issuer_role) : "");
}

static void put_order(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	static const struct order none = { 0 };
	const struct order *o = orders_find(c->orders, v->facts.device);

	if (!o || !order_is_running(o, timekeeper_peek(&c->settler.time)))
		o = &none;
	put_string(d, "order", o == &none ? "" : order_kind_name(o->kind));
	put_string(d, "order_zone", o->zone);
	put_time(d, "order_since", o->since_sec);
	put_time(d, "order_until", o->until_sec);
	put_string(d, "order_reason", o->reason);
	put_u32(d, "order_by", o->uid);
	put_time(d, "monitored_until", v->monitored_until_sec);
	put_time(d, "reattest_by", v->reattest.by_sec);
}

/* Behind a shared MAC the kernel has another zone for it than the verdict (enforce/share.h). */
static void put_place(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	size_t n = 0;
	const uint8_t zone = tables_zone_at(&c->settler, v, &n);

	put_string(d, "place_zone", c->in_force.config->policy.zones[zone].name);
	put_u32(d, "place_devices", (uint32_t)n);
}

int64_t report_time(const struct core *c, uint64_t usec)
{
	return timekeeper_peek(&c->settler.time) - (int64_t)((clock_monotonic_usec() - usec) / USEC_PER_SEC);
}

enum hallmark_reason report_reason(const struct verdict *v, int64_t now_sec)
{
	if (verdict_zone(v, now_sec) != v->decision.zone)
		return REASON_EXPIRED;
	/* of a row of another build it is not known why it was admitted */
	return v->is_restored && v->decision.reason == REASON_ADMITTED ? REASON_RESTORED : v->decision.reason;
}

void report_names(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	const struct inventory_row *row = inventory_row_of(c->in_force.config, v);

	put_string(d, "name", row ? row->name : "");
	put_string(d, "segment", inventory_segment_of(c->in_force.config, row, v));
	put_string(d, "place", row ? row->place : "");
	put_string(d, "reference", row ? row->reference : "");
}

static void put_device(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	const int64_t now_sec = timekeeper_peek(&c->settler.time);
	const uint8_t zone = verdict_zone(v, now_sec);
	const enum hallmark_reason reason = report_reason(v, now_sec);
	enum hallmark_reason held_back = verdict_held_back(v, &c->in_force.config->policy);
	char device[SHA256_HEX_SIZE], ueid[2 * UEID_MAX + 1], product[PRODUCT_TEXT_SIZE], missing[256],
		mac[MAC_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	(void)mac_to_text(v->mac, mac);

	put_string(d, "device", device);
	put_string(d, "ueid", ueid);
	put_string(d, "product", product_to_text(&v->facts.product, product));
	report_names(d, c, v);
	put_string(d, "chain", verdict_chain(v));
	put_bool(d, "proved", verdict_is_proved(v));
	put_string(d, "zone", c->in_force.config->policy.zones[zone].name);
	put_string(d, "reason", reason_name(reason));
	put_string(d, "sentence", reason_sentence(reason));
	put_string(d, "missing", checks_to_text(v->decision.missing, missing, sizeof(missing)));
	put_time(d, "until", v->decision.expiry.at_sec);
	put_string(d, "expires_first", expiry_cause_name(v->decision.expiry.cause));
	put_time(d, "decided", v->decision.decided_sec);
	put_time(d, "attested", v->attested_sec);
	put_u64(d, "renewals", (uint64_t)v->renewals);
	put_bool(d, "provisional", v->is_provisional);
	put_string(d, "interface", v->interface);
	put_string(d, "mac", mac);
	put_string(d, "address", v->address);
	put_place(d, c, v);
	put_label_summary(d, c, v);
	put_order(d, c, v);
	put_string(d, "rule", verdict_rule(v, &c->in_force.config->policy));
	put_string(d, "held_back", held_back == REASON_ADMITTED ? "" : reason_name(held_back));
	put_string(d, "held_back_sentence", held_back == REASON_ADMITTED ? "" : reason_sentence(held_back));
}

int report_device(const struct core *c, sd_bus_message *m, const struct verdict *v)
{
	struct dictionary d = dictionary_open(m);

	put_device(&d, c, v);

	const int r = dictionary_close(&d);

	return r < 0 ? r : (int)d.bytes;
}

/* --- Its explanation --- */

static const char *state_name(enum check_state state)
{
	static const char *const names[] = {
		[CHECK_FAILED] = "failed",
		[CHECK_ABSENT] = "absent",
		[CHECK_PASSED] = "passed",
	};

	return names[state];
}

static void put_check(struct dictionary *d, enum hallmark_check check, const struct check_result *result)
{
	struct dictionary one;

	if (d->r < 0)
		return;
	one = dictionary_open(d->m);
	put_u32(&one, "number", check);
	put_string(&one, "name", check_name(check));
	put_string(&one, "state", state_name(result->state));
	put_string(&one, "reason", result->state == CHECK_PASSED ? "" : reason_name(result->reason));
	put_string(&one, "sentence",
		   result->state == CHECK_PASSED ? check_passes_when(check) : reason_sentence(result->reason));
	put_string(&one, "specification", check_specification(check));
	d->r = dictionary_close(&one);
}

static void put_checks(struct dictionary *d, const struct check_result *results, uint32_t set)
{
	open_entry(d, "checks", "aa{sv}");
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (set & CHECK_BIT(i))
			put_check(d, (enum hallmark_check)i, &results[i]);
	close_entry(d);
}

/* Of a label of which no class is the device's: the nearest class beside what the device said. */
static void put_class(struct dictionary *d, const struct product *said, const struct label_facts *l)
{
	const struct {
		const char *name, *said;
	} parts[_CLASS_DIFFERS_MAX] = {
		[CLASS_DIFFERS_NOT] = { "", "" },
		[CLASS_DIFFERS_MAKER] = { "maker", said->maker },
		[CLASS_DIFFERS_MODEL] = { "model", said->model },
		[CLASS_DIFFERS_HWVERSION] = { "hwversion", said->hwversion },
		[CLASS_DIFFERS_SWNAME] = { "swname", said->swname },
		[CLASS_DIFFERS_VERSION] = { "version", said->swversion },
		[CLASS_DIFFERS_VERSION_SCHEME] = { "version-scheme", version_scheme_text(said->swversion_scheme) },
	};

	put_u32(d, "classes", l->n_classes);
	put_string(d, "class_differs", parts[l->class_differs].name);
	put_string(d, "class_said", l->class_said);
	put_string(d, "device_said", parts[l->class_differs].said);
}

static void put_label(struct dictionary *d, const struct core *c, const struct verdict *v, const struct label_facts *l)
{
	struct check_result checks[_CHECK_MAX];
	struct recognised recognised = { 0 };
	struct dictionary one;

	if (d->r < 0)
		return;
	recognise(&c->in_force.config->recognition, l, v->decision.decided_sec, &recognised);
	memcpy(checks, l->checks, sizeof(checks));
	checks[CHECK_LABEL_VALIDITY] = recognised.validity;
	checks[CHECK_LABEL_STATUS] = recognised.status;
	checks[CHECK_RECOGNITION] = recognised.check;

	one = dictionary_open(d->m);
	put_string(&one, "scheme", l->scheme);
	put_u32(&one, "level", l->level);
	put_string(&one, "level_name", label_level_name(c->in_force.config, l));
	put_string(&one, "number", l->number);
	put_string(&one, "issuer", l->issuer);
	put_string(&one, "issuer_role", issuer_role_name(l->issuer_role));
	put_string(&one, "category", l->category);
	put_string(&one, "field", l->field);
	put_bool(&one, "from_register", l->from_register);
	put_bool(&one, "firmware_bound", l->firmware_bound);
	put_class(&one, &v->facts.product, l);
	put_time(&one, "until", l->exp_sec);
	put_string(&one, "recognised", recognised_level_name(c->in_force.config, recognised.level));
	put_string(&one, "arrangement", recognised.arrangement);
	put_checks(&one, checks, CHECKS_LABEL);
	d->r = dictionary_close(&one);
}

static void put_labels(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	open_entry(d, "labels", "aa{sv}");
	for (size_t i = 0; i < v->facts.n_labels; i++)
		put_label(d, c, v, &v->facts.labels[i]);
	close_entry(d);
}

static void put_rule(struct dictionary *d, const struct core *c, const struct decision *decision, int i)
{
	const struct rule *rule = &c->in_force.config->policy.rules[i];
	const struct rule_refusal *refusal = i < decision->n_refusals ? &decision->refusals[i] : NULL;
	char missing[256];
	struct dictionary one;

	if (d->r < 0)
		return;
	one = dictionary_open(d->m);
	put_string(&one, "name", rule->name);
	put_string(&one, "zone", c->in_force.config->policy.zones[rule->zone].name);
	put_string(&one, "result", refusal ? "refused" : i == decision->rule ? "taken" : "not reached");
	put_string(&one, "reason", refusal ? reason_name(refusal->reason) : "");
	put_string(&one, "sentence", refusal ? reason_sentence(refusal->reason) : "");
	put_string(&one, "missing", refusal ? checks_to_text(refusal->missing, missing, sizeof(missing)) : "");
	d->r = dictionary_close(&one);
}

static void put_rules(struct dictionary *d, const struct core *c, const struct decision *decision)
{
	open_entry(d, "rules", "aa{sv}");
	for (int i = 0; i < c->in_force.config->policy.n_rules; i++)
		put_rule(d, c, decision, i);
	close_entry(d);
}

/* What the kernel holds, read now: the zone set of the table inet that contains the device's key. */
static void put_kernel(struct dictionary *d, const struct core *c, const struct verdict *v)
{
	const struct ruleset *r = &c->in_force.config->ruleset;
	const struct element e = verdict_element(v, 0);
	struct set_entry found;
	struct nft_sets sets;
	const bool is_present = kernel_look_up(c->settler.kernel, r, &e, &found) == 0;

	sets_of(r, &sets);
	open_entry(d, "kernel", "a{sv}");
	put_bool(d, "present", is_present);
	put_string(d, "zone", r->policy->zones[is_present ? sets.list[found.set].zone : ZONE_QUARANTINE].name);
	put_u32(d, "timeout", is_present ? found.timeout_sec : 0);
	close_entry(d);
}

int report_explanation(const struct core *c, sd_bus_message *m, const struct verdict *v)
{
	struct dictionary d = dictionary_open(m);

	put_device(&d, c, v);
	put_checks(&d, v->facts.checks, CHECKS_DEVICE);
	put_labels(&d, c, v);
	put_rules(&d, c, &v->decision);
	put_kernel(&d, c, v);
	return dictionary_close(&d);
}
