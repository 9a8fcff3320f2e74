/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* What cbor_check() takes is one item to cbor_skip(), and no noise harms the readers. */
#include "token/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cbor_cursor c = cbor_cursor_of(bytes_of(p, n)), items = c;
	struct cbor_item item;
	struct bytes whole;

	int checked = cbor_check(c.rest);
	int skipped = cbor_skip(&c, &whole);
	if (checked == 0 && (skipped < 0 || whole.n != n))
		__builtin_trap();
	while (cbor_next(&items, &item) == 0)
		if (items.rest.n >= n)
			__builtin_trap();
	return 0;
}
