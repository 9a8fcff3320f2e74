/* SPDX-License-Identifier: Apache-2.0 */
/* Status lists: their table of claims, and the packed statuses. The allowed age is not known here. */
#include "token/status.h"

#include <errno.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "hallmark/protocol.h"
#include "token/claims.h"
#include "token/cwt.h"

#define TOKEN_MAX (HALLMARK_STATUS_MAX + 4096) /* bytes: an incompressible list, and the claims around it */

static const struct claim list_claims[] = {
	{ .name = "lst",
	  .type = &claim_bytes,
	  .offset = offsetof(struct status_list, packed),
	  .size = sizeof(struct bytes),
	  .min = 1,
	  .max = TOKEN_MAX,
	  REQUIRED },
	{ .name = "bits",
	  .type = &claim_number,
	  .offset = offsetof(struct status_list, bits),
	  .size = sizeof(uint8_t),
	  .min = 1,
	  .max = 8,
	  REQUIRED },
};
static const struct claim_map list_map = CLAIM_MAP(list_claims);

static const struct claim claims[] = {
	CLAIM(HALLMARK_CLAIM_ISS, claim_text, struct status_list, issuer),
	CLAIM(HALLMARK_CLAIM_SUB, claim_text, struct status_list, uri, REQUIRED),
	CLAIM_NUMBER(HALLMARK_CLAIM_EXP, struct status_list, exp_sec, 1, TIME_MAX),
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct status_list, iat_sec, REQUIRED),
	CLAIM_INNER(HALLMARK_CLAIM_STATUS_LIST, list_map, REQUIRED),
	CLAIM_NUMBER(HALLMARK_CLAIM_TTL, struct status_list, ttl_sec, 1, TIME_MAX),
};

static const struct cwt_kind kind = {
	.typ = HALLMARK_TYP_STATUS,
	.typ_format = HALLMARK_CF_STATUS_CWT,
	.size_max = TOKEN_MAX,
	.names_key = true,
	.claims = CLAIM_MAP(claims),
	CWT_REFUSED_AS_LABEL,
};

static bool bits_fit(uint8_t bits)
{
	return bits == 1 || bits == 2 || bits == 4 || bits == 8;
}

void status_list_done(struct status_list *list)
{
	free(list->statuses);
	list->statuses = NULL;
	list->n = 0;
}

/* Exactly one zlib stream (RFC 1950), into at most HALLMARK_STATUS_MAX bytes. */
static int unpack(struct status_list *list)
{
	_cleanup_free_ uint8_t *room = malloc(HALLMARK_STATUS_MAX);
	uLongf n = HALLMARK_STATUS_MAX;
	uLong used = list->packed.n;

	if (!room)
		return -ENOMEM;

	int r = uncompress2(room, &n, list->packed.p, &used);

	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	if (r != Z_OK || used != list->packed.n || n == 0)
		return -EBADMSG;
	list->statuses = bytes_dup(bytes_of(room, n));
	if (!list->statuses)
		return -ENOMEM;
	list->n = n;
	return 0;
}

int status_list_decode(struct bytes in, struct sign1 *ret_token, struct status_list *ret,
		       enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	int r = cwt_decode(&kind, in, ret_token, ret, ret_reason);

	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;
	r = bits_fit(ret->bits) ? unpack(ret) : -EBADMSG;
	ret->packed = (struct bytes){ 0 };
	if (r != -EBADMSG)
		return r;
	*ret_reason = REASON_LABEL_CLAIMS;
	return 0;
}

int status_list_sign(const struct status_list *list, EVP_PKEY *key, struct writer *w)
{
	if (!bits_fit(list->bits) || list->n == 0 || list->n > HALLMARK_STATUS_MAX)
		return -EINVAL;

	uLongf n = compressBound(list->n);
	_cleanup_free_ uint8_t *packed = malloc(n);
	struct status_list full = *list;

	if (!packed || compress2(packed, &n, list->statuses, list->n, Z_BEST_COMPRESSION) != Z_OK)
		return -ENOMEM;
	full.packed = bytes_of(packed, n);
	return cwt_sign(&kind, &full, NULL, key, w);
}

int64_t status_list_until(const struct status_list *list)
{
	int64_t by_exp = list->exp_sec ? list->exp_sec : TIME_FOREVER;
	int64_t by_ttl = list->ttl_sec ? list->iat_sec + list->ttl_sec : TIME_FOREVER;

	if (list->ttl_sec && by_ttl > TIME_MAX) /* no time in our tokens is later */
		by_ttl = TIME_MAX;
	return by_exp < by_ttl ? by_exp : by_ttl;
}

/* The status at index 0 is in the least significant bits of the first byte. */
int64_t status_list_places(const struct status_list *list)
{
	return (int64_t)(list->n * 8 / list->bits);
}

int status_list_get(const struct status_list *list, int64_t index)
{
	int64_t each = 8 / list->bits; /* statuses in a byte */

	if (index < 0 || index / each >= (int64_t)list->n)
		return -ERANGE;
	return list->statuses[index / each] >> index % each * list->bits & ((1 << list->bits) - 1);
}

/* An unknown or missing status counts as lifted, too: otherwise a later list could lift the revocation unnoticed. */
static bool is_lifted(int before, int after)
{
	return (before == STATUS_INVALID && after != STATUS_INVALID) ||
	       (before == STATUS_SUSPENDED && after != STATUS_SUSPENDED && after != STATUS_INVALID);
}

size_t status_list_lifted(const struct status_list *before, const struct status_list *after, uint32_t *ret, size_t room)
{
	const int64_t places = status_list_places(before);
	size_t n = 0;

	for (int64_t i = 0; i < places; i++) {
		if (!is_lifted(status_list_get(before, i), status_list_get(after, i)))
			continue;
		if (n < room)
			ret[n] = (uint32_t)i;
		n++;
	}
	return n;
}
