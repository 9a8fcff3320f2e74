/* SPDX-License-Identifier: Apache-2.0 */
/* xorshift64: numbers of which no two are equal, and nothing is secret. */
#pragma once

#include <stdint.h>

/* `luck` begins with anything but 0. */
static inline uint64_t luck_draw(uint64_t *luck)
{
	*luck ^= *luck << 13;
	*luck ^= *luck >> 7;
	*luck ^= *luck << 17;
	return *luck;
}
