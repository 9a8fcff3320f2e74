/* SPDX-License-Identifier: Apache-2.0 */
/* links: review */
/*
 * A review's side of its judges: what it is told, and when one that met other devices is believed. The judges are forks of this
 * program (zygote_kit.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "appraise/news.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signed_inputs.h"
#include "base/timekeeper.h"
#include "core/review/judging.h"
#include "ipc/inquiry.h"
#include "ipc/judges.h"
#include "log_kit.h"
#include "zygote_kit.h"

#define CASES_MAX     300
#define PATIENCE_USEC (60 * USEC_PER_SEC)

static sd_event *event;
static struct judging *judging;

static unsigned n_sets, n_changes_told, n_failures, n_pauses, n_judged, n_of_shared;
static size_t n_changes, n_news;
static uint64_t changes_kept[2], news_kept[2];
static bool is_all_changed, is_like_before;
static int results[CASES_MAX];
static uint8_t devices[CASES_MAX];

static void on_set(const struct accepted_set *set, void *userdata)
{
	(void)userdata;
	assert_int_equal(n_changes_told, 0);
	n_sets += strcmp(set->mark.identity, "a CA") == 0;
}

static void on_changes(const struct changes *c, void *userdata)
{
	(void)userdata;
	n_changes_told++;
	n_changes = c->n;
	n_news = c->n_news;
	is_all_changed = c->is_all;
	if (c->n > 0)
		changes_kept[0] = c->ids[0], changes_kept[1] = c->ids[c->n - 1];
	if (c->n_news > 0)
		news_kept[0] = c->news[0].entry, news_kept[1] = c->news[c->n_news - 1].entry;
}

static bool is_same(uint64_t id, const struct facts *facts, void *userdata)
{
	(void)userdata;
	assert_int_equal(facts->device[0], "ab"[id % 2]);
	n_of_shared++;
	return is_like_before;
}

static void on_judged(uint64_t id, int result, const struct facts *facts, void *userdata)
{
	(void)userdata;
	assert_true(id < CASES_MAX && devices[id] == 0);
	n_judged++;
	results[id] = result;
	devices[id] = result < 0 ? '-' : facts->device[0];
}

static void on_pause(void *userdata)
{
	(void)userdata;
	n_pauses++;
}

static void on_failure(void *userdata)
{
	(void)userdata;
	n_failures++;
}

static void run_until(const unsigned *counter, unsigned n)
{
	uint64_t until = clock_monotonic_usec() + PATIENCE_USEC;

	while (*counter < n) {
		assert_true(clock_monotonic_usec() < until);
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	}
}

static void start(char letter)
{
	static const struct judging_callbacks callbacks = { .on_set = on_set,
							    .on_changes = on_changes,
							    .is_same = is_same,
							    .on_judged = on_judged,
							    .on_pause = on_pause,
							    .on_failure = on_failure };
	int fd = material_of(letter);
	const struct judges_material material = { .fd = fd, .former_fd = fd };
	struct timekeeper_record clock = { .at_sec = 1, .at_usec = clock_monotonic_usec() };

	assert_int_equal(judging_new(event, &material, clock, &callbacks, NULL, &judging), 0);
	(void)close(fd);
}

static int ask(uint64_t id, const char *evidence)
{
	const struct ipc_case c = { .now_sec = 7, .possession = check_passed(), .freshness = check_passed() };
	const struct signed_inputs inputs = { .chain = { bytes_of_string("leaf") },
					      .n_chain = 1,
					      .evidence = bytes_of_string(evidence) };

	return judging_ask(judging, id, &c, &inputs);
}

static int set_up(void **state)
{
	sigset_t signals;

	(void)state;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	log_set_level(-1);
	n_sets = n_changes_told = n_failures = n_pauses = n_judged = n_of_shared = 0;
	is_like_before = false;
	memset(devices, 0, sizeof(devices));
	judging = NULL;
	return sigprocmask(SIG_BLOCK, &signals, NULL) < 0 || sd_event_new(&event) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	judging_free(judging);
	sd_event_unref(event);
	return 0;
}

static void test_sets_come_before_changes(void **state)
{
	(void)state;
	start('s');
	run_until(&n_changes_told, 1);
	assert_int_equal(n_sets, 1);
	assert_int_equal(n_changes, 0);
	assert_false(is_all_changed);
}

static void test_changes_in_parts(void **state)
{
	(void)state;
	start('c');
	run_until(&n_changes_told, 1);
	assert_int_equal(n_changes, 2000);
	assert_int_equal(changes_kept[0], 1);
	assert_int_equal(changes_kept[1], 2000);
	assert_int_equal(n_news, 400);
	assert_int_equal(news_kept[0], 1);
	assert_int_equal(news_kept[1], 1600);
	assert_false(is_all_changed);
}

static void test_more_than_are_taken_at_once(void **state)
{
	unsigned n = 0;

	(void)state;
	start('g');
	run_until(&n_changes_told, 1);
	while (ask(n, n % 2 ? "gb" : "ga") == 0)
		n++;
	assert_true(n < CASES_MAX);
	run_until(&n_judged, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(devices[i], "ab"[i % 2]);
	assert_int_equal(ask(n, n % 2 ? "gb" : "ga"), 0);
	run_until(&n_judged, n + 1);
	assert_true(n_pauses > 0);
}

/* What would change something is not for one that met other devices to say. */
static void test_who_is_believed(void **state)
{
	(void)state;
	listen_in();
	start('g');
	run_until(&n_changes_told, 1);
	assert_int_equal(ask(0, "la"), 0);
	run_until(&n_judged, 1);
	assert_int_equal(inquiries_disagreements(judging_inquiries(judging)), 1);
	assert_int_equal(count_said("Two judges found different things", true), 1);
	is_like_before = true;
	for (uint64_t id = 2; id < 200; id += 2)
		assert_int_equal(ask(id, "ga"), 0);
	run_until(&n_judged, 100);
	assert_true(n_of_shared > 50);
}

/* Where everything changes, a shared judge is asked in vain; it is asked again once something stays. */
static void test_where_all_changes_all_are_alone(void **state)
{
	unsigned n = 0;

	(void)state;
	start('g');
	run_until(&n_changes_told, 1);
	for (; n < 16; n++)
		assert_int_equal(ask(2 * n, "ga"), 0);
	run_until(&n_judged, n);
	assert_int_equal(ask(2 * n++, "la"), 0); /* which a shared judge answers otherwise */
	run_until(&n_judged, n);
	assert_int_equal(inquiries_disagreements(judging_inquiries(judging)), 0);

	is_like_before = true;
	assert_int_equal(ask(2 * n++, "ga"), 0);
	run_until(&n_judged, n);
	is_like_before = false;
	assert_int_equal(ask(2 * n++, "la"), 0);
	run_until(&n_judged, n);
	assert_int_equal(inquiries_disagreements(judging_inquiries(judging)), 1);
}

static void test_what_cannot_be_judged(void **state)
{
	(void)state;
	listen_in();
	start('g');
	run_until(&n_changes_told, 1);
	assert_int_equal(ask(0, "ea"), 0);
	assert_int_equal(ask(2, "da"), 0);
	assert_int_equal(ask(1, "gb"), 0);
	run_until(&n_judged, 3);
	assert_int_equal(results[0], -EIO);
	assert_int_equal(results[2], -EIO);
	assert_int_equal(results[1], 0);
	assert_int_equal(n_failures, 0);
	assert_int_equal(count_said("The signed inputs of one device end every judge", true), 1);
}

static void test_without_judges(void **state)
{
	(void)state;
	listen_in();
	start('x');
	run_until(&n_failures, 1);
	assert_int_equal(n_changes_told, 0);
	assert_int_equal(count_said("Judging the stored devices has failed", true), 1);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_sets_come_before_changes),
		TEST(test_changes_in_parts),
		TEST(test_more_than_are_taken_at_once),
		TEST(test_who_is_believed),
		TEST(test_where_all_changes_all_are_alone),
		TEST(test_what_cannot_be_judged),
		TEST(test_without_judges),
	};
	int status = be_zygote(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
