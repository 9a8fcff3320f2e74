/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status lists (docs/protocol.md section 4.4, draft-ietf-oauth-status-list-21): a few bits for each label of an issuer. Do
 * not trust a decoded list until its signature was verified.
 */
#pragma once

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"
#include "hallmark/reason.h"

struct sign1;

enum status {
	STATUS_VALID = 0,
	STATUS_INVALID = 1, /* revoked */
	STATUS_SUSPENDED = 2,
};

/* It owns its statuses: release it with status_list_done(). */
struct status_list {
	char issuer[ISSUER_SIZE]; /* iss, "" when not given */
	char uri[STATUS_URI_SIZE];
	int64_t iat_sec, exp_sec, ttl_sec; /* exp and ttl: 0 when not given */
	uint8_t bits;                      /* of one status: 1, 2, 4 or 8 */
	uint8_t *statuses;                 /* owned; inflated */
	size_t n;                          /* bytes of statuses, 1 to HALLMARK_STATUS_MAX */
	struct bytes packed;               /* used only while decoding and encoding */
};

void status_list_done(struct status_list *list);

/*
 * Decodes one signed list; *ret_token borrows from `in`. Returns 0 and sets *ret_reason to REASON_ADMITTED or a reason
 * of check 10 (10xx); or -ENOMEM. When the reason is REASON_ADMITTED, release *ret; else it owns nothing.
 */
int status_list_decode(struct bytes in, struct sign1 *ret_token, struct status_list *ret,
		       enum hallmark_reason *ret_reason);

/* Packs and signs. Returns 0, -EINVAL for what cannot be encoded, or as sign1_sign(). */
int status_list_sign(const struct status_list *list, EVP_PKEY *key, struct writer *w);

/* When the list becomes stale, or TIME_FOREVER. */
int64_t status_list_until(const struct status_list *list);

/* How many places it has: a label's index is less than that. */
int64_t status_list_places(const struct status_list *list);

/* Returns the status at the index, which need not be one of enum status; or -ERANGE beyond the end of the list. */
int status_list_get(const struct status_list *list, int64_t index);

/*
 * How many places that are revoked or suspended in `before` are no longer so in `after`: they are valid, have another
 * status or are beyond its end. A place that changes from revoked to suspended counts too. Writes the first `room` of
 * them to `ret`.
 */
size_t status_list_lifted(const struct status_list *before, const struct status_list *after, uint32_t *ret,
			  size_t room);
