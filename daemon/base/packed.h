/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory without its runs of zeros. A record has fixed room for what is seldom there, and most of it is zero: a verdict packs to a
 * sixth. What was packed comes back byte for byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define PACKED_WORD 4   /* bytes: zeros are counted in words, and a record is a multiple of this */
#define PACKED_RUN  255 /* words that one count holds */

/* Bytes that n bytes need when none is zero. */
#define PACKED_MAX(n) ((n) + 2 * ((n) / PACKED_WORD / PACKED_RUN + 1))

/* n is a multiple of PACKED_WORD; there must be PACKED_MAX(n) bytes of room. Returns how many are used. */
size_t packed_make(const void *from, size_t n, uint8_t *ret);

/* Returns false when it is not the packed form of exactly n bytes; then these are undefined. */
bool packed_read(struct bytes packed, void *ret, size_t n);
