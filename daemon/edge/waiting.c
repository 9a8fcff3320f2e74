/* SPDX-License-Identifier: Apache-2.0 */
/* A ring. The keys of senders lie together, since all of them are looked through. */
#include "edge/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "edge/senders.h"

struct hello {
	uint64_t since_usec;
	struct route route;
	size_t n;
	uint8_t bytes[WAITING_BYTES];
};

struct waiting {
	unsigned first, n;
	uint64_t keys[WAITING_MAX][2]; /* of the sender, and of its port */
	struct hello hellos[WAITING_MAX];
};

struct waiting *waiting_new(void)
{
	return calloc(1, sizeof(struct waiting));
}

void waiting_free(struct waiting *w)
{
	free(w);
}

/* Where this sender's is; else the place behind the last one. */
static unsigned find(const struct waiting *w, const uint64_t key[static 2])
{
	unsigned i = 0;

	while (i < w->n && memcmp(w->keys[(w->first + i) % WAITING_MAX], key, sizeof(w->keys[0])) != 0)
		i++;
	return i;
}

bool waiting_add(struct waiting *w, const struct sender *sender, const struct datagram *hello, uint64_t now_usec)
{
	const uint64_t key[2] = { sender->key, sender->port->key };
	const unsigned i = find(w, key), at = (w->first + i) % WAITING_MAX;
	struct hello *to = &w->hellos[at];

	if (i == WAITING_MAX || hello->payload.n > WAITING_BYTES)
		return false;
	if (i == w->n) {
		w->n++;
		memcpy(w->keys[at], key, sizeof(key));
	}
	to->since_usec = now_usec;
	to->route = hello->route;
	to->n = hello->payload.n;
	memcpy(to->bytes, hello->payload.p, to->n);
	return true;
}

static const struct hello *take_first(struct waiting *w)
{
	const struct hello *first = &w->hellos[w->first];

	w->first = (w->first + 1) % WAITING_MAX;
	w->n--;
	return first;
}

/* One that was repeated is younger than its turn: those behind it wait for it, and are dropped later. */
unsigned waiting_drop_old(struct waiting *w, uint64_t now_usec)
{
	unsigned dropped = 0;

	for (; w->n > 0 && now_usec - w->hellos[w->first].since_usec > WAITING_USEC; dropped++)
		(void)take_first(w);
	return dropped;
}

bool waiting_take(struct waiting *w, uint8_t space[static WAITING_BYTES], struct datagram *ret)
{
	const struct hello *first;

	if (w->n == 0)
		return false;
	first = take_first(w);
	memcpy(space, first->bytes, first->n);
	*ret = (struct datagram){ .route = first->route, .payload = bytes_of(space, first->n) };
	return true;
}
