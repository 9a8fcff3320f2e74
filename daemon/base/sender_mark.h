/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark that our rules set on datagrams to the daemon, and the kernel delivers with each (SO_RCVMARK): who sent it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SENDER_MARK_KNOWN      UINT32_C(0x80000000) /* evidence from it was accepted lately */
#define SENDER_MARK_PORT_SHIFT 18
#define SENDER_MARK_PORT_MAX   0x1fff /* number of the interface or port; never 0 */
#define SENDER_MARK_MAC_BITS   18     /* below: a keyed hash of the MAC */

/* Tells ports apart, and interfaces that have none. */
static inline uint64_t sender_port(uint32_t ifindex, uint32_t mark)
{
	return (uint64_t)ifindex << SENDER_MARK_PORT_SHIFT | (mark >> SENDER_MARK_PORT_SHIFT & SENDER_MARK_PORT_MAX);
}

/* Tells MACs behind one port apart, as far as 18 bits do: of 10,000 one in 27 shares them with another. */
static inline uint32_t sender_mac(uint32_t mark)
{
	return mark & ((UINT32_C(1) << SENDER_MARK_MAC_BITS) - 1);
}

/* False: without tables, or the mark is another program's. Then only addresses tell senders apart. */
static inline bool sender_is_marked(uint32_t mark)
{
	return (mark >> SENDER_MARK_PORT_SHIFT & SENDER_MARK_PORT_MAX) != 0;
}
