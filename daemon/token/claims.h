/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map of claims as a table with one row for each claim. The same table reads and writes, so it defines the format
 * completely. Each token's table is in the token's file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "token/cbor.h"

struct claim;
struct writer;

/* How a type of value is converted between CBOR and a member of the caller's struct. */
struct claim_type {
	/* Returns 0, -EBADMSG for a wrong form, -E2BIG beyond a limit, or -ENOMEM. */
	int (*read)(struct cbor_cursor *c, const struct claim *claim, void *member);
	/* Returns 0, or -EINVAL for a value that cannot be encoded. */
	int (*write)(struct writer *w, const struct claim *claim, const void *member);
	/* False for a member that is to be omitted. */
	bool (*given)(const struct claim *claim, const void *member);
};

struct claim {
	int64_t key;
	const char *name; /* when the key is a text; else NULL */
	bool required;
	const struct claim_type *type;
	size_t offset, size; /* of the member */
	int64_t min, max;    /* of a number, or of the length of bytes */
	const void *detail;  /* the text of claim_constant, the struct claim_map of claim_map_type */
};

struct claim_map {
	const struct claim *claims; /* at most 32, in the order of RFC 8949 section 4.2.1 */
	size_t n;
};

#define CLAIM_MAP(array)                                                                                               \
	{                                                                                                              \
		.claims = (array), .n = sizeof(array) / sizeof((array)[0])                                             \
	}

extern const struct claim_type claim_text;     /* char[]: a printable text, never empty */
extern const struct claim_type claim_number;   /* an integer or enum from min to max */
extern const struct claim_type claim_bytes;    /* struct bytes, from min to max long */
extern const struct claim_type claim_encoded;  /* struct bytes: any item, not decoded */
extern const struct claim_type claim_constant; /* always `detail`; any other value is refused */
extern const struct claim_type claim_inner;    /* a nested map, into the same struct: `detail` */

#define CLAIM(key_, type_, owner, member, ...)                                                                         \
	{                                                                                                              \
		.key = (key_), .type = &(type_), .offset = offsetof(owner, member),                                    \
		.size = sizeof(((owner *)0)->member), __VA_ARGS__                                                      \
	}
/* A claim whose type needs the whole struct. */
#define CLAIM_WHOLE(key_, type_, ...)                                                                                  \
	{                                                                                                              \
		.key = (key_), .type = &(type_), __VA_ARGS__                                                           \
	}
#define CLAIM_NUMBER(key_, owner, member, min_, max_, ...)                                                             \
	CLAIM(key_, claim_number, owner, member, .min = (min_), .max = (max_), __VA_ARGS__)
#define CLAIM_TIME(key_, owner, member, ...) CLAIM_NUMBER(key_, owner, member, 0, TIME_MAX, __VA_ARGS__)
#define CLAIM_CONSTANT(key_, text)                                                                                     \
	{                                                                                                              \
		.key = (key_), .type = &claim_constant, .required = true, .detail = (text)                             \
	}
#define CLAIM_INNER(key_, map, ...)                                                                                    \
	{                                                                                                              \
		.key = (key_), .type = &claim_inner, .detail = &(map), __VA_ARGS__                                     \
	}
#define REQUIRED .required = true

/*
 * Reads a map in checked CBOR into a zeroed struct. Claims that are not in the table are ignored. Returns 0; -EBADMSG
 * when a required claim is missing or a claim has a wrong form; -E2BIG or -ENOMEM.
 */
int claims_decode(struct cbor_cursor *c, const struct claim_map *map, void *ret);

/* Writes the claims that are given. Returns 0, or -EINVAL when a required one is missing or one cannot be encoded. */
int claims_encode(const struct claim_map *map, const void *from, struct writer *w);
