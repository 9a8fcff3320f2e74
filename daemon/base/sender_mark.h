/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark that our rules set on datagrams to the daemon, and the kernel delivers with each (SO_RCVMARK): who sent it.
 */
#pragma once

#include <stdint.h>

#define SENDER_MARK_KNOWN      UINT32_C(0x80000000) /* evidence from it was accepted lately */
#define SENDER_MARK_PORT_SHIFT 16
#define SENDER_MARK_PORT_MAX   0x7fff /* number of the interface or port; never 0 */
#define SENDER_MARK_MAC_BITS   16     /* below: a keyed hash of the MAC */
