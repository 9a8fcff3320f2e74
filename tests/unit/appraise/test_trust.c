/* SPDX-License-Identifier: Apache-2.0 */
/* links: appraise identity token base */
/* Registers, status lists and references replace each other whole: each step back is refused beside a step that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>

#include "appraise/appraise.h"
#include "appraise/labels.h"
#include "base/cleanup.h"
#include "pki.h"
#include "token/cbor.h"
#include "token/cose.h"
#include "token_kit.h"

#define NOW INT64_C(1800000000)

static EVP_PKEY *kisa, *tta; /* both may speak for KR-CIC, and for the firmware of pen:1 and pen:2 */

static int make_world(void **state)
{
	(void)state;
	kisa = pki_key_new(PKI_P256);
	tta = pki_key_new(PKI_P256);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	EVP_PKEY_free(kisa);
	EVP_PKEY_free(tta);
	return 0;
}

static void add_issuer(struct trust *trust, const char *name, EVP_PKEY *key)
{
	_cleanup_free_ char *pem = pki_public_pem(key);

	assert_int_equal(trust_add_issuer(trust, name, "KR-CIC", bytes_of_string(pem)), 0);
	assert_int_equal(trust_add_makers(trust, "pen:1,pen:2"), 0);
}

static struct trust *trust_with_issuers(void)
{
	struct trust *trust = trust_new();

	assert_non_null(trust);
	add_issuer(trust, "KISA", kisa);
	add_issuer(trust, "TTA", tta);
	return trust;
}

#define SET_TEXT(to, text) (void)snprintf((to), sizeof(to), "%s", (text))

/* --- Signed sets. What is of no interest to a test is the same in all. --- */

/* Of one label, of the model that is given. */
struct token {
	uint8_t space[4096];
	struct bytes in;
};

static void sign_register(const char *issuer, const char *model, const struct label_register *like, struct token *ret)
{
	struct label_class class = { .product = { .maker = "pen:1" } };
	struct label label = label_small(issuer, &class, NOW + 999);
	struct label_register reg = *like;
	struct writer w = WRITER(ret->space);

	SET_TEXT(class.product.model, model);
	SET_TEXT(reg.issuer, issuer);
	reg.labels = &label;
	reg.n_labels = 1;
	assert_int_equal(label_register_sign(&reg, strcmp(issuer, "KISA") == 0 ? kisa : tta, &w), 0);
	ret->in = writer_bytes(&w);
}

/* Two statements of one product, of the numbers given. */
static void sign_two(const char *first, const char *second, struct token *ret)
{
	struct label_class class = { .product = { .maker = "pen:1", .model = "twice" } };
	struct label labels[] = { label_small("KISA", &class, NOW + 999), label_small("KISA", &class, NOW + 999) };
	struct label_register reg = {
		.issuer = "KISA", .sequence = 1, .iat_sec = NOW, .exp_sec = NOW + 9, .labels = labels, .n_labels = 2
	};
	struct writer w = WRITER(ret->space);

	SET_TEXT(labels[0].number, first);
	SET_TEXT(labels[1].number, second);
	labels[1].level = 2;
	assert_int_equal(label_register_sign(&reg, kisa, &w), 0);
	ret->in = writer_bytes(&w);
}

/* As the above, but with an empty list of statements: the encoder would not do it. */
static void sign_empty_register(const struct label_register *like, struct token *ret)
{
	uint8_t space[1024], kid[SHA256_LEN];
	struct writer claims = WRITER(space), w = WRITER(ret->space);

	assert_int_equal(key_id(kisa, kid), 0);
	cbor_put_map(&claims, 6);
	cbor_put_int(&claims, HALLMARK_CLAIM_ISS);
	cbor_put_tstr(&claims, "KISA");
	cbor_put_int(&claims, HALLMARK_CLAIM_EXP);
	cbor_put_int(&claims, like->exp_sec);
	cbor_put_int(&claims, HALLMARK_CLAIM_IAT);
	cbor_put_int(&claims, like->iat_sec);
	cbor_put_int(&claims, HALLMARK_CLAIM_PROFILE);
	cbor_put_tstr(&claims, HALLMARK_PROFILE_REGISTER);
	cbor_put_int(&claims, HALLMARK_CLAIM_SEQUENCE);
	cbor_put_int(&claims, (int64_t)like->sequence);
	cbor_put_int(&claims, HALLMARK_CLAIM_STATEMENTS);
	cbor_put_array(&claims, 0);
	assert_int_equal(sign1_sign(&(struct sign1_header){ .typ = HALLMARK_TYP_REGISTER, .kid = BYTES(kid) },
				    writer_bytes(&claims), kisa, &w),
			 0);
	ret->in = writer_bytes(&w);
}

static enum hallmark_reason put(struct trust *trust, const struct token *token, struct set_mark *ret_mark)
{
	enum hallmark_reason reason = REASON_INTERNAL;

	assert_int_equal(trust_add_register(trust, token->in, NOW, ret_mark, &reason), 0);
	return reason;
}

static bool holds(const struct trust *trust, const char *model)
{
	struct product product = { .maker = "pen:1" };
	const struct label_entry *found;

	SET_TEXT(product.model, model);
	return entries_find(trust, &product, &found) > 0;
}

/* --- Registers --- */

#define REGISTER(sequence_, iat, exp)                                                                                  \
	{                                                                                                              \
		.sequence = (sequence_), .iat_sec = NOW + (iat), .exp_sec = NOW + (exp)                                \
	}

static const struct {
	const char *title;
	struct label_register second; /* the first has sequence 7, is of a second ago and good for 9 */
	enum hallmark_reason reason;
} successions[] = {
	{ "sequence and time advance", REGISTER(8, 0, 9), REASON_ADMITTED },
	{ "they leap", REGISTER(INT64_MAX, 5, 9), REASON_ADMITTED },
	{ "it ends before the held one does", REGISTER(8, 0, 1), REASON_ADMITTED },
	{ "the sequence alone advances", REGISTER(8, -1, 9), REASON_REGISTER_OLDER },
	{ "the time alone advances", REGISTER(7, 0, 9), REASON_REGISTER_OLDER },
	{ "neither does", REGISTER(7, -1, 9), REASON_REGISTER_OLDER },
	{ "the sequence goes back", REGISTER(6, 0, 9), REASON_REGISTER_OLDER },
	{ "the time goes back", REGISTER(8, -2, 9), REASON_REGISTER_OLDER },
	{ "it has expired", REGISTER(8, 0, 0), REASON_LABEL_EXPIRED },
};

static void test_registers(void **state)
{
	static struct token first, second, other;

	(void)state;
	sign_register("KISA", "old", &(struct label_register)REGISTER(7, -1, 9), &first);
	sign_register("TTA", "theirs", &(struct label_register)REGISTER(1, -9, 9), &other);
	for (size_t i = 0; i < ARRAY_SIZE(successions); i++) {
		struct trust *trust = trust_with_issuers();
		bool is_new = successions[i].reason == REASON_ADMITTED;
		struct set_mark mark = { 0 };

		print_message("    %s\n", successions[i].title);
		sign_register("KISA", "new", &successions[i].second, &second);
		assert_int_equal(put(trust, &first, NULL), REASON_ADMITTED);
		assert_int_equal(put(trust, &other, NULL), REASON_ADMITTED);
		assert_int_equal(put(trust, &second, &mark), successions[i].reason);
		assert_int_equal(mark.kind, is_new ? SET_REGISTER : SET_NONE);
		assert_int_equal(holds(trust, "new"), is_new);
		assert_int_equal(holds(trust, "old"), !is_new);
		assert_true(holds(trust, "theirs"));
		assert_int_equal(trust->n_registers, 2);
		trust_free(trust);
	}
}

/* Where sequence and time do not agree, what was accepted before stands, whichever is added first. */
static void test_remembered(void **state)
{
	static const struct {
		struct label_register remembered, file;
		const char *held;
	} cases[] = {
		{ REGISTER(9000000000000000000, -1, 9), REGISTER(2, 0, 9), "remembered" },
		{ REGISTER(7, -1, 9), REGISTER(7, 0, 9), "remembered" },
		{ REGISTER(7, -1, 9), REGISTER(8, 0, 9), "file" },
		{ REGISTER(7, -5, -2), REGISTER(6, -9, 9), "remembered" }, /* although its end has come */
		{ REGISTER(7, -5, -2), REGISTER(8, -4, 9), "file" },
	};
	static struct token remembered, file;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sign_register("KISA", "remembered", &cases[i].remembered, &remembered);
		sign_register("KISA", "file", &cases[i].file, &file);
		for (int is_file_first = 0; is_file_first < 2; is_file_first++) {
			struct trust *trust = trust_with_issuers();

			if (is_file_first)
				(void)put(trust, &file, NULL);
			trust_expect(trust, 0, true);
			(void)put(trust, &remembered, NULL);
			trust_expect(trust, NOW + 60, false);
			if (!is_file_first)
				(void)put(trust, &file, NULL);
			assert_true(holds(trust, cases[i].held));
			assert_int_equal(trust->n_registers, 1);
			trust_free(trust);
		}
	}
}

/* What is new may not be of the future; what was accepted is good, whatever the clock says now. */
static void test_future(void **state)
{
	static struct token token;
	struct trust *trust = trust_with_issuers();
	(void)state;

	sign_register("KISA", "early", &(struct label_register)REGISTER(7, 61, 99), &token);
	trust_expect(trust, NOW + 60, false);
	assert_int_equal(put(trust, &token, NULL), REASON_REGISTER_NOT_YET);
	assert_int_equal(trust->n_registers, 0);
	trust_expect(trust, NOW + 60, true);
	assert_int_equal(put(trust, &token, NULL), REASON_ADMITTED);
	trust_free(trust);

	trust = trust_with_issuers();
	sign_register("KISA", "now", &(struct label_register)REGISTER(7, 60, 99), &token);
	trust_expect(trust, NOW + 60, false);
	assert_int_equal(put(trust, &token, NULL), REASON_ADMITTED);
	trust_free(trust);
}

/* What the builder refuses, a gateway does not take from another builder either. */
static void test_numbers_that_stand_twice(void **state)
{
	static const struct {
		const char *first, *second;
		enum hallmark_reason reason;
	} cases[] = {
		{ "N-1", "N-2", REASON_ADMITTED },
		{ "N-1", "N-1", REASON_REGISTER_NUMBER_TWICE },
		{ "N-1", "n-1", REASON_REGISTER_NUMBER_TWICE },
		{ "N-1", "N - 1", REASON_REGISTER_NUMBER_TWICE },
		{ "N-1", "N-1 1", REASON_ADMITTED },
	};
	static struct token token;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trust *trust = trust_with_issuers();

		sign_two(cases[i].first, cases[i].second, &token);
		assert_int_equal(put(trust, &token, NULL), cases[i].reason);
		assert_int_equal(holds(trust, "twice"), cases[i].reason == REASON_ADMITTED);
		trust_free(trust);
	}
}

/* Each scheme counts for itself, and of two rows the one that comes first is named first. */
static void test_pair_of_one_number(void **state)
{
	struct label labels[] = {
		{ .scheme = "KR-CIC", .number = "N-1" },
		{ .scheme = "SG-CLS", .number = "N-1" },
		{ .scheme = "KR-CIC", .number = "n-1" },
	};
	const struct label_register reg = { .labels = labels, .n_labels = ARRAY_SIZE(labels) };
	struct label_pair pair = { 77, 77 };

	(void)state;
	assert_int_equal(label_register_find_twice(&reg, &pair, 1), 1);
	assert_int_equal(pair.first, 0);
	assert_int_equal(pair.second, 2);
	SET_TEXT(labels[2].scheme, "DE-ITSK");
	assert_int_equal(label_register_find_twice(&reg, &pair, 1), 0);
}

/* The same register again is no step back; what it is stands in its mark. */
static void test_same_register(void **state)
{
	static struct token token, again;
	struct trust *trust = trust_with_issuers();
	struct set_mark mark = { 0 };

	(void)state;
	sign_register("KISA", "old", &(struct label_register)REGISTER(7, -1, 9), &token);
	sign_register("KISA", "old", &(struct label_register)REGISTER(7, -1, 9), &again); /* another signature */
	assert_int_equal(put(trust, &token, NULL), REASON_ADMITTED);
	assert_int_equal(put(trust, &again, NULL), REASON_REGISTER_OLDER);
	assert_int_equal(put(trust, &token, &mark), REASON_ADMITTED);
	assert_int_equal(trust->n_registers, 1);
	assert_int_equal(trust->n_index, 1);
	assert_true(holds(trust, "old"));
	assert_string_equal(mark.identity, "register KISA");
	assert_true(mark.sequence == 7 && mark.issued_sec == NOW - 1 && mark.until_sec == NOW + 9);
	trust_free(trust);
}

static void test_empty_register(void **state)
{
	static struct token token, empty;
	struct trust *trust = trust_with_issuers();

	(void)state;
	sign_register("KISA", "old", &(struct label_register)REGISTER(7, -1, 9), &token);
	sign_empty_register(&(struct label_register)REGISTER(8, 0, 9), &empty);
	assert_int_equal(put(trust, &token, NULL), REASON_ADMITTED);
	assert_int_equal(put(trust, &empty, NULL), REASON_LABEL_CLAIMS);
	assert_true(holds(trust, "old"));
	sign_register("KISA", "new", &(struct label_register)REGISTER(8, 0, 9), &token);
	assert_int_equal(put(trust, &token, NULL), REASON_ADMITTED);
	assert_false(holds(trust, "old"));
	trust_free(trust);
}

/* A long life of replacing: nothing is left behind (the sanitizer counts), and the index is of the last alone. */
static void test_many_in_a_row(void **state)
{
	static struct token token;
	struct trust *trust = trust_with_issuers();

	(void)state;
	for (int i = 1; i <= 20; i++) {
		char model[8];

		(void)snprintf(model, sizeof(model), "M-%d", i);
		sign_register("KISA", model, &(struct label_register)REGISTER((uint64_t)i, i, 99), &token);
		assert_int_equal(put(trust, &token, NULL), REASON_ADMITTED);
	}
	assert_true(holds(trust, "M-20"));
	assert_false(holds(trust, "M-19"));
	assert_int_equal(trust->n_index, 1);
	trust_free(trust);
}

/* --- Status lists: the time alone --- */

static enum hallmark_reason put_list(struct trust *trust, const char *uri, int64_t iat_sec, struct set_mark *ret_mark)
{
	static uint8_t statuses[] = { 0, 0 };
	struct status_list list = { .iat_sec = iat_sec, .exp_sec = NOW + 9, .bits = 1, .statuses = statuses, .n = 2 };
	enum hallmark_reason reason = REASON_INTERNAL;
	uint8_t token[1024];
	struct writer w = WRITER(token);

	SET_TEXT(list.uri, uri);
	assert_int_equal(status_list_sign(&list, kisa, &w), 0);
	assert_int_equal(trust_add_status_list(trust, writer_bytes(&w), ret_mark, &reason), 0);
	if (reason == REASON_ADMITTED) {
		size_t n = trust->n_standings;

		assert_int_equal(trust_add_status_list(trust, writer_bytes(&w), NULL, &reason), 0); /* the same again */
		assert_int_equal(reason, REASON_ADMITTED);
		assert_int_equal(trust->n_standings, n);
	}
	return reason;
}

static void test_status_lists(void **state)
{
	struct trust *trust = trust_with_issuers();
	struct set_mark mark = { 0 };

	(void)state;
	assert_int_equal(put_list(trust, "https://a.example/1", NOW, &mark), REASON_ADMITTED);
	assert_string_equal(mark.identity, "status-list KISA https://a.example/1");
	assert_true(mark.sequence == 0 && mark.issued_sec == NOW && mark.until_sec == NOW + 9);
	assert_int_equal(put_list(trust, "https://a.example/1", NOW, NULL), REASON_STATUS_OLDER);
	assert_int_equal(put_list(trust, "https://a.example/1", NOW - 1, NULL), REASON_STATUS_OLDER);
	assert_int_equal(put_list(trust, "https://a.example/2", NOW - 1, NULL), REASON_ADMITTED);
	assert_int_equal(trust->n_standings, 2);
	assert_int_equal(put_list(trust, "https://a.example/1", NOW + 1, NULL), REASON_ADMITTED);
	assert_int_equal(trust->n_standings, 2);
	assert_true(trust->standings[0].list.iat_sec == NOW + 1);
	trust_free(trust);
}

/* --- References: the time alone; another product or range of versions is another reference --- */

static struct reference good_reference(void)
{
	return (struct reference){ .issuer = "KISA",
				   .iat_sec = NOW,
				   .exp_sec = NOW + 9,
				   .class = { .product = { .maker = "pen:1", .model = "a lamp" },
					      .version_from = "1.0",
					      .version_to = "1.9",
					      .version_scheme = VERSION_MULTIPARTNUMERIC } };
}

static enum hallmark_reason put_reference(struct trust *trust, const struct reference *reference,
					  struct set_mark *ret_mark)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	uint8_t token[1024];
	struct writer w = WRITER(token);

	assert_int_equal(reference_sign(reference, strcmp(reference->issuer, "KISA") == 0 ? kisa : tta, &w), 0);
	assert_int_equal(trust_add_reference(trust, writer_bytes(&w), ret_mark, &reason), 0);
	if (reason == REASON_ADMITTED) {
		size_t n = trust->n_references;

		assert_int_equal(trust_add_reference(trust, writer_bytes(&w), NULL, &reason), 0);
		assert_int_equal(reason, REASON_ADMITTED);
		assert_int_equal(trust->n_references, n);
	}
	return reason;
}

static void test_references(void **state)
{
	struct trust *trust = trust_with_issuers();
	struct reference first = good_reference(), next = good_reference(), others[6];
	struct set_mark mark = { 0 };

	(void)state;
	assert_int_equal(put_reference(trust, &first, &mark), REASON_ADMITTED);
	assert_string_equal(mark.identity, "reference KISA pen:1 a%20lamp  1.0 1.9 multipartnumeric");
	assert_true(mark.issued_sec == NOW && mark.until_sec == NOW + 9);
	next.exp_sec++;
	assert_int_equal(put_reference(trust, &next, NULL), REASON_REFERENCE_OLDER);
	next.iat_sec = NOW - 1;
	assert_int_equal(put_reference(trust, &next, NULL), REASON_REFERENCE_OLDER);
	assert_int_equal(trust->n_references, 1);
	assert_true(trust->references[0].reference.exp_sec == NOW + 9);

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = good_reference();
	SET_TEXT(others[0].issuer, "TTA");
	SET_TEXT(others[1].class.product.maker, "pen:2");
	SET_TEXT(others[2].class.product.model, "a clock");
	SET_TEXT(others[3].class.product.hwversion, "B");
	SET_TEXT(others[4].class.version_from, "1.1");
	SET_TEXT(others[5].class.version_to, "1.8");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		others[i].iat_sec = NOW - 2;
		assert_int_equal(put_reference(trust, &others[i], NULL), REASON_ADMITTED);
		assert_int_equal(trust->n_references, 2 + i);
	}

	next.iat_sec = NOW + 1;
	assert_int_equal(put_reference(trust, &next, NULL), REASON_ADMITTED);
	assert_int_equal(trust->n_references, 7);
	assert_true(trust->references[0].reference.iat_sec == NOW + 1);
	trust_free(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_same_register),
		cmocka_unit_test(test_numbers_that_stand_twice),
		cmocka_unit_test(test_pair_of_one_number),
		cmocka_unit_test(test_remembered),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_empty_register),
		cmocka_unit_test(test_many_in_a_row),
		cmocka_unit_test(test_status_lists),
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
