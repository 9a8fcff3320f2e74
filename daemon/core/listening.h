/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UDP sockets for devices, one for each edge: systemd's, which outlive this process, or our own. They share the port, and the
 * kernel gives each sender's datagrams to the same one, whichever edges live.
 */
#pragma once

#include <stdint.h>

#include "base/sessions.h"

/* How many edges there shall be; 0: as many as CPUs that this process may use, and no more than 4. */
unsigned listening_wanted(unsigned configured);

/*
 * Adopts the sockets that systemd passed (sd_listen_fds(3)), each of which must be a UDP socket for IPv6 and IPv4 on this
 * port, or opens one when none was passed; the lacking ones are opened beside it. Where that cannot be, fewer edges have to do
 * (logged). Afterwards the environment names none. Returns how many there are, 1 to `wanted`, or a negative errno (logged).
 */
int listening_open(uint16_t port, unsigned wanted, int ret_fds[static EDGES_MAX]);
