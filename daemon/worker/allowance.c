/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for all devices whose secret hash is the same: the one that was heard last. Two that attest by turns there are not
 * counted, and nobody can tell who they are.
 */
#include "worker/allowance.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ENTRIES     8192
#define MINUTE_USEC (60 * USEC_PER_SEC)
#define BURST_MIN   4 /* minutes: what a device that was silent so long may do at once, as one that is tried out */

struct entry {
	uint64_t sum; /* of a device's id */
	uint64_t filled_usec;
	unsigned left;
};

struct allowance {
	unsigned each_minute;
	uint64_t keys[SHA256_LEN / 4];
	struct entry entries[ENTRIES];
};

int allowance_new(unsigned each_minute, struct allowance **ret)
{
	struct allowance *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->each_minute = each_minute;
	if (RAND_bytes((unsigned char *)a->keys, sizeof(a->keys)) != 1) {
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

static uint64_t sum_of(const struct allowance *a, const uint8_t device[static SHA256_LEN])
{
	uint32_t words[SHA256_LEN / 4];
	uint64_t sum = 0;

	memcpy(words, device, sizeof(words));
	for (size_t i = 0; i < SHA256_LEN / 4; i++)
		sum += words[i] * a->keys[i];
	return sum;
}

bool allowance_take(struct allowance *a, const uint8_t device[static SHA256_LEN], uint64_t now_usec)
{
	const unsigned burst = BURST_MIN * a->each_minute;
	const uint64_t sum = sum_of(a, device);
	struct entry *e = &a->entries[(size_t)(sum >> 32) % ENTRIES];
	uint64_t more;

	if (a->each_minute == 0)
		return true;
	if (e->sum != sum)
		*e = (struct entry){ .sum = sum, .filled_usec = now_usec, .left = burst };
	more = (now_usec - e->filled_usec) / (MINUTE_USEC / a->each_minute);
	e->left = more < burst - e->left ? e->left + (unsigned)more : burst;
	e->filled_usec += more * (MINUTE_USEC / a->each_minute);
	if (e->left == 0)
		return false;
	e->left--;
	return true;
}
