/* SPDX-License-Identifier: Apache-2.0 */
/* A hash for tables: who chooses what is hashed cannot choose its bucket, or meet another on purpose. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KEYED_HASH_MAX 32 /* bytes that it takes at most */

struct hash_keys {
	uint64_t of_word[KEYED_HASH_MAX / sizeof(uint32_t)];
};

/* Random ones. Returns 0 or -EIO. */
int hash_keys_make(struct hash_keys *ret);

/* n is a multiple of 4. The upper half of the result is for the number of a bucket. */
uint64_t keyed_hash(const struct hash_keys *keys, const void *p, size_t n);
