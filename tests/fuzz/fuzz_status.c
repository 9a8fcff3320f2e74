/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A list that is accepted has a status at each index up to its end, and none behind it. */
#include "token/cose.h"
#include "token/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct status_list list;
	struct sign1 token;

	if (status_list_decode(bytes_of(p, n), &token, &list, &reason) < 0 || reason == REASON_INTERNAL)
		__builtin_trap();
	if (reason != REASON_ADMITTED)
		return 0;

	int64_t end = (int64_t)list.n * 8 / list.bits;

	if (status_list_get(&list, 0) < 0 || status_list_get(&list, end - 1) < 0 || status_list_get(&list, end) >= 0)
		__builtin_trap();
	status_list_done(&list);
	return 0;
}
