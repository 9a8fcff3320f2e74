/* SPDX-License-Identifier: Apache-2.0 */
/* links: tell */
/* What the journal calls a device: its name in the inventory, where there is one, and what it says of itself otherwise. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/journal.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/tell/failures.h"
#include "core/tell/journal.h"
#include "core/tell/journal_entry.h"
#include "core/tell/teller.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "log_kit.h"

static struct config config;
static struct in_force in_force = { .config = &config };
static struct teller teller;
static struct inventory *inventory;
static char (*interfaces)[IFNAMSIZ];

/* One row by MAC 02:00:00:00:00:01, and a household at vlan7. */
static int set_up(void **state)
{
	const struct inventory_row row = { .name = "Kim's wall-pad",
					   .segment = "101동 1203호",
					   .place = "거실",
					   .reference = "",
					   .interface = "",
					   .category = "",
					   .maker = "",
					   .has_mac = true,
					   .mac = { 2, 0, 0, 0, 0, 1 } };
	const struct inventory_row *other;

	(void)state;
	config = (struct config){ 0 };
	teller = (struct teller){ .in_force = &in_force };
	inventory = calloc(1, sizeof(*inventory));
	interfaces = calloc(1, sizeof(*interfaces));
	config.ruleset.segments = calloc(2, sizeof(*config.ruleset.segments));
	if (!inventory || !interfaces || !config.ruleset.segments || !inventory_add(inventory, &row) ||
	    inventory_index(inventory, &inventory->rows[0], INVENTORY_BY_MAC, &other) < 0)
		return -1;
	(void)strcpy(interfaces[0], "vlan7");
	config.ruleset.segments[0] =
		(struct segment){ .name = "102동 7호", .interfaces = interfaces, .n_interfaces = 1 };
	(void)strcpy(config.ruleset.segments[1].name, row.segment);
	config.ruleset.n_segments = 2;
	inventory->rows[0].in = &config.ruleset.segments[1];
	if (ruleset_sort_places(&config.ruleset) < 0)
		return -1;
	config.inventory = inventory;
	config.policy.n_zones = 2;
	(void)strcpy(config.policy.zones[0].name, "quarantine");
	(void)strcpy(config.policy.zones[1].name, "trusted");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	inventory_free(inventory);
	ruleset_done(&config.ruleset);
	return 0;
}

static struct verdict device(uint8_t mac, const char *interface)
{
	struct verdict v = { .mac = { 2, 0, 0, 0, 0, mac },
			     .decision = { .zone = 1, .rule = -1, .label = -1, .reason = REASON_ADMITTED } };

	memset(v.facts.device, 1, sizeof(v.facts.device));
	(void)strcpy(v.facts.product.maker, "pen:32473");
	(void)strcpy(v.facts.product.model, "WP-100");
	(void)strcpy(v.zone, "trusted");
	(void)strcpy(v.address, "10.0.0.7");
	(void)snprintf(v.interface, sizeof(v.interface), "%s", interface);
	return v;
}

/* The value of a field; NULL: it is not there. */
static const char *field(const struct entry *e, const char *name)
{
	const size_t n = strlen(name);

	for (int i = 0; i < e->n; i++) {
		const char *text = e->iov[i].iov_base;

		if (strncmp(text, name, n) == 0 && text[n] == '=')
			return text + n + 1;
	}
	return NULL;
}

static struct entry *entry_of(const struct verdict *v)
{
	static struct entry e;

	entry_begin(&e, LOG_NOTICE, "id", "text");
	entry_add_device(&e, &config, v);
	return &e;
}

static void test_fields(void **state)
{
	const struct verdict named = device(1, "lan0"), elsewhere = device(1, "vlan7"), guest = device(2, "vlan7"),
			     stranger = device(2, "lan0");
	const struct entry *e = entry_of(&named);
	(void)state;

	assert_string_equal(field(e, "HALLMARK_NAME"), "Kim's wall-pad");
	assert_string_equal(field(e, "HALLMARK_SEGMENT"), "101동 1203호");
	assert_string_equal(field(e, "HALLMARK_PLACE"), "거실");
	assert_string_equal(field(e, "HALLMARK_MAC"), "02:00:00:00:00:01");
	e = entry_of(&elsewhere); /* in another household its MAC is not enough */
	assert_null(field(e, "HALLMARK_NAME"));
	assert_string_equal(field(e, "HALLMARK_SEGMENT"), "102동 7호");
	e = entry_of(&guest);
	assert_null(field(e, "HALLMARK_NAME"));
	assert_string_equal(field(e, "HALLMARK_SEGMENT"), "102동 7호");
	assert_null(field(e, "HALLMARK_PLACE"));
	e = entry_of(&stranger);
	assert_null(field(e, "HALLMARK_SEGMENT"));
	assert_string_equal(field(e, "HALLMARK_MAC"), "02:00:00:00:00:02");
}

static void tell_all_of(uint8_t mac)
{
	const struct verdict v = device(mac, "lan0"), before = device(mac, "vlan7");

	journal_decision(&(struct journal_decision){ .config = &config, .verdict = &v, .zone_before = "quarantine" });
	wave_move(&teller, &before, &v);
	wave_not_judged(&teller, &v, REASON_NO_EVIDENCE, "");
	refusals_tell(&teller, &v, "quarantine", -ENOMEM);
}

static void test_texts(void **state)
{
	(void)state;
	listen_in();
	tell_all_of(1);
	assert_int_equal(count_said("Kim's wall-pad, 101동 1203호 (pen:32473", false), 3);
	assert_int_equal(count_said(") on lan0: trusted until", false), 1);
	assert_int_equal(count_said("moved from vlan7 02:00:00:00:00:01 to lan0", false), 1);
	assert_int_equal(count_said("Kim's wall-pad, 101동 1203호 at 10.0.0.7 was not judged", false), 1);
	tell_all_of(2);
	assert_int_equal(count_said("Kim's wall-pad", false), 4);
	assert_int_equal(count_said("A device at 10.0.0.7 was not judged", true), 1);
}

/* Of a failed handshake only the MAC is known; and of an unknown MAC nothing. */
static void test_failed_handshake(void **state)
{
	struct failure f = { .ifindex = 3, .interface = "lan0", .mac = { 2, 0, 0, 0, 0, 1 } };
	struct verdict unknown = device(1, "lan0");
	(void)state;

	listen_in();
	f.what.cause = HANDSHAKE_SUITE;
	failures_add(&teller, &f, USEC_PER_SEC);
	assert_int_equal(count_said("Handshake of :: on lan0, MAC 02:00:00:00:00:01 (Kim's wall-pad) failed", false),
			 1);
	f.mac[5] = 2;
	f.address.s6_addr[15] = 1;
	failures_add(&teller, &f, USEC_PER_SEC);
	assert_int_equal(count_said("MAC 02:00:00:00:00:02 failed", true), 1);
	memset(unknown.mac, 0, sizeof(unknown.mac));
	assert_null(inventory_row_of(&config, &unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_texts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failed_handshake, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
