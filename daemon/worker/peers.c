/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table with chains. A device chooses its key, and so its id, but not the bucket, which also depends on a
 * secret.
 */
#include "worker/peers.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct peers {
	uint64_t keys[SHA256_LEN / 4];
	size_t mask;
	struct peer *buckets[];
};

/* Sum of products with secret keys, upper half: a universal hash of the 32-bit words of an id. */
static size_t bucket_of(const struct peers *p, const uint8_t device[static SHA256_LEN])
{
	uint32_t words[SHA256_LEN / 4];
	uint64_t sum = 0;

	memcpy(words, device, sizeof(words));
	for (size_t i = 0; i < SHA256_LEN / 4; i++)
		sum += words[i] * p->keys[i];
	return (size_t)(sum >> 32) & p->mask;
}

int peers_new(unsigned limit, struct peers **ret)
{
	size_t buckets = 16;
	struct peers *p;

	while (buckets < limit)
		buckets *= 2;
	p = calloc(1, sizeof(*p) + buckets * sizeof(p->buckets[0]));
	if (!p)
		return -ENOMEM;
	p->mask = buckets - 1;
	if (RAND_bytes((unsigned char *)p->keys, sizeof(p->keys)) != 1) {
		free(p);
		return -EIO;
	}
	*ret = p;
	return 0;
}

void peers_free(struct peers *p)
{
	free(p);
}

void peers_add(struct peers *p, struct peer *peer)
{
	struct peer **bucket = &p->buckets[bucket_of(p, peer->device)];

	peer->next = *bucket;
	*bucket = peer;
}

void peers_remove(struct peers *p, struct peer *peer)
{
	struct peer **link = &p->buckets[bucket_of(p, peer->device)];

	while (*link && *link != peer)
		link = &(*link)->next;
	if (*link)
		*link = peer->next;
}

void peers_each_of(const struct peers *p, const uint8_t device[static SHA256_LEN],
		   void (*visit)(struct session *session, void *userdata), void *userdata)
{
	for (struct peer *peer = p->buckets[bucket_of(p, device)]; peer; peer = peer->next)
		if (memcmp(peer->device, device, SHA256_LEN) == 0)
			visit(peer->session, userdata);
}
