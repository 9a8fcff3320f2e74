/* SPDX-License-Identifier: Apache-2.0 */
/* Concise problem details (RFC 9290) with the reason's number as custom detail. */
#include <errno.h>
#include <stdio.h>

#include "base/check.h"
#include "token/claims.h"
#include "token/submission.h"

struct problem {
	char title[48];
	char detail[160];
	uint16_t number; /* enum hallmark_reason, or a number from a newer gateway */
};

/* RFC 9290 section 2 */
enum problem_key {
	PROBLEM_TITLE = -1,
	PROBLEM_DETAIL = -2,
};

static const struct claim custom_claims[] = {
	CLAIM_NUMBER(0, struct problem, number, 0, UINT16_MAX, REQUIRED),
};
static const struct claim_map custom_map = CLAIM_MAP(custom_claims);

static const struct claim problem_claims[] = {
	CLAIM(PROBLEM_TITLE, claim_text, struct problem, title),
	CLAIM(PROBLEM_DETAIL, claim_text, struct problem, detail),
	CLAIM_INNER(0, custom_map, .name = HALLMARK_PROBLEM_KEY, REQUIRED),
};
static const struct claim_map problem_map = CLAIM_MAP(problem_claims);

int problem_encode(enum hallmark_reason reason, struct writer *w)
{
	struct problem problem = { .number = (uint16_t)reason };

	(void)snprintf(problem.title, sizeof(problem.title), "%s", reason_name(reason));
	(void)snprintf(problem.detail, sizeof(problem.detail), "%s", reason_sentence(reason));

	int r = claims_encode(&problem_map, &problem, w);
	return r == 0 && w->overflow ? -E2BIG : r;
}

int problem_decode(struct bytes in, unsigned *ret_reason, char *ret_detail, size_t detail_size)
{
	struct cbor_cursor c = cbor_cursor_of(in);
	struct problem problem = { 0 };

	if (cbor_check(in) < 0 || claims_decode(&c, &problem_map, &problem) < 0)
		return -EBADMSG;
	if (ret_detail && !bytes_to_text(bytes_of_string(problem.detail), ret_detail, detail_size))
		return -EBADMSG;
	*ret_reason = problem.number;
	return 0;
}
