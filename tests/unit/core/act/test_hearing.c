/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: clock_monotonic_usec */
/*
 * From the edge's record to its answer. The edges are the test; the judges are
 * forks of this program (zygote_kit.h). A device is named by the first byte of its id.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sender_mark.h"
#include "core/act/backlog.h"
#include "core/act/hearing.h"
#include "log_kit.h"
#include "turn_kit.h"
#include "zygote_kit.h"

#define PATIENCE_USEC (60 * USEC_PER_SEC)

static struct hearings *hearings;
static unsigned n_ready, n_ends;
static struct ipc_message told;

/* --- the edges --- */

static unsigned edge; /* that asks, and is answered */

static int own_end(void)
{
	return edge == 0 ? ipc[0] : other_ipc[0];
}

static uint64_t passed_usec, stopped_usec; /* 0: the clock goes */
uint64_t __real_clock_monotonic_usec(void);
uint64_t __wrap_clock_monotonic_usec(void);

uint64_t __wrap_clock_monotonic_usec(void)
{
	return (stopped_usec ? stopped_usec : __real_clock_monotonic_usec()) + passed_usec;
}

static void submit_marked(uint64_t id, uint8_t device, uint32_t mark, const char *body)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = id };
	const struct ipc_inputs inputs = { .messages = bytes_of_string("messages"), .body = bytes_of_string(body) };

	r.submission.origin = at(device % PLACES);
	r.submission.origin.mark = mark;
	r.submission.device[0] = device;
	assert_int_equal(ipc_send(own_end(), &r, &inputs), 0);
	assert_int_equal(hearings_run(hearings, edge), 0);
}

/* Where the kernel has no mark, the address tells devices apart. */
static void submit_body(uint64_t id, uint8_t device, const char *body)
{
	submit_marked(id, device, 0, body);
}

static uint32_t mark_of(unsigned port, unsigned mac)
{
	return port << SENDER_MARK_PORT_SHIFT | mac;
}

/* The reason of the next answer, in `told`. */
static enum hallmark_reason await_answer(void)
{
	uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;
	int r = ipc_receive(own_end(), IPC_TO_EDGE, &told);

	for (; r == -EAGAIN; r = ipc_receive(own_end(), IPC_TO_EDGE, &told)) {
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
	core.settler.supervisor = (struct supervisor *)&core; /* only supervisor_double.h takes it */
	assert_int_equal(hearings_new(core.event, &core.settler, &core.in_force, core.turn, &core.traffic, &callbacks,
				      NULL, &hearings),
			 0);
}

static int set_up_hearing(void **state)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	n_ready = n_ends = 0;
	passed_usec = stopped_usec = 0;
	hearings = NULL;
	edge = 0;
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

/* A device that takes over its judge can name what it likes. Three ports are not all in its hands. */
static void test_an_edge_that_names_others(void **state)
{
	(void)state;
	start('g');
	for (unsigned i = 1; i <= 6; i++) {
		submit_marked(i, 3, mark_of(i % 2, i), "o\3");
		assert_int_equal(await_answer(), REASON_INTERNAL);
	}
	assert_int_equal(n_replaced, 0);
	submit_marked(7, 3, mark_of(2, 1), "o\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
	run_until(&n_replaced, 1);
	submit_marked(8, 3, mark_of(3, 1), "o\3"); /* and of the next one it is the first */
	assert_int_equal(await_answer(), REASON_INTERNAL);
	assert_int_equal(n_replaced, 1);
}

/* What one edge said is not held against another. */
static void test_an_edge_beside_one_that_names_others(void **state)
{
	(void)state;
	add_edge();
	start('g');
	for (unsigned i = 1; i <= 4; i++) {
		edge = i % 2;
		submit_marked(i, 3, mark_of(i, 1), "o\3");
		assert_int_equal(await_answer(), REASON_INTERNAL);
	}
	assert_int_equal(n_replaced, 0);
	edge = 1;
	submit_marked(5, 3, mark_of(5, 1), "o\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
	run_until(&n_replaced, 1);
	assert_int_equal(last_replaced, 1);
}

/* Before any judge is there they wait; one sender does not use up the queue. */
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

/* A sender that brings another key each time is one. */
static void test_a_sender_is_port_and_mac(void **state)
{
	(void)state;
	start('g');
	for (uint8_t id = 1; id <= 8; id++)
		submit_marked(id, id, mark_of(1, 7), "g\3");
	submit_marked(9, 9, SENDER_MARK_KNOWN | mark_of(1, 7), "g\3");
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_int_equal(told.record.id, 9);
	submit_marked(10, 4, mark_of(1, 8), "g\4");
	submit_marked(11, 5, mark_of(2, 7), "g\5");
	for (unsigned i = 0; i < 10; i++) {
		const enum hallmark_reason reason = await_answer();

		if (told.record.id >= 10)
			assert_int_equal(reason, REASON_ADMITTED);
	}
}

/* No judge is there yet, so that all of them wait. */
static void fill_the_queue(unsigned room)
{
	for (unsigned n = 1; n <= room; n++)
		submit_marked(n, 9, mark_of(1, n), "g\11");
	assert_int_equal(ipc_receive(own_end(), IPC_TO_EDGE, &told), -EAGAIN);
}

/* One a millisecond, as long as nothing else is known: who comes later is sent behind those that were sent away before. */
static void test_who_finds_the_queue_full_gets_a_time(void **state)
{
	uint16_t latest = 0;

	(void)state;
	start('g');
	fill_the_queue(BACKLOG_MAX);
	stopped_usec = clock_monotonic_usec();
	for (unsigned n = BACKLOG_MAX + 1; n <= BACKLOG_MAX + 2000; n++) {
		submit_marked(n, 9, mark_of(1, n), "g\11");
		assert_int_equal(await_answer(), REASON_BUSY);
		assert_int_equal(told.record.id, n);
		assert_in_range(told.record.answer.wait_sec, latest > 1 ? latest : 1, 60);
		latest = told.record.answer.wait_sec;
	}
	assert_in_range(latest, 2, 4);
	submit_marked(5000, 4, mark_of(1, 5000), "g\4"); /* of strangers none is better than another */
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_int_equal(told.record.id, 5000);
}

static void test_who_is_known_finds_room(void **state)
{
	struct hearings_report report;

	(void)state;
	submit(3, 3, true);
	(void)run(1);
	start('g');
	fill_the_queue(BACKLOG_MAX);
	submit_marked(BACKLOG_MAX + 1, 3, mark_of(2, 1), "g\3");
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_int_equal(told.record.id, BACKLOG_MAX); /* the last stranger */
	assert_in_range(told.record.answer.wait_sec, 1, 60);
	hearings_get_report(hearings, &report);
	assert_int_equal(report.waiting, BACKLOG_MAX);
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_in_range(told.record.id, 1, BACKLOG_MAX + 1);
}

/* What one edge invents takes no room of another one, nor does whom it calls known. */
static void test_each_edge_has_its_part_of_the_queue(void **state)
{
	(void)state;
	submit(3, 3, true);
	(void)run(1);
	add_edge();
	start('g');
	fill_the_queue(BACKLOG_MAX / 2);
	submit_marked(2000, 9, mark_of(1, 2000), "g\11");
	assert_int_equal(await_answer(), REASON_BUSY);
	edge = 1;
	submit_marked(1, 4, mark_of(1, 2001), "g\4");
	edge = 0;
	submit_marked(2001, 3, mark_of(2, 1), "g\3");
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_int_equal(told.record.id, BACKLOG_MAX / 2); /* its own stranger goes */
	edge = 1;
	assert_int_equal(ipc_receive(own_end(), IPC_TO_EDGE, &told), -EAGAIN);
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_int_equal(told.record.id, 1);
}

/* A port with few has its turn before one with many: one neighbour does not fill the queue for all. */
static void test_another_port_finds_room(void **state)
{
	(void)state;
	start('g');
	fill_the_queue(BACKLOG_MAX);
	submit_marked(2000, 4, mark_of(2, 1), "g\4");
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_int_equal(told.record.id, BACKLOG_MAX);
}

/* What an edge says of a sender of another one is not held against that. */
static void test_the_share_of_a_sender_is_of_its_edge(void **state)
{
	(void)state;
	add_edge();
	start('g');
	for (uint64_t id = 1; id <= 8; id++)
		submit_marked(id, 9, mark_of(1, 7), "g\11");
	submit_marked(9, 9, mark_of(1, 7), "g\11");
	assert_int_equal(await_answer(), REASON_BUSY);
	edge = 1;
	submit_marked(1, 4, mark_of(1, 7), "g\4");
	assert_int_equal(await_answer(), REASON_ADMITTED);
}

/* Each such case costs two judges. */
static void test_who_ended_judges_waits(void **state)
{
	(void)state;
	start('g');
	submit_body(1, 3, "d\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
	submit_body(2, 3, "g\3");
	assert_int_equal(await_answer(), REASON_BUSY);
	assert_in_range(told.record.answer.wait_sec, 1, 60);
	submit_body(3, 4, "g\4");
	assert_int_equal(await_answer(), REASON_ADMITTED);
	passed_usec = 60 * USEC_PER_SEC;
	submit_body(4, 3, "g\3");
	assert_int_equal(await_answer(), REASON_ADMITTED);
}

static void await_other_zygote(pid_t former)
{
	struct hearings_report report;

	for (uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;;) {
		hearings_get_report(hearings, &report);
		if (report.zygote != former && report.zygote != 0)
			return;
		assert_true(clock_monotonic_usec() < until);
		assert_true(sd_event_run(core.event, USEC_PER_SEC) >= 0);
	}
}

static void swap_material(char letter)
{
	int other = material_of(letter);

	assert_true(dup2(other, core.in_force.material_fd) >= 0);
	(void)close(other);
}

static void end_judges(uint8_t id)
{
	submit_marked(id, 3, mark_of(1, id), "d\3");
	assert_int_equal(await_answer(), REASON_INTERNAL);
}

static void test_a_zygote_that_ends(void **state)
{
	struct hearings_report report;

	(void)state;
	start('x');
	submit_body(41, 3, "g\3");
	run_until(&n_ends, 1);
	assert_true(hearings_deaf_usec(hearings) > 0);
	swap_material('g');
	assert_int_equal(await_answer(), REASON_ADMITTED);
	hearings_get_report(hearings, &report);
	assert_int_equal(report.restarts, 1);
	assert_int_equal(hearings_deaf_usec(hearings), 0);
}

/* Whoever makes one judge after the other end learns nothing of the next ones' memory. */
static void test_many_that_end_judges(void **state)
{
	struct hearings_report before;

	(void)state;
	start('g');
	run_until(&n_ready, 1);
	hearings_get_report(hearings, &before);
	for (uint8_t id = 1; id <= 8; id++) {
		submit_body(id, id, "d\3");
		assert_int_equal(await_answer(), REASON_INTERNAL);
	}
	await_other_zygote(before.zygote);
	assert_int_equal(n_ends, 0); /* it did not fail */
	submit_marked(9, 3, mark_of(1, 1), "g\3");
	assert_int_equal(await_answer(), REASON_ADMITTED);
}

/* The judges that are known too well stay while the next zygote ends at once: the next such case is enough for another one. */
static void test_the_next_zygote_ends(void **state)
{
	struct hearings_report before, now;

	(void)state;
	listen_in();
	start('g');
	run_until(&n_ready, 1);
	hearings_get_report(hearings, &before);
	swap_material('x');
	for (uint8_t id = 1; id <= 8; id++)
		end_judges(id);
	while (count_said("which was to take the place of the present judges", false) == 0)
		assert_true(sd_event_run(core.event, USEC_PER_SEC) >= 0);
	hearings_get_report(hearings, &now);
	assert_int_equal(now.zygote, before.zygote);

	swap_material('g');
	end_judges(9);
	await_other_zygote(before.zygote);
	hearings_get_report(hearings, &before);
	end_judges(10); /* of the other one it is the first */
	submit_marked(11, 3, mark_of(1, 11), "g\3");
	assert_int_equal(await_answer(), REASON_ADMITTED);
	hearings_get_report(hearings, &now);
	assert_int_equal(now.zygote, before.zygote);
	assert_int_equal(count_said("which was to take the place", true), 1);
}

/* The sessions of those that wait went with the edge. */
static void test_an_edge_that_ends(void **state)
{
	(void)state;
	start('g');
	submit_body(41, 3, "g\3");
	hearings_drop(hearings, 0);
	submit_body(42, 4, "g\4");
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_int_equal(told.record.id, 42);
	assert_string_equal(zone_in_registry(3), "unknown");
}

/* Both count their requests from the same number: an answer goes to who asked. */
static void test_edges_have_requests_of_their_own(void **state)
{
	(void)state;
	add_edge();
	start('g');
	submit_body(41, 3, "g\3");
	edge = 1;
	submit_body(41, 4, "r\4");
	assert_int_equal(await_answer(), REASON_MALFORMED);
	assert_int_equal(told.record.id, 41);
	edge = 0;
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_int_equal(told.record.id, 41);
}

/* What waits for the other one is heard, and what is answered there is not said here. */
static void test_an_edge_that_ends_beside_another(void **state)
{
	(void)state;
	add_edge();
	start('g');
	submit_body(41, 3, "g\3");
	edge = 1;
	submit_body(41, 4, "g\4");
	hearings_drop(hearings, 0);
	assert_int_equal(await_answer(), REASON_ADMITTED);
	assert_string_equal(zone_in_registry(3), "unknown");
	assert_string_equal(zone_in_registry(4), "quarantine");
	assert_int_equal(ipc_receive(ipc[0], IPC_TO_EDGE, &told), -EAGAIN);
}

static void test_counters_of_edges(void **state)
{
	struct ipc_record r = { .kind = IPC_COUNTERS, .counters = { .handshakes = 5, .sessions = 2, .half_open = 1 } };
	struct edge_counters all;

	(void)state;
	add_edge();
	start('g');
	assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, 0), 0);
	r.counters.handshakes = 7;
	assert_int_equal(ipc_send(other_ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, 1), 0);
	traffic_sum(&core.traffic, &all);
	assert_int_equal(all.handshakes, 12);
	assert_int_equal(all.sessions, 4);

	traffic_end(&core.traffic, 0); /* what it counted stays, and its sessions are gone */
	traffic_sum(&core.traffic, &all);
	assert_int_equal(all.handshakes, 12);
	assert_int_equal(all.sessions, 2);
	assert_int_equal(all.half_open, 1);
	traffic_note(&core.traffic, 0, &(struct edge_counters){ .handshakes = 1 });
	traffic_note(&core.traffic, 0, &(struct edge_counters){ .datagrams = 9 }); /* backwards: it is not believed */
	traffic_sum(&core.traffic, &all);
	assert_int_equal(all.handshakes, 13);
}

static void test_an_edge_that_ends_or_raves_is_told_apart(void **state)
{
	struct ipc_record r = { .kind = IPC_ANSWER };

	(void)state;
	start('g');
	assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, 0), -EBADMSG);
	assert_int_equal(shutdown(ipc[0], SHUT_RDWR), 0);
	assert_int_equal(hearings_run(hearings, 0), -EPIPE);
}

/* It is noted with the place that the kernel has, and the edge stays. An edge that raves costs no more than a budget. */
static void test_a_handshake_that_failed(void **state)
{
	struct ipc_record r = { .kind = IPC_FAILED, .failed = { .origin = at(1), .port = 40000 } };
	const struct failures *f = &core.teller.failures;

	(void)state;
	start('g');
	r.failed.what.cause = HANDSHAKE_SUITE;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, 0), 0);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->list[0].n, 40);
	assert_int_equal(f->list[0].what.cause, HANDSHAKE_SUITE);
	assert_int_equal(f->list[0].udp_port, 40000);
	assert_int_equal(f->list[0].mac[5], 1);
	for (unsigned i = 0; i < 60; i++)
		assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, 0), 0);
	assert_true(f->list[0].n < 100);
	r.failed.what.cause = HANDSHAKE_NOT_FAILED;
	assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(hearings_run(hearings, 0), -EBADMSG);
}

int main(int argc, char **argv)
{
#define HEARING(f) cmocka_unit_test_setup_teardown(f, set_up_hearing, tear_down_hearing)
	const struct CMUnitTest tests[] = {
		HEARING(test_a_submission_is_answered),
		HEARING(test_what_cannot_be_appraised),
		HEARING(test_who_was_admitted_is_refused_by_a_judge_alone),
		HEARING(test_a_judge_speaks_of_no_other_device),
		HEARING(test_an_edge_that_names_others),
		HEARING(test_the_queue_has_a_share_for_each),
		HEARING(test_a_sender_is_port_and_mac),
		HEARING(test_who_finds_the_queue_full_gets_a_time),
		HEARING(test_who_is_known_finds_room),
		HEARING(test_another_port_finds_room),
		HEARING(test_the_share_of_a_sender_is_of_its_edge),
		HEARING(test_each_edge_has_its_part_of_the_queue),
		HEARING(test_who_ended_judges_waits),
		HEARING(test_a_zygote_that_ends),
		HEARING(test_many_that_end_judges),
		HEARING(test_the_next_zygote_ends),
		HEARING(test_an_edge_that_ends),
		HEARING(test_an_edge_beside_one_that_names_others),
		HEARING(test_edges_have_requests_of_their_own),
		HEARING(test_an_edge_that_ends_beside_another),
		HEARING(test_counters_of_edges),
		HEARING(test_an_edge_that_ends_or_raves_is_told_apart),
		HEARING(test_a_handshake_that_failed),
	};
	int status = be_zygote(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
