/* SPDX-License-Identifier: Apache-2.0 */
/* links: issue */
/* status lists and reference values: what is typed comes back from the decoder, and each line that is wrong is refused. */
#include "ctl/issue/list.h"

#include <errno.h>

#include "base/clock.h"
#include "ctl/issue/statement.h"
#include "ctl_kit.h"
#include "log_kit.h"
#include "token/measured.h"
#include "token/status.h"

#define NOW_SEC 1780000000

static int load(const struct place *place, const char *name, const char *text, const struct status_size *given,
		struct status_list *ret)
{
	const struct statement_source source = { .path = put_text(place, name, text), .now_sec = NOW_SEC };

	return status_load(&source, given, NULL, ret);
}

#define SIZE               "size = 20; "
#define ONE(index, status) "{ index = " #index "; status = \"" status "\"; }"

static void test_places(void **state)
{
	static const struct {
		const char *name, *text;
		struct status_size given;
	} forms[] = {
		{ "s.conf",
		  "issuer = \"Desk\"; " SIZE "statuses = ( " ONE(0, "revoked") ", " ONE(7, "suspended") ", " ONE(
			  8, "valid") ", " ONE(19, "revoked") " );",
		  { 0 } },
		{ "s.csv", "index,status\n0,revoked\n7,suspended\n8,valid\n19,revoked\n", { .size = 20 } },
		{ "s.CSV",
		  "status,index\r\nrevoked,19\r\nsuspended,7\r\n\r\nrevoked,0\r\n",
		  { .size = 20, .bits = 4 } },
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		_cleanup_(status_list_done) struct status_list list = { 0 };
		const int bits = forms[i].given.bits ? (int)forms[i].given.bits : 2;

		assert_int_equal(load(&place, forms[i].name, forms[i].text, &forms[i].given, &list), 0);
		assert_string_equal(list.issuer, i == 0 ? "Desk" : "");
		assert_int_equal(list.bits, bits);
		assert_int_equal(list.n, 20 * bits / 8);
		for (int64_t k = 0; k < 20; k++)
			assert_int_equal(status_list_get(&list, k), k == 0 || k == 19 ? STATUS_INVALID :
								    k == 7            ? STATUS_SUSPENDED :
											STATUS_VALID);
		assert_int_equal(status_list_get(&list, 20), -ERANGE);
	}
}

static void test_values(void **state)
{
	const struct {
		const char *good, *bad;
	} cases[] = {
		{ SIZE "statuses = ( );", "statuses = ( );" },
		{ SIZE, "size = 0;" },
		{ "size = 4194304;", "size = 4194305;" }, /* a mebibyte of two bits */
		{ "size = 8388608; bits = 1;", "size = 8388609; bits = 1;" },
		{ "size = 1048576; bits = 8;", "size = 1048577; bits = 8;" },
		{ SIZE "bits = 1;", SIZE "bits = 3;" },
		{ SIZE "bits = 8;", SIZE "bits = 16;" },
		{ SIZE "statuses = ( " ONE(19, "revoked") " );", SIZE "statuses = ( " ONE(20, "revoked") " );" },
		{ SIZE "bits = 1; statuses = ( " ONE(1, "revoked") " );",
		  SIZE "bits = 1; statuses = ( " ONE(1, "suspended") " );" },
		{ SIZE "statuses = ( " ONE(1, "revoked") ", " ONE(2, "revoked") " );",
		  SIZE "statuses = ( " ONE(1, "revoked") ", " ONE(1, "revoked") " );" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );", SIZE "statuses = ( " ONE(1, "invalid") " );" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );", SIZE "statuses = ( { index = 1; } );" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );", SIZE "statuses = ( { status = \"revoked\"; } );" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );", SIZE "statuses = ( " ONE(-1, "valid") " );" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );", SIZE "statuses = ( 1 );" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );", SIZE "statuses = [ 1 ];" },
		{ SIZE "statuses = ( " ONE(1, "valid") " );",
		  SIZE "statuses = ( { index = 1; status = \"valid\"; why = \"x\"; } );" },
		{ SIZE "issuer = \"Desk\";", SIZE "issuer = \"a\\nb\";" },
		{ SIZE, SIZE "labels = ( );" },
		{ SIZE, SIZE "= 5;" },
	};
	const struct status_size none = { 0 };
	_cleanup_place_ struct place place = place_new();
	struct status_list list;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (load(&place, "s.conf", cases[i].good, &none, &list) != 0)
			fail_msg("refused: %s", cases[i].good);
		status_list_done(&list);
		if (load(&place, "s.conf", cases[i].bad, &none, &list) != -EINVAL)
			fail_msg("accepted: %s", cases[i].bad);
		assert_null(list.statuses); /* owns nothing */
	}
}

/* The list before: of twenty places of two bits, 3 is revoked and 7 suspended. */
static void test_previous(void **state)
{
	static const struct {
		const char *good, *bad;
	} cases[] = {
		{ "3,revoked\n7,suspended\n", "7,suspended\n" },
		{ "3,revoked\n7,valid\n9,revoked\n", "3,revoked\n9,revoked\n" },
		{ "7,revoked\n3,suspended\n", "" },
	};
	uint8_t statuses[] = { STATUS_INVALID << 6, STATUS_SUSPENDED << 6, 0, 0, 0 };
	const struct status_list previous = { .bits = 2, .statuses = statuses, .n = sizeof(statuses) };
	const struct status_size none = { 0 }, fewer = { .size = 16 }, last_byte = { .size = 17 },
				 more = { .size = 30 };
	_cleanup_place_ struct place place = place_new();
	struct status_list list;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		const bool is_bad = i % 2;
		char text[128];

		(void)snprintf(text, sizeof(text), "index,status\n%s", is_bad ? cases[i / 2].bad : cases[i / 2].good);

		const struct statement_source source = { .path = put_text(&place, "s.csv", text), .now_sec = NOW_SEC };

		if (status_load(&source, &none, &previous, &list) != (is_bad ? -EINVAL : 0))
			fail_msg("case %zu: %s", i, text);
		if (!is_bad)
			assert_true(status_list_places(&list) == 20 && list.bits == 2);
		status_list_done(&list);
		assert_int_equal(status_load(&source, &(struct status_size){ .size = 20 }, NULL, &list), 0);
		status_list_done(&list);
	}

	const struct statement_source source = {
		.path = put_text(&place, "s.csv", "index,status\n3,revoked\n7,valid\n"), .now_sec = NOW_SEC
	};

	assert_int_equal(status_load(&source, &fewer, &previous, &list), -EINVAL);
	assert_int_equal(status_load(&source, &fewer, NULL, &list), 0);
	status_list_done(&list);
	assert_int_equal(status_load(&source, &last_byte, &previous, &list), 0); /* as many bytes, so as many places */
	status_list_done(&list);
	statuses[4] = STATUS_INVALID << 4; /* 18: there, and beyond what is given */
	assert_int_equal(status_load(&source, &last_byte, &previous, &list), -EINVAL);
	statuses[4] = 0;
	assert_int_equal(status_load(&source, &more, &previous, &list), 0);
	assert_int_equal(status_list_get(&list, 3), STATUS_INVALID);
	assert_int_equal(status_list_get(&list, 7), STATUS_VALID);
	status_list_done(&list);
}

static void test_bad_csv(void **state)
{
	static const char *const cases[] = { "",
					     "index\n1\n",
					     "index,status,who\n1,valid,x\n",
					     "index,status\n1\n",
					     "index,status\n1,\n",
					     "index,status\n,revoked\n",
					     "index,status\n20,revoked\n",
					     "index,status\n1,revoked\n1,valid\n" };
	const struct status_size given = { .size = 20 };
	_cleanup_place_ struct place place = place_new();
	struct status_list list;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (load(&place, "s.csv", cases[i], &given, &list) != -EINVAL)
			fail_msg("accepted: %s", cases[i]);
	assert_int_equal(load(&place, "s.csv", "index,status\n19,revoked\n", &given, &list), 0);
	status_list_done(&list);
	assert_true(load(&place, "s.csv", "index,status\n", &given, &list) == 0); /* nothing is taken back */
	status_list_done(&list);
}

/* --- The commands --- */

static struct ctl desk(const struct place *place)
{
	put_text(place, "p256.key", golden_private_p256);
	return (struct ctl){ .key = in(place, "p256.key"),
			     .output = in(place, "out"),
			     .uri = "https://desk.example/1" };
}

static void test_build(void **state)
{
	_cleanup_place_ struct place place = place_new();
	_cleanup_(status_list_done) struct status_list list = { 0 };
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);
	enum hallmark_reason reason = REASON_INTERNAL;
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	int64_t now_sec = clock_realtime_sec();
	struct ctl ctl = desk(&place);
	struct sign1 token;
	(void)state;

	ctl.issuer = "Desk";
	ctl.size = "1000";
	ctl.json = true;
	ctl.operand = put_text(&place, "s.csv", "index,status\n3,suspended\n999,revoked\n4,revoked\n");
	assert_int_equal(run(ctl_status_build, ctl), CTL_YES);
	assert_true(printed("\"issuer\":\"Desk\",\"revoked\":2,\"suspended\":1,\"until\":"));
	assert_int_equal(status_list_decode(get_file(ctl.output), &token, &list, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_string_equal(list.issuer, "Desk");
	assert_string_equal(list.uri, "https://desk.example/1");
	assert_in_range(list.iat_sec, now_sec, now_sec + 60);
	assert_int_equal(list.ttl_sec, 86400); /* what nobody says ends all the same */
	assert_int_equal(list.exp_sec, 0);
	assert_int_equal(status_list_get(&list, 3), STATUS_SUSPENDED);
	assert_int_equal(status_list_get(&list, 4), STATUS_INVALID);
	assert_int_equal(status_list_get(&list, 998), STATUS_VALID);
	assert_int_equal(status_list_get(&list, 999), STATUS_INVALID);
}

/* What is out there was built before, for that address; and it may be the file that is written. */
static void test_build_after(void **state)
{
	uint8_t revoked[] = { STATUS_INVALID << 6 };
	_cleanup_place_ struct place place = place_new();
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct ctl ctl = desk(&place);
	uint8_t space[1024];
	(void)state;

	ctl.previous = ctl.output;
	for (int i = 0; i < 4; i++) {
		struct status_list before = { .bits = 2,
					      .statuses = revoked,
					      .n = 1,
					      .iat_sec = clock_realtime_sec() + (i == 1 ? 60 : -60),
					      .uri = "https://desk.example/1" };
		struct writer w = WRITER(space);

		before.uri[strlen(before.uri) - 1] = i == 2 ? '2' : '1';
		assert_int_equal(status_list_sign(&before, key, &w), 0);
		put_file(&place, "out", writer_bytes(&w));
		ctl.operand = put_text(&place, "s.csv", i == 3 ? "index,status\n" : "index,status\n3,valid\n");
		assert_int_equal(run(ctl_status_build, ctl), i == 0 ? CTL_YES : CTL_FAULT);
	}
	put_text(&place, "out", "no list");
	ctl.operand = put_text(&place, "s.csv", "index,status\n3,valid\n");
	assert_int_equal(run(ctl_status_build, ctl), CTL_FAULT);
}

static void test_life(void **state)
{
	static const struct {
		const char *ttl, *expires;
		int64_t ttl_sec, exp_sec;
	} cases[] = {
		{ "90s", NULL, 90, 0 },    { "30m", NULL, 1800, 0 }, { "12h", "9998-12-31", 43200, 253370764800 },
		{ "7d", NULL, 604800, 0 }, { "1", NULL, 1, 0 },      { NULL, "9998-12-31", 0, 253370764800 },
	};
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = desk(&place);
	(void)state;

	ctl.operand = put_text(&place, "s.conf", SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(status_list_done) struct status_list list = { 0 };
		enum hallmark_reason reason = REASON_INTERNAL;
		struct sign1 token;

		ctl.ttl = cases[i].ttl;
		ctl.expires = cases[i].expires;
		assert_int_equal(run(ctl_status_build, ctl), CTL_YES);
		assert_int_equal(status_list_decode(get_file(ctl.output), &token, &list, &reason), 0);
		assert_int_equal(reason, REASON_ADMITTED);
		assert_true(list.ttl_sec == cases[i].ttl_sec && list.exp_sec == cases[i].exp_sec);
		assert_true(status_list_until(&list) ==
			    (cases[i].ttl_sec ? list.iat_sec + cases[i].ttl_sec : cases[i].exp_sec));
	}
}

static void test_build_is_refused(void **state)
{
	char long_uri[STATUS_URI_SIZE + 1];
	const struct {
		struct ctl ctl;
		enum ctl_exit answer;
	} cases[] = {
		{ { .uri = "x" }, CTL_YES },
		{ { .uri = "" }, CTL_FAULT },
		{ { .uri = "a\nb" }, CTL_FAULT },
		{ { .uri = long_uri + 1 }, CTL_YES },
		{ { .uri = long_uri }, CTL_FAULT },
		{ { .uri = "x", .ttl = "0" }, CTL_FAULT },
		{ { .uri = "x", .ttl = "1w" }, CTL_FAULT },
		{ { .uri = "x", .ttl = "h" }, CTL_FAULT },
		{ { .uri = "x", .ttl = "1hh" }, CTL_FAULT },
		{ { .uri = "x", .ttl = "-1h" }, CTL_FAULT },
		{ { .uri = "x", .ttl = "9999999999" }, CTL_FAULT },
		{ { .uri = "x", .expires = "2020-01-01" }, CTL_FAULT },
		{ { .uri = "x", .expires = "soon" }, CTL_FAULT },
		{ { .uri = "x", .size = "19" }, CTL_YES },
		{ { .uri = "x", .size = "18" }, CTL_FAULT }, /* the file names place 18 */
		{ { .uri = "x", .size = "0" }, CTL_FAULT },
		{ { .uri = "x", .size = "ten" }, CTL_FAULT },
		{ { .uri = "x", .bits = "1" }, CTL_YES },
		{ { .uri = "x", .bits = "3" }, CTL_FAULT },
		{ { .uri = "x", .issuer = "Desk" }, CTL_YES },
		{ { .uri = "x", .issuer = "" }, CTL_FAULT },
		{ { .uri = "x", .output = "/nonexistent/x" }, CTL_FAULT },
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	memset(long_uri, 'u', STATUS_URI_SIZE);
	long_uri[STATUS_URI_SIZE] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ctl ctl = cases[i].ctl;
		const char *out = in(&place, "out");

		ctl.key = desk(&place).key;
		ctl.output = ctl.output ? ctl.output : out;
		ctl.operand = put_text(&place, "s.conf", SIZE "statuses = ( " ONE(18, "revoked") " );");
		if (run(ctl_status_build, ctl) != cases[i].answer)
			fail_msg("case %zu", i);
		assert_int_equal(remove(out) == 0, cases[i].answer == CTL_YES);
	}
}

/* --- References --- */

static const char good[] = "issuer = \"maker.example\";\n"
			   "maker = \"pen:32473\";\n"
			   "model = \"WP-700\";\n"
			   "versions = [\"1.2\", \"1.9\"];\n"
			   "version-scheme = \"multipartnumeric\";\n"
			   "valid-until = \"9998-12-31\";\n"
			   "measurements = [\"82183c420102\"];\n";
#define SHA256(name, digest) "measurements = [\"" name " sha-256:" digest "\"];"
#define NAME_64              "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST               "0101010101010101010101010101010101010101010101010101010101010101"

/* The good text, where `line` stands in the place of the line of the same setting. */
static const char *with(const char *line)
{
	static char text[32768];
	size_t n_name = strcspn(line, " ");

	text[0] = '\0';
	for (const char *from = good; *from != '\0';) {
		size_t n = strcspn(from, "\n") + 1;

		if (strncmp(from, line, n_name + 1) != 0)
			strncat(text, from, n);
		from += n;
	}
	return strcat(text, line);
}

static int load_reference(const struct place *place, const char *text, struct typed_reference *ret)
{
	const struct statement_source source = { .path = put_text(place, "r.conf", text), .now_sec = NOW_SEC };

	return reference_load(&source, ret);
}

static void test_reference(void **state)
{
	_cleanup_place_ struct place place = place_new();
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);
	enum hallmark_reason reason = REASON_INTERNAL;
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct ctl ctl = desk(&place);
	struct reference r;
	struct measured m;
	struct sign1 token;
	(void)state;

	ctl.operand = put_text(&place, "r.conf",
			       with("measurements = [\"boot loader sha-256:" DIGEST "\", \"82183c420102\"]; "
				    "hwversion = \"B\"; issued = \"2026-01-01\";"));
	assert_int_equal(run(ctl_reference_sign, ctl), CTL_YES);
	assert_int_equal(reference_decode(get_file(ctl.output), &token, &r, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_string_equal(r.issuer, "maker.example");
	assert_string_equal(r.class.product.maker, "pen:32473");
	assert_string_equal(r.class.product.model, "WP-700");
	assert_string_equal(r.class.product.hwversion, "B");
	assert_string_equal(r.class.version_from, "1.2");
	assert_string_equal(r.class.version_to, "1.9");
	assert_int_equal(r.class.version_scheme, VERSION_MULTIPARTNUMERIC);
	assert_true(r.iat_sec == 1767225600 && r.exp_sec == 253370764800);
	assert_int_equal(r.n_measurements, 2);
	assert_true(measured_decode(r.measurements[0], &m) == 0 && m.format == HALLMARK_CF_COMPONENT);
	assert_true(bytes_equal_string(m.name, "boot loader"));
	assert_true(m.is_digest && m.algorithm.n == 1 && m.algorithm.p[0] == 1);
	assert_true(m.value.n == SHA256_LEN && m.value.p[31] == 1);
	assert_memory_equal(r.measurements[1].p, "\x82\x18\x3c\x42\x01\x02", 6);
}

static void test_reference_values(void **state)
{
	static char seventeen[17 * 84], sixteen[17 * 84];
	const struct {
		const char *good, *bad;
	} cases[] = {
		{ "maker = \"ieee:acde48\";", "maker = \"acme\";" },
		{ "model = \"x\";", "" },
		{ "versions = [\"1.2\"];", "versions = [\"1.9\", \"1.2\"];" },
		{ "versions = [\"1.2\"];", "versions = [\"one\"];" },
		{ "version-scheme = \"decimal\";", "version-scheme = \"roman\";" },
		{ "valid-until = \"2026-05-29\";", "valid-until = \"2026-05-27\";" },
		{ SHA256("a", DIGEST), SHA256("a", DIGEST "01") },
		{ SHA256("a b", DIGEST), SHA256("", DIGEST) },
		{ SHA256("a b", DIGEST), SHA256("a ", DIGEST) },
		{ SHA256("a b", DIGEST), SHA256("a\tb", DIGEST) },
		{ SHA256("a", DIGEST), "measurements = [\"a sha-255:" DIGEST "\"];" },
		{ SHA256("a", DIGEST), "measurements = [\"sha-256:" DIGEST "\"];" }, /* of which component? */
		{ "measurements = [\"a sha-512:" DIGEST DIGEST "\"];",
		  "measurements = [\"a sha-384:" DIGEST DIGEST "\"];" },
		{ SHA256(NAME_64, DIGEST), SHA256(NAME_64 "n", DIGEST) },
		{ "measurements = [\"820041aa\"];", "measurements = [\"\"];" },
		{ "measurements = [\"820041aa\"];", "measurements = [\"a0\"];" }, /* no item of the claim */
		{ "measurements = [\"820041aa\"];", "measurements = [\"820041aa820041aa\"];" }, /* two items */
		{ "measurements = [\"820041aa\"];", "measurements = [\"8\"];" },
		{ "measurements = [\"820041aa\"];", "measurements = [\"820041\"];" }, /* an item that ends early */
		{ "measurements = [\"820041aa\"];", "measurements = [ ];" },
		{ "measurements = [\"820041aa\"];", "measurements = [ 160 ];" },
		{ sixteen, seventeen },
		{ "hwversion = \"B\";", "swname = \"B\";" }, /* a reference has none */
	};
	static struct typed_reference t;
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (size_t n = 16; n <= 17; n++) {
		char *text = n == 16 ? sixteen : seventeen;

		(void)strcpy(text, "measurements = [");
		for (size_t i = 0; i < n; i++)
			(void)strcat(text, i > 0 ? ", \"a sha-256:" DIGEST "\"" : "\"a sha-256:" DIGEST "\"");
		(void)strcat(text, "];");
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (load_reference(&place, with(cases[i].good), &t) != 0)
			fail_msg("refused: %s", cases[i].good);
		if (cases[i].bad[0] != '\0' && load_reference(&place, with(cases[i].bad), &t) != -EINVAL)
			fail_msg("accepted: %s", cases[i].bad);
	}
	assert_int_equal(t.reference.n_measurements, 1);
}

/* Eight items of a thousand bytes fit a reference, nine do not: each of them is right by itself. */
static void test_measurements_are_too_many_bytes(void **state)
{
	static char text[9 * 2100];
	static struct typed_reference t;
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (int n = 8; n <= 9; n++) {
		size_t at = (size_t)sprintf(text, "measurements = [");

		for (int i = 0; i < n; i++)
			at += (size_t)sprintf(text + at, "%s\"82005903e8%02000d\"", i > 0 ? ", " : "", 0);
		(void)sprintf(text + at, "];");
		listen_in();
		assert_int_equal(load_reference(&place, with(text), &t), n == 8 ? 0 : -EINVAL);
		assert_int_equal(count_said("measurement 9: with it they have more than 8192 bytes together", true),
				 n - 8);
		assert_int_equal(t.reference.n_measurements, 8);
	}
}

/* Each line but the measurements is needed, and none of the text can be cut off. */
static void test_reference_is_whole(void **state)
{
	_cleanup_place_ struct place place = place_new();
	static struct typed_reference t;
	char text[sizeof(good)];
	size_t n_without = strstr(good, "measurements") - good;
	(void)state;

	for (size_t n = 0; n < n_without - 2; n++) {
		memcpy(text, good, n);
		text[n] = '\0';
		assert_int_equal(load_reference(&place, text, &t), -EINVAL);
	}
	memcpy(text, good, n_without);
	text[n_without] = '\0';
	assert_int_equal(load_reference(&place, text, &t), 0);
	assert_int_equal(t.reference.n_measurements, 0);
	assert_int_equal(t.reference.iat_sec, NOW_SEC);
	for (const char *line = good; line < good + n_without; line = strchr(line, '\n') + 1) {
		(void)snprintf(text, sizeof(text), "%.*s%s", (int)(line - good), good, strchr(line, '\n') + 1);
		assert_int_equal(load_reference(&place, text, &t), -EINVAL);
	}
}

/* A place that is there twice is told where it is, and where it was first. */
static void test_places_in_included_files(void **state)
{
	static const char list[] =
		"issuer = \"Desk\"; " SIZE "statuses = (\n@include \"a.conf\"\n,\n" ONE(7, "revoked") ");\n";
	static const struct status_size none;
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (int i = 0; i < 2; i++) {
		_cleanup_(status_list_done) struct status_list ret = { 0 };

		(void)put_text(&place, "a.conf", i == 0 ? "\n" ONE(7, "revoked") : "\n" ONE(8, "revoked"));
		listen_in();
		assert_int_equal(load(&place, "s.conf", list, &none, &ret), i == 0 ? -EINVAL : 0);
		assert_int_equal(count_said("s.conf:4: index 7 occurs twice, first in line 2 of ", false), 1 - i);
		assert_int_equal(count_said("/a.conf; remove one", true), 1 - i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_in_included_files),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_previous),
		cmocka_unit_test(test_build_after),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_bad_csv),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_build_is_refused),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_reference_values),
		cmocka_unit_test(test_measurements_are_too_many_bytes),
		cmocka_unit_test(test_reference_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
