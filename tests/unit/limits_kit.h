/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of an edge that no test reaches, except those of time. */
#pragma once

#include "base/sessions.h"

static const struct edge_limits usual_limits = {
	.sessions = 64,
	.handshakes = 16,
	.idle_sec = 100,
	.handshake_sec = 10,
	.sender_sessions = 1000,
	.sender_handshakes = 1000,
	.session_requests = 1000,
	.device_attestations = 1000,
};
