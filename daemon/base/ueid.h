/* SPDX-License-Identifier: Apache-2.0 */
/* What a UEID is here, RFC 9711 section 4.2.1.1: a byte of type, and what the type says. */
#pragma once

#include "base/bytes.h"
#include "base/sizes.h"

#define UEID_MIN      7 /* bytes: type and EUI-48 */
#define UEID_RAND     1 /* the type of 128, 192 or 256 bits, random or from a hash of enough identifiers */
#define UEID_TYPE_MAX 3 /* random, EUI, IMEI */

static inline bool ueid_is_sound(struct bytes ueid)
{
	return ueid.n >= UEID_MIN && ueid.n <= UEID_MAX && ueid.p[0] >= UEID_RAND && ueid.p[0] <= UEID_TYPE_MAX;
}
