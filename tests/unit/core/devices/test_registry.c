/* SPDX-License-Identifier: Apache-2.0 */
/* links: devices enforce */
/* The core's memory of devices: who owns a UEID, and that strangers do not make it grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "core/devices/registry.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/membership.h"

static struct verdict verdict_of(uint32_t device, uint32_t ueid, uint8_t zone)
{
	struct verdict v = {
		.decision = { .zone = zone, .decided_sec = 900, .expiry = { .at_sec = 1000 } },
		.was_admitted = zone != ZONE_QUARANTINE,
	};

	memcpy(v.facts.device, &device, sizeof(device));
	v.facts.n_ueid = 8;
	memcpy(v.facts.ueid, &ueid, sizeof(ueid));
	(void)snprintf(v.interface, sizeof(v.interface), "port1");
	memcpy(v.mac, &device, sizeof(device)); /* a place of its own */
	return v;
}

static void put(struct registry *r, uint32_t device, uint32_t ueid, uint8_t zone)
{
	struct verdict v = verdict_of(device, ueid, zone);

	assert_int_equal(registry_put(r, &v), 0);
}

/* Refused after it was admitted once. */
static void put_fallen(struct registry *r, uint32_t device, uint32_t ueid)
{
	struct verdict v = verdict_of(device, ueid, ZONE_QUARANTINE);

	v.was_admitted = true;
	assert_int_equal(registry_put(r, &v), 0);
}

static const struct verdict *find(const struct registry *r, uint32_t device)
{
	struct verdict v = verdict_of(device, 0, 0);

	return registry_find(r, v.facts.device);
}

static const struct verdict *owner(const struct registry *r, uint32_t ueid)
{
	struct verdict v = verdict_of(0, ueid, 0);

	return registry_ueid_owner(r, bytes_of(v.facts.ueid, v.facts.n_ueid));
}

static void test_latest_verdict_counts(void **state)
{
	struct registry *r = registry_new();

	(void)state;
	put(r, 1, 1, 1);
	put(r, 2, 2, 2);
	assert_int_equal(registry_count(r), 2);
	put(r, 1, 1, 2);
	assert_int_equal(registry_count(r), 2);
	assert_int_equal(find(r, 1)->decision.zone, 2);
	assert_null(find(r, 3));
	registry_free(r);
}

static void test_refusal_owns_no_ueid(void **state)
{
	struct registry *r = registry_new();

	(void)state;
	put(r, 1, 7, ZONE_QUARANTINE);
	assert_null(owner(r, 7)); /* whoever was refused may have claimed anything */
	put(r, 2, 7, 1);
	assert_ptr_equal(owner(r, 7), find(r, 2));
	put(r, 1, 7, ZONE_QUARANTINE);
	assert_ptr_equal(owner(r, 7), find(r, 2));
	put(r, 2, 8, 1); /* a device that changes its name leaves the old one free */
	assert_null(owner(r, 7));
	assert_ptr_equal(owner(r, 8), find(r, 2));
	registry_free(r);
}

static void test_later_admission_takes_the_ueid(void **state)
{
	struct registry *r = registry_new();

	(void)state;
	put(r, 1, 7, 1);
	put(r, 2, 7, 1);
	assert_ptr_equal(owner(r, 7), find(r, 2));
	put_fallen(r, 1, 7); /* the former owner's end does not touch the new one's name */
	assert_ptr_equal(owner(r, 7), find(r, 2));
	registry_free(r);
}

static void test_strangers_do_not_make_it_grow(void **state)
{
	struct registry *r = registry_new();

	(void)state;
	put(r, 1, 1, 1);
	put_fallen(r, 1, 1); /* stays */
	for (uint32_t i = 0; i < REGISTRY_REFUSED_MAX; i++)
		put(r, 100 + i, i, ZONE_QUARANTINE);
	assert_int_equal(registry_count(r), REGISTRY_REFUSED_MAX + 1);
	assert_non_null(find(r, 100));

	put(r, 5000, 1, ZONE_QUARANTINE); /* one past the limit: the oldest goes */
	assert_int_equal(registry_count(r), REGISTRY_REFUSED_MAX + 1);
	assert_null(find(r, 100));
	assert_non_null(find(r, 101));
	assert_non_null(find(r, 5000));
	assert_non_null(find(r, 1));

	put(r, 101, 101, 1); /* admitted now: no longer in the queue */
	put(r, 5001, 1, ZONE_QUARANTINE);
	assert_int_equal(registry_count(r), REGISTRY_REFUSED_MAX + 2);
	assert_non_null(find(r, 101));
	registry_free(r);
}

static const struct verdict *at_place(const struct registry *r, uint32_t device)
{
	struct verdict v = verdict_of(device, 0, 0);

	return registry_at_place(r, v.interface, v.mac);
}

static void test_a_place_has_one_admission(void **state)
{
	struct registry *r = registry_new();
	struct verdict v;

	(void)state;
	put(r, 1, 1, ZONE_QUARANTINE); /* whoever was refused holds no place */
	assert_null(at_place(r, 1));
	put(r, 1, 1, 1);
	assert_ptr_equal(at_place(r, 1), find(r, 1));

	v = verdict_of(2, 2, 1);
	memcpy(v.mac, find(r, 1)->mac, sizeof(v.mac)); /* another device there */
	assert_int_equal(registry_put(r, &v), 0);
	assert_ptr_equal(at_place(r, 1), find(r, 2));
	put_fallen(r, 1, 1); /* the former one's end changes nothing */
	assert_ptr_equal(at_place(r, 1), find(r, 2));
	put(r, 2, 2, 1); /* moves on: the place is free */
	assert_null(at_place(r, 1));
	assert_ptr_equal(at_place(r, 2), find(r, 2));
	registry_free(r);
}

struct seen {
	uint32_t numbers; /* a bit for each device */
	size_t n;
};

static void see(const struct verdict *v, void *userdata)
{
	struct seen *s = userdata;

	for (uint32_t device = 1; device <= 4; device++)
		if (memcmp(verdict_of(device, 0, 0).facts.device, v->facts.device, SHA256_LEN) == 0)
			s->numbers |= 1u << device;
	s->n++;
}

/* All that are at the place of device 1, each once, as bits. */
static uint32_t all_at_place(const struct registry *r)
{
	const struct verdict v = verdict_of(1, 0, 0);
	struct seen s = { 0 };
	const size_t n = registry_each_at_place(r, v.interface, v.mac, see, &s);

	assert_int_equal(n, s.n);
	assert_int_equal(s.n, __builtin_popcount(s.numbers));
	return s.numbers;
}

static void put_together(struct registry *r, uint32_t device, uint8_t zone)
{
	struct verdict v = verdict_of(device, device, zone);

	memcpy(v.mac, verdict_of(1, 0, 0).mac, sizeof(v.mac));
	assert_int_equal(registry_put(r, &v), 0);
}

/* The latest comes first; whoever goes, the others are found. */
static void test_several_at_one_place(void **state)
{
	struct registry *r = registry_new();

	(void)state;
	assert_int_equal(all_at_place(r), 0);
	for (uint32_t device = 1; device <= 4; device++)
		put_together(r, device, 1);
	assert_int_equal(all_at_place(r), 0x1e);
	assert_ptr_equal(at_place(r, 1), find(r, 4));
	put_together(r, 2, 1);
	assert_int_equal(all_at_place(r), 0x1e);
	assert_ptr_equal(at_place(r, 1), find(r, 2));
	put_together(r, 2, ZONE_QUARANTINE);
	assert_int_equal(all_at_place(r), 0x1a);
	put(r, 3, 3, 1); /* elsewhere */
	assert_int_equal(all_at_place(r), 0x12);
	assert_ptr_equal(at_place(r, 3), find(r, 3));
	registry_remove(r, verdict_of(4, 0, 0).facts.device);
	assert_int_equal(all_at_place(r), 0x02);
	assert_ptr_equal(at_place(r, 1), find(r, 1));
	put_together(r, 1, ZONE_QUARANTINE);
	assert_int_equal(all_at_place(r), 0);
	assert_null(at_place(r, 1));
	registry_free(r);
}

static void test_forgotten_is_gone_everywhere(void **state)
{
	struct registry *r = registry_new();
	struct verdict v = verdict_of(1, 7, 1);

	(void)state;
	put(r, 1, 7, 1);
	put(r, 2, 8, ZONE_QUARANTINE);
	registry_remove(r, v.facts.device);
	assert_null(find(r, 1));
	assert_null(owner(r, 7));
	assert_null(at_place(r, 1));
	registry_remove(r, v.facts.device); /* nothing to do */
	assert_int_equal(registry_count(r), 1);
	registry_free(r);
}

/* Whatever the clock says, nobody gets longer than the verdict's whole life. */
static void test_element_of_a_clock_that_is_wrong(void **state)
{
	struct verdict v = verdict_of(1, 1, 1); /* from 900 to 1000 */

	(void)state;
	assert_int_equal(verdict_element(&v, 990).timeout_sec, 10);
	assert_int_equal(verdict_element(&v, 990).zone, 1);
	assert_int_equal(verdict_element(&v, 900).timeout_sec, 100);
	assert_int_equal(verdict_element(&v, 0).timeout_sec, 100);
	assert_int_equal(verdict_element(&v, 1000).zone, ZONE_QUARANTINE);
	v.decision.expiry.at_sec = INT64_MAX;
	assert_int_equal(verdict_element(&v, 900).timeout_sec, UINT32_MAX);
}

static void test_zone_ends_with_its_time(void **state)
{
	struct verdict v = verdict_of(1, 1, 2);

	(void)state;
	assert_int_equal(verdict_zone(&v, 999), 2);
	assert_int_equal(verdict_zone(&v, 1000), ZONE_QUARANTINE);
}

static void count(struct verdict *v, void *userdata)
{
	*(unsigned *)userdata += v->decision.zone;
}

static void test_each_visits_all_once(void **state)
{
	struct registry *r = registry_new();
	unsigned sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		put(r, i, i, 1);
	registry_each(r, count, &sum);
	assert_int_equal(sum, 100);
	registry_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latest_verdict_counts),
		cmocka_unit_test(test_refusal_owns_no_ueid),
		cmocka_unit_test(test_later_admission_takes_the_ueid),
		cmocka_unit_test(test_strangers_do_not_make_it_grow),
		cmocka_unit_test(test_a_place_has_one_admission),
		cmocka_unit_test(test_several_at_one_place),
		cmocka_unit_test(test_forgotten_is_gone_everywhere),
		cmocka_unit_test(test_element_of_a_clock_that_is_wrong),
		cmocka_unit_test(test_zone_ends_with_its_time),
		cmocka_unit_test(test_each_visits_all_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
