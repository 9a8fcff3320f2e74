/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* The hash of tables depends on each byte and on its keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/keyed_hash.h"

static void test_each_byte_counts(void **state)
{
	const uint8_t none[KEYED_HASH_MAX] = { 0 };
	struct hash_keys keys;

	(void)state;
	assert_int_equal(hash_keys_make(&keys), 0);
	for (size_t i = 0; i < KEYED_HASH_MAX; i++) {
		uint8_t one[KEYED_HASH_MAX] = { 0 };

		one[i] = 1;
		assert_int_equal(keyed_hash(&keys, one, sizeof(one)), keyed_hash(&keys, one, sizeof(one)));
		assert_int_not_equal(keyed_hash(&keys, one, sizeof(one)), keyed_hash(&keys, none, sizeof(none)));
	}
}

static void test_only_its_bytes_count(void **state)
{
	const uint32_t words[] = { 7, 8, 9 };
	struct hash_keys keys;

	(void)state;
	assert_int_equal(hash_keys_make(&keys), 0);
	assert_int_equal(keyed_hash(&keys, words, 8), 7 * keys.of_word[0] + 8 * keys.of_word[1]);
	assert_int_not_equal(keyed_hash(&keys, words, 8), keyed_hash(&keys, words, 12));
}

static void test_others_have_other_keys(void **state)
{
	struct hash_keys keys, others;
	const uint32_t word = 7;

	(void)state;
	assert_int_equal(hash_keys_make(&keys), 0);
	assert_int_equal(hash_keys_make(&others), 0);
	assert_int_not_equal(keyed_hash(&keys, &word, sizeof(word)), keyed_hash(&others, &word, sizeof(word)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_byte_counts),
		cmocka_unit_test(test_only_its_bytes_count),
		cmocka_unit_test(test_others_have_other_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
