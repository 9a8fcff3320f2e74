/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and counters of an edge, for files that may not include edge/: the configuration and the reports. */
#pragma once

#include <stdint.h>

struct edge_limits {
	unsigned sessions;      /* established and handshaking together */
	unsigned handshakes;    /* half-open, after a valid cookie */
	unsigned idle_sec;      /* a session without a datagram for this long is closed */
	unsigned handshake_sec; /* a handshake that takes longer is dropped */
};

struct edge_counters {
	uint64_t datagrams, handshakes, handshake_failures, requests, displaced_sessions;
	unsigned sessions, half_open;
};
