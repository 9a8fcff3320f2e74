/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions of an edge: found by the peer's interface, address and port, kept in two lists by age, bounded in number. edge.c
 * decides what happens to them.
 */
#pragma once

#include <netinet/in.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/keyed_hash.h"
#include "base/sizes.h"
#include "edge/attempt.h"
#include "edge/dtls.h"
#include "edge/message.h"
#include "edge/session_state.h"
#include "hallmark/protocol.h"

struct sender;
struct sessions;

struct session {
	struct sessions *table;
	struct session *hash_next;
	struct session *older, *newer; /* in the list of its state */

	enum session_state state;
	bool closing;  /* ends when no request waits for its answer */
	unsigned slot; /* index for sessions_by_request() */
	SSL *ssl;      /* this and the transcript: set by who adds the session, which owns them */
	struct attempt attempt;
	struct route route; /* of the last datagram that was certain to be the peer's */
	uint8_t hello_random[DTLS_RANDOM_LEN];
	uint64_t used_usec; /* sort key of its list: start of the handshake, or time of the last message */
	uint64_t established_usec;
	uint64_t retransmit_usec; /* while handshaking; UINT64_MAX: nothing to retransmit */
	struct dialogue dialogue;

	uint8_t device[SHA256_LEN]; /* once it is established */

	struct sender *sender;
	struct session *sender_next;  /* of the same sender */
	uint64_t requests_since_usec; /* the ten seconds in which n_requests are counted began */
	unsigned n_requests;

	void *userdata;
};

struct session_list {
	struct session *oldest, *newest;
	unsigned n;
};

struct sessions {
	struct session **buckets; /* their number is a power of two */
	size_t mask;
	struct hash_keys keys;
	struct session **slots;
	unsigned *free_slots, free_count, limit;
	uint64_t requests; /* counter of sessions_next_request() */
	struct session_list lists[_SESSION_STATE_MAX];
};

/* Returns 0, -ENOMEM or -EIO. */
int sessions_init(struct sessions *t, unsigned limit);

/* The table must be empty. */
void sessions_done(struct sessions *t);

/* Devices at two interfaces may have the same address: they are two peers. */
struct session *sessions_find(const struct sessions *t, const struct route *route);

/* Adds a handshaking session. Returns NULL when the table is full or memory is short. */
struct session *sessions_add(struct sessions *t, const struct route *route, uint64_t now_usec);

/* Removes the session and frees it with all it owns. */
void sessions_remove(struct sessions *t, struct session *s);

/* Moves it to the newest end of the list of `state`. */
void sessions_move(struct sessions *t, struct session *s, enum session_state state, uint64_t now_usec);

/* Moves it to the oldest end of its list, which the timers examine first. */
void sessions_expire(struct session *s);

/* An id for the next request of s: unique and never 0. */
uint64_t sessions_next_request(struct sessions *t, const struct session *s);

/* The session in the slot of the request; NULL when that slot is empty. */
struct session *sessions_by_request(const struct sessions *t, uint64_t request_id);
