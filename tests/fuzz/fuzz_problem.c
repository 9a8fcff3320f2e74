/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A problem that is accepted has a text that may be shown at a terminal. */
#include "token/submission.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned reason = 0;
	char detail[128] = "";

	if (problem_decode(bytes_of(p, n), &reason, detail, sizeof(detail)) == 0 &&
	    !bytes_are_text(bytes_of_string(detail)))
		__builtin_trap();
	return 0;
}
