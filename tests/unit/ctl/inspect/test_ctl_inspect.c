/* SPDX-License-Identifier: Apache-2.0 */
/* links: inspect */
/* `inspect`: every kind of file is read and named, what is unknown is shown too, and no damage ends the program. */
#include "ctl/inspect/claim_names.h"
#include "ctl/inspect/diagnostic.h"
#include "ctl_kit.h"

static enum ctl_exit inspect(const struct place *place, struct bytes file, bool json)
{
	return run(ctl_inspect, (struct ctl){ .operand = put_file(place, "file", file), .json = json });
}

/* --- Diagnostic notation --- */

static void test_notation(void **state)
{
	const struct {
		const char *hex, *text;
	} cases[] = {
		{ "00", "0" },
		{ "1bffffffffffffffff", "18446744073709551615" },
		{ "20", "-1" },
		{ "3bffffffffffffffff", "-18446744073709551616" },
		{ "3bfffffffffffffffe", "-18446744073709551615" },
		{ "f4", "false" },
		{ "f5", "true" },
		{ "f6", "null" },
		{ "40", "h''" },
		{ "420001", "h'0001'" },
		{ "466c616d702d31", "'lamp-1'" },
		{ "4127", "h'27'" }, /* a quote would end it */
		{ "60", "\"\"" },
		{ "63612262", "\"a\\\"b\"" },
		{ "62c3a9", "\"\xc3\xa9\"" },
		{ "611b", "text h'1b'" }, /* what a terminal would obey */
		{ "62c328", "text h'c328'" },
		{ "f93e00", "float h'3e00'" },
		{ "d82001", "32(1)" },
		{ "80", "[]" },
		{ "a0", "{}" },
		{ "8301820203a1040a", "[1, [2, 3], {4: 10}]" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(cases[i].hex);
		struct cbor_cursor c = cbor_cursor_of(in);
		char text[64];

		assert_int_equal(cbor_check(in), 0);
		assert_int_equal(diagnostic_write(&c, text, sizeof(text)), 0);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(c.rest.n, 0);
	}
}

/* Whatever the room, the text fits, ends, and says that it was cut. */
static void test_notation_is_bounded(void **state)
{
	_cleanup_bytes_ struct bytes in = from_hex("83582000112233445566778899aabbccddeeff00112233445566778899aabb"
						   "ccddeeff62c3a9a16378797a19ffff");
	char whole[256];
	struct cbor_cursor c = cbor_cursor_of(in);
	(void)state;

	assert_int_equal(diagnostic_write(&c, whole, sizeof(whole)), 0);
	for (size_t size = 8; size <= sizeof(whole); size++) {
		char *text = malloc(size);

		assert_non_null(text);
		c = cbor_cursor_of(in);
		assert_int_equal(diagnostic_write(&c, text, size), 0);
		assert_int_equal(c.rest.n, 0);
		assert_true(strlen(text) < size);
		if (strcmp(text, whole) != 0)
			assert_non_null(strstr(text, " …"));
		free(text);
	}
}

/* --- Files --- */

static void test_every_kind(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const struct {
		struct bytes file;
		const char *says[4];
	} cases[] = {
		{ BYTES(golden_evidence), { "evidence of a device", "ueid", "dbgstat", "oemid" } },
		{ BYTES(golden_label), { "label statement", "scheme", "classes", "not before" } },
		{ BYTES(golden_register), { "register of label statements", "sequence", "statements", "scheme" } },
		{ BYTES(golden_result), { "attestation result", "\"device\"", "zone", "renew after" } },
		{ BYTES(golden_problem), { "CBOR", "item", "{", "}" } },
		{ BYTES(golden_challenge), { "CBOR", "item", "[", "]" } },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(inspect(&place, cases[i].file, false), CTL_YES);
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].says); k++)
			if (!printed(cases[i].says[k]))
				fail_msg("file %zu: no %s in:\n%s", i, cases[i].says[k], output);
		assert_int_equal(printed("not verified here"), i < 4);
		assert_int_equal(inspect(&place, cases[i].file, true), CTL_YES);
		assert_int_equal(output[0], '{');
	}
}

/* 18([protected, unprotected, payload, h'aa']) of parts that may be anything. */
static struct bytes token_of(const char *protected_hex, const char *unprotected_hex, const char *payload_hex)
{
	static uint8_t space[1024];
	struct writer w = WRITER(space);
	_cleanup_bytes_ struct bytes protected_header = from_hex(protected_hex);
	_cleanup_bytes_ struct bytes payload = from_hex(payload_hex);

	cbor_put_tag(&w, 18);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, protected_header);
	put_hex(&w, unprotected_hex);
	cbor_put_bstr(&w, payload);
	cbor_put_bstr(&w, bytes_of("\xaa", 1));
	assert_false(w.overflow);
	return writer_bytes(&w);
}

/* A token that breaks the protocol's rules is shown all the same: that is what the command is for. */
static void test_what_no_gateway_takes(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const struct {
		const char *protected_hex, *unprotected_hex, *payload_hex, *says;
	} cases[] = {
		{ "a10126", "a0", "a10401", "  expires      1970-01-01T00:00:01Z" },
		{ "a10126", "a0", "a10401", "ES256 (-7)" },
		{ "a10126", "a0", "a10420", "  expires      -1" }, /* as nearly: no time */
		{ "a101391387", "a0", "a0", "unknown (-5000)" },
		{ "", "a0", "a10401", "protected      h''" },
		{ "a0", "a10126", "a0", "unprotected" }, /* the algorithm where it does not count */
		{ "8101", "a0", "a0", "protected      [1]" },
		{ "ffff", "a0", "a0", "protected      h'ffff'" },
		{ "a10126", "a0", "ffff", "claims         h'ffff'" }, /* no CBOR */
		{ "a10126", "a0", "83010203", "[1, 2, 3]" },
		{ "a10126", "a0", "a13a0001869f8201a10a6178", "-100000" }, /* unknown, and it nests */
		{ "a10126", "a0", "a13a0001869f8201a10a6178", "[1, {10: \"x\"}]" },
		{ "a10126", "a0", "a163616263a10af5", "{10: true}" },
		{ "a10126", "a0", "a13a000ce8afa2006153181ff6", "31         null" }, /* within what is known */
		{ "a10126", "a0", "a11bffffffffffffffff01", "18446744073709551615" },
		{ "a1106a73746174757374686174", "a0", "a0", "statusthat" },
		{ "a110781a6170706c69636174696f6e2f7374617475736c6973742b637774", "a0", "a219fffda101410019fffe183c",
		  "kind           status list" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes token = token_of(cases[i].protected_hex, cases[i].unprotected_hex, cases[i].payload_hex);

		assert_int_equal(inspect(&place, token, false), CTL_YES);
		if (!printed(cases[i].says))
			fail_msg("case %zu: no \"%s\" in:\n%s", i, cases[i].says, output);
		assert_int_equal(inspect(&place, bytes_of(token.p, token.n - 1), false), CTL_NO);
	}
}

static void test_multipart(void **state)
{
	_cleanup_place_ struct place place = place_new();
	uint8_t space[4096];
	struct writer w = WRITER(space);
	(void)state;

	cbor_put_array(&w, 6);
	cbor_put_int(&w, HALLMARK_CF_EAT_CWT);
	cbor_put_bstr(&w, BYTES(golden_evidence));
	cbor_put_int(&w, HALLMARK_CF_EAT_CWT);
	cbor_put_bstr(&w, BYTES(golden_label));
	cbor_put_int(&w, HALLMARK_CF_CBOR);
	cbor_put_bstr(&w, bytes_of("\xff", 1));
	assert_false(w.overflow);
	assert_int_equal(inspect(&place, writer_bytes(&w), false), CTL_YES);
	assert_true(printed("several parts"));
	assert_true(printed("evidence of a device"));
	assert_true(printed("label statement"));
	assert_true(printed("h'ff'"));
}

static void test_what_cannot_be_read(void **state)
{
	_cleanup_place_ struct place place = place_new();
	(void)state;

	assert_int_equal(inspect(&place, bytes_of_string("a = 1;\n"), false), CTL_NO);
	assert_int_equal(inspect(&place, bytes_of_string(golden_private_p256), false), CTL_NO);
	assert_int_equal(inspect(&place, bytes_of("\x30\x03\x02\x01\x00", 5), false), CTL_NO);
	assert_int_equal(inspect(&place, bytes_of("", 0), false), CTL_FAULT);
	assert_int_equal(run(ctl_inspect, (struct ctl){ .operand = in(&place, "none") }), CTL_FAULT);
	assert_string_equal(output, "");
}

/* Damage is shown or refused. A terminal sees nothing that it would obey. */
static void survives(struct bytes damaged, void *userdata)
{
	enum ctl_exit answer = damaged.n > 0 ? inspect(userdata, damaged, false) : CTL_NO;

	assert_true(answer == CTL_YES || answer == CTL_NO);
	for (const char *c = output; *c != '\0'; c++)
		assert_true((unsigned char)*c >= ' ' || *c == '\n');
}

static void test_damage(void **state)
{
	_cleanup_place_ struct place place = place_new();
	(void)state;

	each_damage(BYTES(golden_result), survives, &place);
}

/* A name fits into the label's column, and no two of one table are alike. */
static void test_names(void **state)
{
	const struct names *tables[] = { &names_of_claims, &names_of_headers };
	(void)state;

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		for (unsigned i = 0; i < tables[t]->n; i++) {
			const struct name *name = &tables[t]->list[i];

			assert_in_range(strlen(name->text), 1, 14);
			assert_ptr_equal(name_find(tables[t], name->key), name);
			for (unsigned k = 0; k < i; k++)
				assert_string_not_equal(tables[t]->list[k].text, name->text);
		}
		assert_null(name_find(tables[t], 424242));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notation),   cmocka_unit_test(test_notation_is_bounded),
		cmocka_unit_test(test_every_kind), cmocka_unit_test(test_what_no_gateway_takes),
		cmocka_unit_test(test_multipart),  cmocka_unit_test(test_what_cannot_be_read),
		cmocka_unit_test(test_damage),     cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
