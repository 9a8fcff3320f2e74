/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A result that is accepted is within the limits of its struct. */
#include <errno.h>

#include "base/bytes.h"
#include "token/cose.h"
#include "token/ear.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sign1 token;
	struct ear ear;

	int r = ear_decode(bytes_of(p, n), &token, &ear);
	if (r < 0 && r != -EBADMSG)
		__builtin_trap();
	if (r == 0 && (ear.zone[0] == '\0' || ear.n_handles > HALLMARK_NONCES_MAX || ear.n_reasons > EAR_REASONS_MAX))
		__builtin_trap();
	return 0;
}
