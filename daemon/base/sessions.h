/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and counters of an edge, for files that may not include edge/: the configuration and the reports. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "base/stage.h"
#include "hallmark/handshake_cause.h"

#define EDGES_MAX         16
#define EDGE_COUNT_MAX    (INT64_C(1) << 48) /* of datagrams: nine years of a million a second */
#define EDGE_NSEC_MAX     (INT64_C(1) << 57) /* of CPU time: four years */
#define COOKIE_SECRET_LEN 32

/* What all edges have in common until the core ends. */
struct edge_share {
	unsigned n;                               /* edges */
	uint8_t cookie_secret[COOKIE_SECRET_LEN]; /* a cookie of one is good at each, also after its end */
};

/* Each is at least 1. */
struct edge_limits {
	unsigned sessions;          /* established and handshaking together */
	unsigned handshakes;        /* half-open, after a valid cookie */
	unsigned idle_sec;          /* a session without a datagram for this long is closed */
	unsigned handshake_sec;     /* a handshake that takes longer is dropped */
	unsigned sender_sessions;   /* of one sender, with handshakes */
	unsigned sender_handshakes; /* half-open of one sender; and so many it begins at once, half as many a second */
	unsigned session_requests;  /* of one session in ten seconds */
	unsigned device_attestations; /* of one device in a minute */
};

#define EDGE_COUNTERS_FIELDS(ONE, MANY)                                                                                \
	ONE(INT, uint64_t, datagrams, 0, EDGE_COUNT_MAX)                                                               \
	ONE(INT, uint64_t, handshakes, 0, EDGE_COUNT_MAX)                                                              \
	ONE(INT, uint64_t, handshake_failures, 0, EDGE_COUNT_MAX)                                                      \
	MANY(INT, uint64_t, failures, [_HANDSHAKE_CAUSE_MAX], 0, EDGE_COUNT_MAX) /* of these, by cause */              \
	ONE(INT, uint64_t, requests, 0, EDGE_COUNT_MAX)                                                                \
	ONE(INT, uint64_t, displaced_sessions, 0, EDGE_COUNT_MAX)                                                      \
	/* over a limit of their sender, or without a place */                                                         \
	ONE(INT, uint64_t, refused_handshakes, 0, EDGE_COUNT_MAX)                                                      \
	ONE(INT, uint64_t, refused_requests, 0, EDGE_COUNT_MAX)                                                        \
	MANY(INT, uint64_t, spent_nsec, [_STAGE_MAX], 0, EDGE_NSEC_MAX)                                                \
	ONE(INT, uint32_t, sessions, 0, INT32_MAX / EDGES_MAX)                                                         \
	ONE(INT, uint32_t, half_open, 0, r->sessions) /* of the sessions */
RECORD(edge_counters, EDGE_COUNTERS_FIELDS)
