/* SPDX-License-Identifier: Apache-2.0 */
/* Sum of products of the 32-bit words with secret keys: its upper half is a universal hash. */
#include "base/keyed_hash.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

int hash_keys_make(struct hash_keys *ret)
{
	return RAND_bytes((unsigned char *)ret, sizeof(*ret)) == 1 ? 0 : -EIO;
}

uint64_t keyed_hash(const struct hash_keys *keys, const void *p, size_t n)
{
	uint32_t words[KEYED_HASH_MAX / sizeof(uint32_t)];
	uint64_t sum = 0;

	memcpy(words, p, n);
	for (size_t i = 0; i < n / sizeof(words[0]); i++)
		sum += words[i] * keys->of_word[i];
	return sum;
}
