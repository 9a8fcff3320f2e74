/* SPDX-License-Identifier: Apache-2.0 */
/* links: review */
/* wraps: registry_put */
/*
 * Judging all again, put into force against a kernel made of an array: what that takes is told once it has it, and what it
 * refuses is told as refused, is not kept as done, and is tried again. Time stands still unless the test moves it. The doubles
 * below take the place of core/review/judging.c at link time; on_change() listens as the bus does.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "appraise/appraise.h"
#include "appraise/news.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/signed_inputs.h"
#include "base/timekeeper.h"
#include "clock_kit.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/act/enforcement.h"
#include "core/act/hearing.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/review/judging.h"
#include "core/review/review_inside.h"
#include "core/settle/drift.h"
#include "core_kit.h"
#include "decide/decide.h"
#include "decide/policy.h"
#include "ipc/ipc.h"
#include "ipc/material_item.h"
#include "kernel_double.h"
#include "log_kit.h"
#include "registry_kit.h"
#include "supervisor_double.h"

#define TRUSTED    1
#define RESTRICTED 2
#define DEVICES    8 /* the last byte of a MAC names one */

/* --- the kernel --- */

static uint8_t zone_of[DEVICES];
static uint32_t refused; /* mask of devices: what the kernel is told of them it does not take */
static int refusal;      /* what it says then */
static int table_result;
static unsigned n_tables, n_applied;
static unsigned n_announced; /* by the bus */
static char announced[DEVICES][ZONE_NAME_SIZE];
static unsigned n_told_early;

static int take(struct element *e)
{
	n_told_early += n_announced;
	e->error = refused >> e->mac[5] & 1 ? refusal : 0;
	if (e->error == -ENFILE) /* a full set keeps nobody in another one */
		zone_of[e->mac[5]] = ZONE_QUARANTINE;
	else if (e->error == 0)
		zone_of[e->mac[5]] = e->zone;
	return e->error;
}

static int apply(struct element *elements, size_t n)
{
	int first = 0;

	n_applied++;
	for (size_t i = 0; i < n; i++) {
		int error = take(&elements[i]);

		first = first ? first : error;
	}
	return first;
}

static int ensure_table(const struct element *elements, size_t n, bool *loaded)
{
	n_tables++;
	*loaded = table_result == 0;
	if (table_result < 0)
		return table_result;
	memset(zone_of, 0, sizeof(zone_of));
	for (size_t i = 0; i < n; i++)
		zone_of[elements[i].mac[5]] = elements[i].zone;
	return 0;
}

/* The comparison finds what is there, and writes what is not. */
static int list(const struct ruleset *r, struct set_entry **ret, size_t *ret_n)
{
	struct nft_sets sets;
	size_t n = 0;

	sets_of(r, &sets);
	*ret = calloc(DEVICES * SETS_MAX, sizeof(**ret));
	assert_non_null(*ret);
	for (uint8_t i = 0; i < DEVICES; i++) {
		struct element e = { .interface = "port1", .mac = { [5] = i }, .zone = zone_of[i], .timeout_sec = 1 };
		struct set_entry entries[SETS_MAX];
		size_t n_entries = element_entries(&sets, &e, entries);

		for (size_t j = 0; j < n_entries; j++)
			if (entries[j].timeout_sec > 0)
				(*ret)[n++] = entries[j];
	}
	*ret_n = n;
	return 0;
}

static int write_entries(const struct ruleset *r, const struct set_entry *entries, size_t n)
{
	struct nft_sets sets;
	int first = 0;

	sets_of(r, &sets);
	for (size_t i = 0; i < n; i++) {
		uint8_t device = entries[i].key[IFNAMSIZ + 5], zone = sets.list[entries[i].set].zone;

		if (refused >> device & 1)
			first = refusal;
		else if (entries[i].timeout_sec > 0)
			zone_of[device] = zone;
		else if (zone_of[device] == zone)
			zone_of[device] = ZONE_QUARANTINE;
	}
	return first;
}

/* --- those who are told --- */

static void on_change(const struct verdict *v, const char *zone_before, void *userdata)
{
	(void)userdata;
	assert_string_not_equal(v->zone, zone_before);
	n_announced++;
	memcpy(announced[v->facts.device[0]], v->zone, sizeof(announced[0]));
}

void hearings_adopt(struct hearings *h, struct inquiries *from)
{
	(void)h;
	(void)from;
	n_given++;
}

/* --- the judge --- */

static const struct judging_callbacks *judge;
static void *judge_of;
static uint64_t asked[DEVICES];
static size_t n_asked;

int judging_new(sd_event *event, const struct judges_material *material, struct timekeeper_record clock,
		const struct judging_callbacks *callbacks, void *userdata, struct judging **ret)
{
	(void)event;
	(void)material;
	(void)clock;
	judge = callbacks;
	judge_of = userdata;
	n_asked = 0;
	*ret = NULL;
	return 0;
}

void judging_free(struct judging *j)
{
	(void)j;
}

int judging_ask(struct judging *j, uint64_t id, const struct ipc_case *c, const struct signed_inputs *inputs)
{
	(void)j;
	(void)c;
	(void)inputs;
	asked[n_asked++] = id;
	return 0;
}

struct inquiries *judging_inquiries(struct judging *j)
{
	(void)j;
	return NULL; /* nobody is there to adopt them */
}

/* --- the core --- */

static uint8_t forgotten; /* there is no memory for the verdict of this device; 0: for all there is */

int __real_registry_put(struct registry *r, const struct verdict *v);
int __wrap_registry_put(struct registry *r, const struct verdict *v);

int __wrap_registry_put(struct registry *r, const struct verdict *v)
{
	if (forgotten == 0 || v->facts.device[0] != forgotten)
		return __real_registry_put(r, v);
	registry_remove(r, v->facts.device);
	return -ENOMEM;
}

static uint8_t level_of[DEVICES]; /* what its label says by now: 2 trusted, 1 restricted, 0 nothing; or REVOKED */
static struct review_report ended;

#define REVOKED 9 /* a level of 2, taken back */
#define SILENT  8 /* a level of 2, of which its list says nothing */

static struct facts facts_of(uint8_t device, uint8_t level)
{
	struct facts f = { .device = { device }, .ueid = { 1, device }, .n_ueid = 8, .n_labels = 1 };
	struct label_facts *l = &f.labels[0];

	f.expiry = (struct expiry){ .at_sec = NOW + 30 * 86400, .cause = EXPIRY_CERTIFICATE };
	l->expiry = (struct expiry){ .at_sec = NOW + 30 * 86400, .cause = EXPIRY_LABEL };
	l->level = level >= SILENT ? 2 : level;
	l->names_status = true;
	must(snprintf(l->scheme, sizeof(l->scheme), "KR-CIC") > 0);
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		f.checks[i] = l->checks[i] = check_passed();
	if (level == 0)
		f.checks[CHECK_EVIDENCE_SIGNATURE] = check_failed(REASON_EVIDENCE_SIGNATURE);
	if (level == REVOKED)
		l->checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
	if (level == SILENT)
		l->checks[CHECK_LABEL_STATUS] = check_failed(REASON_STATUS_UNKNOWN);
	return f;
}

/* It has attested with a label of this level, and is where that leads. */
static void attest(uint8_t device, uint8_t level)
{
	const struct signed_inputs inputs = { .evidence = bytes_of_string("evidence") };
	struct verdict v = { .facts = facts_of(device, level),
			     .interface = "port1",
			     .mac = { [5] = device },
			     .was_admitted = true,
			     .attested_sec = clock_realtime_sec() };

	decide_facts(&core.in_force.config->recognition, &core.in_force.config->policy, &v.facts, clock_realtime_sec(),
		     &v.decision);
	memcpy(v.zone, core.in_force.config->policy.zones[v.decision.zone].name, sizeof(v.zone));
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	assert_int_equal(store_put(core.settler.store, &v, &inputs), 0);
	zone_of[device] = v.decision.zone;
	level_of[device] = level;
}

static void on_end(const struct review_report *report, void *userdata)
{
	(void)userdata;
	ended = *report;
}

static struct accepted_set *accepted; /* by the judge; NULL: no set */

static const struct changes all = { .is_all = true };

/* All are judged again by what their labels say now. */
static void finish(void)
{
	if (accepted)
		judge->on_set(accepted, judge_of);
	judge->on_changes(&all, judge_of);
	for (size_t i = 0; i < n_asked; i++) {
		const struct review *r = judge_of;
		uint8_t device = r->subjects[asked[i]].device[0];
		const struct facts facts = facts_of(device, level_of[device]);

		judge->on_judged(asked[i], 0, &facts, judge_of);
	}
	if (core.reviewer.review)
		judge->on_pause(judge_of);
	assert_null(core.reviewer.review);
}

static enum review_outcome review_with(struct review_order order)
{
	assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
	finish();
	return ended.outcome;
}

static enum review_outcome review(void)
{
	return review_with((struct review_order){ .cause = "reload", .proposal = PROPOSAL_NONE });
}

/* With the same configuration, read anew: its table may have to be loaded. */
static enum review_outcome reload(void)
{
	struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };

	assert_int_equal(config_load("tests/unit/pipeline.conf", &order.proposal.config), 0);
	order.proposal.config->brake_percent = core.in_force.config->brake_percent;
	order.proposal.config->brake_devices = core.in_force.config->brake_devices;
	order.proposal.config->brake_hold_sec = core.in_force.config->brake_hold_sec;
	return review_with(order);
}

static const struct verdict *known(uint8_t device)
{
	return look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ device });
}

struct stored {
	uint8_t device;
	char zone[ZONE_NAME_SIZE];
};

static void on_stored(const struct verdict *v, void *userdata)
{
	struct stored *s = userdata;

	if (v->facts.device[0] == s->device)
		memcpy(s->zone, v->zone, sizeof(s->zone));
}

/* In memory, as a restart would find it, in the kernel, and as it was told since the last look (NULL: not at all). */
static void expect(uint8_t device, const char *zone, uint8_t in_kernel, const char *told)
{
	struct stored s = { .device = device, .zone = "unknown" };

	assert_string_equal(known(device)->zone, zone);
	assert_true(store_load(core.settler.store, on_stored, &s) >= 0);
	assert_string_equal(s.zone, zone);
	assert_int_equal(zone_of[device], in_kernel);
	assert_string_equal(announced[device], told ? told : "");
	announced[device][0] = '\0';
}

static void on_record(const struct record *r, void *userdata)
{
	char *text = userdata;
	size_t n = strlen(text);

	must(snprintf(text + n, 1024 - n, "%d %s %s>%s;", r->device[0], record_cause_name(r->cause), r->zone_before,
		      r->zone_after) < (int)(1024 - n));
}

static void expect_record(const char *expected)
{
	char text[1024] = "";

	assert_true(record_each(core.settler.store, NULL, on_record, text) >= 0);
	assert_string_equal(text, expected);
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	memset(zone_of, 0, sizeof(zone_of));
	memset(announced, 0, sizeof(announced));
	refused = 0;
	refusal = -ENOBUFS;
	table_result = 0;
	n_tables = n_applied = n_announced = n_told_early = n_given = 0;
	elapsed_usec = 0;
	kernel_double = (struct kernel_double){
		.apply = apply, .ensure_table = ensure_table, .list = list, .write = write_entries
	};
	core = (struct core){ .enforcement = { .is_mended = true },
			      .settler = { .tables.has_tables = true },
			      .teller = { .on_change = on_change },
			      .in_force = { .material_fd = -1, .edge_fd = -1 } };
	timekeeper_init(&core.settler.time, 0);
	(void)timekeeper_take_step(&core.settler.time, &(int64_t){ 0 });
	if (core_kit_start() < 0)
		return -1;
	core.reviewer.hearings = (struct hearings *)&core; /* only hearings_adopt() takes it */
	core.in_force.config->brake_percent = 100;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	held_free(core.due.held);
	return core_kit_stop();
}

/* --- a kernel that takes it, and one that does not --- */

static void test_what_the_kernel_took_is_told(void **state)
{
	(void)state;
	attest(1, 2);
	attest(2, 2);
	attest(3, 0);
	level_of[1] = 0;
	level_of[3] = 2;
	assert_int_equal(review(), REVIEW_APPLIED);
	assert_int_equal(ended.n_moved, 2);
	assert_int_equal(ended.n_refused, 0);
	assert_int_equal(n_told_early, 0);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	expect(2, "trusted", TRUSTED, NULL);
	expect(3, "trusted", TRUSTED, "trusted");
	assert_false(core.settler.tables.is_drifting);
	assert_null(core.due.cause);
	expect_record("1 reload trusted>quarantine;3 reload quarantine>trusted;");
}

/* --- without a judge --- */

#define LIST  7
#define ENTRY 70 /* and the number of the device: the place of its label */

/* It has attested, and its label is at this place of a list. */
static void attest_listed(uint8_t device)
{
	struct verdict v;

	attest(device, 2);
	v = *known(device);
	v.facts.status_is_apart = true;
	v.facts.rests_on = (struct dependencies){ .ids = { LIST, ENTRY + device }, .n = 2 };
	v.facts.labels[0].status_list = LIST;
	v.facts.labels[0].status_entry = ENTRY + device;
	v.facts.labels[0].nbf_sec = NOW;
	v.facts.labels[0].exp_sec = v.facts.labels[0].register_exp_sec = NOW + 30 * 86400;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
}

/* The list says this of the label of device 1 now. */
static enum review_outcome review_news(struct check_result status, bool is_known)
{
	static uint64_t id;
	static struct status_news news;
	static struct changes changes;
	struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };

	id = ENTRY + 1;
	news = (struct status_news){ .entry = ENTRY + 1, .list = LIST, .until_sec = TIME_FOREVER, .status = status };
	changes = (struct changes){ .ids = &id, .n = 1, .news = &news, .n_news = is_known };
	assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
	judge->on_changes(&changes, judge_of);
	return ended.outcome;
}

/* What a status list says of a label takes a device's zone, and gives it back, and nobody is asked; its neighbour stays. */
static void test_a_status_needs_no_judge(void **state)
{
	const struct check_result revoked = check_failed(REASON_LABEL_REVOKED);

	(void)state;
	attest_listed(1);
	attest_listed(2);
	assert_int_equal(review_news(revoked, true), REVIEW_APPLIED);
	assert_null(core.reviewer.review);
	assert_int_equal(n_asked, 0);
	assert_int_equal(ended.n_judged, 1);
	assert_int_equal(known(1)->decision.reason, REASON_LABEL_REVOKED);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	expect(2, "trusted", TRUSTED, NULL);

	assert_int_equal(review_news(check_passed(), true), REVIEW_APPLIED);
	assert_int_equal(n_asked, 0);
	expect(1, "trusted", TRUSTED, "trusted");
	expect_record("1 reload trusted>quarantine;1 reload quarantine>trusted;");
}

/* The same, when everybody is judged again, or should have been, or when it is not known what the list says. */
static void test_a_status_that_needs_a_judge(void **state)
{
	const struct review_order everyone = { .cause = "clock", .is_everyone = true, .proposal = PROPOSAL_NONE };

	(void)state;
	attest_listed(1);
	(void)review_news(check_failed(REASON_LABEL_REVOKED), false);
	assert_non_null(core.reviewer.review);
	assert_int_equal(n_asked, 1);
	review_cancel(&core.reviewer);
	expect(1, "trusted", TRUSTED, NULL);

	core.due.cause = "start"; /* which the brake holds: the facts are those of before */
	(void)review_news(check_failed(REASON_LABEL_REVOKED), true);
	assert_non_null(core.reviewer.review);
	assert_int_equal(n_asked, 1);
	review_cancel(&core.reviewer);
	expect(1, "trusted", TRUSTED, NULL);

	assert_int_equal(review_with(everyone), REVIEW_APPLIED);
	assert_int_equal(n_asked, 1);
}

/* The verdict does not come from the facts: by an operator's order, or because it has ended. */
static void test_a_status_of_what_was_not_judged(void **state)
{
	const struct order order = {
		.device = { 1 }, .kind = ORDER_QUARANTINE, .since_sec = NOW, .until_sec = NOW + 3600
	};
	struct verdict v;

	(void)state;
	attest_listed(1);
	assert_int_equal(orders_put(core.orders, &order), 0);
	(void)review_news(check_failed(REASON_LABEL_REVOKED), true);
	assert_int_equal(n_asked, 1);
	review_cancel(&core.reviewer);
	orders_remove(core.orders, order.device);

	v = *known(1);
	verdict_end(&v, &core.in_force.config->policy, NOW);
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	(void)review_news(check_failed(REASON_LABEL_REVOKED), true);
	assert_int_equal(n_asked, 1);
	review_cancel(&core.reviewer);

	attest_listed(1);
	assert_int_equal(review_news(check_failed(REASON_LABEL_REVOKED), true), REVIEW_APPLIED);
	assert_int_equal(n_asked, 0);
}

/* A device that attests before the decision is decided on by what it says then. */
static void test_a_status_and_newer_evidence(void **state)
{
	(void)state;
	attest_listed(1);
	attest(2, 2); /* for which a judge is asked */

	static uint64_t ids[] = { 1, ENTRY + 1 };
	static struct status_news news = { .entry = ENTRY + 1,
					   .list = LIST,
					   .status = { .reason = REASON_LABEL_REVOKED } };
	static const struct changes changes = { .ids = ids, .n = 2, .news = &news, .n_news = 1 };
	struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };
	struct verdict v = *known(2);

	v.facts.rests_on = (struct dependencies){ .ids = { 1 }, .n = 1 };
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
	judge->on_changes(&changes, judge_of);
	assert_int_equal(n_asked, 1);
	attest_listed(1);
	v = *known(1);
	v.facts.labels[0].status_entry = ENTRY + 3; /* another label than the one that is revoked */
	v.facts.rests_on.ids[1] = ENTRY + 3;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	v = *known(2);
	judge->on_judged(asked[0], 0, &v.facts, judge_of);
	judge->on_pause(judge_of);
	assert_null(core.reviewer.review);
	expect(1, "trusted", TRUSTED, NULL);
}

/* The same of a device that was judged by what it said before, and whose newer evidence the change does not concern. */
static void test_a_judgement_and_newer_evidence(void **state)
{
	static uint64_t ids[] = { 1 };
	static const struct changes changes = { .ids = ids, .n = 1 };

	(void)state;
	for (int attests_again = 0; attests_again <= 1; attests_again++) {
		struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };
		struct facts facts = facts_of(1, 0);
		struct verdict v;

		attest(1, 2);
		v = *known(1);
		v.facts.rests_on = (struct dependencies){ .ids = { 1 }, .n = 1 };
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
		assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
		judge->on_changes(&changes, judge_of);
		assert_int_equal(n_asked, 1);
		judge->on_judged(asked[0], 0, &facts, judge_of);
		if (attests_again)
			attest(1, 2);
		judge->on_pause(judge_of);
		assert_null(core.reviewer.review);
		assert_string_equal(known(1)->zone, attests_again ? "trusted" : "quarantine");
	}
}

/* Verdicts hold numbers of rules and zones: other rules give them others, and where there are none nothing is written. */
static void test_the_same_rules_write_nothing(void **state)
{
	uint64_t choice = choice_question(), edition;

	(void)state;
	attest(1, 2);
	for (size_t n = 0; n < 2; n++) {
		const struct changes changes = { .ids = &choice, .n = n };
		struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };

		assert_int_equal(config_load("tests/unit/pipeline.conf", &order.proposal.config), 0);
		edition = known(1)->edition;
		assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
		judge->on_changes(&changes, judge_of);
		assert_int_equal(ended.outcome, REVIEW_APPLIED);
		assert_int_equal(known(1)->edition != edition, n);
		expect(1, "trusted", TRUSTED, NULL);
	}
}

/* What a stranger showed is kept, so that an operator can still allow it. */
static void test_other_rules_and_a_stranger(void **state)
{
	const struct signed_inputs inputs = { .evidence = bytes_of_string("evidence") };
	uint64_t choice = choice_question();
	const struct changes changes = { .ids = &choice, .n = 1 };
	struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };
	struct verdict v;

	(void)state;
	attest(1, 0);
	v = *known(1);
	v.was_admitted = false;
	v.decision.rule = 3;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	registry_keep_inputs(core.settler.registry, v.facts.device, &inputs);
	assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
	judge->on_changes(&changes, judge_of);
	assert_int_equal(ended.outcome, REVIEW_APPLIED);
	assert_int_equal(known(1)->decision.rule, -1);
	assert_non_null(registry_inputs(core.settler.registry, v.facts.device));
}

/* A verdict with other numbers for which there is no memory: the comparison takes its device out of the kernel. */
static void test_other_rules_without_memory(void **state)
{
	uint64_t choice = choice_question();
	const struct changes changes = { .ids = &choice, .n = 1 };
	struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };

	(void)state;
	attest(1, 2);
	attest(2, 2);
	assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
	forgotten = 1;
	judge->on_changes(&changes, judge_of);
	forgotten = 0;
	assert_null(known(1));
	assert_true(core.settler.tables.is_drifting);
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect(2, "trusted", TRUSTED, NULL);
}

/* What the judge says of the n-th device: it knows neither its place nor its session. */
static void say(size_t n, uint8_t level)
{
	const struct review *r = judge_of;
	struct facts facts = facts_of(r->subjects[n].device[0], level);

	facts.checks[CHECK_PLACE] = (struct check_result){ 0 };
	judge->on_judged(n, 0, &facts, judge_of);
}

static void attest_in_session(uint8_t device)
{
	struct verdict v;

	attest(device, 2);
	v = *known(device);
	v.facts.n_handles = 1;
	v.facts.handles[0][0] = device;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
}

/* Only facts that are others now take memory. */
static void test_only_other_facts_are_kept(void **state)
{
	struct review_order order = { .cause = "reload", .proposal = PROPOSAL_NONE };
	const struct review *r;

	(void)state;
	for (uint8_t device = 1; device <= 3; device++)
		attest_in_session(device);
	assert_int_equal(review_start(&core.reviewer, &order, on_end, NULL), 0);
	judge->on_changes(&all, judge_of);
	r = judge_of;
	say(0, 2);
	say(1, 1);
	assert_null(r->subjects[0].facts);
	assert_non_null(r->subjects[1].facts);
	say(2, 2);
	judge->on_pause(judge_of); /* all are judged */
	assert_int_equal(ended.outcome, REVIEW_APPLIED);
	expect(1, "trusted", TRUSTED, NULL);
	expect(2, "restricted", RESTRICTED, "restricted");
	assert_int_equal(known(2)->facts.checks[CHECK_PLACE].state, CHECK_PASSED);
	assert_int_equal(known(2)->facts.n_handles, 1);
	expect(3, "trusted", TRUSTED, NULL);
}

/* Its zone is taken from it whatever the kernel says, but nobody is told that it is so. */
static void test_a_refused_denial_stands_and_is_told_later(void **state)
{
	(void)state;
	attest(1, 2);
	attest(2, 2);
	level_of[1] = level_of[2] = 0;
	refused = 1u << 1;
	listen_in();
	assert_int_equal(review(), REVIEW_REFUSED);
	assert_int_equal(ended.n_refused, 1);
	assert_int_equal(count_said("the kernel refused", true), 1);
	expect(1, "quarantine", TRUSTED, NULL);
	expect(2, "quarantine", ZONE_QUARANTINE, "quarantine");
	assert_true(core.settler.tables.is_drifting);

	assert_int_equal(drift_mend(&core.settler), -ENOBUFS); /* nor now */
	expect(1, "quarantine", TRUSTED, NULL);
	refused = 0;
	assert_int_equal(drift_mend(&core.settler), 0);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	assert_int_equal(drift_mend(&core.settler), 0); /* once */
	expect(1, "quarantine", ZONE_QUARANTINE, NULL);
}

/* A lesser zone that has no room is no reason for the better one to come back. */
static void test_a_refused_lesser_zone_stands(void **state)
{
	(void)state;
	attest(1, 2);
	level_of[1] = 1;
	refused = 1u << 1;
	refusal = -ENFILE;
	assert_int_equal(review(), REVIEW_REFUSED);
	expect(1, "restricted", ZONE_QUARANTINE, NULL);
	refused = 0;
	assert_int_equal(drift_mend(&core.settler), 0);
	expect(1, "restricted", RESTRICTED, "restricted");
}

/* A better zone that the kernel refuses is none, here or on the disk; and all are judged once more. */
static void test_a_refused_grant_is_none(void **state)
{
	(void)state;
	attest(1, 1);
	attest(2, 0);
	attest(3, 0);
	level_of[1] = level_of[2] = level_of[3] = 2;
	refused = 1u << 1 | 1u << 2;
	refusal = -ENFILE;
	listen_in();
	assert_int_equal(review(), REVIEW_REFUSED);
	assert_int_equal(ended.n_moved, 3);
	assert_int_equal(ended.n_refused, 2);
	assert_int_equal(count_said("the kernel refused", true), 2);
	expect(1, "restricted", ZONE_QUARANTINE, NULL); /* until the comparison puts it back */
	expect(2, "quarantine", ZONE_QUARANTINE, NULL);
	expect(3, "trusted", TRUSTED, "trusted");
	expect_record("1 reload restricted>trusted;2 reload quarantine>trusted;3 reload quarantine>trusted;"
		      "2 undone trusted>quarantine;1 undone trusted>restricted;");
	assert_string_equal(core.due.cause, "again");
	assert_true(core.reviewer.retry_usec > clock_monotonic_usec());

	refused = 0;
	assert_int_equal(drift_mend(&core.settler), 0);
	expect(1, "restricted", RESTRICTED, NULL);
	assert_int_equal(review_with((struct review_order){
				 .cause = core.due.cause, .is_everyone = true, .proposal = PROPOSAL_NONE }),
			 REVIEW_APPLIED);
	expect(1, "trusted", TRUSTED, "trusted");
	expect(2, "trusted", TRUSTED, "trusted");
	assert_null(core.due.cause);
}

static void test_a_table_that_the_kernel_takes(void **state)
{
	(void)state;
	attest(1, 2);
	attest(2, 1);
	level_of[1] = 0;
	level_of[2] = 2;
	assert_int_equal(reload(), REVIEW_APPLIED);
	assert_int_equal(n_tables, 1);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	expect(2, "trusted", TRUSTED, "trusted");
}

/* The former one stays: who is to be out is out all the same, and nobody comes in. */
static void test_a_table_that_the_kernel_refuses(void **state)
{
	(void)state;
	attest(1, 2);
	attest(2, 1);
	attest(3, 2);
	level_of[1] = 0;
	level_of[2] = 2;
	level_of[3] = 1;
	table_result = -EPROTO;
	assert_int_equal(reload(), REVIEW_REFUSED);
	assert_int_equal(ended.n_refused, 2);
	assert_false(core.settler.tables.has_tables);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	expect(2, "restricted", RESTRICTED, NULL);
	expect(3, "restricted", ZONE_QUARANTINE, NULL); /* it has left the zone that it lost */
	assert_string_equal(core.due.cause, "again");

	table_result = 0;
	assert_int_equal(drift_mend(&core.settler), 0);
	expect(3, "restricted", RESTRICTED, "restricted");
}

/* What an operator reads names the device, and the answer counts it. */
static void test_the_answer_names_who_was_refused(void **state)
{
	(void)state;
	attest(1, 2);
	attest(2, 2);
	level_of[1] = level_of[2] = 0;
	refused = 1u << 2;
	listen_in();
	assert_int_equal(review(), REVIEW_REFUSED);
	assert_int_equal(count_said("(0200000000000000) on port1: the kernel refused", false), 1);
	assert_int_equal(count_said("(0100000000000000) on port1: the kernel refused", false), 0);
	assert_int_equal(count_said("The kernel refused a part of", true), 1);
	assert_int_equal(ended.n_moves, 1);
}

/* --- the brake --- */

#define HOLD_HOURS 4 /* less than an admission lasts */
#define HOLD_SEC   (HOLD_HOURS * 3600)

/* Four of four lose their zone by what a reload brings, which is held. */
static void hold_all(void)
{
	core.in_force.config->brake_percent = 0;
	core.in_force.config->brake_devices = 1;
	core.in_force.config->brake_hold_sec = HOLD_SEC;
	for (uint8_t i = 1; i <= 4; i++) {
		attest(i, 2);
		level_of[i] = 0;
	}
	assert_int_equal(reload(), REVIEW_HELD);
	assert_non_null(core.due.held);
	assert_int_equal(n_announced, 0);
}

/* As the core does it when the brake says that its time is over (core/review/reload.c). */
static enum review_outcome carry_out(void)
{
	struct review_order order = core.due.held->order;

	order.is_confirmed = order.is_due = true;
	order.confirmed = core.due.held->stakes;
	free(TAKE_PTR(core.due.held));
	return review_with(order);
}

static enum review_outcome confirm(void)
{
	struct review_order order = core.due.held->order;

	order.is_confirmed = true;
	order.confirmed = core.due.held->stakes;
	free(TAKE_PTR(core.due.held));
	return review_with(order);
}

static void pass(int64_t sec)
{
	elapsed_usec += (uint64_t)sec * USEC_PER_SEC;
}

static void test_what_is_held_is_told_and_then_carried_out(void **state)
{
	(void)state;
	listen_in();
	hold_all();
	assert_int_equal(brake_until(&core.due, core.in_force.config), NOW + HOLD_SEC);
	for (int hour = 1; hour < HOLD_HOURS; hour++) {
		pass(3600);
		assert_false(brake_sweep(&core.reviewer));
		assert_false(brake_sweep(&core.reviewer));
	}
	pass(3599);
	assert_false(brake_sweep(&core.reviewer));
	expect(1, "trusted", TRUSTED, NULL);
	pass(1);
	assert_true(brake_sweep(&core.reviewer));
	assert_int_equal(count_said("has held the changes of the reload", false),
			 HOLD_HOURS - 1); /* every hour, once */
	assert_int_equal(count_said("take effect now", true), 1);
	assert_int_equal(carry_out(), REVIEW_APPLIED);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	assert_null(core.due.held);
	assert_int_equal(brake_until(&core.due, core.in_force.config), 0);
	assert_false(brake_sweep(&core.reviewer));
}

/* What was held by the store's word. */
static int64_t since_stored(void)
{
	int64_t since_sec = -1;

	assert_int_equal(store_held_since(core.settler.store, &since_sec), 0);
	return since_sec;
}

/* Another reload that is held as well, as each new list brings one, does not begin anew. */
static void test_another_reload_does_not_put_it_off(void **state)
{
	(void)state;
	hold_all();
	pass(HOLD_SEC - 10);
	assert_int_equal(reload(), REVIEW_HELD);
	assert_int_equal(brake_until(&core.due, core.in_force.config), NOW + HOLD_SEC);
	assert_int_equal(since_stored(), NOW);
	pass(10);
	assert_true(brake_sweep(&core.reviewer));
}

/* Nor does a restart, each hour or at the end: the start is held, and counts from where the store says. */
static void test_a_restart_does_not_put_it_off(void **state)
{
	(void)state;
	hold_all();
	for (int hour = 1; hour < HOLD_HOURS; hour++) {
		pass(3600);
		held_free(TAKE_PTR(core.due.held));
		core.due.held_since_sec = 0;
		core.started_sec = clock_realtime_sec();
		assert_int_equal(brake_load(&core.due, core.settler.store, core.started_sec), 0);
		assert_int_equal(review_with((struct review_order){
					 .cause = "start", .is_everyone = true, .proposal = PROPOSAL_NONE }),
				 REVIEW_HELD);
		assert_false(brake_sweep(&core.reviewer));
		assert_int_equal(brake_until(&core.due, core.in_force.config), NOW + HOLD_SEC);
	}
	pass(3600);
	assert_true(brake_sweep(&core.reviewer));
	assert_int_equal(carry_out(), REVIEW_APPLIED);
	assert_int_equal(since_stored(), 0);
}

/* A beginning in the future was told by a clock that was wrong. */
static void test_a_beginning_in_the_future_is_now(void **state)
{
	(void)state;
	core.started_sec = NOW;
	assert_int_equal(store_set_held_since(core.settler.store, NOW + 1000000), 0);
	assert_int_equal(brake_load(&core.due, core.settler.store, core.started_sec), 0);
	assert_int_equal(since_stored(), NOW);
}

/* A step of the clock makes it neither longer nor shorter. */
static void test_a_step_of_the_clock_moves_it(void **state)
{
	(void)state;
	hold_all();
	pass(100);
	brake_move_time(&core.due, core.settler.store, -5000);
	assert_int_equal(brake_until(&core.due, core.in_force.config), NOW + HOLD_SEC - 5000);
	brake_move_time(&core.due, core.settler.store, 10000);
	assert_int_equal(since_stored(), NOW + 5000);
}

/* What is no more held is forgotten: the next one has its whole time. */
static void test_what_comes_after_has_its_whole_time(void **state)
{
	(void)state;
	hold_all();
	pass(5000);
	for (uint8_t i = 1; i <= 4; i++)
		level_of[i] = 2; /* all is good again */
	assert_int_equal(reload(), REVIEW_APPLIED);
	assert_int_equal(since_stored(), 0);
	for (uint8_t i = 1; i <= 4; i++)
		level_of[i] = 0;
	core.in_force.config->brake_percent = 0;
	core.in_force.config->brake_devices = 1;
	core.in_force.config->brake_hold_sec = HOLD_SEC;
	assert_int_equal(reload(), REVIEW_HELD);
	assert_int_equal(brake_until(&core.due, core.in_force.config), NOW + 5000 + HOLD_SEC);
}

/* Four that were revoked would be trusted again. Who comes back for another reason, however many, is not held. */
static void test_a_revocation_that_goes_is_held(void **state)
{
	(void)state;
	listen_in();
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	for (uint8_t i = 1; i <= 4; i++) {
		attest(i, REVOKED);
		assert_string_equal(known(i)->zone, "quarantine");
		level_of[i] = 2;
	}
	assert_int_equal(review(), REVIEW_HELD);
	assert_int_equal(ended.stakes.reinstated, 4);
	assert_int_equal(ended.stakes.demoted, 0);
	assert_int_equal(count_said("4 devices would be reinstated", true), 1);
	expect(1, "quarantine", ZONE_QUARANTINE, NULL);

	assert_int_equal(carry_out(), REVIEW_APPLIED);
	expect(1, "trusted", TRUSTED, "trusted");
	expect(4, "trusted", TRUSTED, "trusted");
}

/* --- the first day of enforcing --- */

static uint8_t n_seen;

static int seen(struct unknown **ret, size_t *ret_n)
{
	*ret_n = n_seen;
	*ret = calloc((size_t)n_seen + 1, sizeof(**ret));
	assert_non_null(*ret);
	for (uint8_t i = 0; i < n_seen; i++)
		(*ret)[i] = (struct unknown){ .interface = "port1", .mac = { 2, 0, 0, 0, 0, i } };
	return 0;
}

static void see(uint8_t n)
{
	n_seen = n;
	kernel_double.unknown = seen;
	unknowns_done(&core.unknowns);
	core.unknowns.looked_usec = 0;
}

static void end_seeing(void)
{
	kernel_double.unknown = NULL;
	unknowns_done(&core.unknowns);
}

/* Nobody loses a zone when quarantine is no longer monitored; and those are cut off that nobody has judged. */
static void test_who_would_be_cut_off_is_held(void **state)
{
	(void)state;
	listen_in();
	attest(1, 0);
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	core.in_force.config->ruleset.zones[ZONE_QUARANTINE].is_monitored = true;
	see(5);
	assert_int_equal(reload(), REVIEW_HELD);
	assert_int_equal(ended.stakes.stopped, 5);
	assert_int_equal(ended.stakes.demoted, 0);
	assert_int_equal(count_said("5 devices without an admission would be cut off", true), 1);
	assert_true(core.in_force.config->ruleset.zones[ZONE_QUARANTINE].is_monitored);
	see(200); /* whoever invents MACs meanwhile does not hold what the operator confirms */
	assert_int_equal(confirm(), REVIEW_APPLIED);
	assert_false(core.in_force.config->ruleset.zones[ZONE_QUARANTINE].is_monitored);
	end_seeing();
}

static void test_few_that_would_be_cut_off_are_not(void **state)
{
	(void)state;
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	core.in_force.config->ruleset.zones[ZONE_QUARANTINE].is_monitored = true;
	see(3);
	assert_int_equal(reload(), REVIEW_APPLIED);
	assert_int_equal(ended.stakes.stopped, 3);
	see(9); /* it enforces, and nobody is cut off who was not before */
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	assert_int_equal(reload(), REVIEW_APPLIED);
	assert_int_equal(ended.stakes.stopped, 0);
	end_seeing();
}

static void test_three_that_come_back_are_not_many(void **state)
{
	(void)state;
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	for (uint8_t i = 1; i <= 4; i++) {
		attest(i, i < 4 ? REVOKED : 0);
		level_of[i] = 2;
	}
	assert_int_equal(review(), REVIEW_APPLIED);
	assert_int_equal(ended.stakes.reinstated, 3);
	expect(1, "trusted", TRUSTED, "trusted");
	expect(4, "trusted", TRUSTED, "trusted");
}

static enum review_outcome review_at(uint8_t level)
{
	for (uint8_t i = 1; i <= 4; i++)
		level_of[i] = level;
	return review();
}

/* A list that says nothing of them, and then one without their rows: two steps are no way round. */
static void test_silence_gives_nothing_back(void **state)
{
	(void)state;
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	for (uint8_t i = 1; i <= 4; i++)
		attest(i, REVOKED);
	assert_int_equal(review_at(SILENT), REVIEW_APPLIED);
	expect(1, "quarantine", ZONE_QUARANTINE, NULL);
	assert_int_equal(review_at(2), REVIEW_HELD);
	assert_int_equal(ended.stakes.reinstated, 4);
	expect(1, "quarantine", ZONE_QUARANTINE, NULL);

	assert_int_equal(carry_out(), REVIEW_APPLIED);
	expect(4, "trusted", TRUSTED, "trusted");
	assert_false(known(4)->was_taken_back);
}

/* The twin: a list that was silent for a while and speaks again gives back nothing that was taken. */
static void test_silence_takes_nothing_back(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= 4; i++)
		attest(i, 2);
	assert_int_equal(review_at(SILENT), REVIEW_APPLIED);
	expect(1, "quarantine", ZONE_QUARANTINE, "quarantine");
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	assert_int_equal(review_at(2), REVIEW_APPLIED);
	assert_int_equal(ended.stakes.reinstated, 0);
	expect(4, "trusted", TRUSTED, "trusted");
}

/* After a restart its facts are not known yet, but why it was in quarantine is. */
static void test_a_revocation_that_goes_while_it_is_down_is_held(void **state)
{
	(void)state;
	core.in_force.config->brake_percent = 20;
	core.in_force.config->brake_devices = 3;
	for (uint8_t i = 1; i <= 4; i++) {
		struct verdict v;

		attest(i, REVOKED);
		v = *known(i);
		v.is_restored = true;
		v.facts = (struct facts){ .device = { i }, .ueid = { 1, i }, .n_ueid = 8 };
		v.facts.checks[CHECK_PLACE] = check_absent(REASON_PLACE_UNSAID);
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
		level_of[i] = 2;
	}
	assert_int_equal(
		review_with((struct review_order){ .cause = "start", .is_everyone = true, .proposal = PROPOSAL_NONE }),
		REVIEW_HELD);
	assert_int_equal(ended.stakes.reinstated, 4);
	expect(1, "quarantine", ZONE_QUARANTINE, NULL);
}

static enum review_outcome review_of_time(const char *cause)
{
	return review_with((struct review_order){ .cause = cause, .is_everyone = true, .proposal = PROPOSAL_NONE });
}

/* The clock was behind the list's date, which the judges have left out; once time is set it is in force, and they have it. */
static void test_what_is_good_once_time_is_set_is_given_to_the_judges(void **state)
{
	const struct item list = { .kind = MATERIAL_STATUS_LIST,
				   .name = bytes_of_string("labels.status"),
				   .value = bytes_of_string("signed") };
	struct accepted_set set = { .mark = { .kind = SET_STATUS_LIST,
					      .identity = "status-list of an issuer",
					      .issued_sec = NOW - 60,
					      .until_sec = NOW + 3600 } };

	(void)state;
	core.in_force.material_fd = memfd_create("material", MFD_CLOEXEC);
	assert_int_equal(item_put(core.in_force.material_fd, &list), 0);
	listen_in();
	assert_int_equal(review_of_time("clock"), REVIEW_APPLIED);
	assert_int_equal(n_given, 0); /* it is not good yet */
	assert_int_equal(count_said("Not accepted: the status-list labels.status", true), 1);

	listen_in();
	accepted = &set;
	assert_int_equal(review_of_time("clock"), REVIEW_APPLIED);
	assert_int_equal(n_given, 1);
	assert_int_equal(count_said("Accepted: the status-list labels.status", true), 1);
	assert_int_equal(review_of_time("clock"), REVIEW_APPLIED);
	assert_int_equal(n_given, 1); /* it has it */
	accepted = NULL;
	(void)close(core.in_force.material_fd);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_the_kernel_took_is_told),
		TEST(test_a_status_needs_no_judge),
		TEST(test_a_status_that_needs_a_judge),
		TEST(test_a_status_of_what_was_not_judged),
		TEST(test_a_status_and_newer_evidence),
		TEST(test_a_judgement_and_newer_evidence),
		TEST(test_the_same_rules_write_nothing),
		TEST(test_other_rules_and_a_stranger),
		TEST(test_other_rules_without_memory),
		TEST(test_only_other_facts_are_kept),
		TEST(test_a_refused_denial_stands_and_is_told_later),
		TEST(test_a_refused_lesser_zone_stands),
		TEST(test_a_refused_grant_is_none),
		TEST(test_a_table_that_the_kernel_takes),
		TEST(test_a_table_that_the_kernel_refuses),
		TEST(test_the_answer_names_who_was_refused),
		TEST(test_what_is_held_is_told_and_then_carried_out),
		TEST(test_another_reload_does_not_put_it_off),
		TEST(test_a_restart_does_not_put_it_off),
		TEST(test_a_beginning_in_the_future_is_now),
		TEST(test_a_step_of_the_clock_moves_it),
		TEST(test_what_comes_after_has_its_whole_time),
		TEST(test_a_revocation_that_goes_is_held),
		TEST(test_who_would_be_cut_off_is_held),
		TEST(test_few_that_would_be_cut_off_are_not),
		TEST(test_three_that_come_back_are_not_many),
		TEST(test_silence_gives_nothing_back),
		TEST(test_silence_takes_nothing_back),
		TEST(test_a_revocation_that_goes_while_it_is_down_is_held),
		TEST(test_what_is_good_once_time_is_set_is_given_to_the_judges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
