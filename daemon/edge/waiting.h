/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClientHellos that wait for a place, each with a cookie that was good. A handshake takes 75 KB, a ClientHello half of one, and who
 * repeats it does so after 1, 2, 4, 8 s: when a whole complex comes back at once, that is what it would wait for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/dtls.h"

#define WAITING_MAX   8192               /* the memory of those that never came is not touched */
#define WAITING_BYTES 512                /* a longer ClientHello does not wait */
#define WAITING_USEC  UINT64_C(15000000) /* half of what its cookie is good for; by then it was repeated */

struct sender;
struct waiting;

struct waiting *waiting_new(void); /* NULL: no memory */
void waiting_free(struct waiting *w);

bool waiting_is_empty(const struct waiting *w);

/*
 * Keeps a copy, at the end; or in the place of an earlier one from this address of the sender: a mark may stand for two devices, and
 * what one sender with many addresses takes of the ring is bounded by what it may begin. False: it is too long, or there is no room.
 */
bool waiting_add(struct waiting *w, const struct sender *sender, const struct datagram *hello, uint64_t now_usec);

/* Drops those that have waited for too long. Returns how many. */
unsigned waiting_drop_old(struct waiting *w, uint64_t now_usec);

/* Takes out the one that has waited longest. Its payload is copied to `space`. False: there is none. */
bool waiting_take(struct waiting *w, uint8_t space[static WAITING_BYTES], struct datagram *ret);
