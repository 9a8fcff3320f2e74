/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions of an edge: found by the peer's address and port, kept in two lists by age, bounded.
 * It says which sessions there are; edge.c says what happens to them.
 */
#pragma once

#include <netinet/in.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "edge/dtls.h"
#include "edge/message.h"
#include "hallmark/protocol.h"

enum session_state {
	SESSION_HANDSHAKING = 0,
	SESSION_ESTABLISHED,
	_SESSION_STATE_MAX,
};

struct sessions;

struct session {
	struct sessions *table;
	struct session *hash_next;
	struct session *older, *newer; /* in the list of its state */

	enum session_state state;
	bool closing;  /* ends as soon as no request waits for its answer */
	unsigned slot; /* where sessions_by_request() finds it */
	SSL *ssl;
	struct route route; /* of the last datagram that was the peer's beyond doubt */
	uint8_t hello_random[DTLS_RANDOM_LEN];
	uint64_t used_usec; /* orders its list: when it began to handshake, or last spoke */
	uint64_t established_usec;
	uint64_t retransmit_usec; /* while handshaking; UINT64_MAX: nothing to send again */
	struct dialogue dialogue;

	uint8_t *chain_der; /* the certificates one after the other */
	struct bytes chain[HALLMARK_CHAIN_MAX];
	int chain_len;

	void *userdata;
};

struct session_list {
	struct session *oldest, *newest;
	unsigned n;
};

struct sessions {
	struct session **buckets; /* a power of two of them */
	size_t mask;
	uint64_t keys[6]; /* of the hash: a peer that chooses its address cannot choose its bucket */
	struct session **slots;
	unsigned *free_slots, free_count, limit;
	uint64_t requests; /* given out by sessions_next_request() */
	struct session_list lists[_SESSION_STATE_MAX];
};

/* Returns 0, -ENOMEM or -EIO. */
int sessions_init(struct sessions *t, unsigned limit);

/* The table must be empty. */
void sessions_done(struct sessions *t);

struct session *sessions_find(const struct sessions *t, const struct sockaddr_in6 *peer);

/* Adds a handshaking session, which then owns ssl. Returns NULL when the table is full or memory is short. */
struct session *sessions_add(struct sessions *t, SSL *ssl, const struct route *route, uint64_t now_usec);

/* Takes the session out and frees it with all it owns. */
void sessions_remove(struct sessions *t, struct session *s);

/* Moves to the new end of the list of `state`. */
void sessions_move(struct sessions *t, struct session *s, enum session_state state, uint64_t now_usec);

/* Moves to the old end of its list, where the timers look first. */
void sessions_expire(struct session *s);

/* A name for the next request of s, never used before and never 0. */
uint64_t sessions_next_request(struct sessions *t, const struct session *s);

/* The session in whose slot the request came; NULL when that slot is empty. */
struct session *sessions_by_request(const struct sessions *t, uint64_t request_id);
