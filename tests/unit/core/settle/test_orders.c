/* SPDX-License-Identifier: Apache-2.0 */
/* links: settle */
/*
 * Operators' orders: what the store takes and gives back, what each kind makes of a verdict, and what comes back at its
 * end. Beside each refusal stands its twin that passes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/log.h"
#include "config/config.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/reconsider.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/scheme.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
#include "store/orders.h"
#include "store_kit.h"
#include "verdict_kit.h"

static struct orders *orders;

static int set_up(void **state)
{
	struct policy *p = &config.policy;

	(void)state;
	log_set_level(-1);
	if (store_folder_make() < 0 || make_home() < 0)
		return -1;
	p->rules[0] = (struct rule){ .zone = 2,
				     .lifetime_sec = 8 * HOUR,
				     .level = 2,
				     .required = CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_LABEL_SIGNATURE) |
						 CHECK_BIT(CHECK_RECOGNITION) };
	p->n_rules = 1;
	orders = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	registry_free(registry);
	orders_free(orders);
	return store_folder_done();
}

static struct order order_of(uint8_t device, enum order_kind kind)
{
	struct order o = { .device = { device }, .kind = kind, .since_sec = NOW, .until_sec = NOW + HOUR, .uid = 7 };

	set_text(o.reason, "why it is so");
	if (kind == ORDER_ALLOW)
		set_text(o.zone, "restricted");
	return o;
}

/* --- the store --- */

static struct order found[8];
static size_t n_found;

static void find(const struct order *o, void *userdata)
{
	(void)userdata;
	assert_true(n_found < sizeof(found) / sizeof(found[0]));
	found[n_found++] = *o;
}

static size_t read_all(struct store *s)
{
	int given;

	n_found = 0;
	given = store_orders_each(s, find, NULL);
	assert_int_equal(given, (int)n_found);
	return n_found;
}

static void test_what_is_kept(void **state)
{
	const struct order quarantine = order_of(1, ORDER_QUARANTINE), allow = order_of(1, ORDER_ALLOW),
			   monitor = order_of(2, ORDER_MONITOR);
	struct store *s = open_store();

	(void)state;
	assert_int_equal(read_all(s), 0);
	assert_int_equal(store_order_put(s, &quarantine), 0);
	assert_int_equal(store_order_put(s, &monitor), 0);
	assert_int_equal(store_order_put(s, &allow), 0); /* in place of the first */
	store_free(s);

	s = open_store();
	assert_int_equal(read_all(s), 2);
	assert_memory_equal(&found[found[0].device[0] == 1 ? 0 : 1], &allow, sizeof(allow));
	assert_memory_equal(&found[found[0].device[0] == 1 ? 1 : 0], &monitor, sizeof(monitor));
	assert_int_equal(store_order_remove(s, allow.device), 0);
	assert_int_equal(read_all(s), 1);
	store_free(s);
}

static void test_what_is_undone(void **state)
{
	const struct order o = order_of(1, ORDER_QUARANTINE);
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_order_put(s, &o), 0);
	store_rollback(s);
	assert_int_equal(read_all(s), 0);
	store_rollback(s); /* there is nothing to undo */
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_order_put(s, &o), 0);
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(read_all(s), 1);
	store_free(s);
}

/* Each row spoils one thing of an order that is taken. */
static void test_what_is_not_taken(void **state)
{
	static const struct {
		const char *what;
		enum order_kind kind;
		int64_t lasts_sec;
		const char *zone, *reason;
		bool is_taken;
	} rows[] = {
		{ "quarantine until released", ORDER_QUARANTINE, 0, "", "", true },
		{ "quarantine for a time", ORDER_QUARANTINE, HOUR, "", "", true },
		{ "quarantine for a year", ORDER_QUARANTINE, 365 * 86400, "", "", true },
		{ "quarantine for less than nothing", ORDER_QUARANTINE, -1, "", "", false },
		{ "quarantine in a zone", ORDER_QUARANTINE, 0, "trusted", "", false },
		{ "allow", ORDER_ALLOW, HOUR, "trusted", "x", true },
		{ "allow for 31 days", ORDER_ALLOW, ORDER_MAX_SEC, "trusted", "x", true },
		{ "allow for a second more", ORDER_ALLOW, ORDER_MAX_SEC + 1, "trusted", "x", false },
		{ "allow without an end", ORDER_ALLOW, 0, "trusted", "x", false },
		{ "allow without a reason", ORDER_ALLOW, HOUR, "trusted", "", false },
		{ "allow without a zone", ORDER_ALLOW, HOUR, "", "x", false },
		{ "allow, a reason of two lines", ORDER_ALLOW, HOUR, "trusted", "x\ny", false },
		{ "allow, a reason in UTF-8", ORDER_ALLOW, HOUR, "trusted", "집", true },
		{ "allow, a reason that is none", ORDER_ALLOW, HOUR, "trusted", "\xff", false },
		{ "monitor", ORDER_MONITOR, HOUR, "", "x", true },
		{ "monitor without an end", ORDER_MONITOR, 0, "", "x", false },
		{ "monitor without a reason", ORDER_MONITOR, HOUR, "", "", false },
		{ "monitor for 32 days", ORDER_MONITOR, 32 * 86400, "", "x", false },
		{ "nothing", ORDER_NONE, HOUR, "", "x", false },
		{ "a kind that is none", _ORDER_MAX, HOUR, "", "x", false },
	};
	struct store *s = open_store();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct order o = { .device = { 1 }, .kind = rows[i].kind, .since_sec = NOW };

		o.until_sec = rows[i].lasts_sec ? NOW + rows[i].lasts_sec : 0;
		set_text(o.zone, rows[i].zone);
		set_text(o.reason, rows[i].reason);
		if (store_order_put(s, &o) != (rows[i].is_taken ? 0 : -EINVAL))
			fail_msg("%s", rows[i].what);
	}
	store_free(s);
}

/* What somebody wrote into the file does not count unless it could have been ordered. */
static void test_what_is_not_believed(void **state)
{
	const struct order good = order_of(1, ORDER_ALLOW);
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_order_put(s, &good), 0);
	store_free(s);
	meddle("INSERT INTO operator_order SELECT x'02', kind, zone, since, until, reason, uid, boot FROM "
	       "operator_order;"
	       "INSERT INTO operator_order SELECT randomblob(32), kind, zone, since, 0, reason, uid, boot FROM "
	       "operator_order"
	       " WHERE device <> x'02';"
	       "INSERT INTO operator_order SELECT randomblob(32), 9, zone, since, until, reason, uid, boot FROM "
	       "operator_order"
	       " WHERE device <> x'02' AND until <> 0");
	s = open_store();
	assert_int_equal(read_all(s), 1);
	assert_memory_equal(&found[0], &good, sizeof(good));
	store_free(s);
}

static void ignore(const struct verdict *v, void *userdata)
{
	(void)v;
	(void)userdata;
}

/* From the version before, and when no verdict can be read any more. */
static void test_an_older_file_grows(void **state)
{
	const struct order o = order_of(1, ORDER_QUARANTINE);
	struct verdict v = { .facts.device = { 1 }, .was_admitted = true };
	struct store *s = open_store();

	(void)state;
	set_text(v.zone, "trusted");
	assert_int_equal(store_put(s, &v, NULL), 0);
	store_free(s);
	meddle("DROP TABLE operator_order; ALTER TABLE verdict RENAME TO newer; DROP INDEX verdict_ueid;"
	       "CREATE TABLE verdict (device BLOB PRIMARY KEY, ueid BLOB NOT NULL, zone TEXT NOT NULL,"
	       " admitted INTEGER NOT NULL, until INTEGER NOT NULL, layout TEXT NOT NULL, digest BLOB NOT NULL,"
	       " record BLOB NOT NULL) STRICT;"
	       "CREATE INDEX verdict_ueid ON verdict (ueid);"
	       "INSERT INTO verdict SELECT device, ueid, zone, admitted, until, layout, digest, record FROM newer;"
	       "DROP TABLE newer; DROP TABLE held; ALTER TABLE record_foot DROP COLUMN kept; "
	       "ALTER TABLE record DROP COLUMN name; ALTER TABLE record DROP COLUMN segment; "
	       "ALTER TABLE record DROP COLUMN place; ALTER TABLE record DROP COLUMN interface; "
	       "ALTER TABLE record DROP COLUMN port; ALTER TABLE record DROP COLUMN mac; "
	       "ALTER TABLE record DROP COLUMN encoding; ALTER TABLE record DROP COLUMN ordered_by; "
	       "ALTER TABLE record DROP COLUMN ordered_login; ALTER TABLE record DROP COLUMN ordered_role; "
	       "ALTER TABLE record DROP COLUMN renewals; ALTER TABLE record DROP COLUMN renewed; "
	       "PRAGMA user_version = 2");
	s = open_store();
	assert_int_equal(store_load(s, ignore, NULL), 1);
	assert_int_equal(store_order_put(s, &o), 0);
	store_free(s);
	meddle("UPDATE verdict SET layout = 'of another build'");
	s = open_store();
	assert_int_equal(store_load(s, ignore, NULL), 0);
	assert_int_equal(read_all(s), 1);
	assert_int_equal(orders_load(s, &orders), 0);
	assert_non_null(orders_find(orders, o.device));
	store_free(s);
}

static void test_the_table_in_memory(void **state)
{
	struct order o = order_of(1, ORDER_QUARANTINE);
	struct store *s = open_store();

	(void)state;
	assert_null(orders_find(NULL, o.device));
	assert_int_equal(orders_load(s, &orders), 0);
	store_free(s);
	for (int i = 0; i < 200; i++) {
		o.device[0] = (uint8_t)i;
		assert_int_equal(orders_put(orders, &o), 0);
	}
	o.kind = ORDER_MONITOR;
	assert_int_equal(orders_put(orders, &o), 0);
	assert_int_equal(orders_count(orders), 200);
	assert_int_equal(orders_find(orders, o.device)->kind, ORDER_MONITOR);
	orders_remove(orders, o.device);
	orders_remove(orders, o.device);
	assert_null(orders_find(orders, o.device));
	assert_int_equal(orders_count(orders), 199);
}

/* --- what an order makes of a verdict --- */

static void test_quarantine(void **state)
{
	struct order o = order_of(1, ORDER_QUARANTINE);
	struct verdict v = trusted(1);

	(void)state;
	order_lay_over(&o, &config.policy, NOW + HOUR, &v); /* its time is over */
	assert_string_equal(v.zone, "trusted");
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "quarantine");
	assert_int_equal(v.decision.zone, ZONE_QUARANTINE);
	assert_int_equal(v.decision.reason, REASON_OPERATOR_QUARANTINE);
	assert_int_equal(v.decision.home_level, 0);
	assert_int_equal(verdict_zone(&v, NOW), ZONE_QUARANTINE);
	v = trusted(1);
	o.until_sec = 0;
	order_lay_over(&o, &config.policy, NOW + 1000 * HOUR, &v); /* never over by itself */
	assert_string_equal(v.zone, "quarantine");
}

static void test_allow(void **state)
{
	const struct order o = order_of(1, ORDER_ALLOW);
	struct verdict v = quarantined(1, REASON_LABEL_SIGNATURE);

	(void)state;
	v.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNATURE);
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "restricted");
	assert_int_equal(v.decision.reason, REASON_OPERATOR_ALLOWED);
	assert_int_equal(v.decision.rule, -1);
	assert_int_equal(v.decision.label, -1);
	assert_int_equal(v.decision.home_level, 0);
	assert_string_equal(v.decision.arrangement, "");
	assert_int_equal(v.decision.expiry.at_sec, NOW + HOUR);
	assert_int_equal(v.decision.expiry.cause, EXPIRY_ORDER);
	assert_int_equal(verdict_zone(&v, NOW + HOUR - 1), 1);
	assert_int_equal(verdict_zone(&v, NOW + HOUR), ZONE_QUARANTINE);
	v = trusted(1); /* nor does one that is certified keep its certification */
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "restricted");
	assert_int_equal(v.decision.home_level, 0);
}

/* What identity denies no order gives; what only a label lacks it does. */
static void test_allow_and_identity(void **state)
{
	static const struct {
		enum hallmark_check check;
		struct check_result result;
		bool lets_in;
	} rows[] = {
		{ CHECK_POSSESSION, { CHECK_FAILED, REASON_NO_POSSESSION }, false },
		{ CHECK_POSSESSION, { CHECK_ABSENT, REASON_NOT_EVALUATED }, false },
		{ CHECK_CERTIFICATE, { CHECK_FAILED, REASON_CERTIFICATE_DATE }, false },
		{ CHECK_CHAIN, { CHECK_FAILED, REASON_CHAIN_UNANCHORED }, true },
		{ CHECK_DEVICE_REVOCATION, { CHECK_FAILED, REASON_DEVICE_REVOKED }, false },
		{ CHECK_DEVICE_REVOCATION, { CHECK_FAILED, REASON_CRL_STALE }, true },
		{ CHECK_DEVICE_REVOCATION, { CHECK_ABSENT, REASON_NO_CRL }, true },
		{ CHECK_EVIDENCE_SIGNATURE, { CHECK_FAILED, REASON_EVIDENCE_SIGNATURE }, false },
		{ CHECK_EVIDENCE_SIGNATURE, { CHECK_ABSENT, REASON_NO_EVIDENCE }, false },
		{ CHECK_FRESHNESS, { CHECK_FAILED, REASON_NONCE_UNKNOWN }, false },
		{ CHECK_SAME_DEVICE, { CHECK_FAILED, REASON_UEID_TAKEN }, false },
		{ CHECK_SAME_DEVICE, { CHECK_FAILED, REASON_SERIAL_MISMATCH }, true },
		{ CHECK_DEBUG, { CHECK_FAILED, REASON_DEBUG_ENABLED }, true },
		{ CHECK_FIRMWARE, { CHECK_FAILED, REASON_FIRMWARE_MISMATCH }, true },
	};
	const struct order o = order_of(1, ORDER_ALLOW);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict v = quarantined(1, REASON_LABEL_ABSENT);

		v.facts.checks[rows[i].check] = rows[i].result;
		order_lay_over(&o, &config.policy, NOW, &v);
		if (strcmp(v.zone, rows[i].lets_in ? "restricted" : "quarantine") != 0)
			fail_msg("%s, %s: %s", check_name(rows[i].check), reason_name(rows[i].result.reason), v.zone);
		assert_int_equal(order_refusal(&o, &config.policy, &v.facts),
				 rows[i].lets_in ? REASON_ADMITTED : rows[i].result.reason);
	}
}

static void test_allow_into_nowhere(void **state)
{
	struct order o = order_of(1, ORDER_ALLOW);
	struct verdict v = quarantined(1, REASON_LABEL_ABSENT);

	(void)state;
	set_text(o.zone, "attic");
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "quarantine");
	assert_int_equal(v.decision.reason, REASON_LABEL_ABSENT);
	set_text(o.zone, "quarantine");
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_int_equal(v.decision.reason, REASON_LABEL_ABSENT);
	set_text(o.zone, "trusted");
	v.interface[0] = '\0'; /* it was never seen at a place */
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "quarantine");
	set_text(v.interface, "port1");
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "trusted");
}

static void test_monitor(void **state)
{
	const struct order o = order_of(1, ORDER_MONITOR);
	struct verdict v = trusted(1);

	(void)state;
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "trusted");
	assert_int_equal(v.decision.reason, REASON_ADMITTED);
	assert_int_equal(v.decision.home_level, 2);
	assert_int_equal(v.monitored_until_sec, NOW + HOUR);
	order_lay_over(NULL, &config.policy, NOW, &v);
	assert_int_equal(v.monitored_until_sec, 0);
	v = quarantined(1, REASON_LABEL_ABSENT);
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "quarantine");
	assert_int_equal(v.monitored_until_sec, NOW + HOUR);
	v = quarantined(1, REASON_DISPLACED); /* its place is another's */
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_int_equal(v.monitored_until_sec, 0);
}

/* --- what comes back at its end --- */

static struct verdict after;

static bool look_at(const struct verdict *v, int64_t now_sec, const struct facts *facts)
{
	struct occupants *occupants = occupants_new(registry);
	const struct reconsideration r = { .config = &config,
					   .registry = registry,
					   .occupants = occupants,
					   .orders = orders,
					   .now_sec = now_sec,
					   .facts = facts };

	assert_non_null(occupants);

	bool is_news = reconsider(&r, v, &after);

	occupants_free(occupants);
	return is_news;
}

static void give(struct order o)
{
	struct store *s;

	if (!orders) {
		s = open_store();
		assert_int_equal(orders_load(s, &orders), 0);
		store_free(s);
	}
	assert_int_equal(orders_put(orders, &o), 0);
}

static void take_back(void)
{
	const uint8_t device[SHA256_LEN] = { 1 };

	orders_remove(orders, device);
}

static void test_a_verdict_comes_back_for_the_rest_of_its_time(void **state)
{
	struct verdict v = trusted(1);

	(void)state;
	give(order_of(1, ORDER_QUARANTINE));
	assert_true(look_at(&v, NOW, NULL));
	assert_int_equal(after.decision.reason, REASON_OPERATOR_QUARANTINE);
	v = after;
	assert_false(look_at(&v, NOW + 60, NULL)); /* a review changes nothing */
	assert_string_equal(after.zone, "quarantine");
	take_back();
	assert_true(look_at(&v, NOW + 120, NULL));
	assert_string_equal(after.zone, "trusted");
	assert_int_equal(after.decision.expiry.at_sec, NOW + 7 * HOUR); /* no more than it had */
	assert_int_equal(after.decision.home_level, 2);
	assert_true(look_at(&v, NOW + 8 * HOUR, NULL)); /* but not once that is over */
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_EXPIRED);
}

static void test_an_allowed_one_falls_back(void **state)
{
	struct verdict v = quarantined(1, REASON_LABEL_SIGNATURE);
	struct facts revoked;

	(void)state;
	v.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNATURE);
	give(order_of(1, ORDER_ALLOW));
	assert_true(look_at(&v, NOW, NULL));
	assert_string_equal(after.zone, "restricted");
	v = after;
	assert_false(look_at(&v, NOW + 60, NULL));
	assert_string_equal(after.zone, "restricted");

	revoked = v.facts;
	revoked.checks[CHECK_DEVICE_REVOCATION] = check_failed(REASON_DEVICE_REVOKED);
	assert_true(look_at(&v, NOW + 60, &revoked));
	assert_string_equal(after.zone, "quarantine");

	assert_true(look_at(&v, NOW + HOUR, NULL)); /* the order is over, though nobody took it away yet */
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_LABEL_SIGNATURE);
	take_back();
	assert_true(look_at(&v, NOW + 120, NULL));
	assert_int_equal(after.decision.reason, REASON_LABEL_SIGNATURE);
}

/* An order revives nothing: whatever ended before it has ended after it. */
static void test_what_had_ended_stays_so(void **state)
{
	static const enum hallmark_reason ended[] = { REASON_DISPLACED, REASON_EXPIRED, REASON_KERNEL };

	(void)state;
	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
		struct verdict v = quarantined(1, ended[i]);

		give(order_of(1, ORDER_QUARANTINE));
		assert_true(look_at(&v, NOW, NULL));
		assert_int_equal(after.decision.reason, REASON_OPERATOR_QUARANTINE);
		v = after;
		take_back();
		assert_true(look_at(&v, NOW + 60, NULL));
		assert_string_equal(after.zone, "quarantine");
		assert_int_equal(after.decision.reason, ended[i]);
		v = after;
		assert_false(look_at(&v, NOW + 60, NULL));
	}
}

/* One that was never admitted is not let in by facts that nobody has looked at since; it must attest. */
static void test_a_stranger_stays_one(void **state)
{
	struct verdict v = quarantined(1, REASON_LABEL_ABSENT);

	(void)state;
	v.was_admitted = false;
	give(order_of(1, ORDER_ALLOW));
	assert_true(look_at(&v, NOW, NULL));
	assert_string_equal(after.zone, "restricted");
	v = after;
	v.was_admitted = true; /* as ordering.c keeps it */
	take_back();
	assert_true(look_at(&v, NOW + 60, NULL));
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_LABEL_ABSENT);
	v = after;
	assert_false(look_at(&v, NOW + 120, NULL));
	assert_string_equal(after.zone, "quarantine");
}

static void test_a_place_that_is_anothers(void **state)
{
	struct verdict v = trusted(1), other = trusted(1);

	(void)state;
	give(order_of(1, ORDER_QUARANTINE));
	assert_true(look_at(&v, NOW, NULL));
	v = after;
	assert_int_equal(registry_put(registry, &v), 0);
	take_back();
	assert_true(look_at(&v, NOW, NULL));
	assert_string_equal(after.zone, "trusted");

	other.facts.device[0] = 2;
	other.facts.ueid[1] = 2;
	other.attested_sec = NOW;
	assert_int_equal(registry_put(registry, &other), 0);
	assert_true(look_at(&v, NOW, NULL));
	assert_string_equal(after.zone, "quarantine");
	assert_int_equal(after.decision.reason, REASON_DISPLACED);
	give(order_of(1, ORDER_ALLOW)); /* nor does an order give it */
	(void)look_at(&v, NOW, NULL);
	assert_string_equal(after.zone, "quarantine");
	give(order_of(1, ORDER_MONITOR));
	(void)look_at(&v, NOW, NULL);
	assert_int_equal(after.monitored_until_sec, 0);
}

/* An identity that an operator let in keeps no genuine one out. */
static void test_an_allowed_one_holds_no_name(void **state)
{
	const struct order o = order_of(1, ORDER_ALLOW);
	struct verdict v = quarantined(1, REASON_SERIAL_MISMATCH);

	(void)state;
	v.facts.checks[CHECK_SAME_DEVICE] = check_failed(REASON_SERIAL_MISMATCH);
	order_lay_over(&o, &config.policy, NOW, &v);
	assert_string_equal(v.zone, "restricted");
	assert_int_equal(registry_put(registry, &v), 0);
	assert_null(registry_ueid_owner(registry, bytes_of(v.facts.ueid, v.facts.n_ueid), next_room()));
	assert_non_null(registry_at_place(registry, v.interface, v.mac, next_room()));
	v.facts.checks[CHECK_SAME_DEVICE] = check_passed(); /* as a certificate that it made itself says, too */
	v.facts.checks[CHECK_CHAIN] = check_failed(REASON_CHAIN_UNANCHORED);
	assert_false(verdict_is_proved(&v));
	assert_int_equal(registry_put(registry, &v), 0);
	assert_null(registry_ueid_owner(registry, bytes_of(v.facts.ueid, v.facts.n_ueid), next_room()));
	v.facts.checks[CHECK_CHAIN] = check_passed();
	assert_true(verdict_is_proved(&v));
	assert_int_equal(registry_put(registry, &v), 0);
	assert_non_null(registry_ueid_owner(registry, bytes_of(v.facts.ueid, v.facts.n_ueid), next_room()));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_kept),
		TEST(test_what_is_undone),
		TEST(test_what_is_not_taken),
		TEST(test_what_is_not_believed),
		TEST(test_an_older_file_grows),
		TEST(test_the_table_in_memory),
		TEST(test_quarantine),
		TEST(test_allow),
		TEST(test_allow_and_identity),
		TEST(test_allow_into_nowhere),
		TEST(test_monitor),
		TEST(test_a_verdict_comes_back_for_the_rest_of_its_time),
		TEST(test_an_allowed_one_falls_back),
		TEST(test_what_had_ended_stays_so),
		TEST(test_a_stranger_stays_one),
		TEST(test_a_place_that_is_anothers),
		TEST(test_an_allowed_one_holds_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
