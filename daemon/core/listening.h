/* SPDX-License-Identifier: Apache-2.0 */
/* The UDP socket for devices: systemd's, which outlives this process, or our own. */
#pragma once

#include <stdint.h>

/*
 * Adopts the socket that systemd passed (sd_listen_fds(3)), which must be one UDP socket for IPv6 and IPv4 on this
 * port, or opens one when none was passed. Afterwards the environment no longer names it. Returns the descriptor, or a
 * negative errno (logged).
 */
int listening_open(uint16_t port);
