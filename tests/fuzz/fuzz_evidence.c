/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* What is accepted has the claims that the appraisal rests on. */
#include "token/cose.h"
#include "token/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct evidence e;
	struct sign1 token;

	int r = evidence_decode(bytes_of(p, n), &token, &e, &reason);
	if (r < 0 || reason == REASON_INTERNAL)
		__builtin_trap();
	if (reason != REASON_ADMITTED)
		return 0;
	if (e.n_nonces == 0 || e.n_nonces > HALLMARK_NONCES_MAX || e.ueid.n == 0 || e.ueid.n > UEID_MAX ||
	    e.product.maker[0] == '\0' || e.product.model[0] == '\0' || e.product.swversion[0] == '\0')
		__builtin_trap();
	return 0;
}
