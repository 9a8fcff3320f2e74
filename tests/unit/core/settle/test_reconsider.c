/* SPDX-License-Identifier: Apache-2.0 */
/* links: settle */
/*
 * What a second look may change of a verdict, and what it may not: each row is one device that is known, another
 * configuration or other facts, and where it must be then. Beside each refusal stands its twin that passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/settle/reconsider.h"
#include "verdict_kit.h"

static struct rule rule_for(uint8_t zone, uint8_t level, uint32_t lifetime_sec)
{
	return (struct rule){ .zone = zone,
			      .lifetime_sec = lifetime_sec,
			      .level = level,
			      .required = CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_LABEL_SIGNATURE) |
					  (level > 0 ? CHECK_BIT(CHECK_RECOGNITION) : 0) };
}

/* Trusted by level 2, restricted by any label. */
static int setup(void **state)
{
	struct policy *p = &config.policy;

	(void)state;
	if (make_home() < 0)
		return -1;
	p->rules[0] = rule_for(2, 2, 8 * HOUR);
	p->rules[1] = rule_for(1, 0, 4 * HOUR);
	p->n_rules = 2;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	registry_free(registry);
	return 0;
}

static struct verdict after;

static bool look_with(struct reconsideration r, const struct verdict *v)
{
	struct occupants *occupants = occupants_new(registry);

	assert_non_null(occupants);
	r.config = &config;
	r.registry = registry;
	r.occupants = occupants;
	r.now_sec = NOW;

	bool is_news = reconsider(&r, v, &after);

	occupants_free(occupants);
	return is_news;
}

static bool look(const struct verdict *v, const struct facts *facts)
{
	return look_with((struct reconsideration){ .facts = facts }, v);
}

static void test_nothing_new(void **state)
{
	struct verdict v = trusted(1);

	(void)state;
	assert_false(look(&v, NULL));
	assert_string_equal(after.zone, "trusted");
	assert_int_equal(after.decision.expiry.at_sec, v.decision.expiry.at_sec);
	assert_int_equal(after.decision.decided_sec, v.decision.decided_sec);
}

static void test_other_facts(void **state)
{
	struct verdict v = trusted(1);
	struct facts revoked = v.facts, lesser = v.facts;

	(void)state;
	revoked.labels[0].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
	assert_true(look(&v, &revoked));
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_LABEL_REVOKED);
	assert_true(reconsider_is_demotion(&config, &v, &after));

	lesser.labels[0].level = 1;
	assert_true(look(&v, &lesser));
	assert_string_equal(after.zone, "restricted");
	assert_true(reconsider_is_demotion(&config, &v, &after));

	/* and back */
	v = after;
	assert_true(look(&v, &(struct facts[]){ good_facts(1) }[0]));
	assert_string_equal(after.zone, "trusted");
	assert_false(reconsider_is_demotion(&config, &v, &after));
}

/* What could not be derived is not known to be good. */
static void test_unevaluated(void **state)
{
	struct verdict v = trusted(1);

	(void)state;
	assert_true(look_with((struct reconsideration){ .is_unevaluated = true }, &v));
	assert_string_equal(after.zone, "quarantine");
	assert_memory_equal(after.facts.device, v.facts.device, SHA256_LEN);
	assert_true(dependencies_meet(&after.facts.rests_on, NULL, 0)); /* whatever changes, look again */
}

/* A lifetime counts from the evidence: looking again does not renew it. */
static void test_lifetime_is_the_evidences(void **state)
{
	struct verdict v = trusted(1);

	(void)state;
	config.policy.rules[0].lifetime_sec = 2 * HOUR;
	assert_true(look(&v, NULL));
	assert_int_equal(after.decision.expiry.at_sec, v.attested_sec + 2 * HOUR);
	assert_string_equal(after.zone, "trusted");

	config.policy.rules[0].lifetime_sec = HOUR; /* that is now */
	assert_true(look(&v, NULL));
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_EXPIRED);

	config.policy.rules[0].lifetime_sec = 100 * HOUR; /* the operator is free to give more */
	assert_true(look(&v, NULL));
	assert_int_equal(after.decision.expiry.at_sec, v.attested_sec + 100 * HOUR);
}

/* A second look is no new evidence: what was demanded of the device still ends it. */
static void test_a_demand_for_evidence_stays(void **state)
{
	struct verdict v = trusted(1);

	(void)state;
	assert_false(look(&v, NULL)); /* the twin, of which nothing is demanded */
	v.reattest.by_sec = NOW + 60;
	assert_true(look(&v, NULL));
	assert_string_equal(after.zone, "trusted");
	assert_int_equal(after.decision.expiry.at_sec, NOW + 60);
	assert_int_equal(after.decision.expiry.cause, EXPIRY_REATTEST);
	v = after;
	assert_false(look(&v, NULL));

	config.policy.rules[0].lifetime_sec = HOUR + 30; /* what ends earlier counts, and the demand is not forgotten */
	assert_true(look(&v, NULL));
	assert_int_equal(after.decision.expiry.at_sec, NOW + 30);
	assert_int_equal(after.decision.expiry.cause, EXPIRY_POLICY);
	assert_int_equal(after.reattest.by_sec, NOW + 60);

	v = trusted(1);
	v.reattest.by_sec = NOW;
	assert_true(look(&v, NULL));
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_EXPIRED);
	assert_int_equal(after.decision.expiry.cause, EXPIRY_REATTEST);
}

/* Only what was judged by its facts can change by other facts; of the rest, the reasons that stay. */
static void test_what_ended_stays_ended(void **state)
{
	static const enum hallmark_reason ended[] = { REASON_DISPLACED, REASON_PLACE_TAKEN, REASON_EXPIRED,
						      REASON_KERNEL };
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
		v = quarantined(1, ended[i]);
		assert_false(look(&v, NULL));
		assert_string_equal(after.zone, "quarantine");
		assert_int_equal(after.decision.reason, ended[i]);
	}
	v = trusted(1);
	v.decision.expiry.at_sec = NOW; /* ran out this second */
	assert_false(look(&v, NULL));
	assert_int_equal(verdict_zone(&after, NOW), ZONE_QUARANTINE);

	v = quarantined(1, REASON_LABEL_SIGNER); /* the twin: refused for what it is, and that is good now */
	assert_true(look(&v, NULL));
	assert_string_equal(after.zone, "trusted");

	v.was_admitted = false; /* a stranger has nothing signed in the store */
	assert_false(look(&v, NULL));
	assert_string_equal(after.zone, "quarantine");
}

/* Who was admitted last at a place is who is there; who was refused there takes nothing from anybody. */
static void test_place_of_another(void **state)
{
	struct verdict v = quarantined(1, REASON_LABEL_SIGNER), other = trusted(2);

	(void)state;
	other.attested_sec = NOW - 60;
	other.mac[5] = 9;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_true(look(&v, NULL)); /* it is elsewhere */
	assert_string_equal(after.zone, "trusted");

	other.mac[5] = 1;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_false(look(&v, NULL));
	assert_string_equal(after.zone, "quarantine");

	other = quarantined(2, REASON_EXPIRED); /* it was admitted there since, and has run out */
	other.attested_sec = NOW - 60;
	other.mac[5] = 1;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_false(look(&v, NULL));
	other = quarantined(2, REASON_LABEL_SIGNER); /* the twin: refused there since */
	other.attested_sec = NOW - 60;
	other.mac[5] = 1;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_true(look(&v, NULL));

	other = trusted(2); /* it attested before, somewhere else, and asked for its admission here */
	other.attested_sec = v.attested_sec - 1;
	other.mac[5] = 1;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_false(look(&v, NULL));

	other = quarantined(2, REASON_EXPIRED);
	other.mac[5] = 1;
	other.attested_sec = v.attested_sec - 1; /* it was there before */
	assert_int_equal(registry_put(registry, &other), 0);
	assert_true(look(&v, NULL));
	assert_string_equal(after.zone, "trusted");
}

/* --- Several at a place whose name is removed --- */

static const struct facts *facts_of[3]; /* as derived again, by device; NULL: none */

static struct reconsideration of_any(const struct verdict *v, const void *userdata)
{
	return (struct reconsideration){ .config = &config,
					 .registry = registry,
					 .now_sec = NOW,
					 .facts = facts_of[v->facts.device[0]],
					 .of_other = of_any,
					 .userdata = userdata };
}

/* `late` attested there last; `late_place`: why its check was absent, or REASON_ADMITTED when it passed. */
static void share_place(uint8_t early, uint8_t late, enum hallmark_reason late_place)
{
	struct verdict v[] = { trusted(early), trusted(late) };

	for (size_t i = 0; i < 2; i++) {
		facts_of[v[i].facts.device[0]] = NULL;
		v[i].mac[5] = 9;
		v[i].attested_sec += (int64_t)i * 60;
		if (i == 1 && late_place == REASON_PLACE_SHARED)
			v[i].facts.checks[CHECK_PLACE] = check_absent(REASON_PLACE_SHARED);
		assert_int_equal(registry_put(registry, &v[i]), 0);
	}
}

/* As a review does: decides on both, and then decides and puts one after the other, the lower id first. */
static void review_both(void)
{
	for (int writes = 0; writes <= 1; writes++) {
		for (uint8_t id = 1; id <= 2; id++) {
			const uint8_t device[SHA256_LEN] = { id };
			const struct verdict before = *look_up(registry, device);

			(void)look_with(of_any(&before, NULL), &before);
			if (writes)
				assert_int_equal(registry_put(registry, &after), 0);
		}
	}
}

static void assert_has(uint8_t id, const char *zone, enum hallmark_reason reason)
{
	const uint8_t device[SHA256_LEN] = { id };
	const struct verdict *v = look_up(registry, device);

	assert_string_equal(v->zone, zone);
	assert_int_equal(v->decision.reason, reason);
}

/* Who is put out by the same change owns no place, whichever of the two is decided on first. */
static void test_owner_who_is_put_out(void **state)
{
	(void)state;
	for (uint8_t early = 1; early <= 2; early++) {
		const uint8_t late = 3 - early;

		share_place(early, late, REASON_PLACE_SHARED); /* it was only admitted since its MAC was named */
		review_both();
		assert_has(early, "trusted", REASON_ADMITTED);
		assert_has(late, "quarantine", REASON_PLACE_LINK);

		struct facts revoked = good_facts(late);

		revoked.labels[0].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
		share_place(early, late, REASON_ADMITTED);
		facts_of[late] = &revoked;
		review_both();
		assert_has(early, "trusted", REASON_ADMITTED);
		assert_has(late, "quarantine", REASON_LABEL_REVOKED);

		share_place(early, late, REASON_ADMITTED); /* the twin: it stays, and attested last */
		review_both();
		assert_has(early, "quarantine", REASON_PLACE_TAKEN);
		assert_has(late, "trusted", REASON_ADMITTED);
	}
}

/* An order concerns one device: what the other one has, it keeps, and with that its place. */
static void test_owner_whom_the_change_does_not_concern(void **state)
{
	const uint8_t device[SHA256_LEN] = { 1 };

	(void)state;
	share_place(1, 2, REASON_PLACE_SHARED);

	const struct verdict before = *look_up(registry, device);

	(void)look_with((struct reconsideration){ 0 }, &before);
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_PLACE_TAKEN);
	(void)look_with((struct reconsideration){ .of_other = of_any }, &before); /* the twin */
	assert_string_equal(after.zone, "trusted");
}

static void test_ueid_of_another(void **state)
{
	struct verdict v = quarantined(1, REASON_UEID_TAKEN), other = trusted(2), lesser = trusted(1);
	struct facts derived = good_facts(1); /* the judge knows nothing of other devices */

	(void)state;
	config.policy.rules[0].required |= CHECK_BIT(CHECK_SAME_DEVICE);
	memcpy(other.facts.ueid, v.facts.ueid, sizeof(v.facts.ueid));
	assert_int_equal(registry_put(registry, &other), 0);
	config.policy.n_rules = 1;
	(void)look(&v, &derived);
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_UEID_TAKEN);

	/* nor does one that has a zone without the check get a better one with it */
	config.policy.n_rules = 2;
	set_text(lesser.zone, "restricted");
	lesser.decision.zone = 1;
	(void)look(&lesser, &derived);
	assert_string_equal(after.zone, "restricted");

	other.decision.expiry.at_sec = NOW; /* the other has gone */
	assert_int_equal(registry_put(registry, &other), 0);
	assert_true(look(&v, &derived));
	assert_string_equal(after.zone, "trusted");
}

/* Attested by a clock that was ahead: nobody knows when. */
static void test_of_the_future(void **state)
{
	struct verdict v = trusted(1);

	(void)state;
	v.attested_sec = NOW + 59;
	assert_string_equal(v.zone, "trusted");
	(void)look(&v, NULL);
	assert_string_equal(after.zone, "trusted");

	v.attested_sec = NOW + 61;
	assert_false(look(&v, NULL));
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(verdict_zone(&after, NOW), ZONE_QUARANTINE);
}

/* Zones keep their names and not their numbers; the earlier rule leads to the better zone. */
static void test_other_numbers(void **state)
{
	struct verdict v = trusted(1), ended = quarantined(2, REASON_DISPLACED);

	(void)state;
	set_text(config.policy.zones[1].name, "trusted");
	set_text(config.policy.zones[2].name, "restricted");
	config.policy.rules[0].zone = 1;
	config.policy.rules[1].zone = 2;
	assert_false(look(&v, NULL));
	assert_string_equal(after.zone, "trusted");
	assert_int_equal(after.decision.zone, 1);
	assert_false(reconsider_is_demotion(&config, &v, &after));

	assert_false(look(&ended, NULL));
	assert_int_equal(after.decision.rule, -1);
	assert_int_equal(after.decision.n_refusals, 0);

	set_text(config.policy.zones[1].name, "full"); /* its zone is no more */
	assert_true(look(&v, NULL));
	assert_string_equal(after.zone, "full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unevaluated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lifetime_is_the_evidences, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_demand_for_evidence_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_ended_stays_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_place_of_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_who_is_put_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_whom_the_change_does_not_concern, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ueid_of_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_the_future, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_numbers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
