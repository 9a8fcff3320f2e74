/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* wraps: clock_realtime_sec clock_monotonic_usec */
/* A daemon that is not there: told after a minute, whatever real time does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl/value.h"
#include "notify/listener.h"

#define NOON_SEC INT64_C(1780056000) /* 2026-05-29T12:00:00Z */

static int64_t now_sec;
static uint64_t now_usec;

int64_t __wrap_clock_realtime_sec(void);
uint64_t __wrap_clock_monotonic_usec(void);

int64_t __wrap_clock_realtime_sec(void)
{
	return now_sec;
}

uint64_t __wrap_clock_monotonic_usec(void)
{
	return now_usec;
}

static char told[512];

static void take(const struct value *event, void *userdata)
{
	(void)userdata;
	(void)snprintf(told, sizeof(told), "%s: %s", value_text(event, "state"), value_text(event, "sentence"));
}

static int64_t nothing_waits(void *userdata)
{
	(void)userdata;
	return 0;
}

/* A machine without a battery starts in 1970, and has the time soon after. */
static void test_a_clock_that_is_set(void **state)
{
	struct listener *l = NULL;
	sd_event *event = NULL;

	(void)state;
	now_sec = 5;
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(listener_new(&(struct listening){ .event = event,
							   .control = "/nonexistent/control",
							   .on_event = take,
							   .waiting_since = nothing_waits },
				      &l),
			 0);
	now_sec = NOON_SEC;
	now_usec = 59 * USEC_PER_SEC;
	assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);
	assert_string_equal(told, "");
	now_usec = 60 * USEC_PER_SEC;
	assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);
	assert_non_null(strstr(told, "lost: hallmarkd has not answered since 2026-05-29T11:59:00Z"));
	listener_free(l);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_clock_that_is_set) };

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
