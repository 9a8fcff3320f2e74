/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A reference that is accepted names a product and a range, and measurements within the input. */
#include "token/cose.h"
#include "token/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct reference reference;
	struct sign1 token;

	if (reference_decode(bytes_of(p, n), &token, &reference, &reason) < 0 || reason == REASON_INTERNAL)
		__builtin_trap();
	if (reason != REASON_ADMITTED)
		return 0;
	if (!reference.class.product.maker[0] || !reference.class.product.model[0] || !reference.class.version_to[0])
		__builtin_trap();
	for (size_t i = 0; i < reference.n_measurements; i++)
		if (reference.measurements[i].p < p ||
		    reference.measurements[i].p + reference.measurements[i].n > p + n)
			__builtin_trap();
	return 0;
}
