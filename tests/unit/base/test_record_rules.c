/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* Each rule of a record: what it takes, and the nearest that it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/record.h"

#define INNER_FIELDS(ONE, MANY)                                                                                        \
	ONE(INT, uint16_t, low, 0, r->high)                                                                            \
	ONE(INT, uint16_t, high, 0, 100)
RECORD(inner, INNER_FIELDS)

#define OUTER_FIELDS(ONE, MANY)                                                                                        \
	ONE(INT, int64_t, number, -5, 5)                                                                               \
	ONE(INT, uint64_t, wide, 0, INT64_MAX)                                                                         \
	ONE(END, int64_t, end_sec, 10)                                                                                 \
	ONE(ANY, uint64_t, any)                                                                                        \
	ONE(ENUM, uint32_t, word, 1, 2, 16384)                                                                         \
	ONE(ADDRESS, in6_addr, address)                                                                                \
	ONE(CHECK, check_result, check, CHECK_DEBUG)                                                                   \
	MANY(CHECKS, check_result, checks, [4], CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_CHAIN))                  \
	ONE(PART, inner, part)                                                                                         \
	ONE(PART_IF, inner, part_if, r->flag == 1)                                                                     \
	MANY(LIST, inner, list, [3], n_list)                                                                           \
	ONE(REASON, uint16_t, reason)                                                                                  \
	ONE(FLAG, uint8_t, flag)                                                                                       \
	ONE(INT, uint8_t, n_list, 0, 3)                                                                                \
	ONE(INT, uint8_t, n_bytes, 0, 4)                                                                               \
	ONE(INT, uint8_t, n_texts, 0, 2)                                                                               \
	MANY(BYTES, uint8_t, bytes, [4][2], n_bytes)                                                                   \
	MANY(TEXT, char, text, [6])                                                                                    \
	MANY(NAME, char, name, [6])                                                                                    \
	MANY(TEXTS, char, texts, [2][4], n_texts)                                                                      \
	MANY(ANY, uint8_t, digest, [3])                                                                                \
	MANY(ZERO, uint8_t, reserved, [7])
RECORD(outer, OUTER_FIELDS)

static struct outer sound(void)
{
	return (struct outer){
		.end_sec = 10,
		.word = 1,
		.check = check_passed(),
		.checks = { [CHECK_POSSESSION] = check_passed(), [CHECK_CHAIN] = check_failed(REASON_CHAIN_BROKEN) },
		.name = "n",
	};
}

#define TAKES(member, ...)                                                                                             \
	do {                                                                                                           \
		struct outer changed = sound();                                                                        \
		const typeof(changed.member) value = __VA_ARGS__;                                                      \
		memcpy(&changed.member, &value, sizeof(value));                                                        \
		assert_true(outer_is_sound(&changed));                                                                 \
	} while (0)
#define REFUSES(member, ...)                                                                                           \
	do {                                                                                                           \
		struct outer changed = sound();                                                                        \
		const typeof(changed.member) value = __VA_ARGS__;                                                      \
		memcpy(&changed.member, &value, sizeof(value));                                                        \
		assert_false(outer_is_sound(&changed));                                                                \
	} while (0)

static void test_numbers(void **state)
{
	(void)state;
	TAKES(number, -5);
	REFUSES(number, -6);
	TAKES(number, 5);
	REFUSES(number, 6);
	TAKES(wide, INT64_MAX);
	REFUSES(wide, (uint64_t)INT64_MAX + 1);
	REFUSES(wide, UINT64_MAX);
	TAKES(end_sec, TIME_MAX);
	REFUSES(end_sec, TIME_MAX + 1);
	TAKES(end_sec, TIME_FOREVER);
	REFUSES(end_sec, TIME_FOREVER - 1);
	REFUSES(end_sec, 9);
	REFUSES(end_sec, INT64_C(-0x7f7f7f7f7f7f7f80)); /* 0x8080808080808080 */
	TAKES(any, UINT64_MAX);
	TAKES(word, 16384);
	REFUSES(word, 0);
	REFUSES(word, 3);
	REFUSES(word, 0x77777777);
	TAKES(flag, 1);
	REFUSES(flag, 2);
	REFUSES(flag, 0xff);
	TAKES(reason, REASON_BUSY);
	REFUSES(reason, 99);
	TAKES(address, { .s6_addr = { [0] = 0xff, [15] = 0xff } });
	TAKES(digest, { 0, 0xff, 0 });
	REFUSES(reserved, { [6] = 1 });
}

static void test_texts(void **state)
{
	(void)state;
	TAKES(text, "");
	TAKES(text, "abcde");
	REFUSES(text, { 'a', 'b', 'c', 'd', 'e', 'f' }); /* no end */
	REFUSES(text, "a\nb");
	REFUSES(text, "a\x80");
	REFUSES(text, { 'a', 0, 0, 0, 0, 'b' });
	TAKES(name, "a");
	REFUSES(name, "");
	REFUSES(name, { 'a', 0, 'b' });
}

/* A record with counts, and what stands behind them. */
static bool takes_lists(unsigned n_bytes, unsigned n_texts, unsigned n_list, size_t dirt)
{
	struct outer o = sound();

	o.n_bytes = (uint8_t)n_bytes;
	o.n_texts = (uint8_t)n_texts;
	o.n_list = (uint8_t)n_list;
	if (dirt > 0)
		((uint8_t *)&o)[dirt] = 1;
	return outer_is_sound(&o);
}

static void test_lists(void **state)
{
	(void)state;
	assert_true(takes_lists(0, 0, 0, 0));
	assert_true(takes_lists(4, 2, 3, 0));
	assert_false(takes_lists(5, 2, 3, 0));
	assert_false(takes_lists(4, 3, 3, 0));
	assert_false(takes_lists(4, 2, 4, 0));
	assert_false(takes_lists(255, 255, 255, 0));
	assert_true(takes_lists(2, 0, 0, offsetof(struct outer, bytes[1][1])));
	assert_false(takes_lists(1, 0, 0, offsetof(struct outer, bytes[1][0])));
	assert_false(takes_lists(2, 0, 0, offsetof(struct outer, bytes[3][1])));
	assert_true(takes_lists(0, 0, 2, offsetof(struct outer, list[1].high)));
	assert_false(takes_lists(0, 0, 1, offsetof(struct outer, list[1].high)));
	assert_false(takes_lists(0, 0, 2, offsetof(struct outer, list[1].low))); /* which is above the other */
	TAKES(n_texts, 1);
	assert_false(takes_lists(0, 1, 0, offsetof(struct outer, texts[0][0]))); /* \1 is not printable */
	assert_false(takes_lists(0, 0, 0, offsetof(struct outer, texts[1][0])));
}

static void test_parts(void **state)
{
	struct outer o = sound();

	(void)state;
	assert_true(outer_list_is_sound(&o, 1, 1));
	assert_false(outer_list_is_sound(&o, 0, 1)); /* there is one all the same */
	TAKES(part, { .low = 7, .high = 100 });
	REFUSES(part, { .low = 8, .high = 7 });
	REFUSES(part, { .high = 101 });
	REFUSES(part_if, { .high = 1 }); /* there is to be none */
	o.flag = 1;
	assert_true(outer_is_sound(&o));
	o.part_if.high = 1;
	assert_true(outer_is_sound(&o));
	o.part_if.low = 2;
	assert_false(outer_is_sound(&o));
}

static void test_checks(void **state)
{
	(void)state;
	TAKES(check, check_failed(REASON_DEBUG_ENABLED));
	TAKES(check, check_absent(REASON_INTERNAL));              /* which is of no check */
	REFUSES(check, check_failed(REASON_CHAIN_BROKEN));        /* of another */
	REFUSES(check, check_failed(REASON_ADMITTED));            /* of none that failed */
	REFUSES(check, { .state = CHECK_FAILED, .reason = 899 }); /* there is no such */
	REFUSES(check, { .state = CHECK_PASSED, .reason = 899 }); /* nor has one that passed any */
	REFUSES(check, { .state = CHECK_PASSED + 1, .reason = REASON_ADMITTED });
	TAKES(checks, { [CHECK_POSSESSION] = check_failed(REASON_NO_POSSESSION), [CHECK_CHAIN] = check_passed() });
	TAKES(checks, { [CHECK_POSSESSION] = check_passed() }); /* the other is zero: failed, for an internal reason */
	REFUSES(checks, { [CHECK_POSSESSION] = check_passed(),
			  [CHECK_CERTIFICATE] = check_passed(),
			  [CHECK_CHAIN] = check_passed() });
	REFUSES(checks,
		{ [CHECK_NONE] = check_passed(), [CHECK_POSSESSION] = check_passed(), [CHECK_CHAIN] = check_passed() });
}

/* Without holes they are the same as memory when they are in each field. */
static void test_zero_is_every_byte(void **state)
{
	struct outer dirty, clean;

	(void)state;
	memset(&dirty, 0xa5, sizeof(dirty));
	memset(&clean, 0, sizeof(clean));
	dirty = (struct outer){ 0 };
	assert_memory_equal(&dirty, &clean, sizeof(clean));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lists),   cmocka_unit_test(test_parts),
		cmocka_unit_test(test_checks),  cmocka_unit_test(test_zero_is_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
