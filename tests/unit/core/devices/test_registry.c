/* SPDX-License-Identifier: Apache-2.0 */
/* links: devices enforce */
/* wraps: malloc calloc realloc reallocarray */
/* The core's memory of devices: who owns a UEID, and that strangers do not make it grow. */
#include <errno.h>
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
#include "out_of_memory.h"
#include "registry_kit.h"

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

	return look_up(r, v.facts.device);
}

static const struct verdict *owner(const struct registry *r, uint32_t ueid)
{
	struct verdict v = verdict_of(0, ueid, 0);

	return registry_ueid_owner(r, bytes_of(v.facts.ueid, v.facts.n_ueid), next_room());
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
	assert_true(are_of_one_device(owner(r, 7), find(r, 2)));
	put(r, 1, 7, ZONE_QUARANTINE);
	assert_true(are_of_one_device(owner(r, 7), find(r, 2)));
	put(r, 2, 8, 1); /* a device that changes its name leaves the old one free */
	assert_null(owner(r, 7));
	assert_true(are_of_one_device(owner(r, 8), find(r, 2)));
	registry_free(r);
}

static void test_later_admission_takes_the_ueid(void **state)
{
	struct registry *r = registry_new();

	(void)state;
	put(r, 1, 7, 1);
	put(r, 2, 7, 1);
	assert_true(are_of_one_device(owner(r, 7), find(r, 2)));
	put_fallen(r, 1, 7); /* the former owner's end does not touch the new one's name */
	assert_true(are_of_one_device(owner(r, 7), find(r, 2)));
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

	return registry_at_place(r, v.interface, v.mac, next_room());
}

static void test_a_place_has_one_admission(void **state)
{
	struct registry *r = registry_new();
	struct verdict v;

	(void)state;
	put(r, 1, 1, ZONE_QUARANTINE); /* whoever was refused holds no place */
	assert_null(at_place(r, 1));
	put(r, 1, 1, 1);
	assert_true(are_of_one_device(at_place(r, 1), find(r, 1)));

	v = verdict_of(2, 2, 1);
	memcpy(v.mac, find(r, 1)->mac, sizeof(v.mac)); /* another device there */
	assert_int_equal(registry_put(r, &v), 0);
	assert_true(are_of_one_device(at_place(r, 1), find(r, 2)));
	put_fallen(r, 1, 1); /* the former one's end changes nothing */
	assert_true(are_of_one_device(at_place(r, 1), find(r, 2)));
	put(r, 2, 2, 1); /* moves on: the place is free */
	assert_null(at_place(r, 1));
	assert_true(are_of_one_device(at_place(r, 2), find(r, 2)));
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

	registry_each_at_place(r, v.interface, v.mac, see, &s);
	assert_int_equal(registry_count_at_place(r, v.interface, v.mac), s.n);
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
	assert_true(are_of_one_device(at_place(r, 1), find(r, 4)));
	put_together(r, 2, 1);
	assert_int_equal(all_at_place(r), 0x1e);
	assert_true(are_of_one_device(at_place(r, 1), find(r, 2)));
	put_together(r, 2, ZONE_QUARANTINE);
	assert_int_equal(all_at_place(r), 0x1a);
	put(r, 3, 3, 1); /* elsewhere */
	assert_int_equal(all_at_place(r), 0x12);
	assert_true(are_of_one_device(at_place(r, 3), find(r, 3)));
	registry_remove(r, verdict_of(4, 0, 0).facts.device);
	assert_int_equal(all_at_place(r), 0x02);
	assert_true(are_of_one_device(at_place(r, 1), find(r, 1)));
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

static void count(const struct verdict *v, void *userdata)
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

/* What is found is a copy: only a change that is put, or made by a visitor, is seen by others. */
static void add_hour(const struct verdict *v, void *userdata)
{
	struct verdict later = *v;

	later.decision.expiry.at_sec += 3600;
	assert_int_equal(registry_change(userdata, &later), 0);
}

static void test_changes(void **state)
{
	struct registry *r = registry_new();
	struct verdict rooms[2], unknown = verdict_of(9, 9, 1);
	const struct verdict *v;

	(void)state;
	put(r, 1, 1, 1);
	put(r, 2, 2, 1);
	v = registry_find(r, verdict_of(1, 0, 0).facts.device, &rooms[0]);
	rooms[0].n_ear = sizeof(rooms[0].ear);
	memset(rooms[0].ear, 0xff, sizeof(rooms[0].ear));
	assert_int_equal(find(r, 1)->n_ear, 0);
	assert_int_equal(registry_change(r, v), 0);
	assert_memory_equal(find(r, 1), v, sizeof(*v)); /* the same edition, too */
	registry_each(r, add_hour, r);
	for (uint32_t device = 1; device <= 2; device++)
		assert_int_equal(find(r, device)->decision.expiry.at_sec, 4600);
	assert_int_equal(find(r, 1)->edition, v->edition);
	put(r, 1, 1, 1);
	assert_true(find(r, 1)->edition > v->edition);
	assert_int_equal(registry_change(r, &unknown), 0); /* nothing to do */
	assert_null(find(r, 9));
	registry_free(r);
}

/* Less needs no more memory than there was; more does, and without it the former verdict stays. */
static void test_changes_without_memory(void **state)
{
	struct registry *r = registry_new();
	const struct verdict small = verdict_of(1, 1, 1);
	struct verdict large = small;

	(void)state;
	large.n_ear = sizeof(large.ear);
	memset(large.ear, 0xff, sizeof(large.ear));
	put(r, 1, 1, 1);
	memory_end_after(0);
	assert_int_equal(registry_change(r, &large), -ENOMEM);
	assert_true(memory_refill());
	assert_int_equal(find(r, 1)->n_ear, 0);

	assert_int_equal(registry_change(r, &large), 0);
	memory_end_after(0);
	assert_int_equal(registry_change(r, &small), 0);
	assert_int_equal(registry_put(r, &small), 0);
	assert_true(memory_refill());
	assert_int_equal(find(r, 1)->n_ear, 0);
	registry_free(r);
}

static void count_one(const struct verdict *v, void *userdata)
{
	(void)v;
	(*(unsigned *)userdata)++;
}

static void test_each_of_some(void **state)
{
	struct registry *r = registry_new();
	uint32_t zones[ZONES_MAX];
	unsigned ended = 0, together = 0;

	(void)state;
	for (uint32_t device = 1; device <= 4; device++)
		put_together(r, device, 1);
	put(r, 4, 4, 2);
	put_fallen(r, 5, 5);
	registry_each_ended(r, 999, count_one, &ended); /* they end at 1000 */
	assert_int_equal(ended, 0);
	registry_each_ended(r, 1000, count_one, &ended);
	assert_int_equal(ended, 4);
	registry_each_in_company(r, count_one, &together);
	assert_int_equal(together, 3);
	assert_int_equal(registry_count_zones(r, 999, zones), 1000);
	assert_int_equal(zones[1], 3);
	assert_int_equal(zones[2], 1);
	assert_int_equal(zones[ZONE_QUARANTINE], 1);
	assert_int_equal(registry_count_zones(r, 1000, zones), 0);
	assert_int_equal(zones[ZONE_QUARANTINE], 5);
	registry_free(r);
}

/* Whatever the order in which they came. */
static void test_pages(void **state)
{
	static const uint32_t devices[] = { 3, 1, 5, 2, 4 };
	const struct verdict second = verdict_of(2, 0, 0), last = verdict_of(5, 0, 0);
	struct registry *r = registry_new();
	struct seen s = { 0 };
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		put(r, devices[i], devices[i], 1);
	assert_int_equal(registry_each_after(r, bytes_of(NULL, 0), 2, see, &s), 0);
	assert_int_equal(s.numbers, 0x06);
	assert_int_equal(registry_each_after(r, BYTES(second.facts.device), 2, see, &s), 0);
	assert_int_equal(s.numbers, 0x1e);
	assert_int_equal(s.n, 4);
	assert_int_equal(registry_each_after(r, BYTES(last.facts.device), 2, count_one, &n), 0);
	assert_int_equal(n, 0);
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
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_changes_without_memory),
		cmocka_unit_test(test_each_of_some),
		cmocka_unit_test(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
