/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* Claims that are accepted can be written, and what was written is accepted and says the same. */
#include "token/cbor.h"
#include "token/cose.h"
#include "token/label.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t space[2 * HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(space);
	enum hallmark_reason reason = REASON_INTERNAL;
	struct label label, again;
	struct sign1 token;

	if (label_decode(bytes_of(p, n), &token, &label, &reason) < 0 || reason == REASON_INTERNAL)
		__builtin_trap();
	label_done(&label);
	if (cbor_check(bytes_of(p, n)) < 0 || label_decode_claims(bytes_of(p, n), &label, &reason) < 0 ||
	    reason != REASON_ADMITTED)
		return 0;

	if (label_encode_claims(&label, &w) < 0 || label_decode_claims(writer_bytes(&w), &again, &reason) < 0 ||
	    reason != REASON_ADMITTED || again.n_classes != label.n_classes || again.level != label.level)
		__builtin_trap();
	label_done(&again);
	label_done(&label);
	return 0;
}
