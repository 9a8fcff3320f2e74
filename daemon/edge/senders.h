/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends to an edge, and what each has of it: places and handshakes. Who takes much gets no more at the cost of others. A sender
 * is what the kernel's mark tells apart (base/sender_mark.h); without a mark it is the address.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/budget.h"
#include "edge/session_state.h"

#define SPARED_USEC                                                                                                    \
	UINT64_C(15000000) /* for which a handshake of a known sender is spared, if it has no more than others */

struct edge_limits;
struct route;
struct session;

/* Interface and port of a bridge. */
struct sender_port {
	struct sender_port *next;
	uint64_t key;
	unsigned n_senders;
	unsigned n[_SESSION_STATE_MAX]; /* places */
};

struct sender {
	struct sender *hash_next;
	struct sender *older, *newer; /* of those with places, or of those without: by when it was heard last */
	struct sender_port *port;
	uint64_t key;                   /* the MAC's hash, or the address's */
	bool is_known;                  /* the gateway accepted evidence from it lately; or it cannot say of anybody */
	bool is_marked_known;           /* the kernel says so */
	struct budget handshakes;       /* that it may begin now */
	struct budget failures;         /* of its handshakes that are told now */
	struct session *sessions;       /* by sender_next */
	unsigned n[_SESSION_STATE_MAX]; /* places */
};

struct senders;

/* Returns 0, -ENOMEM or -EIO. */
int senders_new(const struct edge_limits *limits, struct senders **ret);
void senders_free(struct senders *t); /* no places may be left */

/* The sender of a datagram; NULL without memory. Valid until the next call, and for as long as it has a place. */
struct sender *senders_of(struct senders *t, const struct route *route, uint64_t now_usec);

/* Takes one handshake off its budget; false when it has none left. */
bool senders_may_begin(struct senders *t, struct sender *s, uint64_t now_usec);

/* The same for telling that a handshake of it failed. */
bool senders_may_tell(struct sender *s, uint64_t now_usec);

/* A session takes a place, changes its state, or gives its place back. */
void senders_add(struct senders *t, struct sender *s, struct session *session);
void senders_move(struct senders *t, struct session *session, enum session_state to); /* before its own state changes */
void senders_remove(struct senders *t, struct session *session);

/*
 * Whether this sender may have one more half-open place. *ret_session has to go for that, and then the question is asked again;
 * NULL: the place is there. Its own goes where it has its share, the oldest handshake or the session that was silent longest;
 * else, where there is no place, the oldest of who holds most at the port that holds most. Half of all places is for known
 * senders, and what they hold goes only for another of them. A handshake of one whom the kernel's mark calls known goes for no other
 * such for SPARED_USEC, unless it holds many; but for one that comes `from` its own address. False: no place for it.
 */
bool senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			struct session **ret_session);
