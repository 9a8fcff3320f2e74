/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FNV-1a, for what operators write: who chooses it wants no collisions. For what devices choose there is base/keyed_hash.h.
 */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

#define PLAIN_HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/* Adds bytes, and their number, so that where one value ends counts. */
static inline uint64_t plain_hash(uint64_t hash, struct bytes b)
{
	const uint64_t prime = UINT64_C(0x100000001b3);

	hash = (hash ^ b.n) * prime;
	for (size_t i = 0; i < b.n; i++)
		hash = (hash ^ b.p[i]) * prime;
	return hash;
}
