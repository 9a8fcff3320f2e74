/* SPDX-License-Identifier: Apache-2.0 */
/* The order of versions. */
#pragma once

#include "token/product.h"

/*
 * Compares two versions of the same scheme: -1, 0, 1. Returns -EBADMSG when one is not of the
 * scheme's form, -ENOTSUP for a scheme that has no order (then only equality counts, and 0 is never
 * returned for unequal ones).
 */
int version_compare(enum version_scheme scheme, const char *a, const char *b, int *ret);
