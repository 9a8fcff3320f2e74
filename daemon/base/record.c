/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules ask for. */
#include "base/record.h"

#include <string.h>

#include "base/bytes.h"

/* A number without sign that is beyond int64_t comes here as a negative one. */
bool record_in(int64_t value, int64_t low, int64_t high)
{
	return value >= low && value <= high;
}

bool record_all_in(const uint64_t *values, size_t n, int64_t low, int64_t high)
{
	for (size_t i = 0; i < n; i++)
		if (!record_in((int64_t)values[i], low, high))
			return false;
	return true;
}

bool record_among(uint64_t value, const uint64_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (values[i] == value)
			return true;
	return false;
}

bool record_is_zero(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

bool record_is_text(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	return n < size && bytes_are_text(bytes_of(text, n)) && record_is_zero(text + n, size - n);
}

bool record_are_texts(const char *texts, size_t n, size_t room, size_t size)
{
	for (size_t i = 0; i < n && i < room; i++)
		if (!record_is_text(texts + i * size, size))
			return false;
	return record_ends(texts, n, room, size);
}

bool record_ends(const void *list, size_t n, size_t room, size_t size)
{
	return n <= room && record_is_zero((const uint8_t *)list + n * size, (room - n) * size);
}
