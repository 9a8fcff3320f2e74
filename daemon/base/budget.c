/* SPDX-License-Identifier: Apache-2.0 */
#include "base/budget.h"

bool budget_take(struct budget *b, unsigned most, uint64_t each_usec, uint64_t now_usec)
{
	const uint64_t more = (now_usec - b->filled_usec) / each_usec;

	b->left = more < most - b->left ? b->left + (unsigned)more : most;
	b->filled_usec += more * each_usec;
	if (b->left == 0)
		return false;
	b->left--;
	return true;
}
