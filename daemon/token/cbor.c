/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes CBOR one item at a time with libcbor. Only this file uses libcbor. The meaning of the items is not
 * known here.
 */
#include "token/cbor.h"

#include <errno.h>

#include <cbor/encoding.h>
#include <cbor/streaming.h>

#include "base/clock.h"
#include "hallmark/protocol.h"

#define HEAD_MAX  9    /* bytes: the longest head of an item, RFC 8949 section 3 */
#define TAG_FIRST 0xc0 /* initial byte of tag 0, RFC 8949 section 3.1 */

static void set_number(void *userdata, enum cbor_kind kind, uint64_t number)
{
	*(struct cbor_item *)userdata = (struct cbor_item){ .kind = kind, .number = number };
}

static void set_string(void *userdata, enum cbor_kind kind, struct bytes string)
{
	*(struct cbor_item *)userdata = (struct cbor_item){ .kind = kind, .string = string };
}

#define ON_NUMBER(name, type, kind)                                                                                    \
	static void on_##name(void *userdata, type value)                                                              \
	{                                                                                                              \
		set_number(userdata, kind, value);                                                                     \
	}
ON_NUMBER(uint8, uint8_t, CBOR_UINT)
ON_NUMBER(uint16, uint16_t, CBOR_UINT)
ON_NUMBER(uint32, uint32_t, CBOR_UINT)
ON_NUMBER(uint64, uint64_t, CBOR_UINT)
ON_NUMBER(negint8, uint8_t, CBOR_NEGINT)
ON_NUMBER(negint16, uint16_t, CBOR_NEGINT)
ON_NUMBER(negint32, uint32_t, CBOR_NEGINT)
ON_NUMBER(negint64, uint64_t, CBOR_NEGINT)
ON_NUMBER(array, size_t, CBOR_ARRAY)
ON_NUMBER(map, size_t, CBOR_MAP)
ON_NUMBER(tag, uint64_t, CBOR_TAG)
ON_NUMBER(bool, bool, CBOR_BOOL)

static void on_bstr(void *userdata, cbor_data p, size_t n)
{
	set_string(userdata, CBOR_BSTR, bytes_of(p, n));
}

static void on_tstr(void *userdata, cbor_data p, size_t n)
{
	set_string(userdata, CBOR_TSTR, bytes_of(p, n));
}

static void on_null(void *userdata)
{
	set_number(userdata, CBOR_NULL, 0);
}

static void on_float(void *userdata, float value)
{
	(void)value;
	set_number(userdata, CBOR_FLOAT, 0);
}

static void on_double(void *userdata, double value)
{
	(void)value;
	set_number(userdata, CBOR_FLOAT, 0);
}

/* An item with an indefinite length stays CBOR_NONE, which is refused. */
static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negint8,
	.negint16 = on_negint16,
	.negint32 = on_negint32,
	.negint64 = on_negint64,
	.byte_string = on_bstr,
	.byte_string_start = cbor_null_byte_string_start_callback,
	.string = on_tstr,
	.string_start = cbor_null_string_start_callback,
	.array_start = on_array,
	.indef_array_start = cbor_null_indef_array_start_callback,
	.map_start = on_map,
	.indef_map_start = cbor_null_indef_map_start_callback,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_null,
	.null = on_null,
	.boolean = on_bool,
	.indef_break = cbor_null_indef_break_callback,
};

static size_t shortest_head(uint64_t number)
{
	if (number < 24)
		return 1;
	if (number <= UINT8_MAX)
		return 2;
	if (number <= UINT16_MAX)
		return 3;
	return number <= UINT32_MAX ? 5 : HEAD_MAX;
}

/* RFC 8949 section 4.2.1: preferred serialization. The width of floats is not checked. */
static bool is_shortest(const struct cbor_item *item, size_t n)
{
	if (item->kind == CBOR_FLOAT)
		return true;
	if (item->kind == CBOR_BSTR || item->kind == CBOR_TSTR)
		return n == shortest_head(item->string.n) + item->string.n;
	return n == shortest_head(item->number);
}

/* libcbor 0.8 refuses tags 6 to 20, including 18 (PJK/libcbor#307): tags below 24 are read here. */
static bool next_is_small_tag(struct bytes rest, struct cbor_item *ret)
{
	if (rest.n == 0 || rest.p[0] < TAG_FIRST || rest.p[0] >= TAG_FIRST + 24)
		return false;
	*ret = (struct cbor_item){ .kind = CBOR_TAG, .number = rest.p[0] - TAG_FIRST };
	return true;
}

int cbor_next(struct cbor_cursor *c, struct cbor_item *ret)
{
	struct cbor_item item = { 0 };
	struct cbor_decoder_result r = { .read = 1, .status = CBOR_DECODER_FINISHED };

	if (!next_is_small_tag(c->rest, &item))
		r = cbor_stream_decode(c->rest.p, c->rest.n, &callbacks, &item);
	if (r.status != CBOR_DECODER_FINISHED || item.kind == CBOR_NONE || !is_shortest(&item, r.read))
		return -EBADMSG;

	c->rest = bytes_of(c->rest.p + r.read, c->rest.n - r.read);
	*ret = item;
	return 0;
}

/* How many items the item contains. It cannot be more than the bytes that are left. */
static int children(const struct cbor_item *item, struct bytes rest, uint64_t *ret)
{
	*ret = 0;
	if (item->kind == CBOR_TAG)
		*ret = 1;
	if (item->kind == CBOR_ARRAY || item->kind == CBOR_MAP) {
		if (item->number > rest.n)
			return -EBADMSG;
		*ret = item->kind == CBOR_MAP ? 2 * item->number : item->number;
	}
	return 0;
}

/* An array, map or tag that is not complete yet. */
struct frame {
	uint64_t left; /* items still expected */
	bool map;
	size_t n_keys;
	struct bytes keys[HALLMARK_CBOR_KEYS_MAX];
};

struct stack {
	size_t depth;
	struct frame frames[HALLMARK_CBOR_DEPTH_MAX];
};

static struct frame *stack_top(struct stack *s)
{
	return s->depth > 0 ? &s->frames[s->depth - 1] : NULL;
}

static int stack_push(struct stack *s, const struct cbor_item *item, struct bytes rest)
{
	uint64_t left;

	if (s->depth == HALLMARK_CBOR_DEPTH_MAX)
		return -E2BIG;
	if (item->kind == CBOR_MAP && item->number > HALLMARK_CBOR_KEYS_MAX)
		return -E2BIG;
	if (children(item, rest, &left) < 0)
		return -EBADMSG;

	struct frame *f = &s->frames[s->depth++];

	f->left = left;
	f->map = item->kind == CBOR_MAP;
	f->n_keys = 0;
	return 0;
}

/* Keys are numbers and strings. Heads are the shortest, so equal keys have equal bytes. */
static int frame_add_key(struct frame *f, enum cbor_kind kind, struct bytes encoded)
{
	if (kind != CBOR_UINT && kind != CBOR_NEGINT && kind != CBOR_BSTR && kind != CBOR_TSTR)
		return -EBADMSG;

	for (size_t i = 0; i < f->n_keys; i++)
		if (bytes_equal(f->keys[i], encoded))
			return -EBADMSG;
	f->keys[f->n_keys++] = encoded;
	return 0;
}

/* Reads one item. Afterwards the stack holds what is still incomplete. */
static int check_item(struct cbor_cursor *c, struct stack *s)
{
	struct frame *top = stack_top(s);
	struct bytes before = c->rest;
	struct cbor_item item;

	int r = cbor_next(c, &item);
	if (r < 0)
		return r;

	if (top && top->map && top->left % 2 == 0) {
		r = frame_add_key(top, item.kind, bytes_of(before.p, before.n - c->rest.n));
		if (r < 0)
			return r;
	}
	if (top)
		top->left--;
	if (item.kind == CBOR_ARRAY || item.kind == CBOR_MAP || item.kind == CBOR_TAG)
		r = stack_push(s, &item, c->rest);
	while (s->depth > 0 && stack_top(s)->left == 0)
		s->depth--;
	return r;
}

int cbor_check(struct bytes in)
{
	struct cbor_cursor c = cbor_cursor_of(in);
	struct stack s;

	s.depth = 0;
	do { /* each turn reads at least one byte of the input */
		int r = check_item(&c, &s);
		if (r < 0)
			return r;
	} while (s.depth > 0);
	return c.rest.n == 0 ? 0 : -EBADMSG;
}

int cbor_skip(struct cbor_cursor *c, struct bytes *ret_encoded)
{
	struct cbor_cursor at = *c;

	/* Each turn reads at least one byte of the input. */
	for (uint64_t left = 1; left > 0; left--) {
		struct cbor_item item;
		uint64_t inner;

		if (cbor_next(&at, &item) < 0 || children(&item, at.rest, &inner) < 0)
			return -EBADMSG;
		left += inner;
	}
	if (ret_encoded)
		*ret_encoded = bytes_of(c->rest.p, c->rest.n - at.rest.n);
	*c = at;
	return 0;
}

/* Reads the next item when it is of this kind; else leaves the cursor where it is. */
static int next_of(struct cbor_cursor *c, enum cbor_kind kind, struct cbor_item *ret)
{
	struct cbor_cursor at = *c;

	if (cbor_next(&at, ret) < 0 || ret->kind != kind)
		return -EBADMSG;
	*c = at;
	return 0;
}

static int next_count(struct cbor_cursor *c, enum cbor_kind kind, size_t *ret_n)
{
	struct cbor_cursor at = *c;
	struct cbor_item item;

	if (next_of(&at, kind, &item) < 0 || item.number > at.rest.n)
		return -EBADMSG;
	*c = at;
	*ret_n = (size_t)item.number;
	return 0;
}

int cbor_array(struct cbor_cursor *c, size_t *ret_n)
{
	return next_count(c, CBOR_ARRAY, ret_n);
}

int cbor_map(struct cbor_cursor *c, size_t *ret_n)
{
	return next_count(c, CBOR_MAP, ret_n);
}

int cbor_int(struct cbor_cursor *c, int64_t *ret)
{
	struct cbor_cursor at = *c;
	struct cbor_item item;

	if (cbor_next(&at, &item) < 0 || (item.kind != CBOR_UINT && item.kind != CBOR_NEGINT))
		return -EBADMSG;
	if (item.number > INT64_MAX)
		return -ERANGE;

	*c = at;
	*ret = item.kind == CBOR_UINT ? (int64_t)item.number : -1 - (int64_t)item.number;
	return 0;
}

int cbor_uint(struct cbor_cursor *c, uint64_t max, uint64_t *ret)
{
	struct cbor_cursor at = *c;
	struct cbor_item item;

	if (next_of(&at, CBOR_UINT, &item) < 0 || item.number > max)
		return -EBADMSG;
	*c = at;
	*ret = item.number;
	return 0;
}

static int next_string(struct cbor_cursor *c, enum cbor_kind kind, struct bytes *ret)
{
	struct cbor_item item;

	int r = next_of(c, kind, &item);
	if (r == 0)
		*ret = item.string;
	return r;
}

int cbor_bstr(struct cbor_cursor *c, struct bytes *ret)
{
	return next_string(c, CBOR_BSTR, ret);
}

int cbor_tstr(struct cbor_cursor *c, struct bytes *ret)
{
	return next_string(c, CBOR_TSTR, ret);
}

int cbor_text(struct cbor_cursor *c, char *ret, size_t size)
{
	struct cbor_cursor at = *c;
	struct bytes string;

	if (cbor_tstr(&at, &string) < 0 || !bytes_to_text(string, ret, size))
		return -EBADMSG;
	*c = at;
	return 0;
}

int cbor_time(struct cbor_cursor *c, int64_t *ret_sec)
{
	uint64_t sec;

	int r = cbor_uint(c, TIME_MAX, &sec);
	if (r == 0)
		*ret_sec = (int64_t)sec;
	return r;
}

enum cbor_kind cbor_peek(const struct cbor_cursor *c)
{
	struct cbor_cursor at = *c;
	struct cbor_item item;

	return cbor_next(&at, &item) < 0 ? CBOR_NONE : item.kind;
}

#define PUT(w, encode, value)                                                                                          \
	do {                                                                                                           \
		uint8_t head[HEAD_MAX];                                                                                \
		writer_put(w, bytes_of(head, encode(value, head, sizeof(head))));                                      \
	} while (0)

void cbor_put_int(struct writer *w, int64_t value)
{
	if (value >= 0)
		PUT(w, cbor_encode_uint, (uint64_t)value);
	else
		PUT(w, cbor_encode_negint, (uint64_t)(-1 - value));
}

void cbor_put_bstr(struct writer *w, struct bytes b)
{
	PUT(w, cbor_encode_bytestring_start, b.n);
	writer_put(w, b);
}

void cbor_put_tstr(struct writer *w, const char *s)
{
	PUT(w, cbor_encode_string_start, strlen(s));
	writer_put(w, bytes_of_string(s));
}

void cbor_put_array(struct writer *w, size_t n)
{
	PUT(w, cbor_encode_array_start, n);
}

void cbor_put_map(struct writer *w, size_t pairs)
{
	PUT(w, cbor_encode_map_start, pairs);
}

void cbor_put_tag(struct writer *w, uint64_t tag)
{
	PUT(w, cbor_encode_tag, tag);
}

void cbor_put_bool(struct writer *w, bool value)
{
	PUT(w, cbor_encode_bool, value);
}

void cbor_put_null(struct writer *w)
{
	uint8_t head[HEAD_MAX];

	writer_put(w, bytes_of(head, cbor_encode_null(head, sizeof(head))));
}
