/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * From the edge's record to its answer. The edge is the test, which takes the place of ipc/supervisor.c at link time; the judges are
 * forks of this program (zygote_kit.h). A device is named by the first byte of its id.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/act/hearing.h"
#include "ipc/supervisor.h"
#include "log_kit.h"
#include "turn_kit.h"
#include "zygote_kit.h"

#define PATIENCE_USEC (60 * USEC_PER_SEC)

static struct hearings *hearings;
static unsigned n_ready, n_ends, n_replaced;
static struct ipc_message told;

/* --- the edge --- */

int supervisor_ipc_fd(const struct supervisor *s)
{
	(void)s;
	return ipc[1];
}

void supervisor_note_ready(struct supervisor *s)
{
	(void)s;
}

void supervisor_replace(struct supervisor *s)
{
	(void)s;
	n_replaced++;
}

uint64_t supervisor_deaf_usec(const struct supervisor *s)
{
	(void)s;
	return 0;
}

static void submit_body(uint64_t id, uint8_t device, const char *body)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = id };
	const struct ipc_inputs inputs = { .messages = bytes_of_string("messages"), .body = bytes_of_string(body) };

	r.submission.origin = at(device % PLACES);
	r.submission.device[0] = device;
	assert_int_equal(ipc_send(ipc[0], &r, &inputs), 0);
	assert_int_equal(hearings_run(hearings, ipc[1]), 0);
}

/* The reason of the next answer, in `told`. */
static enum hallmark_reason await_answer(void)
{
	uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;
	int r = ipc_receive(ipc[0], IPC_TO_EDGE, &told);

	for (; r == -EAGAIN; r = ipc_receive(ipc[0], IPC_TO_EDGE, &told)) {
		assert_true(clock_monotonic_usec() < until);
		assert_true(sd_event_run(core.event, USEC_PER_SEC) >= 0);
	}
	assert_int_equal(r, 1);
	assert_int_equal(told.record.kind, IPC_ANSWER);
	return (enum hallmark_reason)told.record.answer.reason;
}

/* --- the core --- */

static void on_ready(void *userdata)
{
	(void)userdata;
	n_ready++;
}

static void on_end(pid_t zygote, const char *how, void *userdata)
{
	(void)userdata;
	assert_true(zygote > 0 && how[0]);
	n_ends++;
}

static void run_until(const unsigned *counter, unsigned n)
{
	uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;

	while (*counter < n) {
		assert_true(clock_monotonic_usec() < until);
		assert_true(sd_event_run(core.event, USEC_PER_SEC) >= 0);
	}
}

static void start(char letter)
{
	static const struct hearings_callbacks callbacks = { .on_ready = on_ready, .on_end = on_end };

	core.in_force.material_fd = material_of(letter);
	core.settler.supervisor = (struct supervisor *)&core; /* only the functions above take it */
	assert_int_equal(hearings_new(core.event, &core.settler, &core.in_force, core.turn, &core.counters, &callbacks,
				      NULL, &hearings),
			 0);
}

static int set_up_hearing(void **state)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	n_ready = n_ends = n_replaced = 0;
	hearings = NULL;
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 || set_up(state) < 0)
		return -1;
	log_set_level(LOG_EMERG); /* the records of time carry it */
	timekeeper_init(&core.settler.time, 0);
	(void)timekeeper_take_step(&core.settler.time, &(int64_t){ 0 });
	return 0;
}

static int tear_down_hearing(void **state)
{
	core.settler.supervisor = NULL;
	hearings_free(hearings);
	(void)close(core.in_force.material_fd);
	return tear_down(state);
}

static void test_a_submission_is_answered(void **state)
{
	struct sign1 token;

	(void)state;
	start('g');
	submit_body(41, 3, "g\3");
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_int_equal(told.record.id, 41);
	assert_int_equal(told.record.answer.to, IPC_SUBMISSION);
	assert_int_equal(ear_decode(bytes_of(told.record.answer.ear, told.record.answer.n_ear), &token, &answered), 0);
	assert_int_equal(answered.status, EAR_CONTRAINDICATED); /* no label */
	assert_string_equal(zone_in_registry(3), "quarantine");
}

static void test_what_cannot_be_appraised(void **state)
{
	(void)state;
	start('g');
	submit_body(41, 3, "r\3");
	assert_int_equal(await_answer(), REASON_MALFORMED);
	submit_body(42, 3, "e\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
	submit_body(43, 3, "d\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
	assert_string_equal(zone_in_registry(3), "unknown");
}

/* What it was admitted with is in the registry; a judge that met others may not turn it away. */
static void test_who_was_admitted_is_refused_by_a_judge_alone(void **state)
{
	(void)state;
	submit(3, 3, true);
	(void)run(1);
	listen_in();
	start('g');
	submit_body(41, 3, "L\3");
	assert_int_equal(await_answer(), REASON_ADMITTED);
	submit_body(42, 4, "L\4"); /* a stranger may be, if it is not the one in sixteen */
	(void)await_answer();
	assert_int_equal(count_said("Two judges found different things", true) > 0, true);
}

/* Edge and judge must agree on whose session it is. */
static void test_a_judge_speaks_of_no_other_device(void **state)
{
	(void)state;
	listen_in();
	start('g');
	submit_body(41, 3, "o\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
	submit_body(42, 3, "g\4"); /* and so if it is the edge that lies */
	assert_int_equal(await_answer(), REASON_INTERNAL);
	assert_int_equal(count_said("name different devices", true), 2);
	assert_string_equal(zone_in_registry(3), "unknown");
	assert_string_equal(zone_in_registry(4), "unknown");
}

/* Before any judge is there they wait; one device does not use up the queue. */
static void test_the_queue_has_a_share_for_each(void **state)
{
	struct hearings_report report;

	(void)state;
	start('g');
	for (uint64_t id = 1; id <= 8; id++)
		submit_body(id, 3, "g\3");
	submit_body(9, 3, "g\3");
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_int_equal(told.record.id, 9);
	submit_body(10, 4, "g\4");
	hearings_get_report(hearings, &report);
	assert_int_equal(report.waiting, 9);
	assert_int_equal(n_ready, 0);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(await_answer(), REASON_ADMITTED);
	hearings_get_report(hearings, &report);
	assert_int_equal(report.waiting, 0);
	assert_int_equal(n_ready, 1);
}

static void test_a_zygote_that_ends(void **state)
{
	struct hearings_report report;
	int good;

	(void)state;
	start('x');
	submit_body(41, 3, "g\3");
	run_until(&n_ends, 1);
	assert_true(hearings_deaf_usec(hearings) > 0);
	good = material_of('g');
	assert_true(dup2(good, core.in_force.material_fd) >= 0);
	(void)close(good);
	assert_int_equal(await_answer(), REASON_ADMITTED);
	hearings_get_report(hearings, &report);
	assert_int_equal(report.restarts, 1);
	assert_int_equal(hearings_deaf_usec(hearings), 0);
}

/* Whoever makes one judge after the other end learns nothing of the next ones' memory. */
static void test_many_that_end_judges(void **state)
{
	struct hearings_report before, after;

	(void)state;
	start('g');
	run_until(&n_ready, 1);
	hearings_get_report(hearings, &before);
	for (uint64_t id = 1; id <= 8; id++) {
		submit_body(id, 3, "d\3");
		assert_int_equal(await_answer(), REASON_INTERNAL);
	}
	for (uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;;) {
		hearings_get_report(hearings, &after);
		if (after.zygote != before.zygote && after.zygote != 0)
			break;
		assert_true(clock_monotonic_usec() < until);
		assert_true(sd_event_run(core.event, USEC_PER_SEC) >= 0);
	}
	assert_int_equal(n_ends, 0); /* it did not fail */
	submit_body(9, 3, "g\3");
	assert_int_equal(await_answer(), REASON_ADMITTED);
}

/* The sessions of those that wait went with the edge. */
static void test_an_edge_that_ends(void **state)
{
	(void)state;
	start('g');
	submit_body(41, 3, "g\3");
	hearings_drop(hearings);
	submit_body(42, 4, "g\4");
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_int_equal(told.record.id, 42);
	assert_string_equal(zone_in_registry(3), "unknown");
}

static void test_an_edge_that_ends_or_raves_is_told_apart(void **state)
{
	struct ipc_record r = { .kind = IPC_ANSWER };

	(void)state;
	start('g');
	assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, ipc[1]), -EBADMSG);
	assert_int_equal(shutdown(ipc[0], SHUT_RDWR), 0);
	assert_int_equal(hearings_run(hearings, ipc[1]), -EPIPE);
}

int main(int argc, char **argv)
{
#define HEARING(f) cmocka_unit_test_setup_teardown(f, set_up_hearing, tear_down_hearing)
	const struct CMUnitTest tests[] = {
		HEARING(test_a_submission_is_answered),
		HEARING(test_what_cannot_be_appraised),
		HEARING(test_who_was_admitted_is_refused_by_a_judge_alone),
		HEARING(test_a_judge_speaks_of_no_other_device),
		HEARING(test_the_queue_has_a_share_for_each),
		HEARING(test_a_zygote_that_ends),
		HEARING(test_many_that_end_judges),
		HEARING(test_an_edge_that_ends),
		HEARING(test_an_edge_that_ends_or_raves_is_told_apart),
	};
	int status = be_zygote(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
