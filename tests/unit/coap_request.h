/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for the tests, written byte by byte and not with the codec under test. */
#pragma once

#include <stdint.h>
#include <string.h>

struct request {
	uint8_t bytes[2048];
	size_t n;
	uint16_t last; /* number of the last option */
};

enum { CON, NON, ACK, RST };
enum { GET = 1, POST = 2 };
enum {
	URI_HOST = 3,
	OBSERVE = 6,
	URI_PATH = 11,
	CONTENT_FORMAT = 12,
	URI_QUERY = 15,
	ACCEPT = 17,
	BLOCK2 = 23,
	BLOCK1 = 27,
	SIZE1 = 60
};

static inline void request_begin(struct request *r, unsigned type, unsigned code, unsigned id)
{
	const uint8_t header[] = {
		(uint8_t)(0x42 | type << 4), (uint8_t)code, (uint8_t)(id >> 8), (uint8_t)id, 0xca, (uint8_t)id
	};

	memset(r, 0, sizeof(*r));
	memcpy(r->bytes, header, sizeof(header));
	r->n = sizeof(header);
}

/* Writes the extended form of RFC 7252 section 3.1; returns the nibble. */
static inline unsigned request_nibble(struct request *r, size_t value)
{
	if (value < 13)
		return (unsigned)value;
	if (value < 269) {
		r->bytes[r->n++] = (uint8_t)(value - 13);
		return 13;
	}
	r->bytes[r->n++] = (uint8_t)((value - 269) >> 8);
	r->bytes[r->n++] = (uint8_t)(value - 269);
	return 14;
}

static inline void request_option(struct request *r, uint16_t number, const void *value, size_t length)
{
	size_t at = r->n++;
	unsigned delta = request_nibble(r, (size_t)(number - r->last));
	unsigned len = request_nibble(r, length);

	r->bytes[at] = (uint8_t)(delta << 4 | len);
	if (length > 0)
		memcpy(r->bytes + r->n, value, length);
	r->n += length;
	r->last = number;
}

static inline void request_text(struct request *r, uint16_t number, const char *text)
{
	request_option(r, number, text, strlen(text));
}

static inline void request_uint(struct request *r, uint16_t number, uint32_t value)
{
	const uint8_t wide[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
				 (uint8_t)value };
	size_t skip = 0;

	while (skip < 4 && wide[skip] == 0)
		skip++;
	request_option(r, number, wide + skip, 4 - skip);
}

static inline uint32_t block_value(uint32_t number, unsigned more, unsigned szx)
{
	return number << 4 | more << 3 | szx;
}

static inline void request_body(struct request *r, const void *body, size_t n)
{
	if (n == 0)
		return;
	r->bytes[r->n++] = 0xff;
	memcpy(r->bytes + r->n, body, n);
	r->n += n;
}

/* One block of `whole` as POST /attest. */
static inline void request_block(struct request *r, unsigned id, const uint8_t *whole, size_t whole_n, uint32_t number,
				 unsigned szx)
{
	size_t size = (size_t)16 << szx, at = number * size, n = whole_n - at < size ? whole_n - at : size;

	request_begin(r, CON, POST, id);
	request_text(r, URI_PATH, "attest");
	request_uint(r, CONTENT_FORMAT, 62);
	request_uint(r, BLOCK1, block_value(number, at + n < whole_n, szx));
	request_body(r, whole + at, n);
}
