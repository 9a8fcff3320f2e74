/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: store_put store_sync */
/*
 * Renewals that change nothing are in force at once, and written seldom: what the store and the record hold of them, after
 * how long, and what ends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/devices/registry.h"
#include "core/settle/renewal.h"
#include "turn_kit.h"

static unsigned n_puts, n_syncs;
static int put_result;

int __real_store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);
int __wrap_store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);
int __real_store_sync(struct store *s);
int __wrap_store_sync(struct store *s);

int __wrap_store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs)
{
	n_puts++;
	return put_result < 0 ? put_result : __real_store_put(s, v, inputs);
}

int __wrap_store_sync(struct store *s)
{
	n_syncs++;
	return __real_store_sync(s);
}

static struct verdict *device_one(void)
{
	return registry_find(core.settler.registry, (const uint8_t[SHA256_LEN]){ 1 });
}

static void on_verdict(const struct verdict *v, void *userdata)
{
	if (v->facts.device[0] == 1)
		*(struct verdict *)userdata = *v;
}

/* As a restart would find it. */
static struct verdict stored(void)
{
	struct verdict v = { .attested_sec = -1 };

	settle_flush(&core.settler);
	assert_true(store_load(core.settler.store, on_verdict, &v) >= 0);
	return v;
}

static void on_entry(const struct record *r, void *userdata)
{
	*(struct record *)userdata = *r;
}

static void on_first(const struct record *r, void *userdata)
{
	if (r->sequence == 1)
		*(struct record *)userdata = *r;
}

static struct record last_entry(int n_entries)
{
	struct record r = { .renewals = -1 };

	assert_int_equal(record_each(core.settler.store, (const uint8_t[SHA256_LEN]){ 1 }, 0, on_entry, &r), n_entries);
	return r;
}

/* The last one that was stored, and what was decided then, is that long ago; the end, too. */
static void pass(int64_t sec)
{
	struct verdict *v = device_one();

	v->stored_sec -= sec;
	v->attested_sec -= sec;
	v->decision.decided_sec -= sec;
	v->decision.expiry.at_sec -= sec;
}

static void renew(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		submit(1, 1, true);
		assert_int_equal(run(1), REASON_ADMITTED);
	}
}

static void test_ninety_renewals(void **state)
{
	struct verdict first;

	(void)state;
	n_puts = n_syncs = 0;
	renew(1);
	first = stored();
	assert_int_equal(n_puts, 1);
	pass(60);
	renew(90);
	assert_int_equal(n_puts, 1);
	assert_int_equal(n_syncs, 0);
	assert_int_equal(device_one()->renewals, 90);
	assert_true(device_one()->decision.expiry.at_sec >= first.decision.expiry.at_sec);
	assert_int_equal(timeout_of[1], device_one()->decision.expiry.at_sec - device_one()->attested_sec);
	assert_int_equal(stored().attested_sec, first.attested_sec);
	assert_int_equal(last_entry(1).renewals, 0);
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;");
}

static void test_after_the_span(void **state)
{
	struct record entry;

	(void)state;
	renew(5);
	n_puts = 0;
	pass(renewal_span(device_one()) - 60);
	renew(1);
	assert_int_equal(n_puts, 0);
	pass(60);
	renew(1);
	assert_int_equal(n_puts, 1);
	assert_int_equal(stored().attested_sec, device_one()->attested_sec);
	assert_int_equal(stored().decision.expiry.at_sec, device_one()->decision.expiry.at_sec);
	assert_int_equal(stored().renewals, 6);
	entry = last_entry(1);
	assert_int_equal(entry.renewals, 6);
	assert_int_equal(entry.renewed_sec, device_one()->attested_sec);
	renew(1);
	assert_int_equal(n_puts, 1);
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;");
}

/* What is different is stored at once; and the entry before it says how often it was renewed until then. */
static void test_a_change_is_stored(void **state)
{
	struct record first = { 0 };

	(void)state;
	renew(4);
	n_puts = 0;
	pass(60);
	renew(1);
	submit(1, 1, false);
	(void)run(1);
	assert_int_equal(n_puts, 1);
	expect_stored(1, "quarantine");
	assert_int_equal(last_entry(2).renewals, 0);
	assert_int_equal(device_one()->renewals, 0);
	assert_int_equal(record_each(core.settler.store, NULL, 1, on_first, &first), 2);
	assert_int_equal(first.renewals, 4);
}

static void test_denials_too(void **state)
{
	(void)state;
	renew(1);
	submit(1, 1, false);
	(void)run(1);
	n_puts = n_syncs = 0;
	for (int i = 0; i < 20; i++) {
		submit(1, 1, false);
		(void)run(1);
	}
	assert_int_equal(n_puts, 0);
	assert_int_equal(n_syncs, 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(device_one()->renewals, 20);
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(n_puts, 1);
	assert_int_equal(zone_of[1], TRUSTED);
	expect_stored(1, "trusted");
}

static void test_a_stop_stores_them(void **state)
{
	(void)state;
	renew(1);
	pass(60);
	renew(3);
	assert_int_equal(stored().renewals, 0);
	settle_renewals(&core.settler);
	assert_int_equal(stored().renewals, 3);
	assert_int_equal(stored().decision.expiry.at_sec, device_one()->decision.expiry.at_sec);
	assert_int_equal(last_entry(1).renewals, 3);
	n_puts = 0;
	settle_renewals(&core.settler);
	assert_int_equal(n_puts, 0);
}

/* What the store does not have is no ground for a renewal: all of it is written again. */
static void test_after_a_store_that_failed(void **state)
{
	(void)state;
	renew(1);
	put_result = -EIO;
	submit(1, 1, false);
	(void)run(1);
	put_result = 0;
	assert_true(device_one()->is_unstored);
	n_puts = 0;
	submit(1, 1, false);
	(void)run(1);
	assert_int_equal(n_puts, 1);
	assert_false(device_one()->is_unstored);
	expect_stored(1, "quarantine");
}

/* A demand ends, so that it is no longer stored either. */
static void test_after_a_demand(void **state)
{
	(void)state;
	renew(2);
	device_one()->reattest.by_sec = device_one()->decision.expiry.at_sec;
	n_puts = 0;
	renew(1);
	assert_int_equal(n_puts, 1);
	assert_int_equal(stored().reattest.by_sec, 0);
	renew(1);
	assert_int_equal(n_puts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ninety_renewals), TEST(test_after_the_span),     TEST(test_a_change_is_stored),
		TEST(test_denials_too),     TEST(test_a_stop_stores_them), TEST(test_after_a_store_that_failed),
		TEST(test_after_a_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
