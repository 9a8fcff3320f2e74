/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* Strict CBOR: what is refused and the nearest that is not, and reading and writing item by item. */
#include "token_kit.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

static const struct {
	const char *name, *hex;
	int r;
} cases[] = {
	{ "a number", "00", 0 },
	{ "nothing", "", -EBADMSG },
	{ "two items", "0000", -EBADMSG },
	{ "23 in one byte", "17", 0 },
	{ "23 in two", "1817", -EBADMSG },
	{ "24 in two", "1818", 0 },
	{ "255 in three", "1900ff", -EBADMSG },
	{ "256 in three", "190100", 0 },
	{ "65535 in five", "1a0000ffff", -EBADMSG },
	{ "65536 in five", "1a00010000", 0 },
	{ "2^32 - 1 in nine", "1b00000000ffffffff", -EBADMSG },
	{ "2^32 in nine", "1b0000000100000000", 0 },
	{ "-24 in two", "3817", -EBADMSG },
	{ "-25 in two", "3818", 0 },
	{ "reserved additional information", "1c", -EBADMSG },
	{ "number cut", "1901", -EBADMSG },
	{ "bytes", "42aabb", 0 },
	{ "bytes cut", "42aa", -EBADMSG },
	{ "bytes with a long length", "5802aabb", -EBADMSG },
	{ "bytes longer than all memory", "5bffffffffffffffff", -EBADMSG },
	{ "indefinite bytes", "5f42aabbff", -EBADMSG },
	{ "text", "62c3a9", 0 },
	{ "indefinite text", "7f6161ff", -EBADMSG },
	{ "array", "820102", 0 },
	{ "array cut", "8201", -EBADMSG },
	{ "array with a long length", "98020102", -EBADMSG },
	{ "indefinite array", "9f0102ff", -EBADMSG },
	{ "array longer than all memory", "9bffffffffffffffff", -EBADMSG },
	{ "map", "a201020304", 0 },
	{ "map cut", "a2010203", -EBADMSG },
	{ "indefinite map", "bf0102ff", -EBADMSG },
	{ "map longer than all memory", "bbffffffffffffffff", -E2BIG },
	{ "a key twice", "a201020103", -EBADMSG },
	{ "a key twice, not side by side", "a3010203040105", -EBADMSG },
	{ "a text key twice", "a2616101616102", -EBADMSG },
	{ "a key twice in a map within", "81a201020103", -EBADMSG },
	{ "the same key in two maps", "82a10102a10103", 0 },
	{ "the same key within and without", "a101a10102", 0 },
	{ "1 and \"1\" and h'31'", "a30102613102413102", 0 },
	{ "a key that is an array", "a18001", -EBADMSG },
	{ "a key that is a map", "a1a001", -EBADMSG },
	{ "a key that is a tag", "a1c00101", -EBADMSG },
	{ "a key that is true", "a1f501", -EBADMSG },
	{ "a key that is a float", "a1f9000001", -EBADMSG },
	{ "a negative key", "a12001", 0 },
	{ "tag 0", "c060", 0 },
	{ "tag 23", "d760", 0 },
	{ "tag 24", "d81840", 0 },
	{ "tag 23 in two", "d81760", -EBADMSG },
	{ "tag without content", "d2", -EBADMSG },
	{ "booleans, null, undefined", "84f4f5f6f7", 0 },
	{ "floats", "83f90000fa00000000fb0000000000000000", 0 },
	{ "simple value 0", "e0", -EBADMSG },
	{ "simple value 255", "f8ff", -EBADMSG },
	{ "break", "ff", -EBADMSG },
	{ "break in an array", "8101ff", -EBADMSG },
	{ "depth 8", "818181818181818101", 0 },
	{ "depth 9", "81818181818181818101", -E2BIG },
	{ "depth 9, empty", "818181818181818180", -E2BIG },
	{ "depth 9 of tags", "c0c0c0c0c0c0c0c0c001", -E2BIG },
	{ "depth 9 of maps", "a101a101a101a101a101a101a101a101a10101", -E2BIG },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(cases[i].hex);

		if (cbor_check(in) != cases[i].r)
			fail_msg("%s: %d", cases[i].name, cbor_check(in));
	}
}

/* After a deep branch is closed there is depth for the next. */
static void test_depth_is_given_back(void **state)
{
	_cleanup_bytes_ struct bytes twice = from_hex("8281818181818181018181818181818101");
	_cleanup_bytes_ struct bytes deeper = from_hex("828181818181818101818181818181818101");

	(void)state;
	assert_int_equal(cbor_check(twice), 0);
	assert_int_equal(cbor_check(deeper), -E2BIG);
}

static struct bytes map_of(size_t pairs)
{
	static uint8_t space[1024];
	struct writer w = WRITER(space);

	cbor_put_map(&w, pairs);
	for (size_t i = 0; i < pairs; i++) {
		cbor_put_int(&w, (int64_t)i * 7 - 100);
		cbor_put_bool(&w, true);
	}
	return exact(writer_bytes(&w));
}

static void test_keys_max(void **state)
{
	_cleanup_bytes_ struct bytes full = map_of(HALLMARK_CBOR_KEYS_MAX), over = map_of(HALLMARK_CBOR_KEYS_MAX + 1);

	(void)state;
	assert_int_equal(cbor_check(full), 0);
	assert_int_equal(cbor_check(over), -E2BIG);
}

static void test_cut(void **state)
{
	_cleanup_bytes_ struct bytes good = from_hex("a4012002426162036163048301d21864f93c00");

	(void)state;
	assert_int_equal(cbor_check(good), 0);
	for (size_t n = 0; n < good.n; n++) {
		_cleanup_bytes_ struct bytes cut = exact(bytes_of(good.p, n));

		assert_int_equal(cbor_check(cut), -EBADMSG);
	}
}

static void test_int_round_trip(void **state)
{
	static const int64_t values[] = { 0,         23, 24,  255, 256,  65535, 65536,  UINT32_MAX, INT64_C(1) << 32,
					  INT64_MAX, -1, -24, -25, -256, -257,  -65537, -846003,    INT64_MIN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		uint8_t space[16];
		struct writer w = WRITER(space);
		int64_t value = 0;

		cbor_put_int(&w, values[i]);
		assert_int_equal(cbor_check(writer_bytes(&w)), 0);

		struct cbor_cursor c = cbor_cursor_of(writer_bytes(&w));

		assert_int_equal(cbor_int(&c, &value), 0);
		assert_true(value == values[i]);
		assert_int_equal(c.rest.n, 0);
	}
}

static void test_int_range(void **state)
{
	_cleanup_bytes_ struct bytes over = from_hex("1b8000000000000000"), under = from_hex("3b8000000000000000");
	struct cbor_cursor c = cbor_cursor_of(over), d = cbor_cursor_of(under);
	int64_t value = 7;
	uint64_t number = 0;

	(void)state;
	assert_int_equal(cbor_int(&c, &value), -ERANGE);
	assert_int_equal(cbor_int(&d, &value), -ERANGE);
	assert_int_equal(value, 7);
	assert_int_equal(c.rest.n, over.n);
	assert_int_equal(cbor_uint(&c, UINT64_MAX - 1, &number), 0);
	assert_true(number == UINT64_C(1) << 63);
}

/* Each reader takes its own kind, and leaves the cursor before any other. */
static void test_readers(void **state)
{
	_cleanup_bytes_ struct bytes in = from_hex("05244261626263648101a10102");
	struct cbor_cursor c = cbor_cursor_of(in), before;
	struct bytes b;
	uint64_t number;
	int64_t value;
	size_t n;
	char text[8];

	(void)state;
	before = c;
	assert_int_equal(cbor_bstr(&c, &b), -EBADMSG);
	assert_int_equal(cbor_tstr(&c, &b), -EBADMSG);
	assert_int_equal(cbor_array(&c, &n), -EBADMSG);
	assert_int_equal(cbor_map(&c, &n), -EBADMSG);
	assert_int_equal(cbor_uint(&c, 4, &number), -EBADMSG);
	assert_ptr_equal(c.rest.p, before.rest.p);
	assert_int_equal(cbor_uint(&c, 5, &number), 0);
	assert_int_equal(number, 5);
	assert_int_equal(cbor_uint(&c, UINT64_MAX, &number), -EBADMSG);
	assert_int_equal(cbor_int(&c, &value), 0);
	assert_int_equal(value, -5);
	assert_int_equal(cbor_tstr(&c, &b), -EBADMSG);
	assert_int_equal(cbor_bstr(&c, &b), 0);
	assert_true(bytes_equal_string(b, "ab"));
	assert_int_equal(cbor_bstr(&c, &b), -EBADMSG);
	assert_int_equal(cbor_text(&c, text, 2), -EBADMSG);
	assert_int_equal(cbor_text(&c, text, 3), 0);
	assert_string_equal(text, "cd");
	assert_int_equal(cbor_peek(&c), CBOR_ARRAY);
	assert_int_equal(cbor_skip(&c, &b), 0);
	assert_int_equal(b.n, 2);
	assert_int_equal(cbor_map(&c, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(cbor_skip(&c, NULL), 0);
	assert_int_equal(cbor_skip(&c, NULL), 0);
	assert_int_equal(cbor_skip(&c, NULL), -EBADMSG);
	assert_int_equal(cbor_peek(&c), CBOR_NONE);
}

/* More items than there are bytes cannot be true, and must not be counted so far that the count begins anew. */
static void test_counts_of_what_is_not_there(void **state)
{
	static const char *const refused[] = { "8200", "9bffffffffffffffff", "a200", "bb8000000000000000" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(refused[i]);
		struct cbor_cursor c = cbor_cursor_of(in);
		size_t n = 77;

		assert_int_equal(cbor_skip(&c, NULL), -EBADMSG);
		assert_int_equal(cbor_array(&c, &n), -EBADMSG);
		assert_int_equal(cbor_map(&c, &n), -EBADMSG);
		assert_int_equal(n, 77);
		assert_ptr_equal(c.rest.p, in.p);
		assert_int_equal(cbor_check(in), in.p[0] == 0xbb ? -E2BIG : -EBADMSG);
	}

	_cleanup_bytes_ struct bytes array = from_hex("820000"), map = from_hex("a10000");
	struct cbor_cursor a = cbor_cursor_of(array), m = cbor_cursor_of(map), c = a;
	size_t n = 0;

	assert_int_equal(cbor_array(&c, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(cbor_skip(&a, NULL), 0);
	assert_int_equal(cbor_skip(&m, NULL), 0);
}

static const struct {
	const char *hex;
	int64_t sec; /* -1: refused */
} times[] = {
	{ "00", 0 },
	{ "1a69569780", 1767282560 },
	{ "1b0000003afff4417f", TIME_MAX },
	{ "1b0000003afff44180", -1 },
	{ "20", -1 },
	{ "f93c00", -1 },
	{ "c11a69569780", -1 },
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(times[i].hex);
		struct cbor_cursor c = cbor_cursor_of(in);
		int64_t sec = -1;

		assert_int_equal(cbor_time(&c, &sec), times[i].sec < 0 ? -EBADMSG : 0);
		assert_true(sec == times[i].sec);
	}
}

static void test_text_is_printable(void **state)
{
	static const char *const bad[] = {
		"6100", "610a", "617f", "61ff", "62c080", "63eda080", "62c285", "64f4908080"
	};
	static const char *const good[] = { "60", "6120", "617e", "62c2a0", "63ed959c", "64f09f8fa0" };
	char text[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(bad[i]);
		struct cbor_cursor c = cbor_cursor_of(in);

		assert_int_equal(cbor_text(&c, text, sizeof(text)), -EBADMSG);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(good[i]);
		struct cbor_cursor c = cbor_cursor_of(in);

		assert_int_equal(cbor_text(&c, text, sizeof(text)), 0);
	}
}

/* What is not checked first is read without harm: lengths beyond the end, and all kinds of noise. */
static void test_unchecked_noise(void **state)
{
	unsigned seed = (unsigned)time(NULL);

	(void)state;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 20000; round++) {
		uint8_t noise[24];
		size_t n = (size_t)rand_r(&seed) % sizeof(noise);
		struct bytes skipped = { 0 };

		for (size_t i = 0; i < n; i++)
			noise[i] = (uint8_t)rand_r(&seed);

		_cleanup_bytes_ struct bytes in = exact(bytes_of(noise, n));
		struct cbor_cursor c = cbor_cursor_of(in);
		int r = cbor_skip(&c, &skipped);

		assert_true(r == 0 || r == -EBADMSG);
		if (cbor_check(in) == 0)
			assert_true(r == 0 && skipped.n == in.n);
	}
}

static void test_put_tag(void **state)
{
	uint8_t space[8];
	struct writer w = WRITER(space);

	(void)state;
	cbor_put_tag(&w, 18);
	cbor_put_array(&w, 0);
	cbor_put_tag(&w, 61);
	assert_false(w.overflow);
	assert_memory_equal(space, "\xd2\x80\xd8\x3d", 4);
	assert_int_equal(w.n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),           cmocka_unit_test(test_depth_is_given_back),
		cmocka_unit_test(test_keys_max),        cmocka_unit_test(test_cut),
		cmocka_unit_test(test_int_round_trip),  cmocka_unit_test(test_int_range),
		cmocka_unit_test(test_readers),         cmocka_unit_test(test_counts_of_what_is_not_there),
		cmocka_unit_test(test_times),           cmocka_unit_test(test_text_is_printable),
		cmocka_unit_test(test_unchecked_noise), cmocka_unit_test(test_put_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
