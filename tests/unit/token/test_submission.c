/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* Bodies of /attest: multipart-core, the challenge, and problems. */
#include "token_kit.h"

#include <errno.h>

#include "base/check.h"
#include "token/submission.h"

#define PART "19010741aa" /* 263 and one byte */

static const struct {
	const char *name;
	unsigned content_format;
	const char *hex;
	enum hallmark_reason reason;
	size_t n_labels;
} cases[] = {
	{ "evidence alone", 263, "d28443a10128a04041aa", REASON_ADMITTED, 0 },
	{ "evidence alone, whatever it is", 263, "00", REASON_ADMITTED, 0 },
	{ "evidence alone, empty", 263, "", REASON_MALFORMED, 0 },
	{ "CBOR", 60, "82" PART, REASON_CONTENT_FORMAT, 0 },
	{ "text", 0, "82" PART, REASON_CONTENT_FORMAT, 0 },
	{ "no content format", 65535, "82" PART, REASON_CONTENT_FORMAT, 0 },
	{ "one part", 62, "82" PART, REASON_ADMITTED, 0 },
	{ "two parts", 62, "84" PART PART, REASON_ADMITTED, 1 },
	{ "five parts", 62, "8a" PART PART PART PART PART, REASON_ADMITTED, 4 },
	{ "six parts", 62, "8c" PART PART PART PART PART PART, REASON_TOO_LARGE, 0 },
	{ "no part", 62, "80", REASON_MALFORMED, 0 },
	{ "empty", 62, "", REASON_MALFORMED, 0 },
	{ "half a part", 62, "81190107", REASON_MALFORMED, 0 },
	{ "one and a half", 62, "83" PART "190107", REASON_MALFORMED, 0 },
	{ "a part of text", 62,
	  "82190107"
	  "6161",
	  REASON_MALFORMED, 0 },
	{ "a part that is null", 62, "82190107f6", REASON_MALFORMED, 0 },
	{ "another content format first", 62, "82183c41aa", REASON_CONTENT_FORMAT, 0 },
	{ "another content format second", 62, "84" PART "183c41aa", REASON_CONTENT_FORMAT, 0 },
	{ "content format by name", 62, "82616141aa", REASON_MALFORMED, 0 },
	{ "a byte after", 62, "82" PART "00", REASON_MALFORMED, 0 },
	{ "indefinite", 62, "9f" PART "ff", REASON_MALFORMED, 0 },
	{ "a map", 62, "a119010741aa", REASON_MALFORMED, 0 },
	{ "too deep", 62, "8219010781818181818181818101", REASON_TOO_LARGE, 0 },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_bytes_ struct bytes body = from_hex(cases[i].hex);
		enum hallmark_reason reason = REASON_INTERNAL;
		struct submission s;

		assert_int_equal(submission_decode(cases[i].content_format, body, &s, &reason), 0);
		if (reason != cases[i].reason)
			fail_msg("%s: %d", cases[i].name, (int)reason);
		if (reason == REASON_ADMITTED)
			assert_int_equal(s.n_labels, cases[i].n_labels);
	}
}

static void test_body_max(void **state)
{
	_cleanup_bytes_ struct bytes over = from_hex("*00.16385.");
	enum hallmark_reason reason = REASON_INTERNAL;
	struct submission s;

	(void)state;
	assert_int_equal(over.n, HALLMARK_BODY_MAX + 1);
	assert_int_equal(submission_decode(HALLMARK_CF_EAT_CWT, over, &s, &reason), 0);
	assert_int_equal(reason, REASON_TOO_LARGE);
	assert_int_equal(submission_decode(HALLMARK_CF_MULTIPART, over, &s, &reason), 0);
	assert_int_equal(reason, REASON_TOO_LARGE);
	assert_int_equal(submission_decode(HALLMARK_CF_EAT_CWT, bytes_of(over.p, over.n - 1), &s, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
}

static void on_damage(struct bytes damaged, void *userdata)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	const struct bytes *good = userdata;
	struct submission s;

	assert_int_equal(submission_decode(HALLMARK_CF_MULTIPART, damaged, &s, &reason), 0);
	assert_int_not_equal(reason, REASON_INTERNAL);
	if (reason == REASON_ADMITTED) /* a bit within a token: never another shape */
		assert_true(damaged.n == good->n && s.n_labels == 1);
}

static void test_round_trip(void **state)
{
	struct submission s = { .evidence = bytes_of_string("evidence"),
				.labels = { bytes_of_string("label") },
				.n_labels = 1 },
			  back;
	enum hallmark_reason reason;
	uint8_t space[64];
	struct writer w = WRITER(space), small = writer_of(space, 10);

	(void)state;
	assert_int_equal(submission_encode(&s, &w), 0);
	assert_int_equal(submission_decode(HALLMARK_CF_MULTIPART, writer_bytes(&w), &back, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_true(bytes_equal_string(back.evidence, "evidence"));
	assert_int_equal(back.n_labels, 1);
	assert_true(bytes_equal_string(back.labels[0], "label"));

	struct bytes good = writer_bytes(&w);

	each_damage(good, on_damage, &good);
	assert_int_equal(submission_encode(&s, &small), -E2BIG);
	for (s.n_labels = 0; s.n_labels < HALLMARK_LABELS_MAX; s.n_labels++)
		s.labels[s.n_labels] = bytes_of_string("l");
	w = WRITER(space);
	assert_int_equal(submission_encode(&s, &w), 0);
	assert_int_equal(submission_decode(HALLMARK_CF_MULTIPART, writer_bytes(&w), &back, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(back.n_labels, HALLMARK_LABELS_MAX);
	s.n_labels = HALLMARK_LABELS_MAX + 1;
	assert_int_equal(submission_encode(&s, &w), -E2BIG);
}

static void test_challenge(void **state)
{
	static const uint8_t nonce[HALLMARK_HANDLE_LEN] = { 1, 2, 3 };
	uint8_t space[128];
	struct writer w = WRITER(space), small = writer_of(space, 16);
	struct bytes back = { 0 };
	unsigned lifetime = 0;

	(void)state;
	assert_int_equal(challenge_encode(BYTES(nonce), 120, &w), 0);
	assert_int_equal(challenge_decode(writer_bytes(&w), &back, &lifetime), 0);
	assert_true(bytes_equal(back, BYTES(nonce)));
	assert_int_equal(lifetime, 120);
	assert_int_equal(challenge_encode(BYTES(nonce), 120, &small), -E2BIG);
	assert_int_equal(challenge_decode(BYTES(golden_challenge), &back, &lifetime), 0);
	assert_int_equal(back.p[31], 0xaa);
	for (size_t n = 0; n < w.n; n++)
		assert_int_equal(challenge_decode(bytes_of(space, n), &back, &lifetime), -EBADMSG);
}

static const char *const bad_challenges[] = {
	"8241aa1878",                                                                         /* no profiles */
	"8341aa187880",                                                                       /* not ours */
	"8341aa1878816161",                                                                   /* not ours */
	"83616118788178217461673a68616c6c6d61726b642e6f72672c323032363a65766964656e63652331", /* nonce
												 as
												 text
											       */
	"8341aa208178217461673a68616c6c6d61726b642e6f72672c323032363a65766964656e63652331",   /* before
											       now
											     */
};

static void test_bad_challenges(void **state)
{
	struct bytes nonce;
	unsigned lifetime;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_challenges); i++) {
		_cleanup_bytes_ struct bytes in = from_hex(bad_challenges[i]);

		assert_int_equal(challenge_decode(in, &nonce, &lifetime), -EBADMSG);
	}
	_cleanup_bytes_ struct bytes twin = from_hex("8341aa187882616178217461673a68616c6c6d61726b6"
						     "42e6f72672c323032363a65766964656e63652331");
	assert_int_equal(challenge_decode(twin, &nonce, &lifetime), 0);
}

/* Each reason's problem comes back, with its whole sentence, and fits into an answer. */
static void test_problem_of_each_reason(void **state)
{
	static const enum hallmark_reason all[] = {
#define X(number, id, name, sentence) REASON_##id,
		HALLMARK_REASONS(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		uint8_t space[HALLMARK_ANSWER_MAX];
		struct writer w = WRITER(space);
		unsigned number = 0;
		char detail[200];

		assert_int_equal(problem_encode(all[i], &w), 0);
		assert_int_equal(problem_decode(writer_bytes(&w), &number, detail, sizeof(detail)), 0);
		assert_int_equal(number, all[i]);
		assert_string_equal(detail, reason_sentence(all[i]));
	}
}

static void test_problem(void **state)
{
	_cleanup_bytes_ struct bytes foreign = from_hex("a1206161");
	uint8_t longer[sizeof(golden_problem) + 1] = { 0 };
	uint8_t space[16];
	struct writer w = WRITER(space);
	unsigned number = 77;
	char detail[64];

	(void)state;
	assert_int_equal(problem_decode(BYTES(golden_problem), &number, detail, sizeof(detail)), 0);
	assert_int_equal(number, REASON_MALFORMED);
	assert_string_equal(detail, "the request is not well-formed");
	assert_int_equal(problem_decode(BYTES(golden_problem), &number, NULL, 0), 0);
	assert_int_equal(problem_decode(BYTES(golden_problem), &number, detail, 8), -EBADMSG);
	assert_int_equal(problem_decode(foreign, &number, NULL, 0), -EBADMSG);
	assert_int_equal(problem_encode(REASON_MALFORMED, &w), -E2BIG);
	memcpy(longer, golden_problem, sizeof(golden_problem));
	assert_int_equal(problem_decode(BYTES(longer), &number, NULL, 0), -EBADMSG); /* there is something behind it */
	for (size_t n = 0; n < sizeof(golden_problem); n++)
		assert_int_equal(problem_decode(bytes_of(golden_problem, n), &number, NULL, 0), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),          cmocka_unit_test(test_body_max),
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_challenge),
		cmocka_unit_test(test_bad_challenges), cmocka_unit_test(test_problem_of_each_reason),
		cmocka_unit_test(test_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
