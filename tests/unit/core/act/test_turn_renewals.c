/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: store_put store_sync store_commit */
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

static unsigned n_puts, n_syncs, n_commits;
static int put_result, commit_result;

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

int __real_store_commit(struct store *s);
int __wrap_store_commit(struct store *s);

/* Fails once. */
int __wrap_store_commit(struct store *s)
{
	const int r = commit_result;

	n_commits++;
	commit_result = 0;
	if (r == 0)
		return __real_store_commit(s);
	store_rollback(s);
	return r;
}

static const struct verdict *device(uint8_t number)
{
	return look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ number });
}

static const struct verdict *device_one(void)
{
	return device(1);
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

	assert_int_equal(record_each(core.settler.store,
				     &(struct record_filter){ .device = (const uint8_t[SHA256_LEN]){ 1 } }, on_entry,
				     &r),
			 n_entries);
	return r;
}

/* The last one that was stored, and what was decided then, is that long ago; the end, too. */
static void pass(int64_t sec)
{
	struct verdict v = *device_one();
	struct stored_row *row = registry_row(core.settler.registry, v.facts.device);

	row->attested_sec -= sec;
	row->written_sec -= sec;
	v.attested_sec -= sec;
	v.decision.decided_sec -= sec;
	v.decision.expiry.at_sec -= sec;
	assert_int_equal(registry_change(core.settler.registry, &v), 0);
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
	assert_int_equal(record_each(core.settler.store, &(struct record_filter){ .from = 1 }, on_first, &first), 2);
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

/* --- Several addresses --- */

/* Another address of the device at place 1. */
static struct ipc_origin another(void)
{
	struct ipc_origin o = at(1);

	o.address.s6_addr[7] = 7;
	return o;
}

static void submit_from(struct ipc_origin origin)
{
	struct facts f = facts_of(1, true);

	f.place = claim_of(1);
	f.place.own = origin.address;
	say((struct said){ .origin = origin, .facts = f, .fresh = fresh() });
}

static uint8_t address_in_kernel;

static int apply_addresses(struct element *elements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (elements[i].zone == TRUSTED)
			address_in_kernel = elements[i].address6.s6_addr[7];
	return apply(elements, n);
}

/* Asks from one and the other, and from the other last. */
static void ask_in_turn(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const bool is_other = (n - i) % 2 == 1;

		ask_admission_from(1, is_other ? another() : at(1));
		assert_int_equal(run(1), REASON_ADMITTED);
		assert_int_equal(device_one()->address6.s6_addr[7], is_other ? 7 : 0);
		assert_int_equal(address_in_kernel, is_other ? 7 : 0);
	}
}

/* Nor is it evidence, which would have the device judged once more by a review. */
static void test_asking_from_two_addresses(void **state)
{
	uint64_t edition;

	(void)state;
	kernel_double.apply = apply_addresses;
	renew(1);
	edition = device_one()->edition;
	settle_flush(&core.settler);
	n_puts = n_syncs = n_commits = 0;
	ask_in_turn(40);
	assert_int_equal(n_puts + n_syncs + n_commits, 0);
	assert_int_equal(stored().address6.s6_addr[7], 0);
	settle_renewals(&core.settler);
	assert_int_equal(n_puts, 1);
	assert_int_equal(stored().address6.s6_addr[7], 7);
	assert_int_equal(last_entry(1).renewals, 0);
	assert_int_equal(last_entry(1).renewed_sec, 0);
	assert_int_equal(device_one()->edition, edition);
	renew(1);
	assert_int_not_equal(device_one()->edition, edition);
}

/* The first change is stored at once when the store was not written for so long, and the others are not. */
static void test_asking_after_the_span(void **state)
{
	(void)state;
	kernel_double.apply = apply_addresses;
	renew(1);
	settle_flush(&core.settler);
	pass(renewal_span(device_one()));
	n_puts = n_syncs = 0;
	ask_in_turn(1);
	assert_int_equal(n_puts, 1);
	assert_int_equal(stored().address6.s6_addr[7], 7);
	ask_in_turn(20);
	assert_int_equal(n_puts, 1);
	assert_int_equal(n_syncs, 0);
}

static void test_attesting_from_two_addresses(void **state)
{
	(void)state;
	kernel_double.apply = apply_addresses;
	renew(1);
	settle_flush(&core.settler);
	n_puts = n_syncs = 0;
	for (int i = 0; i < 20; i++) {
		submit_from(i % 2 == 0 ? another() : at(1));
		assert_int_equal(run(1), REASON_ADMITTED);
		assert_int_equal(address_in_kernel, i % 2 == 0 ? 7 : 0);
	}
	ask_in_turn(1);
	renew(1);
	assert_int_equal(n_puts + n_syncs, 0);
	assert_int_equal(device_one()->renewals, 21);
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;");
}

/* Another place is a change, and the disk has it before the kernel acts. */
static void test_attesting_from_another_place(void **state)
{
	(void)state;
	renew(1);
	settle_flush(&core.settler);
	n_puts = n_syncs = 0;
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(n_puts, 1);
	assert_int_equal(n_syncs, 1);
}

/* --- What could not be stored --- */

/* A renewal that could not be stored is stored with the next one, not after another span. */
static void test_after_a_renewal_that_failed(void **state)
{
	(void)state;
	renew(1);
	pass(renewal_span(device_one()));
	put_result = -EIO;
	renew(1);
	put_result = 0;
	assert_false(device_one()->is_unstored);
	n_puts = 0;
	renew(1);
	assert_int_equal(n_puts, 1);
	assert_int_equal(stored().attested_sec, device_one()->attested_sec);
	renew(1);
	assert_int_equal(n_puts, 1);
}

static void test_a_stop_stores_what_failed(void **state)
{
	(void)state;
	renew(1);
	pass(renewal_span(device_one()));
	put_result = -EIO;
	renew(1);
	put_result = 0;
	settle_renewals(&core.settler);
	assert_int_equal(stored().attested_sec, device_one()->attested_sec);
	assert_int_equal(last_entry(1).renewals, 1);
}

/* Also when what failed had no new evidence: a review, and times that moved with the clock. */
static void test_after_a_review_that_failed(void **state)
{
	struct facts bad;

	(void)state;
	renew(1);
	bad = device_one()->facts;
	bad.checks[CHECK_DEBUG] = check_failed(REASON_DEBUG_ENABLED);
	put_result = -EIO;
	judge_again(1, (struct reconsideration){ .facts = &bad });
	put_result = 0;
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "trusted");
	submit(1, 1, false);
	(void)run(1);
	expect_stored(1, "quarantine");
}

static void test_after_an_amendment_that_failed(void **state)
{
	(void)state;
	renew(1);
	put_result = -EIO;
	settle_amend(&core.settler, device_one());
	put_result = 0;
	n_puts = 0;
	renew(1);
	assert_int_equal(n_puts, 1);
	settle_amend(&core.settler, device_one());
	n_puts = 0;
	renew(1);
	assert_int_equal(n_puts, 0);
}

static void lose_transaction(void)
{
	commit_result = -EIO;
	settle_flush(&core.settler);
}

/* The stored inputs of a device are doubtful only when that transaction had new ones of it. */
static void test_a_transaction_is_lost(void **state)
{
	(void)state;
	renew(1);
	submit(3, 3, true);
	(void)run(1);
	settle_flush(&core.settler);
	pass(renewal_span(device_one()));
	submit(2, 2, true); /* new */
	submit(1, 1, true); /* a renewal that is stored, */
	submit(3, 3, true); /* and one that is not */
	(void)run(3);
	lose_transaction();
	assert_true(device(2)->is_unstored);
	assert_false(device(1)->is_unstored);
	assert_false(device(3)->is_unstored);
	n_puts = 0;
	submit(3, 3, true);
	(void)run(1);
	assert_int_equal(n_puts, 0);
	renew(1);
	submit(2, 2, true);
	(void)run(1);
	assert_int_equal(n_puts, 2);
	assert_int_equal(stored().attested_sec, device_one()->attested_sec);
	expect_stored(2, "trusted");
	assert_false(device(2)->is_unstored);
}

/* A renewal in the same transaction as the evidence before it leaves the inputs doubtful. */
static void test_a_transaction_with_both_is_lost(void **state)
{
	(void)state;
	renew(2);
	lose_transaction();
	assert_true(device_one()->is_unstored);
}

/* An order commits what is pending first: the order is stored, and the inputs from before it are as doubtful as without it. */
static void test_an_order_loses_a_transaction(void **state)
{
	(void)state;
	renew(1);
	commit_result = -EIO;
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_true(device_one()->is_unstored);
	assert_int_equal(orders_stored(), 1);
	expect_stored(1, "quarantine");
	assert_int_equal(take_back(1), 0);
	assert_true(device_one()->is_unstored);
	renew(1);
	assert_false(device_one()->is_unstored);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_false(device_one()->is_unstored);
}

/* The kernel refuses renewals and questions: the admission is what it was, and nothing is written. */
static void test_refused_renewals(void **state)
{
	(void)state;
	renew(1);
	settle_flush(&core.settler);
	n_puts = n_syncs = n_commits = 0;
	refuses_grants = true;
	for (int i = 0; i < 20; i++) {
		submit(1, 1, true);
		assert_int_equal(run(1), REASON_KERNEL);
		ask_admission_from(1, i % 2 == 0 ? another() : at(1));
		assert_int_equal(run(1), REASON_KERNEL);
	}
	assert_int_equal(n_puts + n_syncs + n_commits, 0);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(device_one()->renewals, 0);
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;");
	refuses_grants = false;
	pass(renewal_span(device_one()));
	renew(1);
	assert_int_equal(n_puts, 1);
}

static void test_a_lost_amendment_is_stored(void **state)
{
	(void)state;
	renew(1);
	settle_flush(&core.settler);
	settle_amend(&core.settler, device_one());
	lose_transaction();
	assert_false(device_one()->is_unstored);
	n_puts = 0;
	renew(1);
	assert_int_equal(n_puts, 1);
}

/* So many that one transaction would hold the loop for long. */
static void test_a_stop_with_many(void **state)
{
	struct verdict v;

	(void)state;
	renew(1);
	settle_flush(&core.settler);
	v = *device_one();
	for (unsigned i = 0; i < 1001; i++) {
		v.facts.device[1] = (uint8_t)(i >> 8);
		v.facts.device[2] = (uint8_t)i;
		v.facts.device[3] = 1;
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
		registry_row(core.settler.registry, v.facts.device)->is_behind = true;
	}
	n_puts = n_commits = 0;
	settle_renewals(&core.settler);
	settle_flush(&core.settler);
	assert_int_equal(n_puts, 1001);
	assert_int_equal(n_commits, 3);
}

/* A demand ends, so that it is no longer stored either. */
static void test_after_a_demand(void **state)
{
	struct verdict v;

	(void)state;
	renew(2);
	v = *device_one();
	v.reattest.by_sec = v.decision.expiry.at_sec;
	assert_int_equal(registry_change(core.settler.registry, &v), 0);
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
		TEST(test_ninety_renewals),
		TEST(test_after_the_span),
		TEST(test_a_change_is_stored),
		TEST(test_denials_too),
		TEST(test_a_stop_stores_them),
		TEST(test_after_a_store_that_failed),
		TEST(test_after_a_demand),
		TEST(test_asking_from_two_addresses),
		TEST(test_asking_after_the_span),
		TEST(test_attesting_from_two_addresses),
		TEST(test_attesting_from_another_place),
		TEST(test_after_a_renewal_that_failed),
		TEST(test_a_stop_stores_what_failed),
		TEST(test_after_a_review_that_failed),
		TEST(test_after_an_amendment_that_failed),
		TEST(test_a_transaction_is_lost),
		TEST(test_a_transaction_with_both_is_lost),
		TEST(test_an_order_loses_a_transaction),
		TEST(test_refused_renewals),
		TEST(test_a_lost_amendment_is_stored),
		TEST(test_a_stop_with_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
