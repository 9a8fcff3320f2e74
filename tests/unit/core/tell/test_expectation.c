/* SPDX-License-Identifier: Apache-2.0 */
/* links: tell */
/* A device that is not what its row expects is told of once, and one that is never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/tell/expectation.h"
#include "core/tell/journal.h"
#include "core/tell/teller.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "log_kit.h"

#define UNEXPECTED "is not what the inventory expects"

static struct config config;
static struct in_force in_force = { .config = &config };
static struct teller teller;

/* Rows by MAC 02:00:00:00:00:N. */
static int add_row(uint8_t mac, const char *category, const char *maker)
{
	const struct inventory_row row = { .name = "pad",
					   .segment = "",
					   .place = "",
					   .reference = "",
					   .interface = "",
					   .category = category,
					   .maker = maker,
					   .at = { .line = mac },
					   .has_mac = true,
					   .mac = { 2, 0, 0, 0, 0, mac } };
	const struct inventory_row *other, *added = inventory_add(config.inventory, &row);

	return added ? inventory_index(config.inventory, added, INVENTORY_BY_MAC, &other) : -1;
}

static int set_up(void **state)
{
	(void)state;
	config = (struct config){ .inventory = calloc(1, sizeof(struct inventory)) };
	teller = (struct teller){ .in_force = &in_force };
	if (!config.inventory || !(config.inventory->files = calloc(1, sizeof(*config.inventory->files))))
		return -1;
	config.inventory->n_files = 1;
	(void)strcpy(config.inventory->files[0].path, "/etc/pads.csv");
	config.policy.n_zones = 1;
	(void)strcpy(config.policy.zones[0].name, "quarantine");
	if (add_row(1, "wall-pad", "pen:32473") < 0 || add_row(2, "wall-pad", "") < 0 ||
	    add_row(3, "", "pen:32473") < 0 || add_row(4, "", "") < 0)
		return -1;
	listen_in();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	expectations_done(&teller.expectations);
	inventory_free(config.inventory);
	return 0;
}

static struct verdict device(uint8_t mac, const char *category, const char *maker)
{
	struct verdict v = { .mac = { 2, 0, 0, 0, 0, mac },
			     .interface = "lan0",
			     .zone = "quarantine",
			     .decision = { .rule = -1, .label = -1, .reason = REASON_NO_EVIDENCE } };
	struct label_facts *l = &v.facts.labels[0];

	memset(v.facts.device, mac, sizeof(v.facts.device));
	(void)snprintf(v.facts.product.maker, sizeof(v.facts.product.maker), "%s", maker);
	v.facts.n_labels = category[0] != '\0';
	(void)snprintf(l->category, sizeof(l->category), "%s", category);
	l->checks[CHECK_LABEL_SIGNATURE].state = l->checks[CHECK_LABEL_CLASS].state = CHECK_PASSED;
	return v;
}

/* It attests, and nothing about it changes. */
static void renew(const struct verdict *v)
{
	wave_tell(&teller,
		  &(struct journal_decision){ .config = &config, .verdict = v, .before = v, .zone_before = v->zone });
}

static unsigned count_for(const struct verdict *v)
{
	const unsigned before = count_said(UNEXPECTED, false);

	renew(v);
	return count_said(UNEXPECTED, false) - before;
}

static void test_each(void **state)
{
	static const struct {
		uint8_t mac;
		const char *category, *maker;
		unsigned n;
	} cases[] = {
		{ 1, "wall-pad", "pen:32473", 0 },
		{ 1, "tv", "pen:32473", 1 },
		{ 1, "wall-pad", "pen:1", 1 },
		{ 1, "", "pen:32473", 1 },
		{ 2, "wall-pad", "pen:1", 0 },
		{ 2, "tv", "pen:1", 1 },
		{ 3, "tv", "pen:32473", 0 },
		{ 3, "tv", "pen:324731", 1 },
		{ 4, "tv", "pen:1", 0 },
		{ 5, "tv", "pen:1", 0 },
		{ 1, "tv", "", 0 }, /* it proved nothing */
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct verdict v = device(cases[i].mac, cases[i].category, cases[i].maker);

		expectations_done(&teller.expectations);
		if (count_for(&v) != cases[i].n)
			fail_msg("case %zu is not told as expected", i);
	}
	assert_int_equal(
		count_said("(line 1 of /etc/pads.csv): wall-pad by pen:32473. It is tv by pen:32473. Correct", false),
		1);
	assert_int_equal(count_said("wall-pad. It is tv by pen:1.", false), 1);
	assert_int_equal(count_said("a device by pen:32473. It is tv by pen:324731.", true), 1);
}

static void test_once(void **state)
{
	const struct verdict other = device(1, "tv", "pen:1"), second = device(2, "tv", "pen:1"),
			     good = device(1, "wall-pad", "pen:32473");
	(void)state;

	assert_int_equal(count_for(&other), 1);
	assert_int_equal(count_for(&other), 0);
	assert_int_equal(count_for(&second), 1); /* each row by itself */
	assert_int_equal(count_for(&other), 0);
	assert_int_equal(count_for(&good), 0);
	assert_int_equal(count_for(&second), 0);
	assert_int_equal(count_for(&other), 1); /* it was good meanwhile */
	config.inventory->rows[0].category = "lighting";
	assert_int_equal(count_for(&other), 1); /* something else is expected now */
	assert_int_equal(count_said(UNEXPECTED, true), 4);
}

/* Only a trusted label, and of this model, says what the device is; it may cover other versions. */
static void test_labels(void **state)
{
	struct verdict v = device(1, "wall-pad", "pen:32473");
	struct label_facts *l = &v.facts.labels[0];
	(void)state;

	l->checks[CHECK_LABEL_CLASS].state = CHECK_FAILED;
	l->class_differs = CLASS_DIFFERS_VERSION;
	assert_int_equal(count_for(&v), 0);
	l->class_differs = CLASS_DIFFERS_MODEL;
	assert_int_equal(count_for(&v), 1);
	l->checks[CHECK_LABEL_CLASS].state = CHECK_PASSED;
	assert_int_equal(count_for(&v), 0);
	l->checks[CHECK_LABEL_SIGNATURE].state = CHECK_FAILED;
	assert_int_equal(count_for(&v), 1);
	v.facts.labels[1] = device(1, "wall-pad", "").facts.labels[0];
	v.facts.n_labels = 2;
	assert_int_equal(count_for(&v), 0);
	assert_int_equal(count_said(UNEXPECTED, true), 2);
}

/* In a wave it waits for a line, and is not lost. */
static void test_wave(void **state)
{
	const struct verdict v = device(1, "tv", "pen:1");
	(void)state;

	teller.wave.is_on = true;
	assert_int_equal(count_for(&v), 0);
	teller.wave.is_on = false;
	assert_int_equal(count_for(&v), 1);
	assert_int_equal(count_said(UNEXPECTED, true), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_labels, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wave, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
