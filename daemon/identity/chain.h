/* SPDX-License-Identifier: Apache-2.0 */
/* Check 3, as far as certificates alone can answer it. Private to identity/. */
#pragma once

#include "identity/anchors.h"

/*
 * Builds and verifies a path from presented[0] over the other ones to a configured anchor, and sets
 * chain, path, anchor and not_after_sec of *id. Without an anchor the path ends with the last
 * certificate that was presented for it. Returns 0, -ENOMEM or -EIO.
 */
int chain_verify(STACK_OF(X509) * presented, const struct anchors *anchors, int64_t now_sec, struct identity *id);
