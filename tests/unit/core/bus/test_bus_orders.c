/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/* What an operator orders at the socket: who may, what is refused and why, and what he reads when it is done. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus_calls.h"
#include "config/inventory.h"
#include "core/devices/registry.h"
#include "decide/policy.h"
#include "ipc/ipc.h"

#define ONE "0100000000000000" /* the id of device 1, as far as names a key */
#define TWO "0200000000000000"

static void test_quarantine_and_release(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	ask("Quarantine", "ssu", "0100", "seen in the yard", 0);
	expect("{device: " ONE);
	expect("former: , order: quarantine, order_until: 0, before: trusted, after: quarantine");
	expect("reason: operator-quarantine");
	expect("kernel: true}");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	ask("List", "");
	expect("zone: quarantine");
	expect("order: quarantine");
	expect("order_reason: seen in the yard, order_by: 0");

	ask("Release", "s", "0100");
	expect("former: quarantine, order: , order_until: 0, before: quarantine, after: trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	ask("Release", "s", "0100");
	expect("org.hallmarkd.Error.NoOrder: no order is in force for that device");
}

/* Everything that changes something is for root; to look is for all who have the socket. */
static void test_others_only_look(void **state)
{
	static const struct {
		const char *method, *types;
	} rows[] = {
		{ "Quarantine", "ssu" }, { "Release", "s" }, { "Reattest", "su" },
		{ "Confirm", "" },       { "Discard", "" },  { "Try", "s" },
	};

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	operator_uid = 65534;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].types, "ssu") == 0)
			ask(rows[i].method, "ssu", "0100", "", 0);
		else
			ask(rows[i].method, rows[i].types, "0100", 60);
		expect("org.freedesktop.DBus.Error.AccessDenied: only root may do that; use sudo");
	}
	ask("Allow", "ssus", "0100", "trusted", 60, "x");
	expect("AccessDenied");
	ask("Monitor", "sus", "0100", 60, "x");
	expect("AccessDenied");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(orders_stored(), 0);
	ask("List", "");
	expect("device: " ONE);

	operator_uid = 0; /* the twin */
	ask("Quarantine", "ssu", "0100", "", 0);
	expect("after: quarantine");
}

static void test_exceptions_that_are_not_good(void **state)
{
	static const struct {
		const char *zone;
		uint32_t seconds;
		const char *reason, *part;
	} rows[] = {
		{ "trusted", 60, "", "this order needs a reason, for others to read: allow" },
		{ "trusted", 60, "two\nlines", "the reason must be one line" },
		{ "trusted", 0, "x", "allow needs an end: say for how long, at most 31 days" },
		{ "trusted", ORDER_MAX_SEC + 1, "x", "is too long: allow is for at most 31 days" },
		{ "full", 60, "x", "the configuration has no such zone; `hallmarkctl status` lists them: \"full\"" },
		{ "quarantine", 60, "x", "that zone admits no device; use `hallmarkctl quarantine`: \"quarantine\"" },
	};

	(void)state;
	submit_bad_label(1, 1);
	(void)run(1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ask("Allow", "ssus", ONE, rows[i].zone, rows[i].seconds, rows[i].reason);
		expect("org.hallmarkd.Error.BadOrder: ");
		expect(rows[i].part);
	}
	ask("Monitor", "sus", ONE, 60, "");
	expect("this order needs a reason, for others to read: monitor");
	ask("Monitor", "sus", ONE, 0, "x");
	expect("monitor needs an end");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(orders_stored(), 0);

	ask("Allow", "ssus", ONE, "trusted", 60, "x");
	expect("order: allow");
	expect("before: quarantine, after: trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	ask("Monitor", "sus", ONE, 60, "x");
	expect("former: allow, order: monitor");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
}

static void submit_unproved(uint8_t device, uint8_t place)
{
	struct facts f = facts_of(device, true);

	f.checks[CHECK_CHAIN] = check_failed(REASON_CHAIN_UNANCHORED);
	f.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNATURE);
	submit_facts(&f, place);
}

/* Where nobody else bears out who it is, an operator names its key or says that he knows. */
static void test_a_device_that_only_says_who_it_is(void **state)
{
	(void)state;
	submit_unproved(1, 1);
	(void)run(1);
	ask("Allow", "ssus", "0100", "trusted", 60, "x");
	expect("org.hallmarkd.Error.Unproved: only the device itself says who it is");
	expect(", id " ONE);
	ask("Allow", "ssus", "0101000000000000", "trusted", 60, "by its UEID");
	expect("org.hallmarkd.Error.Unproved");
	ask("Monitor", "sus", "0100", 60, "x");
	expect("org.hallmarkd.Error.Unproved");
	assert_int_equal(orders_stored(), 0);

	ask("MonitorUnproved", "sus", "0100", 60, "x");
	expect("order: monitor");
	ask("AllowUnproved", "ssus", "0100", "trusted", 60, "x");
	expect("proved: false, former: monitor, order: allow");
	assert_int_equal(zone_of[1], TRUSTED);
}

/* One whose evidence is not its own is let in by no order. */
static void test_identity_is_not_to_be_overruled(void **state)
{
	(void)state;
	submit_forged(1, 1);
	submit_bad_label(2, 2);
	(void)run(2);
	ask("Allow", "ssus", ONE, "trusted", 60, "x");
	expect("org.hallmarkd.Error.BadOrder: no order can admit this device: ");
	expect("(evidence-signature); let it attest again first");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	ask("Allow", "ssus", TWO, "trusted", 60, "x");
	expect("after: trusted");
}

static void test_a_demand_for_evidence(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, false);
	(void)run(2);
	ask("Reattest", "su", "0100", HALLMARK_BUS_REATTEST_MAX_SEC + 1);
	expect("org.freedesktop.DBus.Error.InvalidArgs: 86401 s is too long");
	ask("Reattest", "su", "0200", 60);
	expect("org.hallmarkd.Error.NotAdmitted: this device is in quarantine");
	ask("Reattest", "su", "0900", 60);
	expect("org.hallmarkd.Error.NoSuchDevice");
	ask("Quarantine", "ssu", "0100", "", 0);
	ask("Reattest", "su", "0100", 60);
	expect("org.hallmarkd.Error.UnderOrder: an operator's order decides on this device");
	assert_int_equal(timeout_of[2], 0);
	ask("Release", "s", "0100");

	ask("Reattest", "su", "0100", 60);
	expect("{device: " ONE);
	expect("zone: trusted");
	expect("kernel: true}");
	assert_in_range(timeout_of[1], 1, 60);
	ask("List", "");
	expect("expires_first: reattest");
}

/* The disk is full: what was asked for has not happened, and the operator reads so. */
static void test_nothing_changes_that_is_not_stored(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	submit(1, 1, true);
	(void)run(1);
	limit_files(0);
	ask("Quarantine", "ssu", "0100", "", 0);
	expect("org.hallmarkd.Error.NotStored: the store could not write it");
	ask("Reattest", "su", "0100", 60);
	expect("org.hallmarkd.Error.NotStored: the store could not write it");
	limit_files(RLIM_INFINITY);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_true(timeout_of[1] > 60);
	ask("Quarantine", "ssu", "0100", "", 0);
	expect("after: quarantine");
}

/* An order holds that the kernel has not taken: it says so, and does not claim more. */
static void test_a_kernel_that_does_not_take_it(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	ask("Quarantine", "ssu", "0200", "", 0);
	expect("kernel: true}");
	apply_result = -ENOBUFS;
	ask("Quarantine", "ssu", "0100", "", 0);
	expect("order: quarantine");
	expect("kernel: false}");
	assert_int_equal(zone_of[1], TRUSTED);
}

static void test_which_device(void **state)
{
	struct verdict twins[2] = { { .facts.device = { 0xab, 0xcd, 1 }, .interface = "port1" },
				    { .facts.device = { 0xab, 0xcd, 2 }, .interface = "port1" } };
	char id[SHA256_HEX_SIZE];

	(void)state;
	assert_int_equal(registry_put(core.settler.registry, &twins[0]), 0);
	assert_int_equal(registry_put(core.settler.registry, &twins[1]), 0);
	submit(1, 3, true);
	(void)run(1);
	ask("Explain", "s", "abcd");
	expect("org.hallmarkd.Error.Ambiguous: several devices match; give more digits of the id of one: \"abcd\": "
	       "abcd0100 "
	       "(unnamed device, port1 00:00:00:00:00:00), abcd0200 (");
	ask("Explain", "s", "ABCD01");
	expect("device: abcd0100");
	ask("Explain", "s", "010"); /* three digits may be any device's */
	expect("org.hallmarkd.Error.NoSuchDevice: No device has the id, UEID, MAC, address, name, segment or label "
	       "number \"010\"");
	ask("Explain", "s", "0100");
	expect("device: " ONE);
	ask("Explain", "s", "0101000000000000"); /* its UEID, */
	expect("device: " ONE);
	ask("Explain", "s", "00:00:00:00:00:03"); /* and its MAC */
	expect("device: " ONE);
	ask("Explain", "s", "00:00:00:00:00:04");
	expect("org.hallmarkd.Error.NoSuchDevice");

	ask("Explain", "s", "01010000000000"); /* not the whole UEID */
	expect("org.hallmarkd.Error.NoSuchDevice");

	twins[0].facts.n_ueid = SHA256_LEN; /* a whole id is its device's, whatever UEID another one has */
	memcpy(twins[0].facts.ueid, twins[1].facts.device, SHA256_LEN);
	assert_int_equal(registry_put(core.settler.registry, &twins[0]), 0);
	bytes_to_hex(BYTES(twins[1].facts.device), id);
	ask("Explain", "s", id);
	expect("device: abcd0200");
}

/* Up to five are named, with as many digits as tell them apart. */
static void test_which_of_several_devices(void **state)
{
	struct verdict v = { .facts.device = { 0xab, 0xcd, 1, 2, 3 }, .interface = "port1" };

	(void)state;
	(void)snprintf(v.facts.product.maker, sizeof(v.facts.product.maker), "pen:32473");
	(void)snprintf(v.facts.product.model, sizeof(v.facts.product.model), "lamp-7");
	for (uint8_t i = 1; i <= 7; i++) {
		v.facts.device[5] = v.mac[5] = i;
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
	}
	ask("Explain", "s", "abcd");
	expect("abcd01020301 (");
	expect("lamp-7");
	expect(", port1 00:00:00:00:00:01), abcd01020302 (");
	expect("abcd01020305 (");
	expect("00:00:00:00:00:05), and 2 more");
	assert_null(strstr(answer, "abcd01020306"));
	ask("Explain", "s", "abcd01020306");
	expect("device: abcd0102030600");
	v.interface[0] = '\0'; /* another one there */
	v.facts.device[0] = 1;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	ask("Explain", "s", "00:00:00:00:00:07");
	expect("several devices match");
	expect("no interface 00:00:00:00:00:07)");
	assert_null(strstr(answer, ", and "));
}

/* Household 101-1203 at port1, 101-1204 without an interface, and a row for the MAC of place 1. */
static void give_names(void)
{
	struct config *config = core.in_force.config;
	struct ruleset *r = &config->ruleset;
	struct inventory_row row = { .name = "Kim's wall-pad",
				     .segment = "101-1203",
				     .place = "",
				     .reference = "",
				     .interface = "",
				     .category = "",
				     .maker = "",
				     .has_mac = true,
				     .mac = { [5] = 1 } };
	const struct inventory_row *other;

	r->segments = calloc(2, sizeof(*r->segments));
	must(r->segments != NULL);
	r->n_segments = 2;
	(void)strcpy(r->segments[0].name, "101-1203");
	(void)strcpy(r->segments[1].name, "101-1204");
	r->segments[0].interfaces = calloc(1, sizeof(*r->segments[0].interfaces));
	must(r->segments[0].interfaces != NULL);
	(void)strcpy(r->segments[0].interfaces[0], "port*");
	r->segments[0].n_interfaces = 1;
	must(ruleset_sort_places(r) == 0);
	row.in = &r->segments[0];
	must(inventory_add(config->inventory, &row) != NULL);
	must(inventory_index(config->inventory, config->inventory->rows, INVENTORY_BY_MAC, &other) == 0);
	naming_begin(core.settler.registry, &core.in_force);
}

static int neighbours(struct sender **ret, size_t *ret_n)
{
	*ret_n = 2;
	*ret = calloc(2, sizeof(**ret));
	assert_non_null(*ret);
	for (uint8_t i = 0; i < 2; i++) {
		(*ret)[i] = (struct sender){ .interface = "port1", .mac = { [5] = i + 1 } };
		assert_int_equal(inet_pton(AF_INET6, i ? "2001:db8::7" : "::ffff:192.0.2.7", &(*ret)[i].address), 1);
	}
	return 0;
}

/* All that people call a device finds it, and no word finds one of two. */
static void test_which_device_by_what_people_say(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	give_names();
	ask("Explain", "s", "Kim's wall-pad");
	expect("device: " ONE);
	ask("Explain", "s", "Kim's wall-pad, 101-1203");
	expect("device: " ONE);
	ask("Explain", "s", "Kim's wall-pad, 101-1204");
	expect("org.hallmarkd.Error.NoSuchDevice");
	ask("Explain", "s", "101-1203"); /* it is alone there */
	expect("device: " ONE);
	ask("Explain", "s", "101-1204");
	expect("org.hallmarkd.Error.NoSuchDevice");
	ask("Explain", "s", "fd00::1");
	expect("device: " ONE);
	ask("Explain", "s", "fd00::2");
	expect("org.hallmarkd.Error.NoSuchDevice");

	ask("Explain", "s", "192.0.2.7"); /* only its neighbour knows that */
	expect("org.hallmarkd.Error.NoSuchDevice");
	kernel_double.neighbours = neighbours;
	ask("Explain", "s", "192.0.2.7");
	expect("device: " ONE);
	ask("Explain", "s", "2001:db8::7"); /* nobody has attested there */
	expect("org.hallmarkd.Error.NoSuchDevice");
	kernel_double.neighbours = NULL;

	struct verdict labelled = *known(1);

	(void)strcpy(labelled.facts.labels[0].number, "KR-2026-0001");
	labelled.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_passed();
	assert_int_equal(registry_put(core.settler.registry, &labelled), 0);
	ask("Explain", "s", "KR-2026-0001");
	expect("device: " ONE);
	ask("Explain", "s", "");
	expect("org.hallmarkd.Error.NoSuchDevice");

	submit(2, 2, true);
	(void)run(1);
	ask("Quarantine", "ssu", "101-1203", "", 0);
	expect("org.hallmarkd.Error.Ambiguous");
	expect("01000000 (Kim's wall-pad, 101-1203: ");
	expect("02000000 (101-1203: ");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], TRUSTED);
}

static void test_reviews_that_do_not_begin(void **state)
{
	char before[ZONE_NAME_SIZE];

	(void)state;
	submit(1, 1, true);
	submit(2, 2, false);
	(void)run(2);
	(void)snprintf(before, sizeof(before), "%s", zone_in_registry(1));
	ask("Confirm", "");
	expect("org.hallmarkd.Error.NothingHeld: the brake holds nothing");
	ask("Discard", "");
	expect("org.hallmarkd.Error.NothingHeld: the brake holds nothing");
	ask("Try", "s", "/nonexistent/hallmark.conf");
	expect("org.hallmarkd.Error.BadConfiguration: ");
	ask("Replay", "sx", "0200", INT64_C(0));
	expect("org.hallmarkd.Error.NoInputs: no signed inputs of this device are stored");
	ask("Replay", "sx", "0900", INT64_C(0));
	expect("org.hallmarkd.Error.NoSuchDevice");
	assert_string_equal(zone_in_registry(1), before);
	assert_null(core.reviewer.review);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(test_quarantine_and_release),
		BUS_TEST(test_others_only_look),
		BUS_TEST(test_exceptions_that_are_not_good),
		BUS_TEST(test_a_device_that_only_says_who_it_is),
		BUS_TEST(test_identity_is_not_to_be_overruled),
		BUS_TEST(test_a_demand_for_evidence),
		BUS_TEST(test_nothing_changes_that_is_not_stored),
		BUS_TEST(test_a_kernel_that_does_not_take_it),
		BUS_TEST(test_which_device),
		BUS_TEST(test_which_of_several_devices),
		BUS_TEST(test_which_device_by_what_people_say),
		BUS_TEST(test_reviews_that_do_not_begin),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
