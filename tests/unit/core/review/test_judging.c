/* SPDX-License-Identifier: Apache-2.0 */
/* links: review */
/*
 * The core's side of a judge: what it is told goes on in its order, and of one that ends, lies or says nothing to the point the core is
 * told once. The judge is this program itself, started again; what it does is the first letter of its material.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "appraise/facts.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/dependency.h"
#include "base/timekeeper.h"
#include "core/review/judging.h"
#include "hallmark/check.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "log_kit.h"

#define CASES_MAX 32 /* that a judge is given at once */

/* --- a judge --- */

static struct ipc_message message;
static struct ipc_record record;

static void say(const struct ipc_record *r)
{
	record = *r;
	must(ipc_send(JUDGE_IPC, &record, NULL) == 0);
}

static void say_set(void)
{
	say(&(struct ipc_record){
		.kind = IPC_SET,
		.set = { .mark = { .kind = SET_CRL, .identity = "a CA", .sequence = 5 }, .item = 3 } });
}

static void say_changes(bool is_last, uint64_t first, uint64_t second)
{
	say(&(struct ipc_record){ .kind = IPC_CHANGES,
				  .changes = { .is_last = is_last, .n = 2, .ids = { first, second } } });
}

static void say_judged(uint64_t id, int result, uint8_t device)
{
	struct ipc_record r = { .kind = IPC_JUDGED, .id = id, .judged.result = result };

	r.judged.facts.device[0] = device;
	for (int i = 0; i < _CHECK_MAX && result == 0; i++)
		if (CHECKS_OF_DEVICE & CHECK_BIT(i))
			r.judged.facts.checks[i] = (struct check_result){ CHECK_PASSED, REASON_ADMITTED };
	say(&r);
}

/* Returns 0 at the end. */
static int hear(void)
{
	struct pollfd p = { .fd = JUDGE_IPC, .events = POLLIN };
	int r = ipc_receive(JUDGE_IPC, IPC_TO_JUDGE, &message);

	while (r == -EAGAIN) {
		(void)poll(&p, 1, -1);
		r = ipc_receive(JUDGE_IPC, IPC_TO_JUDGE, &message);
	}
	return r;
}

/* The facts are of who has the first byte of the chain. Of odd numbers nothing can be said. */
static void judge_case(void)
{
	const struct ipc_case *c = &message.record.case_;

	must(message.record.kind == IPC_CASE && c->now_sec == 77 && message.signed_inputs.n_chain == 1);
	if (message.record.id % 2 == 0)
		say_judged(message.record.id, 0, message.signed_inputs.chain[0].p[0]);
	else
		say_judged(message.record.id, -EBADMSG, 0);
}

/* Of the case with that id: w another one's answer, t two, k what only a worker says, l none before the next case's. */
static void judge_as(char letter)
{
	static uint64_t kept;
	const uint64_t id = message.record.id;

	if (letter == 'w')
		say_judged(id + 2, -EBADMSG, 0);
	else if (letter == 'k')
		say(&(struct ipc_record){ .kind = IPC_READY });
	else if (letter != 'l' || kept)
		judge_case();
	if (letter == 't')
		say_judged(id, -EBADMSG, 0);
	kept = id;
}

static int be_judge(void)
{
	char letter, former;

	must(pread(JUDGE_MATERIAL, &letter, 1, 0) == 1 && pread(JUDGE_FORMER, &former, 1, 0) == 1);
	must(hear() == 1 && message.record.kind == IPC_CLOCK && message.record.clock.at_sec == 1234 && former == 'f');
	if (letter == 'x') /* it ends */
		return 3;
	if (letter == 'j') /* about a case that it was not given */
		say_judged(1, -EBADMSG, 0);
	say_set();
	say_changes(false, 5, 7);
	say_changes(true, letter == 'a' ? DEPENDENCY_ALL : 9, 11);
	if (letter == 's') /* too late */
		say_set();
	if (letter == 'c')
		say_changes(true, 1, 2);
	if (letter == 'm')
		must(send(JUDGE_IPC, "x", 1, 0) == 1);
	while (hear() == 1)
		if (letter != 'h') /* it hangs */
			judge_as(letter);
	return 0;
}

/* --- the core --- */

static sd_event *event;
static struct judging *judging;
static unsigned n_sets, n_changes_told, n_judged, n_failures;
static uint64_t changes[8];
static size_t n_changes;
static bool is_all;
static uint64_t last_id;
static int last_result;
static uint8_t last_device;

static void on_set(const struct accepted_set *set, void *userdata)
{
	assert_ptr_equal(userdata, &judging);
	assert_string_equal(set->mark.identity, "a CA");
	assert_int_equal(set->mark.sequence, 5);
	assert_int_equal(set->item, 3);
	assert_int_equal(n_changes_told, 0); /* before all else */
	n_sets++;
}

static void on_changes(const uint64_t *ids, size_t n, bool is_everything, void *userdata)
{
	(void)userdata;
	n_changes_told++;
	is_all = is_everything;
	n_changes = n;
	assert_true(n <= ARRAY_SIZE(changes));
	if (n > 0)
		memcpy(changes, ids, n * sizeof(*ids));
}

static void on_judged(uint64_t id, int result, const struct facts *facts, void *userdata)
{
	(void)userdata;
	n_judged++;
	last_id = id;
	last_result = result;
	last_device = facts->device[0];
}

/* As review does: whoever is told may end it all. */
static void on_failure(void *userdata)
{
	(void)userdata;
	n_failures++;
	judging_free(judging);
	judging = NULL;
}

static int material_of(char letter)
{
	int fd = memfd_create("material", MFD_CLOEXEC);

	assert_int_equal(write(fd, &letter, 1), 1);
	return fd;
}

static void start(char letter)
{
	static const struct judging_callbacks callbacks = { on_set, on_changes, on_judged, on_failure };
	const struct timekeeper_record clock = { .at_sec = 1234,
						 .at_usec = clock_monotonic_usec(),
						 .log_level = LOG_ERR };
	const struct judging_material material = { material_of(letter), material_of('f') };

	assert_int_equal(judging_new(event, &material, clock, &callbacks, &judging, &judging), 0);
	(void)close(material.fd);
	(void)close(material.former_fd);
}

/* Until that many of those were counted, or it failed; a minute is for ever. */
static void wait_for(const unsigned *counter, unsigned n)
{
	const uint64_t end_usec = clock_monotonic_usec() + 60 * USEC_PER_SEC;

	while (*counter < n && n_failures == 0 && clock_monotonic_usec() < end_usec)
		assert_true(sd_event_run(event, 100000) >= 0);
}

static int ask(uint64_t id, uint8_t device)
{
	const struct check_result passed = { CHECK_PASSED, REASON_ADMITTED };
	const struct signed_inputs inputs = { .chain = { bytes_of(&device, 1) }, .n_chain = 1 };

	return judging_ask(judging, id, (struct ipc_case){ .now_sec = 77, .possession = passed, .freshness = passed },
			   &inputs);
}

static void test_what_a_judge_says(void **state)
{
	(void)state;
	start('o');
	wait_for(&n_changes_told, 1);
	assert_int_equal(n_sets, 1);
	assert_int_equal(n_changes_told, 1); /* once, however many records it took */
	assert_int_equal(n_changes, 4);
	assert_memory_equal(changes, ((uint64_t[]){ 5, 7, 9, 11 }), 4 * sizeof(uint64_t));
	assert_false(is_all);

	assert_int_equal(ask(2, 0xd2), 0);
	assert_int_equal(ask(3, 0xd3), 0);
	wait_for(&n_judged, 1);
	assert_int_equal(last_id, 2);
	assert_int_equal(last_result, 0);
	assert_int_equal(last_device, 0xd2);
	wait_for(&n_judged, 2);
	assert_int_equal(last_id, 3);
	assert_int_equal(last_result, -EBADMSG);
	assert_int_equal(last_device, 0);
	assert_int_equal(n_failures, 0);
}

static void test_everything_may_be_different(void **state)
{
	(void)state;
	start('a');
	wait_for(&n_changes_told, 1);
	assert_int_equal(n_changes_told, 1);
	assert_true(is_all);
	assert_int_equal(ask(2, 0xd2), 0); /* it goes on as always */
	wait_for(&n_judged, 1);
	assert_int_equal(last_device, 0xd2);
}

/* So many at once; the next one when there is an answer. */
static void test_one_that_is_busy(void **state)
{
	(void)state;
	start('h');
	wait_for(&n_changes_told, 1);
	for (uint64_t i = 0; i < CASES_MAX; i++)
		assert_int_equal(ask(i, 0xd2), 0);
	assert_int_equal(ask(CASES_MAX, 0xd2), -EAGAIN);
	judging_free(judging); /* does not wait for it */
	judging = NULL;

	start('o');
	for (uint64_t i = 0; i < CASES_MAX; i++)
		assert_int_equal(ask(2 * i, 0xd2), 0);
	assert_int_equal(ask(2, 0xd2), -EAGAIN);
	n_judged = n_changes_told = 0;
	wait_for(&n_judged, 1);
	assert_int_equal(ask(2, 0xd2), 0);
	wait_for(&n_judged, CASES_MAX + 1);
	assert_int_equal(n_judged, CASES_MAX + 1);
	assert_int_equal(n_failures, 0);
}

/* What it says is told of as long as it is to the point. */
static void fails(char letter, const char *line)
{
	n_failures = 0;
	n_changes_told = 0;
	listen_in();
	start(letter);
	wait_for(&n_failures, 1);
	assert_int_equal(count_said(line, true), 1);
	assert_int_equal(n_failures, 1);
	assert_null(judging);
}

static void test_one_that_fails(void **state)
{
	(void)state;
	fails('x', "Judging the stored devices has failed: the judge has ended");
	fails('m', "Judging the stored devices has failed: the judge sent a malformed record");
	assert_int_equal(n_changes_told, 1); /* that was before */
	fails('s', "the judge sent a malformed record");
	fails('c', "the judge sent a malformed record");
	assert_int_equal(n_changes_told, 1);
	fails('j', "the judge sent a malformed record");
	assert_int_equal(n_changes_told, 0);
	assert_int_equal(n_judged, 0);

	n_failures = 0;
	start('o');
	wait_for(&n_changes_told, 1);
	assert_int_equal(n_failures, 0);
}

/* Each case has one answer, in the order in which they were given. */
static void answers_badly(char letter, unsigned n_taken)
{
	n_failures = n_changes_told = n_judged = 0;
	listen_in();
	start(letter);
	wait_for(&n_changes_told, 1);
	assert_int_equal(ask(2, 0xd2), 0);
	assert_int_equal(ask(4, 0xd4), 0);
	wait_for(&n_failures, 1);
	assert_int_equal(count_said("the judge sent a malformed record", true), 1);
	assert_int_equal(n_failures, 1);
	assert_int_equal(n_judged, n_taken);
}

static void test_answers_to_no_case(void **state)
{
	(void)state;
	answers_badly('w', 0);
	answers_badly('l', 0);
	answers_badly('k', 0);
	answers_badly('t', 1);
}

static void test_none_can_be_started(void **state)
{
	static const struct judging_callbacks callbacks = { on_set, on_changes, on_judged, on_failure };
	const struct judging_material material = { -1, -1 };
	const struct timekeeper_record clock = { .at_sec = 1234, .log_level = LOG_ERR };

	(void)state; /* it starts without what it is to judge by, and ends */
	listen_in();
	assert_int_equal(judging_new(event, &material, clock, &callbacks, &judging, &judging), 0);
	wait_for(&n_failures, 1);
	assert_int_equal(count_said("the judge has ended", true), 1);
	assert_int_equal(n_failures, 1);
}

static int set_up(void **state)
{
	(void)state;
	n_sets = n_changes_told = n_judged = n_failures = 0;
	n_changes = 0;
	is_all = false;
	return sd_event_new(&event) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	judging_free(judging);
	judging = NULL;
	sd_event_unref(event);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_a_judge_says), TEST(test_everything_may_be_different), TEST(test_one_that_is_busy),
		TEST(test_one_that_fails),    TEST(test_answers_to_no_case),          TEST(test_none_can_be_started),
	};

	log_set_level(-1);
	if (argc > 1 && strcmp(argv[1], "--judge") == 0)
		return be_judge();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
