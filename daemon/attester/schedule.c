/* SPDX-License-Identifier: Apache-2.0 */
/* The table of docs/protocol.md section 1. An answer of one kind resets the counts of the other kinds. */
#include "attester/schedule.h"

#define MSEC_PER_SEC        1000u
#define JITTER_PART         20   /* a delay takes at most this part of the life that is left after renew-after */
#define MAX_AGE_MOST_SEC    3600 /* upper limit for a gateway's Max-Age: the device asks at least once an hour */
#define RENEW_FROM_PERCENT  50   /* when a result does not say it: section 1 */
#define RENEW_PERCENT_RANGE 21

/* 0 to below `range`, nearly uniform: ranges here are far below 32 bits. */
static uint64_t draw(uint32_t luck, uint64_t range)
{
	return (uint64_t)luck * range >> 32;
}

static uint64_t at_least(uint64_t msec, uint64_t least)
{
	return msec > least ? msec : least;
}

static uint64_t at_most(uint64_t msec, uint64_t most)
{
	return msec < most ? msec : most;
}

static struct schedule wait_then_attest(uint64_t wait_msec)
{
	return (struct schedule){ .next = NEXT_ATTEST, .wait_msec = wait_msec };
}

/* A random time, then doubled after each failure. The same question is asked again, since there was no answer. */
static struct schedule back_off(const struct schedule *before, const struct attempt *a, uint32_t luck)
{
	uint64_t wait = before->backoff_msec > 0 ? at_least(2 * before->backoff_msec, SCHEDULE_LEAST_MSEC) :
						   1 + draw(luck, SCHEDULE_FIRST_MSEC);

	wait = at_most(wait, SCHEDULE_BACKOFF_MSEC);
	return (struct schedule){
		.next = a->admission ? NEXT_ADMISSION : NEXT_ATTEST,
		.wait_msec = wait,
		.backoff_msec = wait,
		.barred_msec = before->barred_msec,
	};
}

/* Until `renew-after` plus a random delay: after a restart a gateway may give many devices the same second. */
static uint64_t renewal_msec(const struct attempt *a, uint32_t luck)
{
	uint64_t life = a->life_sec > 0 ? (uint64_t)a->life_sec * MSEC_PER_SEC : 0;
	uint64_t renew = a->renew_sec > 0 ? (uint64_t)a->renew_sec * MSEC_PER_SEC : 0;

	if (a->admission)
		return renew; /* renew-after is in the past: the delay is already over */
	if (renew == 0 || renew >= life)
		return at_least(life * (RENEW_FROM_PERCENT + draw(luck, RENEW_PERCENT_RANGE)) / 100,
				SCHEDULE_LEAST_MSEC);
	return at_least(renew + draw(luck, at_most((life - renew) / JITTER_PART, SCHEDULE_FIRST_MSEC)),
			SCHEDULE_LEAST_MSEC);
}

/* At `renew-after`, then after twice the time. */
static struct schedule wait_barred(const struct schedule *before, const struct attempt *a, uint32_t luck)
{
	struct schedule after;

	if (a->admission)
		return wait_then_attest(0); /* an old verdict: the device's present state may be better */
	after = wait_then_attest(
		at_least(renewal_msec(a, luck), at_most(2 * before->barred_msec, SCHEDULE_BARRED_MSEC)));
	after.barred_msec = after.wait_msec;
	return after;
}

static struct schedule after_refusal(const struct schedule *before, const struct attempt *a, uint32_t luck)
{
	struct schedule again = wait_then_attest(0);

	switch (a->code) {
	case 403:
	case 404:
		if (a->admission)
			return again;
		/* the device is not on a guarded interface, or not known yet: that may change */
		return a->code == 403 ? back_off(before, a, luck) : (struct schedule){ 0 };
	case 408:
		if (before->upload_repeated)
			return back_off(before, a, luck);
		again.upload_repeated = true;
		return again;
	case 429:
	case 503:
		again.wait_msec = at_most(a->max_age_sec, MAX_AGE_MOST_SEC) * MSEC_PER_SEC;
		again.wait_msec += 1 + draw(luck, SCHEDULE_FIRST_MSEC);
		again.next = a->admission ? NEXT_ADMISSION : NEXT_ATTEST;
		return again;
	default:
		return a->code >= 500 ? back_off(before, a, luck) : (struct schedule){ 0 };
	}
}

struct schedule schedule_after(struct schedule before, const struct attempt *attempt, uint32_t luck)
{
	switch (attempt->outcome) {
	case OUTCOME_AFFIRMED:
	case OUTCOME_WARNING:
		return wait_then_attest(renewal_msec(attempt, luck));
	case OUTCOME_CONTRAINDICATED:
		return wait_barred(&before, attempt, luck);
	case OUTCOME_REFUSED:
		return after_refusal(&before, attempt, luck);
	case OUTCOME_NO_ANSWER:
		return back_off(&before, attempt, luck);
	default:
		return (struct schedule){ 0 };
	}
}

struct schedule schedule_after_change(struct schedule before, uint32_t luck)
{
	return (struct schedule){
		.next = NEXT_ATTEST,
		.wait_msec = 1 + draw(luck, SCHEDULE_FIRST_MSEC),
		.backoff_msec = before.backoff_msec,
		.barred_msec = before.barred_msec,
	};
}
