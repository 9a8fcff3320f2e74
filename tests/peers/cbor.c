/* SPDX-License-Identifier: Apache-2.0 */
#include "cbor.h"

#include <string.h>

enum major { UNSIGNED, NEGATIVE, BYTE_STRING, TEXT_STRING, ARRAY, MAP, TAG };

void cbor_raw(struct cbor *c, const void *p, size_t n)
{
	if (c->n + n <= sizeof(c->p) && n > 0)
		memcpy(c->p + c->n, p, n);
	c->n += n;
}

/* The first byte of an item, and its number of up to 32 bits. */
static void put_head(struct cbor *c, enum major major, uint64_t number)
{
	const unsigned size = number < 24 ? 0 : number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : 4;
	const unsigned short_form = size == 0 ? (unsigned)number : 24 + size / 2;
	uint8_t head[5] = { (uint8_t)(major << 5 | short_form) };

	for (unsigned i = 0; i < size; i++)
		head[1 + i] = (uint8_t)(number >> 8 * (size - 1 - i));
	cbor_raw(c, head, 1 + size);
}

void cbor_int(struct cbor *c, int64_t value)
{
	put_head(c, value < 0 ? NEGATIVE : UNSIGNED, (uint64_t)(value < 0 ? -1 - value : value));
}

void cbor_bytes(struct cbor *c, const void *p, size_t n)
{
	put_head(c, BYTE_STRING, n);
	cbor_raw(c, p, n);
}

void cbor_text(struct cbor *c, const char *text)
{
	put_head(c, TEXT_STRING, strlen(text));
	cbor_raw(c, text, strlen(text));
}

void cbor_array(struct cbor *c, size_t n)
{
	put_head(c, ARRAY, n);
}

void cbor_map(struct cbor *c, size_t n)
{
	put_head(c, MAP, n);
}

void cbor_tag(struct cbor *c, uint64_t number)
{
	put_head(c, TAG, number);
}

/* Reads a head and steps behind it; returns false at the end of the bytes. */
static bool take_head(struct cbor_item *item, enum major *ret_major, uint64_t *ret_number)
{
	const unsigned first = item->n > 0 ? item->p[0] : 0;
	const size_t size = (first & 31) < 24 ? 0 : (size_t)1 << ((first & 31) - 24);

	if (item->n < 1 + size || size > 8)
		return false;
	*ret_major = (enum major)(first >> 5);
	*ret_number = size == 0 ? first & 31 : 0;
	for (size_t i = 0; i < size; i++)
		*ret_number = *ret_number << 8 | item->p[1 + i];
	item->p += 1 + size;
	item->n -= 1 + size;
	return true;
}

struct cbor_item cbor_next(struct cbor_item item)
{
	enum major major;
	uint64_t number;

	for (uint64_t left = 1; left > 0; left--) {
		if (!take_head(&item, &major, &number) || (major >= BYTE_STRING && major <= MAP && number > item.n))
			return (struct cbor_item){ 0 };
		if (major == BYTE_STRING || major == TEXT_STRING)
			item = (struct cbor_item){ item.p + number, item.n - number };
		else if (major == ARRAY || major == MAP)
			left += number * (major == MAP ? 2 : 1);
		else if (major == TAG)
			left++;
	}
	return item;
}

struct cbor_item cbor_enter(struct cbor_item item)
{
	enum major major;
	uint64_t number;

	return take_head(&item, &major, &number) && major >= ARRAY ? item : (struct cbor_item){ 0 };
}

struct cbor_item cbor_content(struct cbor_item item)
{
	enum major major;
	uint64_t number;

	if (!take_head(&item, &major, &number) || (major != BYTE_STRING && major != TEXT_STRING) || number > item.n)
		return (struct cbor_item){ 0 };
	return (struct cbor_item){ item.p, (size_t)number };
}

int64_t cbor_number(struct cbor_item item)
{
	enum major major;
	uint64_t number;

	if (!take_head(&item, &major, &number) || major > NEGATIVE || number > INT32_MAX)
		return INT64_MIN;
	return major == NEGATIVE ? -1 - (int64_t)number : (int64_t)number;
}

static bool is_key(struct cbor_item key, int64_t number, const char *text)
{
	struct cbor_item content = cbor_content(key);

	if (!text)
		return cbor_number(key) == number;
	return content.n == strlen(text) && memcmp(content.p, text, content.n) == 0;
}

struct cbor_item cbor_find(struct cbor_item map, int64_t number, const char *text)
{
	enum major major;
	uint64_t pairs;

	if (!take_head(&map, &major, &pairs) || major != MAP)
		return (struct cbor_item){ 0 };
	for (uint64_t i = 0; i < pairs && map.n > 0; i++) {
		if (is_key(map, number, text))
			return cbor_next(map);
		map = cbor_next(cbor_next(map));
	}
	return (struct cbor_item){ 0 };
}
