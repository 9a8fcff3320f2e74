/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning is what counts, and is kept: another reload, another list, a restart or a step of the clock does not renew it. */
#include "run/brake.h"

#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "hallmark/journal.h"
#include "run/admissions.h"
#include "run/review.h"

#define TELL_USEC (3600 * USEC_PER_SEC)

static void set_since(struct core *c, int64_t since_sec)
{
	c->held_since_sec = since_sec;
	if (store_set_held_since(c->store, since_sec) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
			      "The store did not take since when the brake holds: a restart would count from then");
}

int64_t brake_until(const struct core *c)
{
	return c->held ? c->held_since_sec + c->config->brake_hold_sec : 0;
}

void brake_begin(struct core *c)
{
	if (c->held_since_sec == 0)
		set_since(c, admissions_now(c));
	c->held_told_usec = clock_monotonic_usec();
}

void brake_end(struct core *c)
{
	if (c->held_since_sec != 0)
		set_since(c, 0);
}

/* A beginning that has not come yet was told by a clock that was wrong: it counts from now. */
int brake_load(struct core *c)
{
	int64_t since_sec = 0;
	int r = store_held_since(c->store, &since_sec);

	if (r < 0)
		return r;
	c->held_since_sec = since_sec;
	if (since_sec > c->started_sec)
		set_since(c, c->started_sec);
	return 0;
}

void brake_move_time(struct core *c, int64_t step_sec)
{
	if (c->held && step_sec != 0)
		set_since(c, c->held_since_sec + step_sec);
}

const char *stakes_to_text(const struct stakes *stakes, size_t n_admitted, char ret[static STAKES_TEXT_SIZE])
{
	static const char reinstated[] =
		"come back to a better zone, because what was revoked or suspended is so no more";

	if (stakes->reinstated == 0)
		(void)snprintf(ret, STAKES_TEXT_SIZE, "%zu of %zu admitted devices would lose their zone",
			       stakes->demoted, n_admitted);
	else if (stakes->demoted == 0)
		(void)snprintf(ret, STAKES_TEXT_SIZE, "%zu devices would %s", stakes->reinstated, reinstated);
	else
		(void)snprintf(ret, STAKES_TEXT_SIZE,
			       "%zu of %zu admitted devices would lose their zone, and %zu would %s", stakes->demoted,
			       n_admitted, stakes->reinstated, reinstated);
	return ret;
}

static void tell(struct core *c, int64_t now_sec)
{
	char held[32], left[32], text[STAKES_TEXT_SIZE];

	if (clock_monotonic_usec() - c->held_told_usec < TELL_USEC)
		return;
	c->held_told_usec = clock_monotonic_usec();
	journal_event(
		LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		"The brake has held back what the %s brings for %s: %s. It is carried out in %s, unless you drop it: "
		"`hallmarkctl reload --confirm` or `--discard`",
		c->held->order.cause, span_to_text(now_sec - c->held_since_sec, held),
		stakes_to_text(&c->held->stakes, c->held->n_admitted, text),
		span_to_text(brake_until(c) - now_sec, left));
}

static bool is_due(struct core *c)
{
	char span[32], text[STAKES_TEXT_SIZE];

	if (clock_monotonic_usec() < c->review_retry_usec) /* it failed a moment ago */
		return false;
	journal_event(
		LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		"What the %s brings is carried out now: the brake has held it for %s (gateway.brake-hold), and nobody "
		"has dropped it: %s",
		c->held->order.cause, span_to_text(c->config->brake_hold_sec, span),
		stakes_to_text(&c->held->stakes, c->held->n_admitted, text));
	return true;
}

bool brake_sweep(struct core *c)
{
	int64_t now_sec = admissions_now(c);

	if (!c->held || c->review)
		return false;
	if (now_sec >= brake_until(c))
		return is_due(c);
	tell(c, now_sec);
	return false;
}
