/* SPDX-License-Identifier: Apache-2.0 */
/* Reports what the brake holds, and when the hold ends. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/devices/in_force.h"
#include "core/review/review.h"
#include "core/settle/admissions.h"
#include "core/settle/settler.h"
#include "hallmark/journal.h"

#define TELL_USEC (3600 * USEC_PER_SEC)

/* Adds one more thing that would happen. */
__attribute__((format(printf, 2, 3))) static void add(char ret[static STAKES_TEXT_SIZE], const char *format, ...)
{
	const size_t n = strlen(ret);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(ret + n, STAKES_TEXT_SIZE - n, format, args);
	va_end(args);
}

/* Where devices were named before, the number is enough. */
static const char *joined(const char *ret)
{
	return ret[0] ? ", and " : "";
}

static const char *devices(const char *ret)
{
	return ret[0] ? "" : " devices";
}

const char *stakes_to_text(const struct stakes *stakes, size_t n_admitted, char ret[static STAKES_TEXT_SIZE])
{
	ret[0] = '\0';
	if (stakes->demoted > 0 || stakes->reinstated + stakes->stopped == 0)
		add(ret, "%zu of %zu admitted devices would lose their zone", stakes->demoted, n_admitted);
	if (stakes->reinstated > 0)
		add(ret, "%s%zu%s would be reinstated, because a revocation or suspension was lifted", joined(ret),
		    stakes->reinstated, devices(ret));
	if (stakes->stopped > 0)
		add(ret,
		    "%s%zu%s without an admission would be cut off, because quarantine would not be monitored any "
		    "more, or "
		    "an exception would end (`hallmarkctl list --unknown`)",
		    joined(ret), stakes->stopped, devices(ret));
	return ret;
}

static void tell(struct reviewer *reviewer, int64_t now_sec)
{
	char held[32], left[32], text[STAKES_TEXT_SIZE];

	if (clock_monotonic_usec() - reviewer->due->held_told_usec < TELL_USEC)
		return;
	reviewer->due->held_told_usec = clock_monotonic_usec();
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		      "The brake has held the changes of the %s for %s: %s. They take effect in %s, unless you drop "
		      "them: `hallmarkctl reload --confirm` applies them now, `--discard` drops them",
		      reviewer->due->held->order.cause, span_to_text(now_sec - reviewer->due->held_since_sec, held),
		      stakes_to_text(&reviewer->due->held->stakes, reviewer->due->held->n_admitted, text),
		      span_to_text(brake_until(reviewer->due, reviewer->in_force->config) - now_sec, left));
}

static bool is_due(struct reviewer *reviewer)
{
	char span[32], text[STAKES_TEXT_SIZE];

	if (clock_monotonic_usec() < reviewer->retry_usec) /* it has just failed */
		return false;
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		      "The changes of the %s take effect now: the brake has held them for %s (gateway.brake-hold), and "
		      "nobody has dropped them: %s",
		      reviewer->due->held->order.cause, span_to_text(reviewer->in_force->config->brake_hold_sec, span),
		      stakes_to_text(&reviewer->due->held->stakes, reviewer->due->held->n_admitted, text));
	return true;
}

bool brake_sweep(struct reviewer *reviewer)
{
	int64_t now_sec = admissions_now(reviewer->settler);

	if (!reviewer->due->held || reviewer->review)
		return false;
	if (now_sec >= brake_until(reviewer->due, reviewer->in_force->config))
		return is_due(reviewer);
	tell(reviewer, now_sec);
	return false;
}
