/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* One target: which ends of a delivery are tried again, after how long, and which message goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/value.h"
#include "notify/drivers.h"
#include "notify/queue.h"
#include "notify/settings.h"
#include "notify/target.h"

DEFINE_CLEANUP(struct value *, value_free);

static sd_event *event;
static struct target target;
static struct target_settings settings;
static char sent[1024];

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	settings = (struct target_settings){ .kind = TARGET_SYSLOG, .name = "one", .queue = 2, .timeout_sec = 60 };
	sent[0] = '\0';
	return sd_event_new(&event);
}

static int tear_down(void **state)
{
	(void)state;
	target_close(&target);
	event = sd_event_unref(event);
	return 0;
}

/* --- A driver that only notes what goes --- */

static int open_nothing(struct target *t)
{
	(void)t;
	return 0;
}

static char *render_name(const struct target *t, const struct value *v)
{
	(void)t;
	return strdup(value_text(v, "name"));
}

static void note(struct target *t, struct bytes message, uint64_t number)
{
	(void)t;
	(void)number;
	(void)snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s ", (int)message.n,
		       (const char *)message.p);
}

static const struct driver notes = { .open = open_nothing, .render = render_name, .send = note };

static void put(const char *name)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "event", "gateway");
	value_add_text(v, "name", name);
	target_put(&target, v);
}

static void run_once(void)
{
	assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);
}

static uint64_t wait_usec(void)
{
	uint64_t at_usec = 0, now_usec = 0;

	assert_true(sd_event_source_get_time(target.timer, &at_usec) >= 0);
	assert_true(sd_event_now(event, CLOCK_MONOTONIC, &now_usec) >= 0);
	return at_usec - now_usec;
}

/* The shortest of many waits, which are random, after so many failures. */
static uint64_t shortest_usec(unsigned failures)
{
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 200; i++) {
		target.failures = failures - 1;
		target_done(&target, DELIVERY_FAILED, "x");
		shortest = wait_usec() < shortest ? wait_usec() : shortest;
	}
	return shortest;
}

/* Three quarters of 1, 2, 4 … 256 and then 300 seconds. */
static void test_later_and_later(void **state)
{
	(void)state;
	assert_int_equal(target_open(&target, &settings, &notes, event, NULL), 0);
	put("a");
	run_once();
	for (unsigned failures = 1; failures < 13; failures++) {
		const uint64_t step_usec = (failures <= 9 ? UINT64_C(1) << (failures - 1) : 300) * USEC_PER_SEC;

		assert_in_range(shortest_usec(failures), step_usec / 4 * 3, step_usec / 100 * 84);
	}
}

/* What went is not what is the oldest now: that one still has to go. */
static void test_dropped_while_on_its_way(void **state)
{
	(void)state;
	assert_int_equal(target_open(&target, &settings, &notes, event, NULL), 0);
	put("a");
	run_once();
	put("b");
	put("c"); /* a is dropped */
	assert_int_equal(queue_length(target.queue), 2);
	target_done(&target, DELIVERY_DONE, "");
	assert_int_equal(queue_length(target.queue), 2);
	run_once();
	target_done(&target, DELIVERY_DONE, "");
	run_once();
	target_done(&target, DELIVERY_DONE, "");
	assert_string_equal(sent, "a b c ");
	assert_int_equal(queue_length(target.queue), 0);
}

/* Refusals of a message that is gone are not those of the next one. */
static void test_refusals_are_of_one_message(void **state)
{
	(void)state;
	assert_int_equal(target_open(&target, &settings, &notes, event, NULL), 0);
	put("a");
	run_once();
	target_done(&target, DELIVERY_REFUSED, "x");
	run_once();
	target_done(&target, DELIVERY_REFUSED, "x");
	put("b");
	put("c");
	run_once();
	assert_string_equal(sent, "a a b ");
	target_done(&target, DELIVERY_REFUSED, "x");
	assert_int_equal(queue_length(target.queue), 2);
	target.is_busy = true;
	target_done(&target, DELIVERY_REFUSED, "x");
	target_done(&target, DELIVERY_REFUSED, "x");
	assert_int_equal(queue_length(target.queue), 1);
}

/* A connection alone is not that it works again: it may break off at once, each time. */
static void test_works_again_when_it_takes_a_message(void **state)
{
	(void)state;
	assert_int_equal(target_open(&target, &settings, &notes, event, NULL), 0);
	target_lost(&target, "x");
	put("a");
	run_once();
	assert_string_equal(sent, "");
	target_ready(&target);
	assert_true(target.is_failing);
	run_once();
	target_done(&target, DELIVERY_DONE, "");
	assert_string_equal(sent, "a ");
	assert_false(target.is_failing);
}

/* --- Programs --- */

/* What becomes of a message whose program exits with this status, the first time: refused, failed, or done. */
static const char *end_of(enum target_kind kind, int status)
{
	char path[] = "/tmp/test_notify_target.XXXXXX";
	const char *command[] = { path, NULL };
	const char *ret;
	const int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "#!/bin/sh\nexit %d\n", status) > 0);
	assert_int_equal(fchmod(fd, 0700) | close(fd), 0);
	settings.kind = kind;
	settings.command = settings.to = (struct texts){ .list = command, .n = 1 };
	(void)snprintf(settings.sendmail, sizeof(settings.sendmail), "%s", path);
	assert_int_equal(
		target_open(&target, &settings, kind == TARGET_MAIL ? &driver_mail : &driver_program, event, NULL), 0);
	put("a");
	do
		run_once();
	while (target.is_busy);
	ret = target.refusals > 0 ? "refused" : target.failures > 0 ? "failed" : "done";
	target_close(&target);
	assert_int_equal(unlink(path), 0);
	return ret;
}

static void test_mail(void **state)
{
	static const int passing[] = { 1, 66, 68, 69, 70, 71, 73, 74, 75, 76, 77, 78, 126, 127 };

	(void)state;
	assert_string_equal(end_of(TARGET_MAIL, 0), "done");
	assert_string_equal(end_of(TARGET_MAIL, 64), "refused");
	assert_string_equal(end_of(TARGET_MAIL, 65), "refused");
	assert_string_equal(end_of(TARGET_MAIL, 67), "refused");
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
		assert_string_equal(end_of(TARGET_MAIL, passing[i]), "failed");
}

static void test_program(void **state)
{
	(void)state;
	assert_string_equal(end_of(TARGET_PROGRAM, 0), "done");
	assert_string_equal(end_of(TARGET_PROGRAM, 1), "refused");
	assert_string_equal(end_of(TARGET_PROGRAM, 68), "refused");
	assert_string_equal(end_of(TARGET_PROGRAM, 75), "failed");
	assert_string_equal(end_of(TARGET_PROGRAM, 127), "failed");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_later_and_later),
		TEST(test_dropped_while_on_its_way),
		TEST(test_refusals_are_of_one_message),
		TEST(test_works_again_when_it_takes_a_message),
		TEST(test_mail),
		TEST(test_program),
	};
	sigset_t child;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
