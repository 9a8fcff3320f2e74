/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * A verdict of another build's row, whose facts are not known: it keeps its zone until they are, and no more than that; then
 * it is as any other. Beside each that keeps its zone stands one that does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/check_result.h"
#include "base/dependency.h"
#include "base/log.h"
#include "config/config.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/reconsider.h"
#include "decide/decide.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/scheme.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "store_kit.h"
#include "verdict_kit.h"

static struct orders *orders;

/* Trusted by level 2, restricted by any label. */
static void make_policy(struct policy *p)
{
	const uint32_t label =
		CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_SAME_DEVICE) | CHECK_BIT(CHECK_LABEL_SIGNATURE);

	p->rules[0] = (struct rule){
		.zone = 2, .lifetime_sec = 8 * HOUR, .level = 2, .required = label | CHECK_BIT(CHECK_RECOGNITION)
	};
	p->rules[1] = (struct rule){ .zone = 1, .lifetime_sec = 8 * HOUR, .required = label };
	p->n_rules = 2;
}

static int set_up(void **state)
{
	struct store *s = NULL;
	int r;

	(void)state;
	log_set_level(-1);
	if (store_folder_make() < 0 || make_home() < 0)
		return -1;
	make_policy(&config.policy);
	r = store_open(store_path, &s);
	if (r == 0)
		r = orders_load(s, &orders);
	store_free(s);
	return r;
}

static int tear_down(void **state)
{
	(void)state;
	registry_free(registry);
	orders_free(orders);
	return store_folder_done();
}

/* The UEID of all of them is one. */
static struct facts facts_of(uint8_t device)
{
	struct facts f = good_facts(device);

	f.ueid[1] = 9;
	return f;
}

/* Attested an hour ago, trusted since; as the store restores it. */
static struct verdict restored(uint8_t device)
{
	struct verdict v = { .facts = { .device = { device },
					.ueid = { 1, 9 },
					.n_ueid = 8,
					.rests_on = { .ids = { DEPENDENCY_ALL }, .n = 1 } },
			     .zone = "trusted",
			     .interface = "port1",
			     .mac = { 2, 0, 0, 0, 0, device },
			     .was_admitted = true,
			     .is_restored = true,
			     .attested_sec = NOW - HOUR };

	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		v.facts.checks[i] = check_absent(REASON_RESTORED);
	v.facts.checks[CHECK_POSSESSION] = v.facts.checks[CHECK_FRESHNESS] = v.facts.checks[CHECK_SAME_DEVICE] =
		v.facts.checks[CHECK_PLACE] = check_passed();
	v.decision = (struct decision){ .zone = 2,
					.rule = -1,
					.label = -1,
					.reason = REASON_ADMITTED,
					.decided_sec = NOW - HOUR,
					.expiry = { .at_sec = NOW + 7 * HOUR, .cause = EXPIRY_POLICY } };
	return v;
}

static struct verdict refused(enum hallmark_reason reason)
{
	struct verdict v = restored(1);

	set_text(v.zone, "quarantine");
	v.decision.zone = ZONE_QUARANTINE;
	v.decision.reason = reason;
	v.decision.expiry = (struct expiry){ .at_sec = NOW - HOUR };
	return v;
}

static struct order order_of(enum order_kind kind)
{
	struct order o = { .device = { 1 }, .kind = kind, .since_sec = NOW, .until_sec = NOW + HOUR, .uid = 7 };

	set_text(o.reason, "why it is so");
	if (kind == ORDER_ALLOW)
		set_text(o.zone, "restricted");
	return o;
}

/* Let in by that order before. */
static struct verdict allowed(const struct order *o)
{
	struct verdict v = restored(1);

	set_text(v.zone, o->zone);
	v.decision.zone = 1;
	v.decision.reason = REASON_OPERATOR_ALLOWED;
	v.decision.expiry = (struct expiry){ .at_sec = o->until_sec, .cause = EXPIRY_ORDER };
	return v;
}

static struct verdict after;

static bool look_with(struct reconsideration r, const struct verdict *v)
{
	struct occupants *occupants = occupants_new(registry);

	assert_non_null(occupants);
	r.config = &config;
	r.registry = registry;
	r.occupants = occupants;
	r.orders = orders;
	r.now_sec = NOW;

	bool is_news = reconsider(&r, v, &after);

	occupants_free(occupants);
	return is_news;
}

static bool look(const struct verdict *v, const struct facts *facts)
{
	return look_with((struct reconsideration){ .facts = facts }, v);
}

static void give(enum order_kind kind)
{
	const struct order o = order_of(kind);

	assert_int_equal(orders_put(orders, &o), 0);
}

static void expect_zone(const char *zone, enum hallmark_reason reason)
{
	assert_string_equal(after.zone, zone);
	assert_string_equal(config.policy.zones[after.decision.zone].name, zone);
	assert_int_equal(after.decision.reason, reason);
}

/* --- until its facts are known --- */

static void test_keeps_its_zone(void **state)
{
	struct verdict v = restored(1), known = restored(1);

	(void)state;
	assert_false(look(&v, NULL));
	expect_zone("trusted", REASON_ADMITTED);
	assert_int_equal(after.decision.expiry.at_sec, NOW + 7 * HOUR);
	assert_true(after.is_restored);
	assert_string_equal(verdict_rule(&after, &config.policy), "restored");

	known.is_restored = false; /* the twin: a known one that has these facts has no zone */
	assert_true(look(&known, NULL));
	assert_string_equal(after.zone, "quarantine");
}

static void test_for_no_longer_and_no_better(void **state)
{
	struct verdict v = restored(1);

	(void)state;
	config.policy.rules[0].lifetime_sec = 100 * HOUR;
	assert_false(look(&v, NULL));
	assert_int_equal(after.decision.expiry.at_sec, NOW + 7 * HOUR);

	v.decision.expiry.at_sec = NOW;
	assert_false(look(&v, NULL));
	expect_zone("quarantine", REASON_EXPIRED);

	v = restored(1);
	set_text(config.policy.zones[2].name, "full"); /* its zone is no more */
	assert_true(look(&v, NULL));
	expect_zone("quarantine", REASON_RESTORED);

	v = refused(REASON_LABEL_SIGNER);
	assert_false(look(&v, NULL));
	expect_zone("quarantine", REASON_LABEL_SIGNER);
}

static void test_order_takes_it_out(void **state)
{
	struct verdict v = restored(1);
	const struct facts facts = facts_of(1);

	(void)state;
	give(ORDER_QUARANTINE);
	assert_true(look(&v, NULL));
	expect_zone("quarantine", REASON_OPERATOR_QUARANTINE);
	v = after;
	orders_remove(orders, v.facts.device); /* nothing speaks for it yet */
	assert_true(look(&v, NULL));
	expect_zone("quarantine", REASON_RESTORED);
	v = after;
	assert_true(look(&v, &facts));
	expect_zone("trusted", REASON_ADMITTED);
	assert_int_equal(after.decision.expiry.at_sec, NOW + 7 * HOUR);
}

static void test_order_lets_nobody_in(void **state)
{
	const struct order o = order_of(ORDER_ALLOW);
	struct verdict v = refused(REASON_LABEL_SIGNER);

	(void)state;
	give(ORDER_ALLOW);
	assert_false(look(&v, NULL));
	expect_zone("quarantine", REASON_LABEL_SIGNER);
	assert_int_equal(order_refusal(&o, &config.policy, &after.facts), REASON_RESTORED);
	v = restored(1);
	assert_false(look(&v, NULL));
	expect_zone("trusted", REASON_ADMITTED);
	assert_true(look(&v, &(struct facts[]){ facts_of(1) }[0])); /* the twin: now it is known */
	expect_zone("restricted", REASON_OPERATOR_ALLOWED);
}

static void test_who_was_let_in_stays_by_that_order(void **state)
{
	struct order o = order_of(ORDER_ALLOW);
	struct verdict v = allowed(&o);

	(void)state;
	assert_int_equal(orders_put(orders, &o), 0);
	assert_false(look(&v, NULL));
	expect_zone("restricted", REASON_OPERATOR_ALLOWED);
	assert_false(look(&v, &(struct facts[]){ facts_of(1) }[0]));
	expect_zone("restricted", REASON_OPERATOR_ALLOWED);
	assert_false(after.is_restored);

	o.until_sec += HOUR; /* another order: nothing is known that it may rest on */
	assert_int_equal(orders_put(orders, &o), 0);
	assert_true(look(&v, NULL));
	expect_zone("quarantine", REASON_RESTORED);
	orders_remove(orders, o.device);
	assert_true(look(&v, NULL));
	expect_zone("quarantine", REASON_RESTORED);
}

static void test_monitoring_takes_nothing(void **state)
{
	struct verdict v = restored(1);

	(void)state;
	give(ORDER_MONITOR);
	assert_true(look(&v, NULL));
	expect_zone("trusted", REASON_ADMITTED);
	assert_int_equal(after.monitored_until_sec, NOW + HOUR);
}

/* What check 7 says of a device that attests now. */
static struct check_result same_device_of(uint8_t device)
{
	struct verdict v = { .facts = facts_of(device), .attested_sec = NOW };
	const struct circumstances c = {
		.recognition = &config.recognition,
		.policy = &config.policy,
		.ueid_owner = registry_ueid_owner(registry, bytes_of(v.facts.ueid, v.facts.n_ueid), next_room()),
		.now_sec = NOW,
	};

	assert_int_equal(decide(&c, NULL, &v), REASON_ADMITTED);
	return v.facts.checks[CHECK_SAME_DEVICE];
}

/* It holds what it held: another that says it is the same device gets in no better than before. */
static void test_holds_its_ueid(void **state)
{
	struct verdict v = restored(1);

	(void)state;
	assert_int_equal(registry_put(registry, &v), 0);
	assert_int_equal(same_device_of(2).reason, REASON_UEID_TAKEN);
	v.facts.checks[CHECK_SAME_DEVICE] = check_failed(REASON_SERIAL_MISMATCH); /* let in in spite of that */
	v.decision.reason = REASON_OPERATOR_ALLOWED;
	assert_int_equal(registry_put(registry, &v), 0);
	assert_int_equal(same_device_of(2).state, CHECK_PASSED);
}

/* --- once they are --- */

static void test_known_and_the_same(void **state)
{
	struct verdict v = restored(1);
	const struct facts facts = facts_of(1);

	(void)state;
	assert_false(look(&v, &facts)); /* no news, but it is known */
	expect_zone("trusted", REASON_ADMITTED);
	assert_false(after.is_restored);
	assert_memory_equal(&after.facts, &facts, sizeof(facts));
	assert_int_equal(after.decision.home_level, 2);
	assert_int_equal(after.decision.rule, 0);
	assert_int_equal(after.decision.decided_sec, v.decision.decided_sec);
	assert_int_equal(after.decision.expiry.at_sec, v.decision.expiry.at_sec);
	assert_false(reconsider_is_demotion(&config, &v, &after));
}

static void test_known_and_worse(void **state)
{
	struct verdict v = restored(1);
	struct facts facts = facts_of(1);

	(void)state;
	facts.labels[0].level = 1;
	assert_true(look(&v, &facts));
	expect_zone("restricted", REASON_ADMITTED);
	assert_true(reconsider_is_demotion(&config, &v, &after));
	facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNER);
	assert_true(look(&v, &facts));
	expect_zone("quarantine", REASON_LABEL_SIGNER);
	assert_true(look_with((struct reconsideration){ .is_unevaluated = true }, &v));
	assert_string_equal(after.zone, "quarantine");
	assert_false(after.is_restored);
	assert_true(reconsider_is_demotion(&config, &v, &after));
}

static void test_known_and_back(void **state)
{
	struct verdict v = refused(REASON_LABEL_SIGNER), other = restored(2);
	const struct facts facts = facts_of(1);

	(void)state;
	assert_true(look(&v, &facts));
	expect_zone("trusted", REASON_ADMITTED);
	other.facts.n_ueid = 0;
	other.mac[5] = 1; /* its place is another's by now: it stays out, and is known all the same */
	other.attested_sec = NOW - 60;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_false(look(&v, &facts));
	expect_zone("quarantine", REASON_LABEL_SIGNER);
	assert_false(after.is_restored);
	assert_int_equal(after.facts.n_labels, 1);
}

/* What had ended stays so, and is known again. */
static void test_known_and_over(void **state)
{
	static const enum hallmark_reason ended[] = { REASON_DISPLACED, REASON_EXPIRED, REASON_KERNEL };
	const struct facts facts = facts_of(1);
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
		v = refused(ended[i]);
		assert_false(look(&v, &facts));
		expect_zone("quarantine", ended[i]);
		assert_false(after.is_restored);
		assert_int_equal(after.facts.n_labels, 1);
	}
	v = refused(REASON_OPERATOR_QUARANTINE);
	v.ended = REASON_EXPIRED; /* under an order, and nothing comes back at its end */
	assert_true(look(&v, &facts));
	expect_zone("quarantine", REASON_EXPIRED);
	assert_false(after.is_restored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keeps_its_zone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_for_no_longer_and_no_better, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order_takes_it_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order_lets_nobody_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_who_was_let_in_stays_by_that_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_monitoring_takes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_holds_its_ueid, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_and_the_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_and_worse, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_and_over, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
