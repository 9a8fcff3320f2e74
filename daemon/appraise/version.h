/* SPDX-License-Identifier: Apache-2.0 */
/* The order of versions. */
#pragma once

#include "token/product.h"

/*
 * Compares two versions of the same scheme: sets *ret to -1, 0 or 1. Returns 0; -EBADMSG when one does not have the
 * scheme's form; -ENOTSUP for a scheme without an order (then only equality counts, and unequal versions never give 0).
 */
int version_compare(enum version_scheme scheme, const char *a, const char *b, int *ret);
