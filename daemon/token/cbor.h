/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict CBOR (RFC 8949) for tokens, on libcbor's streaming decoder and encoder: definite lengths, shortest heads, no
 * duplicate keys, no trailing bytes, bounded depth. First check the whole input with cbor_check(), then read it with a
 * cursor. An item of another type than expected is -EBADMSG.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum cbor_kind {
	CBOR_NONE = 0,
	CBOR_UINT,   /* number holds it */
	CBOR_NEGINT, /* -1 - number */
	CBOR_BSTR,   /* string holds its bytes */
	CBOR_TSTR,
	CBOR_ARRAY, /* number holds how many items follow */
	CBOR_MAP,   /* number holds how many pairs follow */
	CBOR_TAG,   /* number holds the tag; its content follows */
	CBOR_BOOL,
	CBOR_NULL,  /* null and undefined */
	CBOR_FLOAT, /* only skipped; none of our tokens uses one */
};

struct cbor_item {
	enum cbor_kind kind;
	uint64_t number;
	struct bytes string;
};

/* A position in checked CBOR; the bytes belong to the caller. */
struct cbor_cursor {
	struct bytes rest;
};

static inline struct cbor_cursor cbor_cursor_of(struct bytes checked)
{
	return (struct cbor_cursor){ .rest = checked };
}

/*
 * Checks that the input is exactly one item under the rules above, at all levels (but not inside byte strings). Returns
 * 0, -EBADMSG when it is malformed or not allowed, -E2BIG when it is deeper than HALLMARK_CBOR_DEPTH_MAX or a map has
 * more than HALLMARK_CBOR_KEYS_MAX pairs.
 */
int cbor_check(struct bytes in);

/*
 * On success each of these moves the cursor past what it read. Else it leaves the cursor and returns -EBADMSG (-ERANGE
 * for cbor_int).
 */
int cbor_next(struct cbor_cursor *c, struct cbor_item *ret);
int cbor_skip(struct cbor_cursor *c,
	      struct bytes *ret_encoded); /* one item with everything in it; ret_encoded may be NULL */
int cbor_array(struct cbor_cursor *c, size_t *ret_n);
int cbor_map(struct cbor_cursor *c, size_t *ret_n);
int cbor_int(struct cbor_cursor *c, int64_t *ret);
int cbor_uint(struct cbor_cursor *c, uint64_t max, uint64_t *ret);
int cbor_bstr(struct cbor_cursor *c, struct bytes *ret);
int cbor_tstr(struct cbor_cursor *c, struct bytes *ret);
int cbor_text(struct cbor_cursor *c, char *ret, size_t size); /* a tstr that bytes_to_text() accepts */
int cbor_time(struct cbor_cursor *c, int64_t *ret_sec);       /* NumericDate, integers only, 0 to year 9999 */

/* Kind of the next item, without moving the cursor; CBOR_NONE at the end. */
enum cbor_kind cbor_peek(const struct cbor_cursor *c);

void cbor_put_int(struct writer *w, int64_t value);
void cbor_put_bstr(struct writer *w, struct bytes b);
void cbor_put_tstr(struct writer *w, const char *s);
void cbor_put_array(struct writer *w, size_t n);
void cbor_put_map(struct writer *w, size_t pairs);
void cbor_put_tag(struct writer *w, uint64_t tag);
void cbor_put_bool(struct writer *w, bool value);
void cbor_put_null(struct writer *w);
