/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables with chains, and two lists: of senders that have places, and of those that have none, which are forgotten in time. */
#include "edge/senders.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/keyed_hash.h"
#include "base/sender_mark.h"
#include "base/sessions.h"
#include "edge/session.h"

#define BUCKETS       4096                /* a power of two */
#define IDLE_MAX      8192                /* senders without a place: a flood of invented ones costs this much memory */
#define FAILURES_TOLD 4                   /* failed handshakes of one sender at once, */
#define FAILURE_USEC  (15 * USEC_PER_SEC) /* and one more in this time */
#define BURST_PARTS   2                   /* of its burst a sender gets back in a second */

DEFINE_CLEANUP(struct senders *, senders_free);

struct sender_list {
	struct sender *oldest, *newest;
	unsigned n;
};

struct senders {
	struct edge_limits limits;
	struct hash_keys keys;
	uint64_t luck;
	unsigned n[_SESSION_STATE_MAX], n_unknown[_SESSION_STATE_MAX];
	struct sender_list idle, holding;
	struct sender *senders[BUCKETS];
	struct sender_port *ports[BUCKETS];
};

static size_t bucket_of(const struct senders *t, const void *p, size_t n)
{
	return (keyed_hash(&t->keys, p, n) >> 32) % BUCKETS;
}

static unsigned places_of(const unsigned n[static _SESSION_STATE_MAX])
{
	return n[SESSION_HANDSHAKING] + n[SESSION_ESTABLISHED];
}

/* --- lists --- */

static void append(struct sender_list *l, struct sender *s)
{
	s->older = l->newest;
	s->newer = NULL;
	*(l->newest ? &l->newest->newer : &l->oldest) = s;
	l->newest = s;
	l->n++;
}

static void detach(struct sender_list *l, struct sender *s)
{
	*(s->older ? &s->older->newer : &l->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &l->newest) = s->older;
	l->n--;
}

static struct sender_list *list_of(struct senders *t, const struct sender *s)
{
	return places_of(s->n) > 0 ? &t->holding : &t->idle;
}

/* --- ports and senders --- */

static struct sender_port **find_port(struct senders *t, uint64_t key)
{
	struct sender_port **link = &t->ports[bucket_of(t, &key, sizeof(key))];

	while (*link && (*link)->key != key)
		link = &(*link)->next;
	return link;
}

static struct sender_port *take_port(struct senders *t, uint64_t key)
{
	struct sender_port **link = find_port(t, key);

	if (!*link)
		*link = calloc(1, sizeof(**link));
	if (!*link)
		return NULL;
	(*link)->key = key;
	(*link)->n_senders++;
	return *link;
}

static void drop_port(struct senders *t, struct sender_port *port)
{
	struct sender_port **link = find_port(t, port->key);

	if (--port->n_senders > 0)
		return;
	*link = port->next;
	free(port);
}

static struct sender **find(struct senders *t, uint64_t port, uint64_t key)
{
	const uint64_t both[2] = { port, key };
	struct sender **link = &t->senders[bucket_of(t, both, sizeof(both))];

	while (*link && ((*link)->key != key || (*link)->port->key != port))
		link = &(*link)->hash_next;
	return link;
}

static void forget(struct senders *t, struct sender *s)
{
	*find(t, s->port->key, s->key) = s->hash_next;
	detach(&t->idle, s);
	drop_port(t, s->port);
	free(s);
}

static struct sender *make(struct senders *t, uint64_t port, uint64_t key, uint64_t now_usec)
{
	_cleanup_free_ struct sender *s = calloc(1, sizeof(*s));
	struct sender **link;

	if (t->idle.n >= IDLE_MAX)
		forget(t, t->idle.oldest);
	if (!s)
		return NULL;
	s->port = take_port(t, port);
	if (!s->port)
		return NULL;
	s->key = key;
	s->handshakes = (struct budget){ .left = t->limits.sender_handshakes, .filled_usec = now_usec };
	s->failures = (struct budget){ .left = FAILURES_TOLD, .filled_usec = now_usec };
	link = find(t, port, key); /* the end of its chain */
	append(&t->idle, s);
	return *link = TAKE_PTR(s);
}

struct sender *senders_of(struct senders *t, const struct route *route, uint64_t now_usec)
{
	const bool is_marked = sender_is_marked(route->mark);
	uint64_t port = sender_port((uint32_t)route->local.ipi6_ifindex, route->mark);
	uint64_t key = sender_mac(route->mark);
	struct sender *s;

	if (!is_marked)
		key = keyed_hash(&t->keys, &route->peer.sin6_addr, sizeof(route->peer.sin6_addr));
	s = *find(t, port, key);
	if (!s)
		s = make(t, port, key, now_usec);
	if (!s)
		return NULL;
	if (places_of(s->n) == 0) { /* those that have places are counted as what they were */
		s->is_marked_known = is_marked && (route->mark & SENDER_MARK_KNOWN);
		s->is_known = !is_marked || s->is_marked_known;
	}
	detach(list_of(t, s), s);
	append(list_of(t, s), s);
	return s;
}

bool senders_may_begin(struct senders *t, struct sender *s, uint64_t now_usec)
{
	const unsigned burst = t->limits.sender_handshakes;

	return budget_take(&s->handshakes, burst, BURST_PARTS * USEC_PER_SEC / burst, now_usec);
}

bool senders_may_tell(struct sender *s, uint64_t now_usec)
{
	return budget_take(&s->failures, FAILURES_TOLD, FAILURE_USEC, now_usec);
}

/* --- places --- */

static void count(struct senders *t, struct sender *s, enum session_state state, int difference)
{
	unsigned *counts[] = { &s->n[state], &s->port->n[state], &t->n[state],
			       s->is_known ? NULL : &t->n_unknown[state] };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (counts[i])
			*counts[i] += (unsigned)difference;
}

void senders_add(struct senders *t, struct sender *s, struct session *session)
{
	detach(list_of(t, s), s);
	session->sender = s;
	session->sender_next = s->sessions;
	s->sessions = session;
	count(t, s, session->state, 1);
	append(&t->holding, s);
}

void senders_move(struct senders *t, struct session *session, enum session_state to)
{
	count(t, session->sender, session->state, -1);
	count(t, session->sender, to, 1);
}

void senders_remove(struct senders *t, struct session *session)
{
	struct sender *s = session->sender;
	struct session **link = &s->sessions;

	detach(&t->holding, s);
	while (*link != session)
		link = &(*link)->sender_next;
	*link = session->sender_next;
	count(t, s, session->state, -1);
	append(list_of(t, s), s);
}

/* The one that began to handshake first, or was silent longest. */
static struct session *oldest_of(const struct sender *s, enum session_state state)
{
	struct session *oldest = NULL;

	for (struct session *i = s->sessions; i; i = i->sender_next)
		if (i->state == state && (!oldest || i->used_usec < oldest->used_usec))
			oldest = i;
	return oldest;
}

static struct session *handshake_from(const struct sender *s, const struct in6_addr *address)
{
	struct session *i = s->sessions;

	while (i && (i->state != SESSION_HANDSHAKING || !IN6_ARE_ADDR_EQUAL(&i->route.peer.sin6_addr, address)))
		i = i->sender_next;
	return i;
}

/* One of n: not for a secret, but so that nobody can count on being spared. */
static bool is_drawn(struct senders *t, unsigned n)
{
	t->luck = t->luck * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (t->luck >> 33) % n == 0;
}

/* Above 0: a holds more than b, by its port first. */
static int compare(const struct sender *a, const struct sender *b, enum session_state state)
{
	if (a->port->n[state] != b->port->n[state])
		return a->port->n[state] > b->port->n[state] ? 1 : -1;
	return (a->n[state] > b->n[state]) - (a->n[state] < b->n[state]);
}

static struct sender *who_holds_most(struct senders *t, enum session_state state, bool spares_known)
{
	struct sender *most = NULL;
	unsigned n_equal = 0;

	for (struct sender *s = t->holding.oldest; s; s = s->newer) {
		int difference = most ? compare(s, most, state) : 1;

		if (s->n[state] == 0 || (spares_known && s->is_known) || difference < 0)
			continue;
		n_equal = difference > 0 ? 1 : n_equal + 1;
		if (is_drawn(t, n_equal))
			most = s;
	}
	return most;
}

static struct session *most_of(struct senders *t, enum session_state state, bool spares_known)
{
	struct sender *most = who_holds_most(t, state, spares_known);

	return most ? oldest_of(most, state) : NULL;
}

/*
 * Both are known for certain: its port holds no more than that of s would, and it no more than two would that share a mark, and what it
 * has it has not had for long.
 */
static bool is_spared_for(const struct sender *most, const struct sender *s, uint64_t now_usec)
{
	const enum session_state state = SESSION_HANDSHAKING;

	return most->is_marked_known && s->is_marked_known && most->port->n[state] <= s->port->n[state] + 1 &&
	       most->n[state] <= s->n[state] + 2 && oldest_of(most, state)->used_usec + SPARED_USEC > now_usec;
}

/*
 * When all devices of a complex come back at once, each has one handshake: if others' had to go for it, most of the work would be
 * done for nothing. It waits instead (edge/waiting.h). One from its own address is what its device has given up. A mark alone does
 * not say whose it is: of 10,000 MACs at one port one in 27 shares its mark.
 */
static struct session *first_handshake(struct senders *t, const struct sender *s, const struct route *from,
				       uint64_t now_usec)
{
	const struct sender *most = who_holds_most(t, SESSION_HANDSHAKING, !s->is_known);

	if (most && is_spared_for(most, s, now_usec))
		most = who_holds_most(t, SESSION_HANDSHAKING, true);
	return most ? oldest_of(most, SESSION_HANDSHAKING) : handshake_from(s, &from->peer.sin6_addr);
}

static bool is_full(const struct sender *s, unsigned n, unsigned n_unknown, unsigned limit)
{
	return n >= limit || (!s->is_known && n_unknown >= (limit + 1) / 2);
}

/* Its own session that has been silent longest, or else its oldest handshake. */
static struct session *first_of_its_own(const struct sender *s)
{
	struct session *established = oldest_of(s, SESSION_ESTABLISHED);

	return established ? established : oldest_of(s, SESSION_HANDSHAKING);
}

static struct session *first_of_all(struct senders *t, bool spares_known)
{
	struct session *established = most_of(t, SESSION_ESTABLISHED, spares_known);

	return established ? established : most_of(t, SESSION_HANDSHAKING, spares_known);
}

bool senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			struct session **ret_session)
{
	const struct edge_limits *l = &t->limits;

	*ret_session = NULL;
	if (s->n[SESSION_HANDSHAKING] >= l->sender_handshakes)
		*ret_session = oldest_of(s, SESSION_HANDSHAKING);
	else if (is_full(s, t->n[SESSION_HANDSHAKING], t->n_unknown[SESSION_HANDSHAKING], l->handshakes))
		*ret_session = first_handshake(t, s, from, now_usec);
	else if (places_of(s->n) >= l->sender_sessions)
		*ret_session = first_of_its_own(s);
	else if (is_full(s, places_of(t->n), places_of(t->n_unknown), l->sessions))
		*ret_session = first_of_all(t, !s->is_known);
	else
		return true;
	return *ret_session != NULL;
}

/* --- life --- */

int senders_new(const struct edge_limits *limits, struct senders **ret)
{
	_cleanup_(senders_freep) struct senders *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->limits = *limits;
	if (hash_keys_make(&t->keys) < 0 || RAND_bytes((unsigned char *)&t->luck, sizeof(t->luck)) != 1)
		return -EIO;
	*ret = TAKE_PTR(t);
	return 0;
}

void senders_free(struct senders *t)
{
	if (!t)
		return;
	while (t->idle.oldest)
		forget(t, t->idle.oldest);
	free(t);
}
