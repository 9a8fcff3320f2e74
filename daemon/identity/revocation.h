/* SPDX-License-Identifier: Apache-2.0 */
/* Check 4 of a path. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>
#include <stdint.h>

struct anchors;
struct answers;
struct identity;

/* The part of anchors_answers() that is about CRLs. */
int revocation_answers(const struct anchors *a, const struct anchors *former, int64_t now_sec, struct answers *ret);

/*
 * Judges all certificates of a verified path except the last, each by the CRLs of its CA. Sets revocation and
 * next_update_sec of *id. Returns 0 or -EIO.
 */
int revocation_judge(STACK_OF(X509) * path, const struct anchors *anchors, int64_t now_sec, struct identity *id);
