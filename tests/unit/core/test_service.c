/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/* What the service manager is told, read from a socket that stands in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/act/enforcement.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/service.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"
#include "manager_kit.h"

#define RESTRICTED 1
#define TRUSTED    2

static struct config config;
static struct core core;

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	manager_start();
	config.policy = (struct policy){ .zones = { { "quarantine" }, { "restricted" }, { "trusted" } }, .n_zones = 3 };
	config.ruleset = (struct ruleset){ .policy = &config.policy };
	core = (struct core){
		.in_force = { .config = &config },
		.enforcement = { .settler = &core.settler, .is_mended = true, .compared_usec = clock_monotonic_usec() },
		.settler = { .in_force = &core.in_force, .registry = registry_new(), .tables.has_tables = true }
	};
	timekeeper_init(&core.settler.time, clock_realtime_sec());
	return core.settler.registry ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	registry_free(core.settler.registry);
	(void)unsetenv("WATCHDOG_USEC");
	return close(manager);
}

static void admit(uint8_t number, uint8_t zone)
{
	struct verdict v = { .facts.device = { number }, .was_admitted = true };

	v.decision.zone = zone;
	v.decision.expiry.at_sec = timekeeper_now(&core.settler.time) + 1000;
	must(snprintf(v.interface, sizeof(v.interface), "port%u", number) > 0);
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
}

static void watch(void)
{
	must(setenv("WATCHDOG_USEC", "60000000", 1) == 0);
}

static void test_ready_with_status(void **state)
{
	(void)state;
	admit(1, TRUSTED);
	admit(2, TRUSTED);
	admit(3, RESTRICTED);
	admit(4, ZONE_QUARANTINE);
	service_started(&core);
	assert_string_equal(told(), "READY=1\nSTATUS=Enforcing: 2 trusted, 1 restricted, 1 in quarantine\n");
}

static void test_status_only_when_it_changed(void **state)
{
	(void)state;
	service_started(&core);
	(void)told();
	service_sweep(&core);
	assert_string_equal(told(), "");
	admit(1, RESTRICTED);
	service_sweep(&core);
	assert_string_equal(told(), "STATUS=Enforcing: 0 trusted, 1 restricted, 0 in quarantine\n");
}

static void expect_state(const char *state, const char *status)
{
	char text[SERVICE_STATUS_SIZE];

	assert_string_equal(enforcement_state(&core.enforcement), state);
	assert_memory_equal(service_status(&core, text), status, strlen(status));
}

static void test_what_is_not_enforced_comes_first(void **state)
{
	struct opening alone[] = { { .alone = "port1", .left_sec = 60 }, { .alone = "port2" } };

	(void)state;
	expect_state("enforcing", "Enforcing: 0 trusted");
	core.enforcement.is_open = true;
	core.enforcement.opening.left_sec = 1800;
	expect_state("open", "OPEN for 1800 s: 0 trusted");
	core.enforcement.is_open = false;
	core.enforcement.alone = alone;
	core.enforcement.n_alone = 1;
	expect_state("enforcing", "Enforcing, port1 OPEN for 60 s: 0 trusted");
	core.enforcement.n_alone = 2;
	expect_state("enforcing", "Enforcing, 2 interfaces OPEN: 0 trusted");
	core.enforcement.alone = NULL;
	core.enforcement.n_alone = 0;
	config.ruleset.zones[RESTRICTED].is_monitored = true;
	expect_state("enforcing", "Enforcing: "); /* the others are */
	config.ruleset.zones[ZONE_QUARANTINE].is_monitored = config.ruleset.zones[TRUSTED].is_monitored = true;
	expect_state("monitor", "MONITOR ONLY: 0 trusted");
	core.settler.tables.has_tables = false;
	expect_state("none", "NOT ENFORCED: 0 trusted");
	core.settler.tables.has_no_enforcement = true;
	expect_state("monitor", "MONITOR ONLY: 0 trusted");
}

static void test_fed_while_sound(void **state)
{
	bool *const needed[] = { &core.settler.tables.has_tables, &core.enforcement.is_mended };

	(void)state;
	watch();
	service_started(&core);
	assert_null(getenv("WATCHDOG_USEC")); /* it is nobody else's to feed */
	(void)told();
	service_sweep(&core);
	assert_string_equal(told(), "WATCHDOG=1\n");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		*needed[i] = false;
		service_sweep(&core);
		assert_null(strstr(told(), "WATCHDOG"));
		*needed[i] = true;
		service_sweep(&core);
		assert_non_null(strstr(told(), "WATCHDOG=1\n"));
	}
	core.enforcement.compared_usec = clock_monotonic_usec() - 800 * USEC_PER_SEC; /* two read-backs did not come */
	service_sweep(&core);
	assert_null(strstr(told(), "WATCHDOG"));
	core.enforcement.compared_usec = clock_monotonic_usec() - 400 * USEC_PER_SEC;
	service_sweep(&core);
	assert_non_null(strstr(told(), "WATCHDOG=1\n"));
}

static void test_without_a_watchdog_none_is_fed(void **state)
{
	(void)state;
	service_started(&core);
	(void)told();
	service_sweep(&core);
	assert_string_equal(told(), "");
}

static void test_without_enforcement_nothing_is_amiss(void **state)
{
	(void)state;
	watch();
	core.settler.tables.has_no_enforcement = true;
	core.settler.tables.has_tables = false;
	service_started(&core);
	(void)told();
	service_sweep(&core);
	assert_string_equal(told(), "WATCHDOG=1\n");
}

static void test_reload_and_stop(void **state)
{
	(void)state;
	service_reloading(&core); /* before it is ready, no end of a reload says that it is */
	service_reloaded(&core);
	assert_string_equal(told(), "");
	service_started(&core);
	(void)told();
	service_reloading(&core);
	assert_memory_equal(told(), "RELOADING=1\nMONOTONIC_USEC=", 27);
	core.reviewer.review = (struct review *)&core; /* the former configuration is still in force */
	service_reloaded(&core);
	assert_string_equal(told(), "");
	core.reviewer.review = NULL;
	service_reloaded(&core);
	service_stopping();
	assert_string_equal(told(), "READY=1\nSTOPPING=1\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ready_with_status),
		TEST(test_status_only_when_it_changed),
		TEST(test_what_is_not_enforced_comes_first),
		TEST(test_fed_while_sound),
		TEST(test_without_a_watchdog_none_is_fed),
		TEST(test_without_enforcement_nothing_is_amiss),
		TEST(test_reload_and_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
