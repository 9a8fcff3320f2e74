/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table and lists of the sessions. Each operation is O(1), except building the table: nothing iterates over all
 * sessions.
 */
#include "session.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "edge/transcript.h"

int sessions_init(struct sessions *t, unsigned limit)
{
	size_t buckets = 16;

	while (buckets < limit)
		buckets *= 2;
	*t = (struct sessions){ .mask = buckets - 1, .limit = limit, .free_count = limit };
	t->buckets = calloc(buckets, sizeof(struct session *));
	t->slots = calloc(limit, sizeof(struct session *));
	t->free_slots = calloc(limit, sizeof(*t->free_slots));
	if (!t->buckets || !t->slots || !t->free_slots) {
		sessions_done(t);
		return -ENOMEM;
	}
	if (hash_keys_make(&t->keys) < 0) {
		sessions_done(t);
		return -EIO;
	}
	for (unsigned i = 0; i < limit; i++)
		t->free_slots[i] = limit - 1 - i;
	return 0;
}

void sessions_done(struct sessions *t)
{
	free(t->buckets);
	free(t->slots);
	free(t->free_slots);
	*t = (struct sessions){ 0 };
}

static struct session **bucket_of(const struct sessions *t, const struct route *route)
{
	const struct sockaddr_in6 *peer = &route->peer;
	uint32_t words[6] = { [4] = peer->sin6_port, [5] = route->local.ipi6_ifindex };

	memcpy(words, &peer->sin6_addr, sizeof(peer->sin6_addr));
	return &t->buckets[keyed_hash(&t->keys, words, sizeof(words)) >> 32 & t->mask];
}

static bool is_peer(const struct session *s, const struct route *route)
{
	const struct sockaddr_in6 *own = &s->route.peer, *peer = &route->peer;

	return own->sin6_port == peer->sin6_port && s->route.local.ipi6_ifindex == route->local.ipi6_ifindex &&
	       IN6_ARE_ADDR_EQUAL(&own->sin6_addr, &peer->sin6_addr);
}

struct session *sessions_find(const struct sessions *t, const struct route *route)
{
	struct session *s = *bucket_of(t, route);

	while (s && !is_peer(s, route))
		s = s->hash_next;
	return s;
}

static void append(struct session_list *l, struct session *s)
{
	s->older = l->newest;
	s->newer = NULL;
	*(l->newest ? &l->newest->newer : &l->oldest) = s;
	l->newest = s;
	l->n++;
}

static void prepend(struct session_list *l, struct session *s)
{
	s->older = NULL;
	s->newer = l->oldest;
	*(l->oldest ? &l->oldest->older : &l->newest) = s;
	l->oldest = s;
	l->n++;
}

static void detach(struct session_list *l, struct session *s)
{
	*(s->older ? &s->older->newer : &l->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &l->newest) = s->older;
	l->n--;
}

struct session *sessions_add(struct sessions *t, const struct route *route, uint64_t now_usec)
{
	struct session **bucket = bucket_of(t, route);
	struct session *s = t->free_count > 0 ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;

	s->table = t;
	s->route = *route;
	s->used_usec = now_usec;
	s->retransmit_usec = UINT64_MAX;
	s->slot = t->free_slots[--t->free_count];
	t->slots[s->slot] = s;
	s->hash_next = *bucket;
	*bucket = s;
	append(&t->lists[SESSION_HANDSHAKING], s);
	return s;
}

void sessions_remove(struct sessions *t, struct session *s)
{
	struct session **link = bucket_of(t, &s->route);

	while (*link != s)
		link = &(*link)->hash_next;
	*link = s->hash_next;
	detach(&t->lists[s->state], s);
	t->slots[s->slot] = NULL;
	t->free_slots[t->free_count++] = s->slot;

	SSL_free(s->ssl);
	transcript_free(s->attempt.transcript);
	dialogue_done(&s->dialogue);
	free(s);
}

void sessions_move(struct sessions *t, struct session *s, enum session_state state, uint64_t now_usec)
{
	detach(&t->lists[s->state], s);
	s->state = state;
	s->used_usec = now_usec;
	append(&t->lists[state], s);
}

void sessions_expire(struct session *s)
{
	struct session_list *l = &s->table->lists[s->state];

	detach(l, s);
	s->used_usec = 0;
	prepend(l, s);
}

uint64_t sessions_next_request(struct sessions *t, const struct session *s)
{
	return ++t->requests * t->limit + s->slot;
}

struct session *sessions_by_request(const struct sessions *t, uint64_t request_id)
{
	return t->slots[request_id % t->limit];
}
