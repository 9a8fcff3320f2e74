/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with chains. */
#include "edge/serve/peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyed_hash.h"

struct peers {
	struct hash_keys keys; /* a device chooses its key, and so its id */
	size_t mask;
	struct peer *buckets[];
};

static size_t bucket_of(const struct peers *p, const uint8_t device[static SHA256_LEN])
{
	return (size_t)(keyed_hash(&p->keys, device, SHA256_LEN) >> 32) & p->mask;
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
	if (hash_keys_make(&p->keys) < 0) {
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
