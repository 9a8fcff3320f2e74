/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* What the attester makes of an answer: it believes its own gateway, about its own evidence, and nothing else. */
#include "attester/result.h"

#include <errno.h>

#include "attester/client.h"
#include "token/submission.h"
#include "token_kit.h"

static const uint8_t ours[HALLMARK_HANDLE_LEN] = { 1 }, another[HALLMARK_HANDLE_LEN] = { 2 };

static const struct ear good = {
	.iat_sec = 1780000000,
	.exp_sec = 1780021599,
	.handles = { { 1 } },
	.n_handles = 1,
	.verifier = "gate \"1\"",
	.policy = "home",
	.zone = "trusted",
	.status = EAR_AFFIRMING,
	.scheme = "SG-CLS",
	.level = 4,
	.home_scheme = "KR-CIC",
	.home_level = 1,
	.arrangement = "R8",
	.label_number = "CSA-1",
	.issuer_role = HALLMARK_ISSUER_TRANSCRIBER,
	.reasons = { REASON_ADMITTED, REASON_CHAIN_UNANCHORED },
	.n_reasons = 2,
	.expires_first = "policy",
	.renew_after_sec = 1780012000,
};

static struct answer answer_of(const struct ear *ear)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct answer a = { .code = 204, .content_format = HALLMARK_CF_EAT_CWT };
	struct writer w = WRITER(a.body);

	assert_int_equal(ear_sign(ear, key, &w), 0);
	a.n = w.n;
	return a;
}

static void test_believed_and_not(void **state)
{
	_cleanup_key_ EVP_PKEY *gateway = key_named("p256", false), *stranger = key_named("p384", false);
	struct answer a = answer_of(&good);
	struct result result;
	(void)state;

	assert_int_equal(result_decode(&a, gateway, ours, &result), 0);
	assert_true(result.signature_verified);
	assert_string_equal(result.ear.zone, "trusted");
	assert_int_equal(result_decode(&a, NULL, ours, &result), 0);
	assert_false(result.signature_verified);
	assert_int_equal(result_decode(&a, gateway, NULL, &result), 0); /* an admission echoes what it echoes */
	assert_int_equal(result_decode(&a, gateway, another, &result), -EKEYREJECTED);
	assert_int_equal(result_decode(&a, stranger, ours, &result), -EKEYREJECTED);
	a.content_format = HALLMARK_CF_CBOR;
	assert_int_equal(result_decode(&a, gateway, ours, &result), -EBADMSG);
}

static void test_touched(void **state)
{
	_cleanup_key_ EVP_PKEY *gateway = key_named("p256", false);
	const struct answer a = answer_of(&good);
	struct result result;
	(void)state;

	for (size_t i = 0; i < a.n; i++) {
		struct answer touched = a;

		touched.body[i] ^= 1 << i % 8;
		assert_true(result_decode(&touched, gateway, ours, &result) < 0);
		touched = a;
		touched.n = i;
		assert_true(result_decode(&touched, gateway, ours, &result) < 0);
	}
}

static void test_outcomes(void **state)
{
	const struct {
		enum ear_status status;
		enum outcome outcome;
	} cases[] = {
		{ EAR_AFFIRMING, OUTCOME_AFFIRMED },
		{ EAR_WARNING, OUTCOME_WARNING },
		{ EAR_CONTRAINDICATED, OUTCOME_CONTRAINDICATED },
		{ EAR_NONE, OUTCOME_CONTRAINDICATED },
		{ (enum ear_status)3, OUTCOME_CONTRAINDICATED },
	};
	struct ear ear = good;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ear.status = cases[i].status;
		assert_int_equal(result_outcome(&ear), cases[i].outcome);
	}
	assert_true(result_has_reason(&good, REASON_CHAIN_UNANCHORED));
	assert_false(result_has_reason(&good, REASON_CHANNEL_SPENT));
}

static char *shown(const struct result *result)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	result_show(result, 1780000000, out);
	result_show_json(result, out);
	(void)fclose(out);
	return text;
}

static void test_shown(void **state)
{
	const struct result result = { .ear = good, .signature_verified = true };
	_cleanup_free_ char *text = shown(&result);
	(void)state;

	assert_string_equal(
		text,
		"gateway     gate \"1\", NOT AUTHENTICATED (no --ca)\n"
		"result      affirming, signature verified\n"
		"zone        trusted until 2026-05-29T02:26:39Z (for 5 h 59 min)\n"
		"ends first  policy\n"
		"renew after 2026-05-28T23:46:40Z\n"
		"label       SG-CLS level 4, number CSA-1, by a transcriber\n"
		"recognised  as KR-CIC level 1, arrangement R8\n"
		"why         admitted (1): every check that the zone requires passed\n"
		"            chain-unanchored (301): no configured anchor and no anchor of a valid label vouches for "
		"the chain\n"
		"            check 3, RFC 5280 section 6\n"
		"{\"status\":\"affirming\",\"gateway\":\"gate \\\"1\\\"\",\"gateway_authenticated\":false,"
		"\"signature_verified\":true,\"zone\":\"trusted\",\"issued\":1780000000,\"until\":1780021599,"
		"\"renew_after\":1780012000,\"expires_first\":\"policy\",\"scheme\":\"SG-CLS\",\"level\":4,"
		"\"home_scheme\":\"KR-CIC\",\"home_level\":1,\"arrangement\":\"R8\",\"label\":\"CSA-1\","
		"\"issuer_role\":\"transcriber\","
		"\"reasons\":[{\"number\":1,\"name\":\"admitted\",\"sentence\":\"every check that the zone requires "
		"passed\"},"
		"{\"number\":301,\"name\":\"chain-unanchored\",\"sentence\":\"no configured anchor and no anchor of a "
		"valid label vouches for the chain\"}]}\n");
}

/* Whose word the label is can be told from the text alone, and from the JSON. */
static void test_issuer_roles(void **state)
{
	static const char *const texts[] = { "number CSA-1\n", "CSA-1, by a transcriber\n",
					     "CSA-1, by the scheme itself\n" };
	static const char *const names[] = { "\"\"", "\"transcriber\"", "\"scheme\"" };
	(void)state;

	for (uint8_t role = HALLMARK_ISSUER_UNKNOWN; role <= HALLMARK_ISSUER_SCHEME; role++) {
		struct result result = { .ear = good };
		char json[64];

		result.ear.issuer_role = role;
		_cleanup_free_ char *text = shown(&result);

		(void)snprintf(json, sizeof(json), "\"issuer_role\":%s,", names[role]);
		assert_non_null(strstr(text, texts[role]));
		assert_non_null(strstr(text, json));
	}
}

static char *refusal(const struct answer *answer)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	refusal_show(answer, out);
	refusal_show_json(answer, out);
	(void)fclose(out);
	return text;
}

static void test_refusals(void **state)
{
	struct answer a = { .code = 503, .content_format = HALLMARK_CF_PROBLEM, .max_age_sec = 17 };
	struct writer w = WRITER(a.body);
	(void)state;

	assert_int_equal(problem_encode(REASON_BUSY, &w), 0);
	a.n = w.n;
	_cleanup_free_ char *busy = refusal(&a);

	a.code = 400;
	a.content_format = HALLMARK_CF_NONE;
	_cleanup_free_ char *bare = refusal(&a);

	assert_string_equal(busy,
			    "refused     5.03 busy (8): the gateway has too much to do; try again later\n"
			    "try again   in 17 s\n"
			    "{\"status\":\"refused\",\"code\":\"5.03\",\"reason\":8,\"name\":\"busy\","
			    "\"detail\":\"the gateway has too much to do; try again later\",\"retry_after\":17}\n");
	assert_string_equal(bare, "refused     4.00 internal (0): the gateway gives no reason\n"
				  "{\"status\":\"refused\",\"code\":\"4.00\",\"reason\":0,\"name\":\"internal\","
				  "\"detail\":\"the gateway gives no reason\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_believed_and_not), cmocka_unit_test(test_touched),
		cmocka_unit_test(test_outcomes),         cmocka_unit_test(test_shown),
		cmocka_unit_test(test_issuer_roles),     cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
