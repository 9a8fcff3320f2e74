/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* A webhook whose name server does not answer: who ends the delivery does not wait for it. */
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "notify/drivers.h"
#include "notify/settings.h"
#include "notify/target.h"

#define HANGS_SEC 20

static atomic_int asked, answered;

/* Instead of the C library's, for libcurl too; in a thread of libcurl. */
int getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hints,
		struct addrinfo **restrict ret)
{
	(void)host;
	(void)service;
	(void)hints;
	(void)ret;
	asked++;
	(void)sleep(HANGS_SEC);
	answered++;
	return EAI_AGAIN;
}

static void test_a_name_server_that_hangs(void **state)
{
	const struct target_settings settings = {
		.kind = TARGET_WEBHOOK, .name = "one", .url = "https://hooks.example/x", .queue = 2, .timeout_sec = 60
	};
	struct target target;
	sd_event *event = NULL;

	(void)state;
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(target_open(&target, &settings, &driver_webhook, event, NULL), 0);
	driver_webhook.send(&target, bytes_of_string("{}"), 1);
	for (int i = 0; i < 100 && asked == 0; i++)
		assert_true(sd_event_run(event, USEC_PER_SEC / 10) >= 0);
	assert_int_equal(asked, 1);
	driver_webhook.cancel(&target);
	target_close(&target);
	assert_int_equal(answered, 0);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_name_server_that_hangs) };

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
