/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A submission that is accepted can be written again, byte for byte; and a challenge is read without harm. */
#include "token/submission.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t space[HALLMARK_BODY_MAX];
	struct writer w = WRITER(space);
	enum hallmark_reason reason = REASON_INTERNAL;
	struct bytes body = bytes_of(p, n), nonce;
	struct submission s;
	unsigned lifetime;

	(void)challenge_decode(body, &nonce, &lifetime);
	int r = submission_decode(HALLMARK_CF_MULTIPART, body, &s, &reason);
	if (r < 0 || reason == REASON_INTERNAL)
		__builtin_trap();
	if (reason != REASON_ADMITTED)
		return 0;
	if (submission_encode(&s, &w) < 0 || !bytes_equal(writer_bytes(&w), body))
		__builtin_trap();
	return 0;
}
