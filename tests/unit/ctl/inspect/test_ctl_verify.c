/* SPDX-License-Identifier: Apache-2.0 */
/* links: inspect issue */
/* What is signed and verify together: what was signed is valid, and whatever was touched is not. */
#include "base/clock.h"
#include "ctl_kit.h"
#include "language_kit.h"
#include "pki_crl.h"
#include "token/ear.h"
#include "token/evidence.h"
#include "token/label.h"

#define ANCHOR "sha256:0101010101010101010101010101010101010101010101010101010101010101"
#define BODY                                                                                                           \
	"number = \"KR-1\"; scheme = \"KR-CIC\"; level = 2; category = \"lamp\";\n"                                    \
	"valid-from = \"2026-01-01\"; valid-until = \"2028-12-31\";\n"                                                 \
	"classes = ( { maker = \"pen:32473\"; model = \"lamp-1\"; } ); anchors = [ \"" ANCHOR "\" ];\n"

static const char *key_files(const struct place *place, const char *name)
{
	put_text(place, "p256.key", golden_private_p256);
	put_text(place, "p256.pub", golden_key_p256);
	put_text(place, "p384.pub", golden_key_p384);
	return in(place, name);
}

static const char *make_label(const struct place *place)
{
	const struct ctl sign = {
		.key = key_files(place, "p256.key"),
		.output = in(place, "label.cwt"),
		.operand = put_text(place, "label.conf", "issuer = \"Desk\";\n" BODY),
	};

	assert_int_equal(run(ctl_label_sign, sign), CTL_YES);
	return sign.output;
}

static const char *make_register(const struct place *place)
{
	const struct ctl build = {
		.key = key_files(place, "p256.key"),
		.output = in(place, "register.cwt"),
		.sequence = "7",
		.expires = "9998-12-31",
		.operand = put_text(place, "register.conf", "issuer = \"Desk\"; labels = ( {" BODY "} );"),
	};

	assert_int_equal(run(ctl_register_build, build), CTL_YES);
	return build.output;
}

/* A key and its certificate in one file, in both orders: for what signs, and for what verifies. */
static void test_two_in_a_file(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct pki_node desk = pki_issue(NULL, &(struct pki_request){ .ca = true });
	_cleanup_free_ char *key = pki_private_pem(desk.key), *certificate = pki_certificate_pem(&desk);
	const char *const orders[][2] = { { key, certificate }, { certificate, key } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		_cleanup_free_ char *both = NULL;

		assert_true(asprintf(&both, "%s%s", orders[i][0], orders[i][1]) > 0);

		const struct ctl sign = {
			.key = put_text(&place, "both.pem", both),
			.output = in(&place, i == 0 ? "first.cwt" : "second.cwt"),
			.operand = put_text(&place, "label.conf", "issuer = \"Desk\";\n" BODY),
		};
		const struct ctl verify = { .key = sign.key, .operand = sign.output, .at = "2027-06-01" };

		assert_int_equal(run(ctl_label_sign, sign), CTL_YES);
		assert_int_equal(run(ctl_verify, verify), CTL_YES);
	}
	pki_done(&desk);
}

static void test_answers(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const char *label = make_label(&place), *list = make_register(&place);
	const char *key = in(&place, "p256.pub"), *other = in(&place, "p384.pub");
	const struct {
		struct ctl ctl;
		enum ctl_exit answer;
		const char *says;
	} cases[] = {
		{ { .operand = label, .key = key, .at = "2027-06-01" }, CTL_YES, "Desk" },
		{ { .operand = label, .at = "2027-06-01" }, CTL_FAULT, "--key" },
		{ { .operand = label, .key = other, .at = "2027-06-01" }, CTL_NO, "another key" },
		{ { .operand = label, .key = key, .at = "2025-12-31T23:58:59Z" }, CTL_NO, "has not begun" },
		{ { .operand = label, .key = key, .at = "2025-12-31T23:59:00Z" }, CTL_YES, "lamp-1" },
		{ { .operand = label, .key = key, .at = "2026-01-01" }, CTL_YES, "lamp-1" },
		{ { .operand = label, .key = key, .at = "2028-12-31T23:59:59Z" }, CTL_YES, "KR-1" },
		{ { .operand = label, .key = key, .at = "2029-01-01" }, CTL_NO, "has ended" },
		{ { .operand = label, .key = key, .at = "2029-01-01", .signature_only = true }, CTL_YES, "valid" },
		{ { .operand = label, .key = key, .at = "soon" }, CTL_FAULT, "" },
		{ { .operand = label, .key = label, .at = "2027-06-01" }, CTL_FAULT, "" },
		{ { .operand = in(&place, "absent"), .key = key }, CTL_FAULT, "" },
		{ { .operand = list, .key = key, .at = "9998-01-01" }, CTL_YES, "the label's period has ended" },
		{ { .operand = list, .key = key, .at = "9999-01-01" }, CTL_NO, "has ended" },
		{ { .operand = list, .key = key, .at = "2020-01-01" }, CTL_NO, "issued after" },
		{ { .operand = list, .key = other, .at = "2029-01-01" }, CTL_NO, "another key" },
		{ { .operand = list, .at = "9998-01-01" }, CTL_FAULT, "--key" },
		{ { .operand = label, .key = key, .at = "2027-06-01", .json = true },
		  CTL_YES,
		  "\"answer\":\"valid\"}\n" },
		{ { .operand = key, .key = other }, CTL_NO + 1, "" }, /* no CA certificate to end a chain in */
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum ctl_exit answer = run(ctl_verify, cases[i].ctl);

		if (answer != cases[i].answer || !printed(cases[i].says))
			fail_msg("case %zu: %d, %s", i, answer, output);
	}
}

static void test_answers_in_korean(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .operand = make_label(&place), .key = in(&place, "p256.pub"), .at = "2029-01-01" };

	(void)state;
	speak("ko");
	assert_int_equal(run(ctl_verify, ctl), CTL_NO);
	assert_true(printed("종류           라벨\n"));
	assert_true(printed("발급자         Desk\n"));
	assert_true(printed("유효 시작      2026-01-01T00:00:00Z (1096 d 0 h 전)\n"));
	assert_true(printed("클래스         pen:32473 / lamp-1, 모든 펌웨어\n"));
	assert_true(printed("  통과         signature: 지정한 키로 검증됩니다 (RFC 9052 section 4.4)\n"));
	assert_true(printed("  실패         label-validity: 라벨의 유효기간이 끝났습니다. 통과 조건: "));
	assert_true(printed(": 유효하지 않음\n"));
	ctl.at = "2027-06-01";
	assert_int_equal(run(ctl_verify, ctl), CTL_YES);
	speak_english();
	assert_true(printed(": 유효\n"));
}

/* A list that its issuer's clock, a minute ahead, has dated is current. */
static void test_a_clock_ahead(void **state)
{
	const int64_t before_sec = clock_realtime_sec();
	_cleanup_place_ struct place place = place_new();
	const char *list = make_register(&place);
	const struct {
		int64_t at_sec;
		enum ctl_exit answer;
		const char *says;
	} cases[] = {
		{ clock_realtime_sec() - 60, CTL_YES, "the time is in its period" },
		{ before_sec - 61, CTL_NO, "it was issued after this time" },
	};
	char at[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct ctl ctl = { .operand = list,
					 .key = in(&place, "p256.pub"),
					 .at = time_to_text(cases[i].at_sec, at) };

		assert_int_equal(run(ctl_verify, ctl), cases[i].answer);
		assert_true(printed(cases[i].says));
	}
}

/* As another builder may sign it: ours does not. */
static const char *sign_twice(const struct place *place, const char *second_number)
{
	struct label_class class = { .product = { .maker = "pen:32473", .model = "lamp-1" } };
	const struct label label = label_small("Desk", &class, 9);
	struct label labels[] = { label, label };
	struct label_register reg = {
		.issuer = "Desk", .sequence = 1, .iat_sec = 1, .exp_sec = 9, .labels = labels, .n_labels = 2
	};
	uint8_t space[2048];
	struct writer w = WRITER(space);
	EVP_PKEY *key = NULL;

	labels[1].level = 4;
	(void)snprintf(labels[1].number, sizeof(labels[1].number), "%s", second_number);
	assert_int_equal(key_decode_private(bytes_of_string(golden_private_p256), &key), 0);
	assert_int_equal(label_register_sign(&reg, key, &w), 0);
	EVP_PKEY_free(key);
	put_file(place, "two.register", writer_bytes(&w));
	return in(place, "two.register");
}

static void test_number_that_stands_twice(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl verify = { .key = key_files(&place, "p256.pub"), .signature_only = true };
	(void)state;

	verify.operand = sign_twice(&place, "n-1");
	assert_int_equal(run(ctl_verify, verify), CTL_NO);
	assert_true(printed("statement 1 (\"N-1\"") && printed("statement 2"));
	verify.key = in(&place, "p256.pub");
	verify.operand = sign_twice(&place, "N-2");
	assert_int_equal(run(ctl_verify, verify), CTL_YES);
}

/* Each bit of each byte matters; a prefix or a tail is not the token. */
static void check_touched(const struct place *place, const char *token)
{
	const struct ctl verify = { .operand = in(place, "touched"),
				    .key = in(place, "p256.pub"),
				    .signature_only = true };
	struct bytes good = get_file(token);
	_cleanup_free_ uint8_t *copy = malloc(good.n + 1);

	memcpy(copy, good.p, good.n);
	copy[good.n] = 0;
	put_file(place, "touched", bytes_of(copy, good.n));
	assert_int_equal(run(ctl_verify, verify), CTL_YES);
	for (size_t i = 0; i < good.n; i++) {
		copy[i] ^= 1 << i % 8;
		put_file(place, "touched", bytes_of(copy, good.n));
		assert_int_not_equal(run(ctl_verify, verify), CTL_YES);
		copy[i] ^= 1 << i % 8;
	}
	for (size_t n = 0; n <= good.n + 1; n++) {
		put_file(place, "touched", bytes_of(copy, n));
		assert_int_equal(run(ctl_verify, verify) == CTL_YES, n == good.n);
	}
}

static void test_touched(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const char *label = make_label(&place), *list = make_register(&place);
	(void)state;

	check_touched(&place, label);
	check_touched(&place, list);
}

#define CONFIG(issuer)                                                                                                 \
	"gateway = { name = \"g\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"      \
	"network = { guarded = [ \"lan0\" ]; };\n"                                                                     \
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Lite\", "         \
	"\"Basic\" ]; },\n"                                                                                            \
	"            { id = \"SG-CLS\"; country = \"SG\"; name = \"S\"; levels = [ \"1\" ]; } );\n"                    \
	"zones = ( { name = \"trusted\"; reach = [ \"internet\" ]; } );\n"                                             \
	"rules = ( { name = \"one\"; zone = \"trusted\"; require = [ \"identity\" ]; } );\n"                           \
	"trust = { issuers = ( { " issuer " } ); };\n"

static const char *make_status(const struct place *place)
{
	const struct ctl build = {
		.key = key_files(place, "p256.key"),
		.output = in(place, "list.cwt"),
		.uri = "https://x",
		.issuer = "Desk",
		.expires = "9998-12-31",
		.operand = put_text(place, "s.conf", "size = 9; statuses = ( { index = 7; status = \"revoked\"; } );"),
	};

	assert_int_equal(run(ctl_status_build, build), CTL_YES);
	return build.output;
}

static const char *make_reference(const struct place *place)
{
	const struct ctl sign = {
		.key = key_files(place, "p256.key"),
		.output = in(place, "reference.cwt"),
		.operand =
			put_text(place, "v.conf",
				 "issuer = \"Desk\"; maker = \"pen:32473\"; model = \"lamp-1\"; versions = [\"1.2\"];\n"
				 "version-scheme = \"decimal\"; valid-until = \"9998-12-31\"; "
				 "measurements = [\"82183c420102\"];"),
	};

	assert_int_equal(run(ctl_reference_sign, sign), CTL_YES);
	return sign.output;
}

/* Status lists and references are verified like the rest. */
static void test_lists(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const char *list = make_status(&place), *reference = make_reference(&place);
	const char *key = in(&place, "p256.pub"), *other = in(&place, "p384.pub");
	const struct {
		struct ctl ctl;
		enum ctl_exit answer;
		const char *says;
	} cases[] = {
		{ { .operand = list, .key = key, .at = "9998-01-01" }, CTL_YES, "revoked        7\n" },
		{ { .operand = list, .key = key, .at = "9998-01-01", .json = true }, CTL_YES, "\"revoked\":[\"7\"]" },
		{ { .operand = list, .key = other, .at = "9998-01-01" }, CTL_NO, "another key" },
		{ { .operand = list, .at = "9998-01-01" }, CTL_FAULT, "--key" },
		{ { .operand = list, .key = key, .at = "9999-01-01" }, CTL_NO, "has ended" },
		{ { .operand = list, .key = key, .at = "2020-01-01" }, CTL_NO, "issued after" },
		{ { .operand = reference, .key = key, .at = "9998-01-01" }, CTL_YES, "82183c420102" },
		{ { .operand = reference, .key = other, .at = "9998-01-01" }, CTL_NO, "another key" },
		{ { .operand = reference, .key = key, .at = "9999-01-01" }, CTL_NO, "has ended" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (run(ctl_verify, cases[i].ctl) != cases[i].answer || !printed(cases[i].says))
			fail_msg("case %zu: %s", i, output);
	check_touched(&place, list);
	check_touched(&place, reference);
}

/* With a configuration, the key and what it may speak for are the gateway's to know; and whose word it is. */
static void test_configured_issuers(void **state)
{
	static const char desk[] =
		CONFIG("name = \"Desk\"; keys = [ \"p384.pub\", \"p256.pub\" ]; schemes = [ \"KR-CIC\" ]; "
		       "makers = [ \"pen:32473\" ];");
	static const char itself[] =
		CONFIG("name = \"Desk\"; key = \"p256.pub\"; countries = [ \"KR\" ]; role = \"scheme\"; "
		       "makers = [ \"pen:32473\" ];");
	static const char other_name[] = CONFIG("name = \"Desc\"; key = \"p256.pub\"; schemes = [ \"KR-CIC\" ];");
	static const char other_key[] = CONFIG("name = \"Desk\"; key = \"p384.pub\"; schemes = [ \"KR-CIC\" ];");
	static const char other_scheme[] = CONFIG("name = \"Desk\"; key = \"p256.pub\"; schemes = [ \"SG-CLS\" ];");
	static const char other_maker[] = CONFIG("name = \"Desk\"; key = \"p256.pub\"; schemes = [ \"KR-CIC\" ]; "
						 "makers = [ \"pen:1\" ];");
	static const char no_key[] = CONFIG("name = \"Desk\"; key = \"none.pub\"; schemes = [ \"KR-CIC\" ];");
	static const struct {
		const char *config;
		enum ctl_exit of_label, of_list, of_reference;
		const char *says; /* of the label */
	} cases[] = {
		{ desk, CTL_YES, CTL_YES, CTL_YES, "\"issuer_role\":\"transcriber\"" },
		{ itself, CTL_YES, CTL_YES, CTL_YES, "\"issuer_role\":\"scheme\"" },
		{ other_name, CTL_NO, CTL_NO, CTL_NO, "not a configured issuer" },
		{ other_key, CTL_NO, CTL_NO, CTL_NO, "not a configured issuer" },
		{ other_scheme, CTL_NO, CTL_YES, CTL_NO, "may not speak for that scheme" },
		{ other_maker, CTL_NO, CTL_YES, CTL_NO, "may not speak for a maker" },
		{ no_key, CTL_FAULT, CTL_FAULT, CTL_FAULT, "" },
		{ "gateway = ;", CTL_FAULT, CTL_FAULT, CTL_FAULT, "" },
	};
	_cleanup_place_ struct place place = place_new();
	const char *label = make_label(&place), *labels = make_register(&place);
	const char *list = make_status(&place), *reference = make_reference(&place);
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ctl ctl = { .config = put_text(&place, "gateway.conf", cases[i].config), .at = "2028-06-01" };

		ctl.operand = label;
		ctl.json = true; /* texts would be wrapped */
		if (run(ctl_verify, ctl) != cases[i].of_label || !printed(cases[i].says))
			fail_msg("case %zu: %s", i, output);
		ctl.operand = labels;
		assert_int_equal(run(ctl_verify, ctl), cases[i].of_label);
		ctl.operand = list;
		assert_int_equal(run(ctl_verify, ctl), cases[i].of_list);
		ctl.operand = reference;
		assert_int_equal(run(ctl_verify, ctl), cases[i].of_reference);
	}

	struct ctl both = { .config = put_text(&place, "gateway.conf", desk), .at = "2028-06-01", .operand = label };

	both.key = in(&place, "p384.pub"); /* a key that is given is asked too */
	assert_int_equal(run(ctl_verify, both), CTL_NO);
	both.key = NULL;
	both.at = "2029-06-01";
	assert_int_equal(run(ctl_verify, both), CTL_NO);
}

static void test_evidence_and_result(void **state)
{
	_cleanup_place_ struct place place = place_new();
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	const uint8_t handle[HALLMARK_HANDLE_LEN] = { 1 }, ueid[7] = { 1, 2 };
	const struct evidence evidence = {
		.nonces = { BYTES(handle) },
		.n_nonces = 1,
		.ueid = BYTES(ueid),
		.debug = DEBUG_DISABLED,
		.product = { .maker = "pen:32473",
			     .model = "lamp-1",
			     .swversion = "1.0.0",
			     .swversion_scheme = VERSION_SEMVER },
	};
	const struct ear ear = {
		.iat_sec = 1780000000,
		.exp_sec = 1780003600,
		.n_handles = 1,
		.verifier = "gate",
		.policy = "home",
		.zone = "restricted",
		.status = EAR_WARNING,
		.reasons = { REASON_NO_ARRANGEMENT },
		.n_reasons = 1,
		.expires_first = "policy",
		.issuer_role = HALLMARK_ISSUER_TRANSCRIBER,
		.renew_after_sec = 1780002000,
	};
	uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(token);
	struct ctl verify = { .key = key_files(&place, "p256.pub"), .at = "1780000001" };
	(void)state;

	assert_int_equal(evidence_sign(&evidence, NULL, key, &w), 0);
	verify.operand = put_file(&place, "evidence", writer_bytes(&w));
	assert_int_equal(run(ctl_verify, verify), CTL_YES);
	assert_true(printed("evidence of a device") && printed("lamp-1"));
	check_touched(&place, verify.operand);

	w = (struct writer)WRITER(token);
	assert_int_equal(ear_sign(&ear, key, &w), 0);
	verify.operand = put_file(&place, "result", writer_bytes(&w));
	assert_int_equal(run(ctl_verify, verify), CTL_YES);
	assert_true(printed("attestation result") && printed("restricted") && printed("no arrangement leads"));
	assert_true(printed("issuer role    transcriber"));
	check_touched(&place, verify.operand);
	verify.at = "1780003600";
	assert_int_equal(run(ctl_verify, verify), CTL_NO);
	assert_true(printed("its period has ended"));

	struct ear backwards = ear;

	backwards.exp_sec = ear.iat_sec - 1;
	w = (struct writer)WRITER(token);
	assert_int_equal(ear_sign(&backwards, key, &w), 0);
	verify.operand = put_file(&place, "result", writer_bytes(&w));
	assert_int_equal(run(ctl_verify, verify), CTL_NO);
	assert_true(printed("it ends before it was issued"));
}

/* A token that lacks most claims, with that one. */
static const char *make_token(const struct place *place, const char *typ, const char *profile, int64_t key,
			      const char *hex)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	uint8_t claims[256], token[512];
	struct writer payload = WRITER(claims), w = WRITER(token);

	cbor_put_map(&payload, 2);
	cbor_put_int(&payload, key);
	put_hex(&payload, hex);
	cbor_put_int(&payload, HALLMARK_CLAIM_PROFILE);
	cbor_put_tstr(&payload, profile);
	assert_int_equal(sign1_sign(&(struct sign1_header){ .typ = typ }, writer_bytes(&payload), signer, &w), 0);
	return put_file(place, "token", writer_bytes(&w));
}

/* What is wrong with a time has words of its own, each with the remedy. */
static void test_times(void **state)
{
	static const struct {
		int64_t key;
		const char *hex, *says;
		bool is_evidence;
	} cases[] = {
		{ HALLMARK_CLAIM_EXP, "fb41da55a5e0000000", "exp is a floating-point number; write whole seconds",
		  false },
		{ HALLMARK_CLAIM_EXP, "20", "exp is before 1970; write whole seconds", false },
		{ HALLMARK_CLAIM_EXP, "1b000001bd2c14b000", "exp is in milliseconds; write whole seconds", false },
		{ HALLMARK_CLAIM_EXP, "1b0000003afff44180", "exp is after the year 9999; write", false },
		{ HALLMARK_CLAIM_EXP, "f6", "exp is not a number; write", false },
		{ HALLMARK_CLAIM_NBF, "6130", "nbf is a text; write", false },
		{ HALLMARK_CLAIM_IAT, "c11a6a000000", "iat has a tag; write the number without it", false },
		{ HALLMARK_CLAIM_IAT, "c0743230333a2d30312d30315430303a30303a30305a", "iat is a text with tag 0; write",
		  false },
		{ HALLMARK_CLAIM_IAT, "1b000001a1ee565e00", "iat is in milliseconds; write", true },
		{ HALLMARK_CLAIM_EXP, "1a72000000", NULL, false },
		{ HALLMARK_CLAIM_IAT, "1a72000000", NULL, true },
		{ HALLMARK_CLAIM_EXP, "6130", NULL, true }, /* no claim of evidence */
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const bool is_evidence = cases[i].is_evidence;
		const struct ctl verify = {
			.operand = make_token(&place, is_evidence ? HALLMARK_TYP_EVIDENCE : HALLMARK_TYP_LABEL,
					      is_evidence ? HALLMARK_PROFILE_EVIDENCE : HALLMARK_PROFILE_LABEL,
					      cases[i].key, cases[i].hex),
		};

		assert_int_equal(run(ctl_verify, verify), CTL_NO);
		if (!printed(cases[i].says ? cases[i].says : "lacks a claim") ||
		    printed("times: ") != (cases[i].says != NULL))
			fail_msg("case %zu: %s", i, output);
	}
}

static void test_times_in_korean(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl verify = { .operand = make_token(&place, HALLMARK_TYP_LABEL, HALLMARK_PROFILE_LABEL,
						    HALLMARK_CLAIM_NBF, "6130") };
	(void)state;

	speak("ko");
	assert_int_equal(run(ctl_verify, verify), CTL_NO);
	speak_english();
	assert_true(printed("times: nbf 값이 텍스트입니다. 1970년부터의"));
	assert_false(printed("nbf is"));
}

/* A label that ends before it begins counts at no time, and that is what is said. */
static void test_a_label_that_ends_first(void **state)
{
	_cleanup_place_ struct place place = place_new();
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct label_class class = { .product = { .maker = "pen:32473", .model = "lamp-1" } };
	struct ctl verify = { .key = key_files(&place, "p256.pub"), .at = "1780000000" };
	(void)state;

	for (int i = 0; i < 2; i++) {
		struct label label = label_small("Desk", &class, i == 0 ? 1780000001 : 1779999999);
		uint8_t token[HALLMARK_TOKEN_MAX];
		struct writer w = WRITER(token);

		label.nbf_sec = label.iat_sec = 1780000000;
		assert_int_equal(label_sign(&label, key, &w), 0);
		verify.operand = put_file(&place, "label", writer_bytes(&w));
		assert_int_equal(run(ctl_verify, verify), i == 0 ? CTL_YES : CTL_NO);
		assert_int_equal(printed("ends before it begins"), i);
	}
}

static void test_dates_of_certificates(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .name = "CA", .ca = true });
	_cleanup_free_ char *ca_pem = pki_certificate_pem(&ca);
	struct ctl verify = { .key = put_text(&place, "ca.pem", ca_pem), .at = "2027-01-15" };
	(void)state;

	for (int i = 0; i < 2; i++) {
		struct pki_node device = pki_issue(
			&ca, &(struct pki_request){ .serial = "0102", .not_after = i ? "20191231235959Z" : NULL });
		_cleanup_free_ char *pem = pki_certificate_pem(&device);

		verify.operand = put_text(&place, "device.pem", pem);
		assert_int_equal(run(ctl_verify, verify), i == 0 ? CTL_YES : CTL_NO);
		assert_int_equal(printed("the certificate ends before it begins"), i);
		assert_int_equal(printed("certificate 1: notAfter is before notBefore; its CA must"), i);
		speak("ko");
		assert_int_equal(run(ctl_verify, verify), i == 0 ? CTL_YES : CTL_NO);
		speak_english();
		assert_int_equal(printed("1번째 인증서: notAfter가 notBefore보다"), i);
		pki_done(&device);
	}
	pki_done(&ca);
}

static void test_certificates(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .name = "CA", .ca = true });
	struct pki_node other = pki_issue(NULL, &(struct pki_request){ .name = "Other", .ca = true });
	struct pki_node device = pki_issue(&ca, &(struct pki_request){ .serial = "0102" });
	_cleanup_free_ char *ca_pem = pki_certificate_pem(&ca), *other_pem = pki_certificate_pem(&other);
	_cleanup_free_ char *device_pem = pki_certificate_pem(&device);
	struct ctl verify = { .operand = put_text(&place, "device.pem", device_pem), .at = "2027-01-15" };
	(void)state;

	assert_int_equal(run(ctl_verify, verify), CTL_FAULT);
	assert_true(printed("--key CA.pem") && printed("0102"));
	verify.key = put_text(&place, "ca.pem", ca_pem);
	assert_int_equal(run(ctl_verify, verify), CTL_YES);
	verify.at = "2041-01-01";
	assert_int_equal(run(ctl_verify, verify), CTL_NO);
	verify.at = "2027-01-15";
	verify.key = put_text(&place, "other.pem", other_pem);
	assert_int_equal(run(ctl_verify, verify), CTL_NO);
	pki_done(&device);
	pki_done(&other);
	pki_done(&ca);
}

/* A list that only revokes is good for that; who has not signed it does not make it so. */
static void test_crls(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .name = "CA", .ca = true });
	struct pki_node other = pki_issue(NULL, &(struct pki_request){ .name = "Other", .ca = true });
	struct pki_node device = pki_issue(&ca, &(struct pki_request){ .serial = "0102" });
	_cleanup_free_ char *ca_pem = pki_certificate_pem(&ca), *other_pem = pki_certificate_pem(&other);
	const char *by = put_text(&place, "ca.pem", ca_pem), *by_other = put_text(&place, "other.pem", other_pem);
	const struct {
		struct crl_request crl;
		const char *key, *at;
		enum ctl_exit answer;
		const char *says;
	} cases[] = {
		{ { .revoked = { &device } }, by, "2027-01-15", CTL_YES, "vouches: it is complete" },
		{ { .revoked = { &device }, .as_pem = true }, by, "2027-01-15", CTL_YES, "vouches: it is complete" },
		{ { .revoked = { &device } }, by, "2027-02-15", CTL_NO, "its period has ended" },
		{ { .revoked = { &device } }, by_other, "2027-01-15", CTL_NO, "has not signed it" },
		{ { .revoked = { &device }, .bad_signature = true }, by, "2027-01-15", CTL_NO, "has not signed it" },
		{ { .revoked = { &device } }, NULL, "2027-01-15", CTL_FAULT, "--key CA.pem" },
		{ { .revoked = { &device } }, by_other, "2027-02-15", CTL_NO, "certificates" },
		{ { .oid = "2.5.29.28", .oid_critical = true }, by, "2027-01-15", CTL_YES, "issuingDistributionPoint" },
		{ { .oid = "2.5.29.28", .oid_critical = true }, by, "2027-02-15", CTL_YES, "it only revokes" },
		{ { .oid = "2.5.29.28", .oid_critical = true }, by_other, "2027-01-15", CTL_NO, "has not signed it" },
		{ { .no_next_update = true, .as_pem = true }, by, "2027-01-15", CTL_YES, "it only revokes" },
		{ { .digest = "SHA1" }, by, "2027-01-15", CTL_NO, "profile" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t n;
		_cleanup_free_ uint8_t *crl = pki_crl(&ca, &cases[i].crl, &n);
		const struct ctl verify = { .operand = put_file(&place, "list.crl", bytes_of(crl, n)),
					    .key = cases[i].key,
					    .at = cases[i].at };
		enum ctl_exit answer = run(ctl_verify, verify);

		if (answer != cases[i].answer || !printed(cases[i].says))
			fail_msg("case %zu: %d, %s", i, answer, output);
	}
	pki_done(&device);
	pki_done(&other);
	pki_done(&ca);
}

static void test_signing_is_refused(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const char *key = key_files(&place, "p256.key");
	const char *list = put_text(&place, "r.conf", "issuer = \"Desk\"; labels = ( {" BODY "} );");
	const struct {
		struct ctl ctl;
		enum ctl_exit answer;
	} cases[] = {
		{ { .sequence = "1", .expires = "9998-12-31" }, CTL_YES },
		{ { .sequence = "0", .expires = "9998-12-31" }, CTL_FAULT },
		{ { .sequence = "-1", .expires = "9998-12-31" }, CTL_FAULT },
		{ { .sequence = "1x", .expires = "9998-12-31" }, CTL_FAULT },
		{ { .sequence = "99999999999999999999", .expires = "9998-12-31" }, CTL_FAULT },
		{ { .sequence = "1", .expires = "2020-12-31" }, CTL_FAULT },
		{ { .sequence = "1", .expires = "9999-12-31" }, CTL_FAULT },
		{ { .sequence = "1", .expires = "never" }, CTL_FAULT },
		{ { .sequence = "1", .expires = "9998-12-31", .config = "/nonexistent" }, CTL_FAULT },
		{ { .sequence = "1", .expires = "9998-12-31", .key = "/nonexistent" }, CTL_FAULT },
		{ { .sequence = "1", .expires = "9998-12-31", .key = list }, CTL_FAULT },
		{ { .sequence = "1", .expires = "9998-12-31", .output = "/nonexistent/x" }, CTL_FAULT },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ctl ctl = cases[i].ctl;
		const char *out = in(&place, "out.cwt");

		ctl.operand = list;
		ctl.key = ctl.key ? ctl.key : key;
		ctl.output = ctl.output ? ctl.output : out;
		if (run(ctl_register_build, ctl) != cases[i].answer)
			fail_msg("case %zu", i);
		assert_int_equal(remove(out) == 0, cases[i].answer == CTL_YES); /* whole or not at all */
	}
}

static void test_sign_reports(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl sign = {
		.key = key_files(&place, "p256.key"),
		.json = true,
		.operand = put_text(&place, "label.conf", "issuer = \"Desk\";\n" BODY),
	};
	(void)state;

	assert_int_equal(run(ctl_label_sign, sign), CTL_FAULT); /* token and JSON in one stream */
	sign.output = in(&place, "label.cwt");
	assert_int_equal(run(ctl_label_sign, sign), CTL_YES);
	assert_true(printed("\"kind\":\"label\"") && printed("\"number\":\"KR-1\"") && printed("\"sha256\":\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_in_a_file),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answers_in_korean),
		cmocka_unit_test(test_a_clock_ahead),
		cmocka_unit_test(test_touched),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_configured_issuers),
		cmocka_unit_test(test_evidence_and_result),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_in_korean),
		cmocka_unit_test(test_a_label_that_ends_first),
		cmocka_unit_test(test_dates_of_certificates),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_crls),
		cmocka_unit_test(test_number_that_stands_twice),
		cmocka_unit_test(test_signing_is_refused),
		cmocka_unit_test(test_sign_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
