/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and counters of an edge, for files that may not include edge/: the configuration and the reports. */
#pragma once

#include <stdint.h>

#include "base/record.h"

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
	ONE(INT, uint64_t, datagrams, 0, INT64_MAX)                                                                    \
	ONE(INT, uint64_t, handshakes, 0, INT64_MAX)                                                                   \
	ONE(INT, uint64_t, handshake_failures, 0, INT64_MAX)                                                           \
	ONE(INT, uint64_t, requests, 0, INT64_MAX)                                                                     \
	ONE(INT, uint64_t, displaced_sessions, 0, INT64_MAX)                                                           \
	/* over a limit of their sender, or without a place */                                                         \
	ONE(INT, uint64_t, refused_handshakes, 0, INT64_MAX)                                                           \
	ONE(INT, uint64_t, refused_requests, 0, INT64_MAX)                                                             \
	ONE(INT, uint32_t, sessions, 0, INT32_MAX)                                                                     \
	ONE(INT, uint32_t, half_open, 0, r->sessions) /* of the sessions */
RECORD(edge_counters, EDGE_COUNTERS_FIELDS)
