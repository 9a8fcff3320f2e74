/* SPDX-License-Identifier: Apache-2.0 */
/* Check 14: what the issuer of a label has said of it since, in a status list that the gateway holds. */
#include <errno.h>
#include <stdlib.h>

#include "appraise/labels.h"
#include "base/cleanup.h"
#include "base/clock.h"

static struct standing *standing_find(const struct trust *t, const char *issuer, const char *uri)
{
	for (size_t i = 0; i < t->n_standings; i++)
		if (strcmp(t->standings[i].issuer, issuer) == 0 && strcmp(t->standings[i].list.uri, uri) == 0)
			return &t->standings[i];
	return NULL;
}

/* Takes the list when there is none of its address that is as new. Returns 0, -E2BIG or -ENOMEM. */
static int standing_put(struct trust *t, const char *issuer, struct status_list *list, enum hallmark_reason *ret_reason)
{
	struct standing *held = standing_find(t, issuer, list->uri);

	if (held && held->list.iat_sec >= list->iat_sec) {
		*ret_reason = REASON_STATUS_OLDER;
		return 0;
	}
	if (!held) {
		if (t->n_standings == HALLMARK_STATUS_LISTS_MAX)
			return -E2BIG;

		struct standing *standings = reallocarray(t->standings, t->n_standings + 1, sizeof(*standings));

		if (!standings)
			return -ENOMEM;
		t->standings = standings;
		held = &standings[t->n_standings++];
		*held = (struct standing){ 0 };
		memcpy(held->issuer, issuer, sizeof(held->issuer));
	}
	status_list_done(&held->list);
	held->list = *list;
	*list = (struct status_list){ 0 };
	return 0;
}

int trust_add_status_list(struct trust *t, struct bytes in, enum hallmark_reason *ret_reason)
{
	_cleanup_(status_list_done) struct status_list list = { 0 };
	struct signature signature;
	struct sign1 token;
	int r = status_list_decode(in, &token, &list, ret_reason);

	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;
	r = signature_verify(t, &token, list.issuer, &signature);
	if (r < 0)
		return r;
	*ret_reason = signature.reason;
	return signature.issuer ? standing_put(t, signature.issuer->name, &list, ret_reason) : 0;
}

int64_t standing_until(const struct standing *standing)
{
	const struct status_list *list = &standing->list;
	int64_t by_exp = list->exp_sec ? list->exp_sec : TIME_FOREVER;
	int64_t by_ttl = list->ttl_sec ? list->iat_sec + list->ttl_sec : TIME_FOREVER;

	return by_exp < by_ttl ? by_exp : by_ttl;
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

/* Revoked is for good, and binds however old the list is; all else is as good as the list is new. */
enum hallmark_reason standing_check(const struct trust *t, const struct label *label, int64_t now_sec,
				    int64_t *ret_until_sec)
{
	const struct standing *held = standing_find(t, label->issuer, label->status_uri);

	*ret_until_sec = TIME_FOREVER;
	if (!held)
		return REASON_NO_STATUS;

	enum hallmark_reason reason = reason_of(status_list_get(&held->list, label->status_index));
	int64_t until_sec = standing_until(held);

	if (reason == REASON_LABEL_REVOKED)
		return reason;
	if (now_sec < held->list.iat_sec || now_sec >= until_sec)
		return REASON_STATUS_STALE;
	*ret_until_sec = until_sec;
	return reason;
}
