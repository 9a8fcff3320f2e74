/* SPDX-License-Identifier: Apache-2.0 */
/* A ring. The keys of senders lie together, since all of them are looked through. */
#include "edge/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "edge/senders.h"

struct key {
	uint64_t sender, port;
	struct in6_addr address;
};
_Static_assert(sizeof(struct key) == 32, "no padding, since it is compared as bytes");

struct hello {
	uint64_t since_usec;
	struct route route;
	size_t n;
	uint8_t bytes[WAITING_BYTES];
};

struct waiting {
	unsigned first, n;
	struct key keys[WAITING_MAX];
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

bool waiting_is_empty(const struct waiting *w)
{
	return w->n == 0;
}

/* Where its own is; else the place behind the last one. */
static unsigned find(const struct waiting *w, const struct key *key)
{
	unsigned i = 0;

	while (i < w->n && memcmp(&w->keys[(w->first + i) % WAITING_MAX], key, sizeof(*key)) != 0)
		i++;
	return i;
}

bool waiting_add(struct waiting *w, const struct sender *sender, const struct datagram *hello, uint64_t now_usec)
{
	struct key key = { .sender = sender->key, .port = sender->port->key, .address = hello->route.peer.sin6_addr };
	const unsigned i = find(w, &key), at = (w->first + i) % WAITING_MAX;
	struct hello *to = &w->hellos[at];

	if (i == WAITING_MAX || hello->payload.n > WAITING_BYTES)
		return false;
	if (i == w->n) {
		w->n++;
		w->keys[at] = key;
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
