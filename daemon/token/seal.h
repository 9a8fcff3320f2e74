/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seal of a report (docs/report.md): what the gateway signs of a file that somebody made of its record, so that its reader can
 * check that the file is whole, whose gateway it is about, and which entry of the record was the last one. A type of its own: it is
 * never taken for a result or a label.
 */
#pragma once

#include <openssl/types.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"

struct sign1;

struct seal {
	char gateway[64];
	char asked_by[112];  /* who had it signed, as "1001 (kim)" */
	char role[32];       /* by which that person may read the record; "": root */
	char entries[16];    /* SEAL_ENTRIES_ALL or _PART: those that the person may read */
	int64_t iat_sec;     /* when */
	struct bytes sha256; /* of the report; borrowed, as is `head` */
	int64_t n_bytes;     /* of the report: a cut one is told from another one */
	int64_t sequence;    /* of the record's last entry then; 0: it had none */
	struct bytes head;   /* that entry's hash; none where there was no entry */
};

#define SEAL_ENTRIES_ALL  "all"
#define SEAL_ENTRIES_PART "of segments" /* only those of the segments of the person's roles */

#define SEAL_SUFFIX     ".cose"    /* of the seal's file, behind the report's name */
#define SEAL_REPORT_MAX (64 << 20) /* bytes of a report: 100,000 entries make about ten million */

/* Returns 0, -EINVAL for what cannot be encoded, or as sign1_sign(). */
int seal_sign(const struct seal *seal, EVP_PKEY *key, struct writer *w);

/* Returns 0, -EBADMSG or -E2BIG; all bytes borrow from `in`. Does not verify the signature. */
int seal_decode(struct bytes in, struct sign1 *ret_token, struct seal *ret);
