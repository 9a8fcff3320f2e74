/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of POST /attest: one evidence and up to four label statements (multipart-core, RFC 8710), or only the
 * evidence. Also the body of an error answer (RFC 9290).
 */
#pragma once

#include <stddef.h>

#include "base/bytes.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

#define SUBMISSION_LABELS_MAX (2 * HALLMARK_LABELS_MAX)

/* Split, neither decoded nor verified. All bytes are borrowed from the body. */
struct submission {
	struct bytes evidence;
	struct bytes labels
		[SUBMISSION_LABELS_MAX]; /* those of the body, at most HALLMARK_LABELS_MAX; then what the caller adds */
	size_t n_labels;
};

/*
 * Returns 0 and sets *ret_reason: REASON_ADMITTED, or REASON_MALFORMED, REASON_TOO_LARGE, REASON_CONTENT_FORMAT. In a
 * multipart body the first part is the evidence; all parts have content format 263.
 */
int submission_decode(unsigned content_format, struct bytes body, struct submission *ret,
		      enum hallmark_reason *ret_reason);

/* Writes multipart-core (content format 62). Returns 0 or -E2BIG. */
int submission_encode(const struct submission *s, struct writer *w);

/* Writes a concise problem: title is the name of the reason, detail its sentence, custom detail its number. */
int problem_encode(enum hallmark_reason reason, struct writer *w);

/* Reads the reason number of a problem. Returns 0 or -EBADMSG. detail may be NULL. */
int problem_decode(struct bytes in, unsigned *ret_reason, char *ret_detail, size_t detail_size);

/* The body of GET /attest: [nonce, lifetime-s, [profiles]]. */
int challenge_encode(struct bytes nonce, unsigned lifetime_sec, struct writer *w);
int challenge_decode(struct bytes in, struct bytes *ret_nonce, unsigned *ret_lifetime_sec);
