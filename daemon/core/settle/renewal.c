/* SPDX-License-Identifier: Apache-2.0 */
#include "core/settle/renewal.h"

#include <string.h>

#include "core/devices/registry.h"
#include "decide/decision.h"
#include "decide/ground.h"
#include "decide/policy.h"
#include "decide/verdict.h"

#define SPAN_PART    10 /* of the lifetime */
#define SPAN_MIN_SEC 3600

static bool refusals_are_equal(const struct decision *a, const struct decision *b)
{
	if (a->n_refusals != b->n_refusals)
		return false;
	for (uint8_t i = 0; i < a->n_refusals; i++)
		if (a->refusals[i].reason != b->refusals[i].reason || a->refusals[i].missing != b->refusals[i].missing)
			return false;
	return true;
}

static bool decisions_are_equal(const struct decision *a, const struct decision *b)
{
	return a->zone == b->zone && a->rule == b->rule && a->label == b->label && a->missing == b->missing &&
	       a->home_level == b->home_level && strcmp(a->arrangement, b->arrangement) == 0 &&
	       a->expiry.cause == b->expiry.cause && refusals_are_equal(a, b);
}

static bool former_are_equal(const struct verdict *a, const struct verdict *b)
{
	return strcmp(a->former.interface, b->former.interface) == 0 && strcmp(a->former.port, b->former.port) == 0 &&
	       memcmp(a->former.mac, b->former.mac, sizeof(a->former.mac)) == 0 &&
	       a->former.left_sec == b->former.left_sec;
}

/* What an operator or a revocation left. */
static bool conditions_are_equal(const struct verdict *a, const struct verdict *b)
{
	return a->reattest.by_sec == b->reattest.by_sec && a->ended == b->ended &&
	       a->was_taken_back == b->was_taken_back;
}

/* A time is only comparable with one of the same clock. */
static bool clocks_are_equal(const struct verdict *a, const struct verdict *b)
{
	return a->is_provisional == b->is_provisional && memcmp(a->boot, b->boot, sizeof(a->boot)) == 0;
}

bool renewal_is_equal(const struct verdict *before, const struct verdict *after)
{
	return verdict_is_renewal(before, after) && before->was_admitted && after->was_admitted &&
	       after->decision.expiry.at_sec >= before->decision.expiry.at_sec &&
	       decisions_are_equal(&before->decision, &after->decision) && former_are_equal(before, after) &&
	       conditions_are_equal(before, after) && clocks_are_equal(before, after);
}

int64_t renewal_span(const struct verdict *v)
{
	const int64_t life_sec = v->decision.expiry.at_sec - v->decision.decided_sec;
	const int64_t span_sec = life_sec / SPAN_PART > SPAN_MIN_SEC ? life_sec / SPAN_PART : SPAN_MIN_SEC;

	if (v->decision.zone == ZONE_QUARANTINE) /* it gives nothing that could end */
		return SPAN_MIN_SEC;
	return span_sec < life_sec / 2 ? span_sec : life_sec / 2;
}

static bool is_beyond(int64_t sec, int64_t span_sec)
{
	return sec < 0 || sec >= span_sec;
}

bool renewal_is_due(const struct verdict *v, const struct stored_row *row, int64_t now_sec)
{
	const int64_t span_sec = renewal_span(v);

	return is_beyond(v->attested_sec - row->attested_sec, span_sec) ||
	       is_beyond(now_sec - row->written_sec, span_sec);
}

void renewal_loaded(struct stored_row *row, const struct verdict *v)
{
	*row = (struct stored_row){ 0 };
	renewal_stored(row, v, 0, v->attested_sec);
}

void renewal_stored(struct stored_row *row, const struct verdict *v, int result, int64_t now_sec)
{
	row->attested_sec = result < 0 ? 0 : v->attested_sec;
	row->written_sec = result < 0 ? 0 : now_sec;
	row->is_behind = result < 0;
}
