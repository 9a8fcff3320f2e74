/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* Label statements and registers: golden ones, there and back, and the bounds of each claim. */
#include "token_kit.h"

#include <errno.h>
#include <stdio.h>

#include "token/label.h"

#define ANCHOR "822f5820*5a.32."

static const struct part parts[] = {
	{ "01", "636b7463" },   /* iss, "ktc" */
	{ "02", "6161" },       /* number, "a" */
	{ "04", "1a6efa7a80" }, /* exp */
	{ "06", "1a69570a00" }, /* iat */
	{ "190109", "781e7461673a68616c6c6d61726b642e6f72672c323032363a6c6162656c2331" },
	{ "3a000ce8af", "a400664b522d434943010203010464686f6d65" }, /* KR-CIC, 2, tested, "home" */
	{ "3a000ce8b0", "81a2190102197ed91901034441424344" },
	{ "3a000ce8b1", "81" ANCHOR },
};

static void test_golden(void **state)
{
	_cleanup_bytes_ struct bytes in = exact(BYTES(golden_label));
	_cleanup_key_ EVP_PKEY *key = key_named("p384", false);
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason;
	struct sign1 token;
	struct label l;

	(void)state;
	assert_int_equal(label_decode(in, &token, &l, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_int_equal(token.kid.n, 32);
	assert_string_equal(l.issuer, "ktc");
	assert_string_equal(l.number, "KR-2026-0001");
	assert_string_equal(l.scheme, "KR-CIC");
	assert_int_equal(l.level, 2);
	assert_string_equal(l.level_name, "Basic");
	assert_int_equal(l.basis, HALLMARK_BASIS_TESTED);
	assert_string_equal(l.category, "wall-pad");
	assert_string_equal(l.field, "home");
	assert_string_equal(l.scheme_version, "2024");
	assert_string_equal(l.lab, "A Lab");
	assert_string_equal(l.extends, "KR-2024-0007");
	assert_true(l.nbf_sec == 1767225600 && l.iat_sec == 1767225601 && l.exp_sec == 1861920000);
	assert_true(l.support_until_sec == 1893456000);
	assert_int_equal(l.n_classes, 2);
	assert_string_equal(l.classes[0].product.maker, "pen:32473");
	assert_string_equal(l.classes[0].version_from, "2.0");
	assert_string_equal(l.classes[0].version_to, "2.9");
	assert_int_equal(l.classes[0].version_scheme, VERSION_MULTIPARTNUMERIC);
	assert_string_equal(l.classes[1].product.maker, "ieee:acde48");
	assert_string_equal(l.classes[1].product.model, "0x00ff");
	assert_string_equal(l.classes[1].product.hwversion, "B");
	assert_string_equal(l.classes[1].version_from, "");
	assert_int_equal(l.n_anchors, 1);
	assert_int_equal(l.anchors[0][31], 0x5a);
	label_done(&l);
	label_done(&l);
}

static enum hallmark_reason reason_of(struct bytes in)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;
	struct label l;

	assert_int_equal(label_decode(in, &token, &l, &reason), 0);
	if (reason != REASON_ADMITTED) {
		assert_null(l.classes);
		return reason;
	}
	label_done(&l);
	return reason;
}

static enum hallmark_reason reason_typed(const char *typ, const char *key, const char *value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	_cleanup_bytes_ struct bytes payload = claims_with(parts, ARRAY_SIZE(parts), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(typ, payload, signer);

	return reason_of(token);
}

static enum hallmark_reason reason_with(const char *key, const char *value)
{
	return reason_typed(HALLMARK_TYP_LABEL, key, value);
}

static void test_required(void **state)
{
	(void)state;
	assert_int_equal(reason_with("1a00012fd1", "a0"), REASON_ADMITTED); /* one that nobody knows */
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		bool is_profile = strcmp(parts[i].key, "190109") == 0;

		assert_int_equal(reason_with(parts[i].key, parts[i].value), REASON_ADMITTED);
		assert_int_equal(reason_with(parts[i].key, NULL),
				 is_profile ? REASON_LABEL_PROFILE : REASON_LABEL_CLAIMS);
	}
}

#define LABEL   "3a000ce8af"
#define FURTHER "a500664b522d434943010203010464686f6d650b" /* a label, and key 11 */
#define CLASSES "3a000ce8b0"
#define STATUS  "a16b7374617475735f6c697374" /* a status, and its status_list */
#define ANCHORS "3a000ce8b1"

static const struct {
	const char *name, *key, *value;
	enum hallmark_reason reason;
} cases[] = {
	{ "issuer of 63", "01", "783f*61.63.", REASON_ADMITTED },
	{ "issuer of 64", "01", "7840*61.64.", REASON_LABEL_CLAIMS },
	{ "issuer empty", "01", "60", REASON_LABEL_CLAIMS },
	{ "issuer as bytes", "01", "4161", REASON_LABEL_CLAIMS },
	{ "number with a newline", "02", "620a61", REASON_LABEL_CLAIMS },
	{ "exp as float", "04", "fb41da55a5e0000000", REASON_LABEL_TIME },
	{ "exp negative", "04", "20", REASON_LABEL_TIME },
	{ "exp under tag 1", "04", "c11a72000000", REASON_LABEL_TIME },
	{ "exp as text under tag 0", "04", "c0743230333a2d30312d30315430303a30303a30305a", REASON_LABEL_TIME },
	{ "exp in milliseconds", "04", "1b000001bd41e7f400", REASON_LABEL_TIME },
	{ "exp null", "04", "f6", REASON_LABEL_TIME },
	{ "exp after year 9999", "04", "1b0000003afff44180", REASON_LABEL_TIME },
	{ "exp at the end of year 9999", "04", "1b0000003afff4417f", REASON_ADMITTED },
	{ "nbf", "05", "1a69570a00", REASON_ADMITTED },
	{ "nbf as text", "05", "6130", REASON_LABEL_TIME },
	{ "iat as text", "06", "6130", REASON_LABEL_TIME },
	{ "another profile", "190109", "6161", REASON_LABEL_PROFILE },
	{ "level 0", LABEL, "a400664b522d434943010003010464686f6d65", REASON_LABEL_CLAIMS },
	{ "level 255", LABEL, "a400664b522d4349430118ff03010464686f6d65", REASON_ADMITTED },
	{ "level 256", LABEL, "a400664b522d4349430119010003010464686f6d65", REASON_LABEL_CLAIMS },
	{ "basis 0", LABEL, "a400664b522d434943010203000464686f6d65", REASON_ADMITTED },
	{ "basis 2", LABEL, "a400664b522d434943010203020464686f6d65", REASON_ADMITTED },
	{ "basis 3", LABEL, "a400664b522d434943010203030464686f6d65", REASON_LABEL_CLAIMS },
	{ "scheme of 15", LABEL, "a4006f*41.15.010203010464686f6d65", REASON_ADMITTED },
	{ "scheme of 16", LABEL, "a40070*41.16.010203010464686f6d65", REASON_LABEL_CLAIMS },
	{ "no category", LABEL, "a300664b522d43494301020301", REASON_LABEL_CLAIMS },
	{ "no level", LABEL, "a300664b522d43494303010464686f6d65", REASON_LABEL_CLAIMS },
	{ "no basis", LABEL, "a300664b522d43494301020464686f6d65", REASON_LABEL_CLAIMS },
	{ "an unknown key", LABEL, "a500664b522d434943010203010464686f6d651863f6", REASON_ADMITTED },
	{ "further evidence", LABEL, FURTHER "816161", REASON_ADMITTED },
	{ "further evidence of 47", LABEL, FURTHER "81782f*61.47.", REASON_ADMITTED },
	{ "further evidence of 48", LABEL, FURTHER "817830*61.48.", REASON_LABEL_CLAIMS },
	{ "four words of it", LABEL, FURTHER "846161616261636164", REASON_ADMITTED },
	{ "five", LABEL, FURTHER "8561616162616361646165", REASON_LABEL_CLAIMS },
	{ "none", LABEL, FURTHER "80", REASON_LABEL_CLAIMS },
	{ "an empty word", LABEL,
	  FURTHER "826161"
		  "60",
	  REASON_LABEL_CLAIMS },
	{ "no array of it", LABEL, FURTHER "6161", REASON_LABEL_CLAIMS },
	{ "label no map", LABEL, "80", REASON_LABEL_CLAIMS },
	{ "a status", "19ffff", STATUS "a2636964780563757269616c", REASON_ADMITTED },
	{ "index 0", "19ffff", STATUS "a2636964780063757269616c", REASON_ADMITTED },
	{ "the last index", "19ffff", STATUS "a2636964781affffffff637572696161", REASON_ADMITTED },
	{ "one more", "19ffff", STATUS "a2636964781b000000010000000063757269616c", REASON_LABEL_CLAIMS },
	{ "a negative one", "19ffff", STATUS "a2636964782063757269616c", REASON_LABEL_CLAIMS },
	{ "no index", "19ffff", STATUS "a163757269616c", REASON_LABEL_CLAIMS },
	{ "no uri", "19ffff", STATUS "a16369647805", REASON_LABEL_CLAIMS },
	{ "a uri of 127", "19ffff",
	  STATUS "a263696478056375726978"
		 "7f*61.127.",
	  REASON_ADMITTED },
	{ "a uri of 128", "19ffff",
	  STATUS "a2636964780563757269"
		 "7880*61.128.",
	  REASON_LABEL_CLAIMS },
	{ "an empty uri", "19ffff", STATUS "a263696478056375726960", REASON_LABEL_CLAIMS },
	{ "another kind of status", "19ffff", "a1616101", REASON_LABEL_CLAIMS },
	{ "no status in it", "19ffff", "a0", REASON_LABEL_CLAIMS },
	{ "no class", CLASSES, "80", REASON_LABEL_CLAIMS },
	{ "class without model", CLASSES, "81a1190102197ed9", REASON_LABEL_CLAIMS },
	{ "class without maker", CLASSES, "81a11901034441424344", REASON_LABEL_CLAIMS },
	{ "a range", CLASSES, "81a3190102197ed9190103444142434419010f828261310182613901", REASON_ADMITTED },
	{ "a range of two schemes", CLASSES, "81a3190102197ed9190103444142434419010f8282613101826139194000",
	  REASON_LABEL_CLAIMS },
	{ "a range of one end", CLASSES, "81a3190102197ed9190103444142434419010f8182613101", REASON_LABEL_CLAIMS },
	{ "a range from nothing", CLASSES, "81a3190102197ed9190103444142434419010f8282600182613901",
	  REASON_LABEL_CLAIMS },
	{ "a range as evidence has it", CLASSES, "81a3190102197ed9190103444142434419010f82613101",
	  REASON_LABEL_CLAIMS },
	{ "no anchor", ANCHORS, "80", REASON_LABEL_CLAIMS },
	{ "anchor of 31", ANCHORS, "81822f581f*5a.31.", REASON_LABEL_CLAIMS },
	{ "anchor of SHA-384", ANCHORS, "8182382a5830*5a.48.", REASON_LABEL_CLAIMS },
	{ "anchor of SHA-512/256", ANCHORS, "8182305820*5a.32.", REASON_LABEL_CLAIMS },
	{ "anchor without hash", ANCHORS, "81815820*5a.32.", REASON_LABEL_CLAIMS },
	{ "two anchors", ANCHORS, "82" ANCHOR ANCHOR, REASON_ADMITTED },
};

static void test_claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum hallmark_reason reason = reason_with(cases[i].key, cases[i].value);

		if (reason != cases[i].reason)
			fail_msg("%s: %d", cases[i].name, (int)reason);
	}
}

static void repeat(char *ret, const char *head, const char *item, size_t n)
{
	char *end = stpcpy(ret, head);

	for (size_t i = 0; i < n; i++)
		end = stpcpy(end, item);
}

static void test_limits(void **state)
{
	static const char class[] = "a2190102197ed91901034441424344";
	static char value[64 * 1024];

	(void)state;
	repeat(value, "9840", class, HALLMARK_CLASSES_MAX);
	assert_int_equal(reason_with(CLASSES, value), REASON_ADMITTED);
	repeat(value, "9841", class, HALLMARK_CLASSES_MAX + 1);
	assert_int_equal(reason_with(CLASSES, value), REASON_LABEL_CLAIMS);
	repeat(value, "90", ANCHOR, HALLMARK_ANCHORS_MAX);
	assert_int_equal(reason_with(ANCHORS, value), REASON_ADMITTED);
	repeat(value, "91", ANCHOR, HALLMARK_ANCHORS_MAX + 1);
	assert_int_equal(reason_with(ANCHORS, value), REASON_LABEL_CLAIMS);
	assert_int_equal(reason_with("6161", "591000*00.4096."), REASON_ADMITTED);
	assert_int_equal(reason_with("6161", "592000*00.8192."), REASON_LABEL_MALFORMED);
}

static enum hallmark_reason reason_ending_in(const char *key, const char *value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	_cleanup_bytes_ struct bytes payload = claims_ending_in(parts, ARRAY_SIZE(parts), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(HALLMARK_TYP_LABEL, payload, signer);

	return reason_of(token);
}

/* One too many in the last place of all. */
static void test_limits_last(void **state)
{
	static const char class[] = "a2190102197ed91901034441424344";
	static char value[64 * 1024];

	(void)state;
	repeat(value, "9840", class, HALLMARK_CLASSES_MAX);
	assert_int_equal(reason_ending_in(CLASSES, value), REASON_ADMITTED);
	repeat(value, "9841", class, HALLMARK_CLASSES_MAX + 1);
	assert_int_equal(reason_ending_in(CLASSES, value), REASON_LABEL_CLAIMS);
	repeat(value, "90", ANCHOR, HALLMARK_ANCHORS_MAX);
	assert_int_equal(reason_ending_in(ANCHORS, value), REASON_ADMITTED);
	repeat(value, "91", ANCHOR, HALLMARK_ANCHORS_MAX + 1);
	assert_int_equal(reason_ending_in(ANCHORS, value), REASON_LABEL_CLAIMS);
	assert_int_equal(reason_ending_in(LABEL, FURTHER "846161616261636164"), REASON_ADMITTED);
	assert_int_equal(reason_ending_in(LABEL, FURTHER "8561616162616361646165"), REASON_LABEL_CLAIMS);
}

static void test_types(void **state)
{
	(void)state;
	assert_int_equal(reason_typed(HALLMARK_TYP_LABEL, "", NULL), REASON_ADMITTED);
	assert_int_equal(reason_typed(HALLMARK_TYP_REGISTER, "", NULL), REASON_LABEL_TYPE);
	assert_int_equal(reason_typed(HALLMARK_TYP_EVIDENCE, "", NULL), REASON_LABEL_TYPE);
	assert_int_equal(reason_typed(NULL, "", NULL), REASON_LABEL_TYPE);
	assert_int_equal(reason_of(BYTES(golden_evidence)), REASON_LABEL_TYPE);
	assert_int_equal(reason_of(BYTES(golden_register)), REASON_LABEL_TYPE);
	assert_int_equal(reason_of((struct bytes){ 0 }), REASON_LABEL_MALFORMED);
}

static void on_damage(struct bytes damaged, void *userdata)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason;
	struct sign1 token;
	struct label l;

	assert_int_equal(label_decode(damaged, &token, &l, &reason), 0);
	if (reason != REASON_ADMITTED)
		return;
	assert_int_equal(sign1_verify(&token, userdata, &result), 0);
	assert_int_not_equal(result, SIGN1_VALID); /* nothing of it is unprotected */
	label_done(&l);
}

static void test_damage(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p384", false);

	(void)state;
	each_damage(BYTES(golden_label), on_damage, key);
}

static struct label made(struct label_class *classes, size_t n)
{
	struct label l = {
		.issuer = "ktc",
		.number = "KR-2026-0009",
		.scheme = "KR-CIC",
		.level = 1,
		.basis = HALLMARK_BASIS_UNKNOWN,
		.category = "lamp",
		.iat_sec = 1767225600,
		.exp_sec = 1861920000,
		.classes = classes,
		.n_classes = n,
		.anchors = { { 1, 2, 3 } },
		.n_anchors = 1,
	};

	return l;
}

static struct label_class class_made(void)
{
	struct label_class class = {
		.product = { .maker = "pen:1", .model = "lamp 1" },
		.version_from = "1.0",
		.version_to = "1.9",
		.version_scheme = VERSION_MULTIPARTNUMERIC,
	};

	return class;
}

static void test_round_trip(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct label_class class = class_made();
	struct label l = made(&class, 1), back;

	l.n_further = 2;
	(void)snprintf(l.further[0], FURTHER_SIZE, "seen");
	(void)snprintf(l.further[1], FURTHER_SIZE, "seen too");

	enum hallmark_reason reason;
	uint8_t space[1024];
	struct writer w = WRITER(space);
	struct sign1 token;

	(void)state;
	assert_int_equal(label_sign(&l, key, &w), 0);
	assert_int_equal(label_decode(writer_bytes(&w), &token, &back, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_true(bytes_equal(token.kid, BYTES(golden_key_id_p256)));
	assert_true(back.nbf_sec == l.iat_sec); /* not given: from when it was issued */
	assert_string_equal(back.number, l.number);
	assert_int_equal(back.n_classes, 1);
	assert_memory_equal(&back.classes[0], &class, sizeof(class));
	assert_memory_equal(back.anchors, l.anchors, sizeof(l.anchors));
	assert_int_equal(back.n_further, 2);
	assert_memory_equal(back.further, l.further, sizeof(l.further));
	label_done(&back);
}

static void test_sign_refuses(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct label_class class = class_made();
	struct label good = made(&class, 1), l;
	uint8_t space[1024];
	struct writer w = WRITER(space), small = writer_of(space, 32);

	(void)state;
	assert_int_equal(label_encode_claims(&good, &w), 0);
	assert_int_equal(label_encode_claims(&good, &small), -E2BIG);
	l = good;
	l.issuer[0] = '\0';
	assert_int_equal(label_encode_claims(&l, &w), -EINVAL);
	l = good;
	l.level = 0;
	assert_int_equal(label_encode_claims(&l, &w), -EINVAL);
	l = good;
	l.exp_sec = INT64_MAX;
	assert_int_equal(label_sign(&l, key, &w), -EINVAL);
	l = good;
	l.n_anchors = 0;
	assert_int_equal(label_sign(&l, key, &w), -EINVAL);
	l.n_anchors = HALLMARK_ANCHORS_MAX + 1;
	assert_int_equal(label_sign(&l, key, &w), -EINVAL);
	l = good;
	l.n_further = 1; /* an empty word */
	assert_int_equal(label_sign(&l, key, &w), -EINVAL);
	l.n_further = HALLMARK_FURTHER_MAX + 1;
	assert_int_equal(label_sign(&l, key, &w), -EINVAL);
	l = good;
	l.n_classes = 0;
	assert_int_equal(label_sign(&l, key, &w), -EINVAL);
	class.version_to[0] = '\0';
	assert_int_equal(label_sign(&good, key, &w), -EINVAL);
	class.version_from[0] = '\0';
	assert_int_equal(label_sign(&good, key, &w), 0);
}

/* What may be read may be written: as much of everything as a label holds, there and back. */
static void test_sign_at_limits(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct label_class classes[HALLMARK_CLASSES_MAX + 1];
	struct label full = made(classes, HALLMARK_CLASSES_MAX), back;
	enum hallmark_reason reason;
	uint8_t space[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(space);
	struct sign1 token;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		classes[i] = class_made();
	full.n_anchors = HALLMARK_ANCHORS_MAX;
	full.n_further = HALLMARK_FURTHER_MAX;
	for (size_t i = 0; i < HALLMARK_FURTHER_MAX; i++)
		(void)snprintf(full.further[i], FURTHER_SIZE, "word %zu", i);
	assert_int_equal(label_sign(&full, key, &w), 0);
	assert_int_equal(label_decode(writer_bytes(&w), &token, &back, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(back.n_classes, HALLMARK_CLASSES_MAX);
	assert_memory_equal(back.classes, classes, HALLMARK_CLASSES_MAX * sizeof(classes[0]));
	assert_int_equal(back.n_anchors, HALLMARK_ANCHORS_MAX);
	assert_int_equal(back.n_further, HALLMARK_FURTHER_MAX);
	label_done(&back);

	full.n_classes = HALLMARK_CLASSES_MAX + 1;
	w = WRITER(space);
	assert_int_equal(label_sign(&full, key, &w), -EINVAL);
}

static enum hallmark_reason register_reason_of(struct bytes in)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct label_register reg;
	struct sign1 token;

	assert_int_equal(label_register_decode(in, &token, &reg, &reason), 0);
	if (reason != REASON_ADMITTED)
		assert_null(reg.labels);
	else
		label_register_done(&reg);
	return reason;
}

static void test_golden_register(void **state)
{
	_cleanup_bytes_ struct bytes in = exact(BYTES(golden_register));
	_cleanup_key_ EVP_PKEY *key = key_named("ed25519", false);
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason;
	struct label_register reg;
	struct sign1 token;

	(void)state;
	assert_int_equal(label_register_decode(in, &token, &reg, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_string_equal(reg.issuer, "ktc");
	assert_true(reg.sequence == 42 && reg.iat_sec == 1767225600 && reg.exp_sec == 1767312000);
	assert_int_equal(reg.n_labels, 2);
	assert_string_equal(reg.labels[1].number, "KR-2026-0002");
	assert_int_equal(reg.labels[1].n_classes, 2);
	label_register_done(&reg);
	label_register_done(&reg);
}

/* A register of one statement, with one claim of the register or of the statement changed. */
static enum hallmark_reason register_with(const char *key, const char *value, const char *inner,
					  const char *inner_value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	_cleanup_bytes_ struct bytes statement = claims_with(parts, ARRAY_SIZE(parts), inner, inner_value);
	char statements[2048] = "81";
	const struct part reg[] = {
		{ "01", "636b7463" },
		{ "04", "1a6efa7a80" },
		{ "06", "1a69570a00" },
		{ "190109", "78217461673a68616c6c6d61726b642e6f72672c323032363a72656769737465722331" },
		{ "3a000ce8b3", "01" },
		{ "3a000ce8b4", statements },
	};

	bytes_to_hex(statement, statements + 2);

	_cleanup_bytes_ struct bytes payload = claims_with(reg, ARRAY_SIZE(reg), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(HALLMARK_TYP_REGISTER, payload, signer);

	return register_reason_of(token);
}

static void test_register_claims(void **state)
{
	static const char *const required[] = { "01", "04", "06", "3a000ce8b3", "3a000ce8b4" };

	(void)state;
	assert_int_equal(register_with("", NULL, "", NULL), REASON_ADMITTED);
	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		assert_int_equal(register_with(required[i], NULL, "", NULL), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("190109", NULL, "", NULL), REASON_LABEL_PROFILE);
	assert_int_equal(register_with("3a000ce8b3", "20", "", NULL), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("3a000ce8b3", "1b7fffffffffffffff", "", NULL), REASON_ADMITTED);
	assert_int_equal(register_with("3a000ce8b3", "1b8000000000000000", "", NULL), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("3a000ce8b4", "80", "", NULL), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("3a000ce8b4", "8101", "", NULL), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("", NULL, "01", "636b7464"), REASON_LABEL_CLAIMS); /* another issuer's */
	assert_int_equal(register_with("", NULL, "01", NULL), REASON_LABEL_CLAIMS);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_int_equal(register_with("", NULL, parts[i].key, NULL), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("", NULL, "190109", "6161"), REASON_LABEL_CLAIMS);
	assert_int_equal(register_with("", NULL, "6161", "01"), REASON_ADMITTED);
	assert_int_equal(register_reason_of(BYTES(golden_label)), REASON_LABEL_TYPE);
	assert_int_equal(register_reason_of((struct bytes){ 0 }), REASON_LABEL_MALFORMED);
}

static void on_register_damage(struct bytes damaged, void *userdata)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason;
	struct label_register reg;
	struct sign1 token;

	assert_int_equal(label_register_decode(damaged, &token, &reg, &reason), 0);
	if (reason != REASON_ADMITTED)
		return;
	assert_int_equal(sign1_verify(&token, userdata, &result), 0);
	assert_int_not_equal(result, SIGN1_VALID);
	label_register_done(&reg);
}

static void test_register_damage(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("ed25519", false);

	(void)state;
	each_damage(BYTES(golden_register), on_register_damage, key);
}

/* Eight thousand statements of two classes: within the limit of bytes, and of memory. */
static void test_large_register(void **state)
{
	enum { N = 8000 };
	_cleanup_key_ EVP_PKEY *key = key_named("ed25519", true);
	struct label_class classes[2] = { class_made(), class_made() };
	struct label *labels = calloc(N, sizeof(*labels));
	struct label_register reg = {
		.issuer = "ktc", .iat_sec = 1, .exp_sec = 2, .sequence = 3, .labels = labels, .n_labels = N
	};
	uint8_t *space = malloc(HALLMARK_REGISTER_MAX);
	struct writer w = writer_of(space, HALLMARK_REGISTER_MAX);
	struct label_register back;
	enum hallmark_reason reason;
	struct sign1 token;

	(void)state;
	for (int i = 0; i < N; i++) {
		labels[i] = made(classes, 2);
		(void)snprintf(labels[i].number, sizeof(labels[i].number), "KR-2026-%d", i);
	}
	assert_int_equal(label_register_sign(&reg, key, &w), 0);
	assert_int_equal(label_register_decode(writer_bytes(&w), &token, &back, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(back.n_labels, N);
	assert_string_equal(back.labels[N - 1].number, "KR-2026-7999");
	assert_true(N * (sizeof(struct label) + 2 * sizeof(struct label_class)) < 40u << 20);
	label_register_done(&back);

	(void)snprintf(labels[7].issuer, ISSUER_SIZE, "other");
	w.n = 0;
	assert_int_equal(label_register_sign(&reg, key, &w), -EINVAL);
	free(labels);
	free(space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),          cmocka_unit_test(test_required),
		cmocka_unit_test(test_claims),          cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits_last),     cmocka_unit_test(test_sign_at_limits),
		cmocka_unit_test(test_types),           cmocka_unit_test(test_damage),
		cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_sign_refuses),
		cmocka_unit_test(test_golden_register), cmocka_unit_test(test_register_claims),
		cmocka_unit_test(test_register_damage), cmocka_unit_test(test_large_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
