/* SPDX-License-Identifier: Apache-2.0 */
/* The UDP socket that devices attest over: systemd's, which outlives this process, or one of our own. */
#pragma once

#include <stdint.h>

/*
 * Adopts the socket that systemd passed (sd_listen_fds(3)), which must be one UDP socket for IPv6 and IPv4 on this port,
 * or opens one when none was passed. The environment says nothing of it afterwards. Returns the descriptor, or a negative
 * errno (logged).
 */
int listening_open(uint16_t port);
