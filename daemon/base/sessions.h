/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and counters of an edge, for files that may not include edge/: the configuration and the reports. */
#pragma once

#include <stdint.h>

struct edge_limits {
	unsigned sessions;        /* established and handshaking together */
	unsigned handshakes;      /* half-open, after a valid cookie */
	unsigned idle_sec;        /* a session without a datagram for this long is closed */
	unsigned handshake_sec;   /* a handshake that takes longer is dropped */
	unsigned sender_sessions; /* of one sender, with handshakes; 0: as many as there are places */
	unsigned
		sender_handshakes; /* half-open of one sender; and so many it begins at once, half as many a second; 0: no limit */
	unsigned session_requests;    /* of one session in ten seconds; 0: no limit */
	unsigned device_attestations; /* of one device in a minute; 0: no limit */
};

struct edge_counters {
	uint64_t datagrams, handshakes, handshake_failures, requests, displaced_sessions;
	uint64_t refused_handshakes, refused_requests; /* over a limit of their sender, or without a place */
	unsigned sessions, half_open;
};
