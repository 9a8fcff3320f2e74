/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

enum session_state {
	SESSION_HANDSHAKING = 0,
	SESSION_ESTABLISHED,
	_SESSION_STATE_MAX,
};
