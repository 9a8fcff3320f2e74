/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/cleanup.h"

size_t utf8_next(struct bytes b, uint32_t *ret)
{
	static const struct {
		uint8_t mask, lead, length;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 1, 0 }, { 0xe0, 0xc0, 2, 0x80 }, { 0xf0, 0xe0, 3, 0x800 }, { 0xf8, 0xf0, 4, 0x10000 }
	};

	for (size_t f = 0; f < ARRAY_SIZE(forms) && b.n > 0; f++) {
		if ((b.p[0] & forms[f].mask) != forms[f].lead)
			continue;
		if (b.n < forms[f].length)
			return 0;

		uint32_t c = b.p[0] & (uint8_t)~forms[f].mask;

		for (size_t i = 1; i < forms[f].length; i++) {
			if ((b.p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (b.p[i] & 0x3f);
		}
		if (c < forms[f].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		*ret = c;
		return forms[f].length;
	}
	return 0;
}
