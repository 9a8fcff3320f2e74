/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for all devices whose secret hash is the same: the one that was heard last. Two that attest by turns there are not
 * counted, and nobody can tell who they are.
 */
#include "edge/serve/allowance.h"

#include <errno.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/clock.h"
#include "base/keyed_hash.h"

#define ENTRIES     8192
#define MINUTE_USEC (60 * USEC_PER_SEC)
#define BURST_MIN   4 /* minutes: what a device that was silent so long may do at once, as one that is tried out */

struct entry {
	uint64_t hash; /* of a device's id */
	struct budget budget;
};

struct allowance {
	unsigned each_minute;
	struct hash_keys keys;
	struct entry entries[ENTRIES];
};

int allowance_new(unsigned each_minute, struct allowance **ret)
{
	struct allowance *a;

	if (each_minute == 0)
		return -EINVAL;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->each_minute = each_minute;
	if (hash_keys_make(&a->keys) < 0) {
		free(a);
		return -EIO;
	}
	*ret = a;
	return 0;
}

void allowance_free(struct allowance *a)
{
	free(a);
}

bool allowance_take(struct allowance *a, const uint8_t device[static SHA256_LEN], uint64_t now_usec)
{
	const unsigned burst = BURST_MIN * a->each_minute;
	const uint64_t hash = keyed_hash(&a->keys, device, SHA256_LEN);
	struct entry *e = &a->entries[(size_t)(hash >> 32) % ENTRIES];

	if (e->hash != hash)
		*e = (struct entry){ .hash = hash, .budget = { .left = burst, .filled_usec = now_usec } };
	return budget_take(&e->budget, burst, MINUTE_USEC / a->each_minute, now_usec);
}
