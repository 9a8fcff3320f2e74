/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* Evidence counts once: it is refused when its beacon is too old, or the device used it or a later one before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/act/freshness.h"
#include "core/devices/used.h"
#include "ipc/ipc.h"
#include "turn_kit.h"

static uint8_t handles; /* that were made: no two are equal */

/* A submission with the latest beacon, or the one before it. */
static struct ipc_fresh fresh_with(unsigned age, bool is_nonce)
{
	const struct beacons *b = &core.beacons;
	struct ipc_fresh f = { 0 };

	memcpy(f.beacon, b->list[(b->newest - age) % BEACONS_KEPT], BEACON_LEN);
	if (is_nonce)
		memcpy(f.handle, f.beacon, BEACON_LEN);
	f.handle[HALLMARK_HANDLE_LEN - 1] = ++handles;
	return f;
}

/* What the device is told of check 6 when it submits this; REASON_ADMITTED: nothing. */
static enum hallmark_reason told_of(uint8_t device, const struct ipc_fresh *fresh, bool good)
{
	say((struct said){ .origin = at(device), .facts = facts_of(device, good), .fresh = *fresh });
	assert_int_equal(run(1), REASON_ADMITTED);
	for (size_t i = 0; i < answered.n_reasons; i++)
		if (REASON_CHECK(answered.reasons[i]) == CHECK_FRESHNESS)
			return (enum hallmark_reason)answered.reasons[i];
	return REASON_ADMITTED;
}

static void beat(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(beacons_make(&core.beacons), 0);
}

/* What was sent again changes nothing: neither good evidence after bad, nor bad after good. */
static void test_evidence_counts_once(void **state)
{
	struct ipc_fresh first, bad;

	(void)state;
	beat(1);
	first = fresh_with(0, false);
	assert_int_equal(told_of(1, &first, true), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(told_of(1, &first, true), REASON_REPLAYED);
	assert_int_equal(told_of(1, &first, false), REASON_REPLAYED);
	assert_int_equal(zone_of[1], TRUSTED);

	beat(1);
	bad = fresh_with(0, false);
	assert_int_equal(told_of(1, &bad, false), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(told_of(1, &first, true), REASON_REPLAYED);
	assert_int_equal(told_of(1, &bad, true), REASON_REPLAYED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	first = fresh_with(0, false);
	assert_int_equal(told_of(1, &first, true), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
}

/* Evidence that another submission has overtaken does not count, even if it never came before. */
static void test_in_their_order(void **state)
{
	struct ipc_fresh fresh;

	(void)state;
	beat(2);
	fresh = fresh_with(0, false);
	assert_int_equal(told_of(1, &fresh, true), REASON_ADMITTED);
	fresh = fresh_with(1, false);
	assert_int_equal(told_of(1, &fresh, true), REASON_REPLAYED);
	assert_int_equal(told_of(2, &fresh, true), REASON_ADMITTED); /* each device has its own */
}

static void test_few_with_one_beacon(void **state)
{
	struct ipc_fresh fresh;

	(void)state;
	beat(1);
	for (unsigned i = 0; i < USED_MARKS_MAX; i++) {
		fresh = fresh_with(0, i % 2);
		assert_int_equal(told_of(1, &fresh, true), REASON_ADMITTED);
		assert_int_equal(told_of(1, &fresh, true), REASON_REPLAYED);
	}
	fresh = fresh_with(0, false);
	assert_int_equal(told_of(1, &fresh, true), REASON_REPLAYED);
	beat(1);
	fresh = fresh_with(0, false);
	assert_int_equal(told_of(1, &fresh, true), REASON_ADMITTED);
}

static void test_too_old(void **state)
{
	(void)state;
	for (unsigned is_nonce = 0; is_nonce < 2; is_nonce++) {
		struct ipc_fresh fresh;

		beat(1);
		fresh = fresh_with(0, is_nonce);
		beat(BEACONS_KEPT - 1);
		assert_int_equal(told_of(1 + (uint8_t)is_nonce, &fresh, true), REASON_ADMITTED);
		beat(1);
		assert_int_equal(told_of(3 + (uint8_t)is_nonce, &fresh, true),
				 is_nonce ? REASON_NONCE_EXPIRED : REASON_CHANNEL_SPENT);
		assert_int_equal(zone_of[3 + is_nonce], ZONE_QUARANTINE);
	}
}

/* A beacon that the core never made, and none at all. */
static void test_made_up(void **state)
{
	struct ipc_fresh fresh = { .beacon = { 1 }, .handle = { 2 } };

	(void)state;
	beat(1);
	assert_int_equal(told_of(1, &fresh, true), REASON_CHANNEL_SPENT);
	fresh = (struct ipc_fresh){ 0 };
	assert_int_equal(told_of(1, &fresh, true), REASON_NONCE_EXPIRED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
}

/* Who speaks in a device's name without its proof uses up nothing of it. */
static void test_others_use_up_nothing(void **state)
{
	struct ipc_fresh fresh;

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	submit_forged(1, 1); /* with a later beacon than the device has */
	(void)run(1);
	fresh = fresh_with(1, false);
	assert_int_equal(told_of(1, &fresh, true), REASON_ADMITTED);
}

/* Two in one turn are judged one after the other. */
static void test_twice_in_one_turn(void **state)
{
	struct said s = { .origin = at(1), .facts = facts_of(1, true) };

	(void)state;
	beat(1);
	s.fresh = fresh_with(0, false);
	for (int i = 0; i < 2; i++)
		say(s);
	assert_int_equal(run(2), REASON_ADMITTED);
	assert_int_equal(answered.status, EAR_CONTRAINDICATED); /* the second */
	assert_int_equal(zone_of[1], TRUSTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_evidence_counts_once),
		TEST(test_in_their_order),
		TEST(test_few_with_one_beacon),
		TEST(test_too_old),
		TEST(test_made_up),
		TEST(test_others_use_up_nothing),
		TEST(test_twice_in_one_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
