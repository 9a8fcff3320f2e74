/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed bytes, and a writer into a caller's array. Only this file and the cursor of each decoder do arithmetic on
 * input lengths.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed range of bytes; p may be NULL when n is 0. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

#define BYTES(array) ((struct bytes){ .p = (array), .n = sizeof(array) })

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ .p = p, .n = n };
}

static inline struct bytes bytes_of_string(const char *s)
{
	return bytes_of(s, strlen(s));
}

bool bytes_equal(struct bytes a, struct bytes b);

/* True when the bytes are exactly the characters of s, without its terminator. */
bool bytes_equal_string(struct bytes a, const char *s);

/* Returns a heap copy of the bytes (at least one byte long), to be freed with free(), or NULL. */
uint8_t *bytes_dup(struct bytes b);

/* Writes 2 * n digits and a terminator; the caller's array must hold them. */
void bytes_to_hex(struct bytes b, char *ret_hex);

#define MAC_TEXT_SIZE 18

/* As "02:00:5e:10:00:01". Returns ret. */
const char *mac_to_text(const uint8_t mac[static 6], char ret[static MAC_TEXT_SIZE]);

/* Two hex digits each, with ':' between. Returns false when the text is anything else. */
bool mac_from_text(const char *text, uint8_t ret[static 6]);

/* Reads exactly ret_n bytes of hex digits. Returns false when the text is of another length or not hex. */
bool bytes_from_hex(const char *hex, uint8_t *ret, size_t ret_n);

/* True for well-formed UTF-8 without control characters. */
bool bytes_are_text(struct bytes b);

/*
 * Copies bytes that are printable UTF-8 (no control characters, no NUL) as a string. Returns false, and
 * sets ret to "", when they are not, or when they and a terminator do not fit into size.
 */
bool bytes_to_text(struct bytes b, char *ret, size_t size);

/* Appends to a fixed array. Overflow is remembered and checked once, at the end. */
struct writer {
	uint8_t *p;
	size_t n; /* bytes written */
	size_t cap;
	bool overflow;
};

static inline struct writer writer_of(uint8_t *p, size_t cap)
{
	return (struct writer){ .p = p, .cap = cap };
}

#define WRITER(array) writer_of((array), sizeof(array))

void writer_put(struct writer *w, struct bytes b);

static inline struct bytes writer_bytes(const struct writer *w)
{
	return bytes_of(w->p, w->n);
}
