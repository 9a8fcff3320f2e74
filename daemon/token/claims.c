/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes tables of claims, and the value types that more than one token uses. */
#include "token/claims.h"

#include <errno.h>
#include <string.h>

static int read_text(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	char *text = member;

	int r = cbor_text(c, text, claim->size);
	return r == 0 && text[0] == '\0' ? -EBADMSG : r;
}

static int write_text(struct writer *w, const struct claim *claim, const void *member)
{
	(void)claim;
	if (!bytes_are_text(bytes_of_string(member)))
		return -EINVAL;
	cbor_put_tstr(w, member);
	return 0;
}

static bool text_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return *(const char *)member != '\0';
}

const struct claim_type claim_text = { read_text, write_text, text_given };

/* Members of 1, 2 and 8 bytes are never negative in our structs; enums and int have 4. */
static int64_t number_of(const struct claim *claim, const void *member)
{
	switch (claim->size) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const int32_t *)member;
	default:
		return *(const int64_t *)member;
	}
}

static int read_number(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	int64_t value;

	if (cbor_int(c, &value) < 0 || value < claim->min || value > claim->max)
		return -EBADMSG;
	if (claim->size == 1)
		*(uint8_t *)member = (uint8_t)value;
	else if (claim->size == 2)
		*(uint16_t *)member = (uint16_t)value;
	else if (claim->size == 4)
		*(int32_t *)member = (int32_t)value;
	else
		*(int64_t *)member = value;
	return 0;
}

static int write_number(struct writer *w, const struct claim *claim, const void *member)
{
	int64_t value = number_of(claim, member);

	if (value < claim->min || value > claim->max)
		return -EINVAL;
	cbor_put_int(w, value);
	return 0;
}

static bool number_given(const struct claim *claim, const void *member)
{
	return claim->required || number_of(claim, member) != 0;
}

const struct claim_type claim_number = { read_number, write_number, number_given };

static bool bytes_fit(const struct claim *claim, struct bytes b)
{
	return b.n >= (size_t)claim->min && b.n <= (size_t)claim->max;
}

static int read_bytes(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct bytes *b = member;

	return cbor_bstr(c, b) < 0 || !bytes_fit(claim, *b) ? -EBADMSG : 0;
}

static int write_bytes(struct writer *w, const struct claim *claim, const void *member)
{
	const struct bytes *b = member;

	if (!bytes_fit(claim, *b))
		return -EINVAL;
	cbor_put_bstr(w, *b);
	return 0;
}

static bool bytes_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct bytes *)member)->n > 0;
}

const struct claim_type claim_bytes = { read_bytes, write_bytes, bytes_given };

static int read_encoded(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	(void)claim;
	return cbor_skip(c, member);
}

static int write_encoded(struct writer *w, const struct claim *claim, const void *member)
{
	(void)claim;
	writer_put(w, *(const struct bytes *)member);
	return 0;
}

const struct claim_type claim_encoded = { read_encoded, write_encoded, bytes_given };

static int read_constant(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct bytes text;

	(void)member;
	return cbor_tstr(c, &text) < 0 || !bytes_equal_string(text, claim->detail) ? -EBADMSG : 0;
}

static int write_constant(struct writer *w, const struct claim *claim, const void *member)
{
	(void)member;
	cbor_put_tstr(w, claim->detail);
	return 0;
}

static bool constant_given(const struct claim *claim, const void *member)
{
	(void)claim, (void)member;
	return true;
}

const struct claim_type claim_constant = { read_constant, write_constant, constant_given };

static int read_inner(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	return claims_decode(c, claim->detail, member);
}

static int write_inner(struct writer *w, const struct claim *claim, const void *member)
{
	return claims_encode(claim->detail, member, w);
}

static bool is_given(const struct claim *claim, const void *from)
{
	return claim->type->given(claim, (const uint8_t *)from + claim->offset);
}

static bool inner_given(const struct claim *claim, const void *member)
{
	const struct claim_map *map = claim->detail;

	for (size_t i = 0; i < map->n; i++)
		if (is_given(&map->claims[i], member))
			return true;
	return false;
}

const struct claim_type claim_inner = { read_inner, write_inner, inner_given };

static bool has_key(const struct claim *claim, const struct cbor_item *key)
{
	if (claim->name)
		return key->kind == CBOR_TSTR && bytes_equal_string(key->string, claim->name);
	if (claim->key >= 0)
		return key->kind == CBOR_UINT && key->number == (uint64_t)claim->key;
	return key->kind == CBOR_NEGINT && key->number == (uint64_t)(-1 - claim->key);
}

/* Index of the claim for the next key, or map->n. */
static int next_key(struct cbor_cursor *c, const struct claim_map *map, size_t *ret)
{
	struct cbor_item key;
	size_t i = 0;

	int r = cbor_next(c, &key);
	if (r < 0)
		return r;
	while (i < map->n && !has_key(&map->claims[i], &key))
		i++;
	*ret = i;
	return 0;
}

int claims_decode(struct cbor_cursor *c, const struct claim_map *map, void *ret)
{
	uint32_t seen = 0;
	size_t pairs, i;

	int r = cbor_map(c, &pairs);
	for (size_t pair = 0; r == 0 && pair < pairs; pair++) {
		r = next_key(c, map, &i);
		if (r < 0)
			return r;
		if (i == map->n) {
			r = cbor_skip(c, NULL);
			continue;
		}
		seen |= UINT32_C(1) << i;
		r = map->claims[i].type->read(c, &map->claims[i], (uint8_t *)ret + map->claims[i].offset);
	}
	for (i = 0; r == 0 && i < map->n; i++)
		if (map->claims[i].required && !(seen & UINT32_C(1) << i))
			return -EBADMSG;
	return r;
}

int claims_encode(const struct claim_map *map, const void *from, struct writer *w)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < map->n; i++)
		n += is_given(&map->claims[i], from);
	cbor_put_map(w, n);

	for (size_t i = 0; r == 0 && i < map->n; i++) {
		const struct claim *claim = &map->claims[i];

		if (!is_given(claim, from)) {
			r = claim->required ? -EINVAL : 0;
			continue;
		}
		if (claim->name)
			cbor_put_tstr(w, claim->name);
		else
			cbor_put_int(w, claim->key);
		r = claim->type->write(w, claim, (const uint8_t *)from + claim->offset);
	}
	return r;
}
