/* SPDX-License-Identifier: Apache-2.0 */
/* Check 14: what the issuer of a label says of it in a status list that the gateway holds. */
#include <errno.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "appraise/labels.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "token/cose.h"

struct standing *standing_find(const struct trust *t, const char *issuer, const char *uri)
{
	for (size_t i = 0; i < t->n_standings; i++)
		if (strcmp(t->standings[i].issuer, issuer) == 0 && strcmp(t->standings[i].list.uri, uri) == 0)
			return &t->standings[i];
	return NULL;
}

int64_t standing_until(const struct standing *standing)
{
	return status_list_until(&standing->list);
}

static int standing_mark(const char *issuer, const struct status_list *list, struct bytes in, struct set_mark *ret)
{
	const char *const parts[] = { issuer, list->uri };

	*ret = (struct set_mark){ .issued_sec = list->iat_sec, .until_sec = status_list_until(list) };

	int r = digest_sha256(in, ret->hash);

	return r < 0 ? r : set_mark_identify(ret, SET_STATUS_LIST, parts, ARRAY_SIZE(parts));
}

/* Makes room for one more list of the issuer. Returns 0, -E2BIG or -ENOMEM. */
static int standing_append(struct trust *t, const char *issuer, struct standing **ret)
{
	if (t->n_standings == HALLMARK_STATUS_LISTS_MAX)
		return -E2BIG;

	struct standing *standings = reallocarray(t->standings, t->n_standings + 1, sizeof(*standings));

	if (!standings)
		return -ENOMEM;
	t->standings = standings;
	*ret = &standings[t->n_standings++];
	**ret = (struct standing){ 0 };
	memcpy((*ret)->issuer, issuer, sizeof((*ret)->issuer));
	return 0;
}

/* Takes ownership of the list unless a list of its address that is as new is held. Returns 0, -E2BIG or -ENOMEM. */
static int standing_keep(struct trust *t, const struct issuer *issuer, const struct set_mark *mark,
			 struct status_list *list)
{
	struct standing *held = standing_find(t, issuer->name, list->uri);
	int r = held ? 0 : standing_append(t, issuer->name, &held);

	if (r < 0)
		return r;
	status_list_done(&held->list);
	held->mark = *mark;
	held->list = *list;
	*list = (struct status_list){ 0 };
	return 0;
}

int trust_add_status_list(struct trust *t, struct bytes in, struct set_mark *ret_mark, enum hallmark_reason *ret_reason)
{
	_cleanup_(status_list_done) struct status_list list = { 0 };
	struct signature signature;
	struct set_mark mark;
	struct sign1 token;
	int r = status_list_decode(in, &token, &list, ret_reason);

	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;
	r = signature_verify_any_kid(t, &token, list.issuer, &signature);
	if (r < 0)
		return r;
	*ret_reason = signature.reason;
	if (!signature.issuer)
		return 0;

	r = standing_mark(signature.issuer->name, &list, in, &mark);
	if (r < 0)
		return r;

	const struct standing *held = standing_find(t, signature.issuer->name, list.uri);
	enum set_order order = held ? trust_order(t, &held->mark, &mark) : SET_ADVANCE;

	if (trust_is_early(t, &mark)) {
		*ret_reason = REASON_STATUS_NOT_YET;
		return 0;
	}
	if (order == SET_STEP_BACK) {
		*ret_reason = REASON_STATUS_OLDER;
		return 0;
	}
	r = order == SET_ADVANCE ? standing_keep(t, signature.issuer, &mark, &list) : 0;
	if (r == 0 && ret_mark)
		*ret_mark = mark;
	return r;
}

static enum hallmark_reason reason_of(int status)
{
	switch (status) {
	case STATUS_VALID:
		return REASON_ADMITTED;
	case STATUS_INVALID:
		return REASON_LABEL_REVOKED;
	case STATUS_SUSPENDED:
		return REASON_LABEL_SUSPENDED;
	default:
		return REASON_STATUS_UNKNOWN;
	}
}

/*
 * Revoked is final, however old the list is. Any other status is valid only while the list is current. A list dated in
 * the future counts as current: a gateway that lost its clock is behind (docs/judging-again.md).
 */
enum hallmark_reason standing_at(const struct standing *held, int64_t index, int64_t now_sec, int64_t *ret_until_sec)
{
	enum hallmark_reason reason = reason_of(status_list_get(&held->list, index));
	int64_t until_sec = standing_until(held);

	*ret_until_sec = TIME_FOREVER;
	if (reason == REASON_LABEL_REVOKED)
		return reason;
	if (now_sec >= until_sec)
		return REASON_STATUS_STALE;
	*ret_until_sec = until_sec;
	return reason;
}

enum hallmark_reason standing_check(const struct trust *t, const struct label *label, int64_t now_sec,
				    int64_t *ret_until_sec)
{
	const struct standing *held = standing_find(t, label->issuer, label->status_uri);

	*ret_until_sec = TIME_FOREVER;
	return held ? standing_at(held, label->status_index, now_sec, ret_until_sec) : REASON_NO_STATUS;
}
