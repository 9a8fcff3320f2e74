/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a gateway: decodes, checks and prints them. Decides only the exit status. */
#include "attester/result.h"

#include <errno.h>
#include <inttypes.h>

#include "attester/client.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "token/cose.h"
#include "token/names.h"
#include "token/submission.h"

static bool ear_echoes(const struct ear *ear, const uint8_t *handle)
{
	for (size_t i = 0; i < ear->n_handles; i++)
		if (memcmp(ear->handles[i], handle, HALLMARK_HANDLE_LEN) == 0)
			return true;
	return false;
}

int result_decode(const struct answer *answer, EVP_PKEY *key, const uint8_t *handle, struct result *ret)
{
	enum sign1_result verified = SIGN1_BAD_SIGNATURE;
	struct sign1 token;
	int r;

	*ret = (struct result){ 0 };
	if (answer->content_format != HALLMARK_CF_EAT_CWT) {
		log_error("the answer has content format %u, not %u: this is not a hallmark gateway",
			  answer->content_format, HALLMARK_CF_EAT_CWT);
		return -EBADMSG;
	}
	r = ear_decode(bytes_of(answer->body, answer->n), &token, &ret->ear);
	if (r < 0)
		return log_errno(r, "the answer is not an attestation result");

	r = key ? sign1_verify(&token, key, &verified) : 0;
	if (r < 0)
		return log_errno(r, "the result's signature could not be evaluated");
	if (key && verified != SIGN1_VALID) {
		log_error("the result is not signed with --verifier-key: do not rely on it; "
			  "take the key from the gateway's operator");
		return -EKEYREJECTED;
	}
	if (handle && !ear_echoes(&ret->ear, handle)) {
		log_error("the result is for other evidence: do not rely on it");
		return -EKEYREJECTED;
	}
	ret->signature_verified = key != NULL;
	return 0;
}

enum outcome result_outcome(const struct ear *ear)
{
	switch (ear->status) {
	case EAR_AFFIRMING:
		return OUTCOME_AFFIRMED;
	case EAR_WARNING:
		return OUTCOME_WARNING;
	default:
		return OUTCOME_CONTRAINDICATED;
	}
}

bool result_has_reason(const struct ear *ear, enum hallmark_reason reason)
{
	for (size_t i = 0; i < ear->n_reasons; i++)
		if (ear->reasons[i] == reason)
			return true;
	return false;
}

static void show_zone(const struct ear *ear, int64_t now_sec, FILE *out)
{
	char until[32], left[32], renew[32];

	(void)fprintf(out, "zone        %s", ear->zone);
	if (ear->exp_sec > now_sec) {
		(void)fprintf(out, " until %s (for %s)", time_to_text(ear->exp_sec, until),
			      span_to_text(ear->exp_sec - now_sec, left));
	}
	(void)fputc('\n', out);
	if (ear->expires_first[0] != '\0' && strcmp(ear->expires_first, "none") != 0)
		(void)fprintf(out, "ends first  %s\n", ear->expires_first);
	if (ear->renew_after_sec > 0)
		(void)fprintf(out, "renew after %s\n", time_to_text(ear->renew_after_sec, renew));
}

static void show_label(const struct ear *ear, FILE *out)
{
	static const char *const signers[] = {
		[HALLMARK_ISSUER_UNKNOWN] = "",
		[HALLMARK_ISSUER_TRANSCRIBER] = ", by a transcriber",
		[HALLMARK_ISSUER_SCHEME] = ", by the scheme itself",
	};

	if (ear->scheme[0] == '\0') {
		(void)fputs("label       none counted\n", out);
		return;
	}
	(void)fprintf(out, "label       %s level %u, number %s%s\n", ear->scheme, ear->level, ear->label_number,
		      signers[ear->issuer_role]);
	if (ear->home_level == 0)
		(void)fputs("recognised  no", out);
	else
		(void)fprintf(out, "recognised  as %s level %u", ear->home_scheme, ear->home_level);
	if (ear->arrangement[0] != '\0')
		(void)fprintf(out, ", arrangement %s", ear->arrangement);
	(void)fputc('\n', out);
}

void result_show(const struct result *result, int64_t now_sec, FILE *out)
{
	const struct ear *ear = &result->ear;

	(void)fprintf(out, "gateway     %s, %s\n", ear->verifier,
		      result->gateway_authenticated ? "authenticated" : "NOT AUTHENTICATED (no --ca)");
	(void)fprintf(out, "result      %s, signature %s\n", ear_status_name(ear->status),
		      result->signature_verified ? "verified" : "NOT VERIFIED (no --verifier-key)");
	show_zone(ear, now_sec, out);
	show_label(ear, out);
	if (ear->n_reasons == 0 && ear->status == EAR_AFFIRMING)
		(void)fprintf(out, "why         %s\n", reason_sentence(REASON_ADMITTED));
	for (size_t i = 0; i < ear->n_reasons; i++) {
		enum hallmark_reason reason = (enum hallmark_reason)ear->reasons[i];
		enum hallmark_check check = (enum hallmark_check)REASON_CHECK(reason);

		(void)fprintf(out, "%-12s%s (%u): %s\n", i == 0 ? "why" : "", reason_name(reason), reason,
			      reason_sentence(reason));
		if (check_is_known(check))
			(void)fprintf(out, "            check %d, %s\n", check, check_specification(check));
	}
}

/* Texts of a decoded token have no control characters: only two characters need escapes (RFC 8259 section 7). */
static void print_json(const char *key, const char *text, FILE *out)
{
	(void)fprintf(out, ",\"%s\":\"", key);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void print_bool(const char *key, bool value, FILE *out)
{
	(void)fprintf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

void result_show_json(const struct result *result, FILE *out)
{
	const struct ear *ear = &result->ear;

	(void)fprintf(out, "{\"status\":\"%s\"", ear_status_name(ear->status));
	print_json("gateway", ear->verifier, out);
	print_bool("gateway_authenticated", result->gateway_authenticated, out);
	print_bool("signature_verified", result->signature_verified, out);
	print_json("zone", ear->zone, out);
	(void)fprintf(out, ",\"issued\":%" PRId64 ",\"until\":%" PRId64 ",\"renew_after\":%" PRId64, ear->iat_sec,
		      ear->exp_sec, ear->renew_after_sec);
	print_json("expires_first", ear->expires_first, out);
	print_json("scheme", ear->scheme, out);
	(void)fprintf(out, ",\"level\":%u", ear->level);
	print_json("home_scheme", ear->home_scheme, out);
	(void)fprintf(out, ",\"home_level\":%u", ear->home_level);
	print_json("arrangement", ear->arrangement, out);
	print_json("label", ear->label_number, out);
	print_json("issuer_role", issuer_role_name(ear->issuer_role), out);
	(void)fputs(",\"reasons\":[", out);
	for (size_t i = 0; i < ear->n_reasons; i++) {
		enum hallmark_reason reason = (enum hallmark_reason)ear->reasons[i];

		(void)fprintf(out, "%s{\"number\":%u,\"name\":\"%s\",\"sentence\":\"%s\"}", i > 0 ? "," : "", reason,
			      reason_name(reason), reason_sentence(reason));
	}
	(void)fputs("]}\n", out);
}

/* The problem's own detail, else the sentence for its number. */
static unsigned refusal_reason(const struct answer *answer, char *ret_detail, size_t size)
{
	unsigned reason;

	ret_detail[0] = '\0';
	if (answer->content_format == HALLMARK_CF_PROBLEM &&
	    problem_decode(bytes_of(answer->body, answer->n), &reason, ret_detail, size) == 0)
		return reason;

	(void)snprintf(ret_detail, size, "the gateway gives no reason");
	return REASON_INTERNAL;
}

static bool answer_asks_to_wait(const struct answer *answer)
{
	return answer->code == 429 || answer->code == 503;
}

void refusal_show(const struct answer *answer, FILE *out)
{
	char detail[256];
	unsigned reason = refusal_reason(answer, detail, sizeof(detail));

	(void)fprintf(out, "refused     %u.%02u %s (%u): %s\n", answer->code / 100, answer->code % 100,
		      reason_name((enum hallmark_reason)reason), reason, detail);
	if (answer_asks_to_wait(answer))
		(void)fprintf(out, "try again   in %u s\n", answer->max_age_sec);
}

void refusal_show_json(const struct answer *answer, FILE *out)
{
	char detail[256];
	unsigned reason = refusal_reason(answer, detail, sizeof(detail));

	(void)fprintf(out, "{\"status\":\"refused\",\"code\":\"%u.%02u\",\"reason\":%u", answer->code / 100,
		      answer->code % 100, reason);
	print_json("name", reason_name((enum hallmark_reason)reason), out);
	print_json("detail", detail, out);
	if (answer_asks_to_wait(answer))
		(void)fprintf(out, ",\"retry_after\":%u", answer->max_age_sec);
	(void)fputs("}\n", out);
}
