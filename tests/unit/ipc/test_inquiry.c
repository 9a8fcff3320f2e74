/* SPDX-License-Identifier: Apache-2.0 */
/* links: ipc */
/*
 * What is asked of judges, and what is believed of what they say: a lie of a shared judge, a judge that ends, one that answers what
 * was not asked. The judges are forks of this program (zygote_kit.h).
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "ipc/inquiry.h"
#include "ipc/judges.h"
#include "log_kit.h"
#include "zygote_kit.h"

#define CASES_MAX     600
#define PATIENCE_USEC (60 * USEC_PER_SEC)

static sd_event *event;
static struct inquiries *inquiries;
static struct inquiry cases[CASES_MAX];

/* --- whoever asks --- */

static bool is_ready, believes_shared;
static unsigned n_sets, n_changes, n_final, n_shared, n_unjudged;
static char ended[64];
static int result_of[CASES_MAX];
static enum hallmark_reason reason_of[CASES_MAX];
static uint8_t device_of[CASES_MAX], last_ueid[CASES_MAX];
static size_t n_open;

static void on_set(const struct accepted_set *set, void *userdata)
{
	(void)userdata;
	assert_false(is_ready);
	n_sets += set->item == 3;
}

static void on_changes(const struct ipc_changes *part, void *userdata)
{
	(void)userdata;
	n_changes += part->n;
	is_ready = part->is_last;
}

static void close_case(struct inquiry *x)
{
	inquiries_drop(inquiries, x);
	n_open--;
}

static bool on_judged(struct inquiry *x, const struct ipc_message *m, bool is_final, void *userdata)
{
	size_t i = (size_t)(x - cases);

	(void)userdata;
	if (!is_final && !believes_shared) {
		n_shared++;
		return false;
	}
	n_final += is_final;
	n_shared += !is_final;
	result_of[i] = m->record.judged.result;
	reason_of[i] = m->record.judged.reason;
	device_of[i] = m->record.judged.facts.device[0];
	last_ueid[i] = m->record.judged.facts.ueid[7];
	close_case(x);
	return true;
}

static void on_unjudged(struct inquiry *x, void *userdata)
{
	(void)userdata;
	n_unjudged++;
	close_case(x);
}

static void on_pause(void *userdata)
{
	(void)userdata;
}

static void on_end(const char *how, pid_t zygote, void *userdata)
{
	(void)userdata;
	assert_true(zygote > 0);
	(void)snprintf(ended, sizeof(ended), "%s", how);
}

static void run_until(bool (*is_done)(void))
{
	uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;

	while (!is_done()) {
		assert_true(clock_monotonic_usec() < until);
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	}
}

static bool is_ready_now(void)
{
	return is_ready;
}

static bool is_all_answered(void)
{
	return n_open == 0;
}

static bool has_ended(void)
{
	return ended[0] != '\0';
}

static void start_by(int (*how)(struct inquiries *, const struct judges_material *, struct timekeeper_record),
		     char letter)
{
	int fd = material_of(letter);
	const struct judges_material material = { .fd = fd, .former_fd = fd };
	struct timekeeper_record clock = { .at_sec = 1, .at_usec = clock_monotonic_usec() };

	assert_int_equal(how(inquiries, &material, clock), 0);
	(void)close(fd);
}

static void start(char letter)
{
	is_ready = false;
	start_by(inquiries_start, letter);
}

static void ask_behind(size_t i, uint64_t port, bool is_last, const char *body)
{
	const struct ipc_inputs inputs = { .body = bytes_of_string(body) };

	cases[i] = (struct inquiry){
		.case_ = { .is_submission = true, .possession = check_passed(), .freshness = check_passed() },
		.is_last = is_last,
		.port = port
	};
	assert_int_equal(inquiries_add(inquiries, &cases[i], &inputs), 0);
	n_open++;
}

static void ask_from(size_t i, uint64_t port, const char *body)
{
	ask_behind(i, port, false, body);
}

static void ask(size_t i, const char *body)
{
	ask_from(i, 0, body);
}

static void ask_and_wait(const char *body)
{
	ask(0, body);
	run_until(is_all_answered);
}

static const struct inquiries_callbacks callbacks = { .on_set = on_set,
						      .on_changes = on_changes,
						      .on_judged = on_judged,
						      .on_unjudged = on_unjudged,
						      .on_pause = on_pause,
						      .on_end = on_end };

static int set_up(void **state)
{
	sigset_t signals;

	(void)state;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 || sd_event_new(&event) < 0)
		return -1;
	n_sets = n_changes = n_final = n_shared = n_unjudged = 0;
	n_open = 0;
	ended[0] = '\0';
	believes_shared = false;
	log_set_level(-1);
	return inquiries_new(event, false, &callbacks, NULL, &inquiries);
}

static int tear_down(void **state)
{
	struct inquiry *x;

	(void)state;
	while ((x = inquiries_first(inquiries)))
		close_case(x);
	inquiries_free(inquiries);
	sd_event_unref(event);
	return 0;
}

/* --- the zygote --- */

static void test_sets_and_changes(void **state)
{
	(void)state;
	start('s');
	run_until(is_ready_now);
	assert_int_equal(n_sets, 1);
	assert_int_equal(n_changes, 0);
}

static unsigned count_children(pid_t pid)
{
	char path[64], text[512] = "";
	unsigned n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	(void)!fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	for (const char *at = text; (at = strchr(at, ' ')); at++)
		n++;
	return n;
}

/* Beside four that are alone: one for each CPU that this process may run on, and four at most. */
static void test_a_shared_judge_for_each_cpu(void **state)
{
	cpu_set_t all, one;
	size_t first = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(first, &all))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	for (unsigned i = 0; i < 2; i++) {
		const cpu_set_t *cpus = i == 0 ? &one : &all;
		unsigned n = (unsigned)CPU_COUNT(cpus);

		assert_int_equal(sched_setaffinity(0, sizeof(*cpus), cpus), 0);
		if (i > 0) {
			inquiries_free(inquiries);
			assert_int_equal(inquiries_new(event, false, &callbacks, NULL, &inquiries), 0);
		}
		start('g');
		run_until(is_ready_now);
		n = 4 + (n < 4 ? n : 4);
		for (int tries = 0; tries < 60000 && count_children(inquiries_zygote(inquiries)) < n; tries++)
			(void)usleep(1000);
		(void)usleep(50000); /* another one would come now */
		assert_int_equal(count_children(inquiries_zygote(inquiries)), n);
	}
}

static void test_many_changes(void **state)
{
	(void)state;
	start('c');
	run_until(is_ready_now);
	assert_int_equal(n_changes, 2000);
}

/* Whoever asked waits, and is answered by the next one. */
static void test_a_zygote_that_ends(void **state)
{
	(void)state;
	start('x');
	ask(0, "ga");
	run_until(has_ended);
	assert_string_equal(ended, "exited with status 1");
	assert_false(inquiries_are_ready(inquiries));
	assert_int_equal(inquiries_zygote(inquiries), 0);
	start('g');
	run_until(is_all_answered);
	assert_int_equal(device_of[0], 'a');
}

static bool has_replaced_one(void)
{
	return inquiries_replaced(inquiries) > 0;
}

/* The socket of one that leaves an order unread fails with ECONNRESET, and not with EPIPE. */
static void test_a_zygote_that_is_killed(void **state)
{
	(void)state;
	start('g');
	run_until(is_ready_now);
	ask_and_wait("ga");
	assert_int_equal(kill(inquiries_zygote(inquiries), SIGSTOP), 0);
	ask(0, "da"); /* ends a shared judge, then one that is alone: two orders */
	run_until(has_replaced_one);
	(void)usleep(100000); /* the second judge's end waits first, */
	assert_int_equal(kill(inquiries_zygote(inquiries), SIGKILL), 0);
	(void)usleep(100000); /* then the zygote's */
	run_until(has_ended);
	assert_string_equal(ended, "was killed by SIGKILL");
}

static void test_a_zygote_that_raves(void **state)
{
	(void)state;
	start('m');
	run_until(has_ended);
	assert_string_equal(ended, "sent a malformed record");
}

static void test_a_zygote_whose_judges_cannot_live(void **state)
{
	(void)state;
	start('f');
	run_until(has_ended);
	assert_string_equal(ended, "forks judges that cannot live");
}

/* Other judges, as after a change of trust: what waits is asked of them. */
static void test_judges_of_another(void **state)
{
	struct inquiries *own = inquiries, *other;

	(void)state;
	assert_int_equal(inquiries_new(event, true, &callbacks, NULL, &other), 0);
	inquiries = other;
	start('g');
	run_until(is_ready_now);
	inquiries = own;
	start('x');
	run_until(has_ended);
	ask(0, "ga");
	inquiries_adopt(own, other);
	assert_int_equal(inquiries_zygote(other), 0);
	inquiries_free(other);
	run_until(is_all_answered);
	assert_int_equal(device_of[0], 'a');
}

static pid_t former;

static bool is_another(void)
{
	return inquiries_zygote(inquiries) != former;
}

static bool is_told_that_it_stays(void)
{
	return count_said("was to take the place of the present judges", false) > 0;
}

/* One that takes the place of the present one is noticed by nobody; one that cannot does not. */
static void test_a_zygote_with_another_memory(void **state)
{
	(void)state;
	listen_in();
	start('g');
	run_until(is_ready_now);
	former = inquiries_zygote(inquiries);
	start_by(inquiries_refresh, 'x');
	run_until(is_told_that_it_stays);
	assert_int_equal(count_said("present judges", true), 1);
	assert_false(is_another());
	ask_and_wait("ga");
	start_by(inquiries_refresh, 'g');
	start_by(inquiries_refresh, 'x'); /* does nothing: one is on its way */
	for (size_t i = 0; i < CASES_MAX; i++)
		ask(i, "gb");
	run_until(is_another);
	run_until(is_all_answered);
	assert_int_equal(n_final, 1 + CASES_MAX);
	assert_int_equal(n_unjudged, 0);
	assert_string_equal(ended, "");
}

/* --- who is believed --- */

static void test_a_shared_judge_is_believed_when_it_may(void **state)
{
	(void)state;
	believes_shared = true;
	start('g');
	for (size_t i = 0; i < CASES_MAX; i++)
		ask(i, "ga");
	run_until(is_all_answered);
	assert_true(n_shared > CASES_MAX * 3 / 4);
	assert_true(n_final > 0); /* the sample: none of 600 is a matter of 10^-17 */
	assert_int_equal(n_shared + n_final, CASES_MAX);
	for (size_t i = 0; i < CASES_MAX; i++)
		assert_int_equal(device_of[i], 'a');
	assert_int_equal(inquiries_replaced(inquiries), 0);
}

static void test_one_that_is_alone_decides(void **state)
{
	(void)state;
	start('g');
	ask_and_wait("ga");
	assert_int_equal(n_final, 1);
	assert_int_equal(device_of[0], 'a');
	assert_int_equal(inquiries_disagreements(inquiries), 0);
}

static void test_a_shared_judge_that_lies(void **state)
{
	(void)state;
	listen_in();
	start('g');
	ask_and_wait("la");
	assert_int_equal(last_ueid[0], 0);
	assert_int_equal(inquiries_disagreements(inquiries), 1);
	assert_true(inquiries_replaced(inquiries) > 0);
	assert_int_equal(count_said("Two judges found different things", true), 1);
	ask_and_wait("ga"); /* and others are served */
	assert_int_equal(inquiries_disagreements(inquiries), 1);
}

static void test_nothing_is_found(void **state)
{
	(void)state;
	start('g');
	ask_and_wait("ra");
	assert_int_equal(reason_of[0], REASON_MALFORMED);
	ask_and_wait("ea");
	assert_int_equal(result_of[0], -EIO);
}

/* --- whose turn it is --- */

/* Port 1 brings four; ports 2 and 3 each wait for one of them, and not for all. */
static void test_ports_take_turns(void **state)
{
	static const uint64_t ports[] = { 1, 1, 1, 1, 2, 3, 2 }, expected[] = { 0, 4, 5, 1, 6, 2, 3 };
	const struct inquiry *x;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		ask_from(i, ports[i], "ga");
	for (x = inquiries_first(inquiries); x; x = TAILQ_NEXT(x, entries))
		assert_int_equal(x - cases, expected[n++]);
	start('g');
	run_until(is_all_answered);
	ask_from(0, 1, "ga"); /* who comes later is not behind those that are over */
	ask_from(1, 2, "ga");
	assert_ptr_equal(inquiries_first(inquiries), &cases[0]);
	run_until(is_all_answered);
}

/* Those that are last take turns by themselves, behind all others. */
static void test_some_are_last(void **state)
{
	static const uint64_t ports[] = { 1, 1, 2, 1, 2, 2 };
	static const bool is_last[] = { true, true, true, false, false, false };
	static const size_t expected[] = { 3, 4, 5, 0, 2, 1 };
	const struct inquiry *x;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		ask_behind(i, ports[i], is_last[i], "ga");
	for (x = inquiries_first(inquiries); x; x = TAILQ_NEXT(x, entries))
		assert_int_equal(x - cases, expected[n++]);
	start('g');
	run_until(is_all_answered);
}

/* Port 1 has three that are last; one of port 2 would be before the last two of them, and one that is not last before all. */
static void test_who_displaces_whom(void **state)
{
	const struct inquiry first_of_port = { .is_last = true, .port = 2 }, fourth = { .is_last = true, .port = 1 },
			     better = { .port = 1 }, other_group = { .port = 1, .group = 1 };

	(void)state;
	assert_null(inquiries_displaced_by(inquiries, &better));
	for (size_t i = 0; i < 3; i++)
		ask_behind(i, 1, true, "ga");
	assert_ptr_equal(inquiries_displaced_by(inquiries, &first_of_port), &cases[2]);
	assert_ptr_equal(inquiries_displaced_by(inquiries, &better), &cases[2]);
	assert_null(inquiries_displaced_by(inquiries, &fourth));
	assert_null(inquiries_displaced_by(inquiries, &other_group));
	cases[2].is_asked = true; /* a judge has it */
	assert_ptr_equal(inquiries_displaced_by(inquiries, &better), &cases[1]);
	cases[2].is_asked = false;
	start('g');
	run_until(is_all_answered);
}

/* --- judges that end --- */

/* Those that wait behind it are answered all the same. */
static void test_a_case_that_ends_judges(void **state)
{
	(void)state;
	start('g');
	for (size_t i = 0; i < 32; i++)
		ask(i, i == 7 ? "da" : "gb");
	run_until(is_all_answered);
	assert_int_equal(n_unjudged, 1);
	assert_int_equal(n_final, 31);
	for (size_t i = 0; i < 32; i++)
		assert_true(i == 7 || device_of[i] == 'b');
	assert_int_equal(inquiries_replaced(inquiries), 2);
}

/* What a device before it did to a judge is not held against it. */
static void test_a_case_that_ends_a_shared_judge_only(void **state)
{
	(void)state;
	start('g');
	ask_and_wait("Da");
	assert_int_equal(n_unjudged, 0);
	assert_int_equal(n_final, 1);
	assert_int_equal(device_of[0], 'a');
}

static void test_answers_that_nobody_asked_for(void **state)
{
	(void)state;
	start('g');
	ask_and_wait("wa");
	assert_int_equal(n_unjudged, 1);
	believes_shared = true;
	ask_and_wait("2a"); /* the first counts */
	assert_int_equal(device_of[0], 'a');
	ask_and_wait("ga");
	assert_int_equal(device_of[0], 'a');
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_sets_and_changes),
		TEST(test_a_shared_judge_for_each_cpu),
		TEST(test_many_changes),
		TEST(test_a_zygote_that_ends),
		TEST(test_a_zygote_that_is_killed),
		TEST(test_a_zygote_that_raves),
		TEST(test_a_zygote_whose_judges_cannot_live),
		TEST(test_judges_of_another),
		TEST(test_a_zygote_with_another_memory),
		TEST(test_a_shared_judge_is_believed_when_it_may),
		TEST(test_one_that_is_alone_decides),
		TEST(test_a_shared_judge_that_lies),
		TEST(test_nothing_is_found),
		TEST(test_ports_take_turns),
		TEST(test_some_are_last),
		TEST(test_who_displaces_whom),
		TEST(test_a_case_that_ends_judges),
		TEST(test_a_case_that_ends_a_shared_judge_only),
		TEST(test_answers_that_nobody_asked_for),
	};
	int status = be_zygote(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
