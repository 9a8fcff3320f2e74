/* SPDX-License-Identifier: Apache-2.0 */
/* As much of CBOR (RFC 8949) as an attester needs: it writes the shortest form, and finds a value in a map. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is written. What does not fit is left out, and `n` says how much would have been needed. */
struct cbor {
	uint8_t p[12288]; /* more than any body that a test sends */
	size_t n;
};

void cbor_raw(struct cbor *c, const void *p, size_t n);
void cbor_int(struct cbor *c, int64_t value);
void cbor_bytes(struct cbor *c, const void *p, size_t n);
void cbor_text(struct cbor *c, const char *text);
void cbor_array(struct cbor *c, size_t n);
void cbor_map(struct cbor *c, size_t n);
void cbor_tag(struct cbor *c, uint64_t number);

/* What is read: an item and what is behind it. */
struct cbor_item {
	const uint8_t *p;
	size_t n;
};

/* The value of a key in a map; `text` NULL: of the number. Without one, and where the map is broken, an item without bytes. */
struct cbor_item cbor_find(struct cbor_item map, int64_t number, const char *text);

/* Steps into an array or a tag, to its first item. */
struct cbor_item cbor_enter(struct cbor_item item);
struct cbor_item cbor_next(struct cbor_item item);

/* The content of a byte or text string; of another item no bytes. */
struct cbor_item cbor_content(struct cbor_item item);

/* An integer, or INT64_MIN where there is none. */
int64_t cbor_number(struct cbor_item item);
