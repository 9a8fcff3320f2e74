/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop around attest(). schedule.c decides when; randomness and log are here. netwatch.c waits with CLOCK_BOOTTIME:
 * setting the clock does not change that, and time in suspend counts, as it does at the gateway.
 */
#include "attester/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "attester/attest.h"
#include "attester/gateway.h"
#include "attester/netwatch.h"
#include "attester/options.h"
#include "attester/schedule.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

/* Ends at once, at any point: no state outlives the process. */
static void on_end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

static void end_by_signal(void)
{
	const struct sigaction end = { .sa_handler = on_end };

	(void)sigaction(SIGTERM, &end, NULL);
	(void)sigaction(SIGINT, &end, NULL);
}

static uint32_t draw_luck(void)
{
	uint32_t luck = 0;

	if (getrandom(&luck, sizeof(luck), 0) != (ssize_t)sizeof(luck)) /* never fails for four bytes: getrandom(2) */
		luck = (uint32_t)getpid();
	return luck;
}

/*
 * The input of the schedule. A new result states its own life. For an earlier result, only this device's clock tells
 * what is left; a clock outside of its life is wrong: then attest at once.
 */
static struct attempt attempt_of(const struct attestation *a, enum outcome outcome, bool admission)
{
	const struct ear *ear = &a->result.ear;
	struct attempt attempt = {
		.outcome = outcome,
		.admission = admission,
		.code = a->answer.code,
		.max_age_sec = a->answer.max_age_sec,
	};
	int64_t now_sec = admission ? clock_realtime_sec() : ear->iat_sec;

	if (outcome > OUTCOME_CONTRAINDICATED || now_sec < ear->iat_sec || now_sec >= ear->exp_sec)
		return attempt;
	attempt.life_sec = ear->exp_sec - now_sec;
	attempt.renew_sec = ear->renew_after_sec - now_sec;
	return attempt;
}

/* --- One line for each change --- */

#define STATE_SIZE 256

static void describe(const struct attestation *a, enum outcome outcome, char ret[static STATE_SIZE])
{
	const struct ear *ear = &a->result.ear;
	bool has_reason = ear->n_reasons > 0 && outcome != OUTCOME_AFFIRMED;
	enum hallmark_reason reason = has_reason ? (enum hallmark_reason)ear->reasons[0] : REASON_ADMITTED;

	if (outcome == OUTCOME_REFUSED)
		(void)snprintf(ret, STATE_SIZE, "refused with %u.%02u", a->answer.code / 100, a->answer.code % 100);
	else if (outcome == OUTCOME_NO_ANSWER)
		(void)snprintf(ret, STATE_SIZE, "no answer");
	else if (outcome == OUTCOME_USAGE)
		(void)snprintf(ret, STATE_SIZE, "cannot attest; see the line above");
	else
		(void)snprintf(ret, STATE_SIZE, "zone %s, %s%s%s", ear->zone, ear_status_name(ear->status),
			       has_reason ? ": " : "", has_reason ? reason_sentence(reason) : "");
}

/* A failure is always logged, because the wait after it differs each time. */
static void tell(const char *state, const struct schedule *schedule, char last[static STATE_SIZE], bool failed)
{
	if (schedule->next == NEXT_END)
		log_error("%s: asking again would not help; correct it and start again", state);
	else if (failed || strcmp(state, last) != 0)
		log_notice("%s; next in %ju.%01ju s", state, (uintmax_t)(schedule->wait_msec / 1000),
			   (uintmax_t)(schedule->wait_msec % 1000 / 100));
	(void)snprintf(last, STATE_SIZE, "%s", state);
}

enum outcome serve(const struct options *options, FILE *out)
{
	struct schedule schedule = { .next = options->fast ? NEXT_ADMISSION : NEXT_ATTEST };
	char state[STATE_SIZE], last[STATE_SIZE] = "";
	enum outcome outcome = OUTCOME_NO_ANSWER;
	struct netwatch watch = netwatch_open(options->gateway == NULL);
	struct gateways gateways = { 0 };

	end_by_signal();
	while (schedule.next != NEXT_END) {
		struct attestation attestation;
		struct attempt attempt;
		bool admission;

		if (netwatch_wait(&watch, schedule.wait_msec)) {
			schedule = schedule_after_change(schedule, draw_luck());
			log_notice("%s has changed; it attests in %ju ms",
				   watch.has_moved ? "the way to the gateway" : "the default router",
				   (uintmax_t)schedule.wait_msec);
			if (watch.has_moved)
				gateways.is_found = false; /* the way may lead to another one */
			netwatch_begin(&watch);
			continue;
		}
		admission = schedule.next == NEXT_ADMISSION;
		netwatch_begin(&watch);
		outcome = attest(options, admission, &gateways, &attestation);
		netwatch_note(&watch, &gateways);
		attempt = attempt_of(&attestation, outcome, admission);
		schedule = schedule_after(schedule, &attempt, draw_luck());
		describe(&attestation, outcome, state);
		tell(state, &schedule, last, outcome >= OUTCOME_REFUSED);
		if (options->json) {
			attestation_show(&attestation, outcome, true, out);
			(void)fflush(out);
		}
	}
	netwatch_close(&watch);
	return outcome;
}
