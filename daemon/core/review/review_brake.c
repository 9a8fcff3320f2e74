/* SPDX-License-Identifier: Apache-2.0 */
/* What the brake holds is told, and carried out when its time is over. */
#include <stdio.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/core.h"
#include "core/review/review.h"
#include "core/settle/admissions.h"
#include "hallmark/journal.h"

#define TELL_USEC (3600 * USEC_PER_SEC)

const char *stakes_to_text(const struct stakes *stakes, size_t n_admitted, char ret[static STAKES_TEXT_SIZE])
{
	static const char reinstated[] =
		"come back to a better zone, because what was revoked or suspended is no longer so";

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

	if (clock_monotonic_usec() - c->due.held_told_usec < TELL_USEC)
		return;
	c->due.held_told_usec = clock_monotonic_usec();
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		      "The brake has held back what the %s brings for %s: %s. It takes effect in %s, unless you drop "
		      "it: `hallmarkctl reload --confirm` or `--discard`",
		      c->due.held->order.cause, span_to_text(now_sec - c->due.held_since_sec, held),
		      stakes_to_text(&c->due.held->stakes, c->due.held->n_admitted, text),
		      span_to_text(brake_until(&c->due, c->in_force.config) - now_sec, left));
}

static bool is_due(struct core *c)
{
	char span[32], text[STAKES_TEXT_SIZE];

	if (clock_monotonic_usec() < c->review_retry_usec) /* it failed a moment ago */
		return false;
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		      "What the %s brings takes effect now: the brake has held it for %s (gateway.brake-hold), and "
		      "nobody has dropped it: %s",
		      c->due.held->order.cause, span_to_text(c->in_force.config->brake_hold_sec, span),
		      stakes_to_text(&c->due.held->stakes, c->due.held->n_admitted, text));
	return true;
}

bool brake_sweep(struct core *c)
{
	int64_t now_sec = admissions_now(&c->settler);

	if (!c->due.held || c->review)
		return false;
	if (now_sec >= brake_until(&c->due, c->in_force.config))
		return is_due(c);
	tell(c, now_sec);
	return false;
}
