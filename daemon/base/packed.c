/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces, each of two counts and bytes: so many words of zeros, so many other words, and these. */
#include "base/packed.h"

#include <string.h>

static bool is_zero(const uint8_t *word)
{
	uint32_t value;

	_Static_assert(sizeof(value) == PACKED_WORD, "a word at a time");
	memcpy(&value, word, sizeof(value));
	return value == 0;
}

/* How many of the next words are in whole blocks of zeros: most of a record is. */
static size_t count_zero_blocks(const uint8_t *p, size_t n_words)
{
	uint64_t block[4];
	const size_t in_block = sizeof(block) / PACKED_WORD;
	size_t n = 0;

	for (; n + in_block <= n_words; n += in_block) {
		memcpy(block, p + n * PACKED_WORD, sizeof(block));
		if (block[0] | block[1] | block[2] | block[3])
			break;
	}
	return n;
}

/* How many of the next words are zero, or are not; as many as a count holds. */
static size_t count_run(const uint8_t *p, size_t n_words, bool are_zero)
{
	const size_t most = n_words < PACKED_RUN ? n_words : PACKED_RUN;
	size_t n = are_zero ? count_zero_blocks(p, most) : 0;

	while (n < most && is_zero(p + n * PACKED_WORD) == are_zero)
		n++;
	return n;
}

/* Most runs have a few words: one memcpy() of a length that is not known costs more. */
static void copy_words(uint8_t *to, const uint8_t *from, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i += PACKED_WORD)
		memcpy(to + i, from + i, PACKED_WORD);
}

size_t packed_make(const void *from, size_t n, uint8_t *ret)
{
	const uint8_t *p = from, *end = p + n;
	size_t used = 0;

	while (p < end) {
		const size_t zeros = count_run(p, (size_t)(end - p) / PACKED_WORD, true);
		size_t others;

		p += zeros * PACKED_WORD;
		others = count_run(p, (size_t)(end - p) / PACKED_WORD, false);
		ret[used++] = (uint8_t)zeros;
		ret[used++] = (uint8_t)others;
		copy_words(ret + used, p, others * PACKED_WORD);
		used += others * PACKED_WORD;
		p += others * PACKED_WORD;
	}
	return used;
}

bool packed_read(struct bytes packed, void *ret, size_t n)
{
	uint8_t *to = ret;
	size_t at = 0, done = 0;

	memset(to, 0, n);
	while (packed.n - at >= 2) {
		const size_t zeros = packed.p[at] * (size_t)PACKED_WORD,
			     others = packed.p[at + 1] * (size_t)PACKED_WORD;

		at += 2;
		if (zeros + others > n - done || others > packed.n - at)
			return false;
		copy_words(to + done + zeros, packed.p + at, others);
		at += others;
		done += zeros + others;
	}
	return at == packed.n && done == n;
}
