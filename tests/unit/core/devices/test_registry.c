/* SPDX-License-Identifier: Apache-2.0 */
/* links: devices enforce */
/* wraps: malloc calloc realloc reallocarray */
/* The core's memory of devices: who owns a UEID, and that strangers do not make it grow. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/check_result.h"
#include "core/devices/registry.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/membership.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
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

/* Devices in the order in which they were taken, as digits. */
struct taken {
	char text[64];
	unsigned n, one_of; /* of so many looked at one is taken */
};

static bool take(const struct verdict *v, void *userdata)
{
	struct taken *t = userdata;
	const bool is_taken = t->n++ % t->one_of == 0;
	const size_t at = strlen(t->text);

	if (is_taken)
		(void)snprintf(t->text + at, sizeof(t->text) - at, "%c", '0' + v->facts.device[0]);
	return is_taken;
}

/* The page behind the mark, to which the mark moves; "+" at the end: there are more. */
static const char *page_after(const struct registry *r, struct registry_page page, struct registry_mark *mark)
{
	static struct taken t;

	t = (struct taken){ .one_of = page.userdata ? *(unsigned *)page.userdata : 1 };
	page.take = take;
	page.userdata = &t;
	page.after = mark->device[SHA256_LEN - 1] || mark->device[0] ? mark : NULL;
	if (registry_each_of_page(r, &page, mark))
		(void)strcat(t.text, "+");
	return t.text;
}

#define ALL 100

/* Whatever the order in which they came. */
static void test_pages(void **state)
{
	static const uint32_t devices[] = { 3, 1, 5, 2, 4 };
	const struct registry_page two = { .most = 2, .looks = ALL };
	struct registry *r = registry_new();
	struct registry_mark mark = { 0 }, end;

	(void)state;
	assert_string_equal(page_after(r, two, &mark), "");
	for (size_t i = 0; i < 5; i++)
		put(r, devices[i], devices[i], 1);
	assert_string_equal(page_after(r, two, &mark), "12+");
	assert_string_equal(page_after(r, two, &mark), "34+");
	assert_string_equal(page_after(r, two, &mark), "5"); /* the last page says so, */
	end = mark;
	assert_string_equal(page_after(r, two, &mark), ""); /* and after it is nothing */
	assert_string_equal(
		page_after(r, (struct registry_page){ .most = 5, .looks = ALL }, &(struct registry_mark){ 0 }),
		"12345");
	put(r, 6, 6, 1);
	assert_string_equal(page_after(r, two, &end), "6");
	registry_free(r);
}

/* A mark is a place, whether or not its device is still there. */
static void test_removal_between_pages(void **state)
{
	const struct registry_page two = { .most = 2, .looks = ALL };
	struct registry *r = registry_new();
	struct registry_mark mark = { 0 };

	(void)state;
	for (uint32_t device = 1; device <= 6; device++)
		put(r, device, device, 1);
	assert_string_equal(page_after(r, two, &mark), "12+");
	registry_remove(r, verdict_of(2, 0, 0).facts.device);
	registry_remove(r, verdict_of(3, 0, 0).facts.device);
	assert_string_equal(page_after(r, two, &mark), "45+");
	registry_clear(r);
	assert_string_equal(page_after(r, two, &mark), "");
	put(r, 7, 7, 1);
	assert_string_equal(page_after(r, two, &mark), "7");
	registry_free(r);
}

/* Where few are taken a page ends early, and the next one goes on there. */
static void test_page_ends_after_so_many_looks(void **state)
{
	unsigned third = 3;
	const struct registry_page page = { .most = 5, .looks = 4, .userdata = &third };
	struct registry *r = registry_new();
	struct registry_mark mark = { 0 };

	(void)state;
	for (uint32_t device = 1; device <= 9; device++)
		put(r, device, device, 1);
	assert_string_equal(page_after(r, page, &mark), "14+"); /* 1 to 4 */
	assert_string_equal(page_after(r, page, &mark), "58+");
	assert_string_equal(page_after(r, page, &mark), "9");
	registry_free(r);
}

static void put_ending(struct registry *r, uint32_t device, int64_t ends_sec)
{
	struct verdict v = verdict_of(device, device, 1);

	v.decision.expiry.at_sec = ends_sec;
	assert_int_equal(registry_put(r, &v), 0);
}

/* Ends are not one of a kind: devices of one second are told by id. Also a change is told in its new place. */
static void test_pages_by_end(void **state)
{
	const struct registry_page two = { .order = REGISTRY_BY_END, .most = 2, .looks = ALL };
	struct registry *r = registry_new();
	struct registry_mark mark = { 0 };
	struct verdict v;

	(void)state;
	put_ending(r, 1, 3000);
	put_ending(r, 5, 2000);
	put_ending(r, 4, 2000);
	put_ending(r, 3, 2000);
	put_ending(r, 2, -1000); /* before 1970 */
	put_ending(r, 6, 1000);
	assert_string_equal(page_after(r, two, &mark), "26+");
	assert_string_equal(page_after(r, two, &mark), "34+");
	v = *find(r, 4);
	v.decision.expiry.at_sec = 4000;
	assert_int_equal(registry_change(r, &v), 0);
	assert_string_equal(page_after(r, two, &mark), "51+");
	assert_string_equal(page_after(r, two, &mark), "4");
	put_ending(r, 4, 500);
	registry_remove(r, verdict_of(2, 0, 0).facts.device);
	mark = (struct registry_mark){ 0 };
	assert_string_equal(page_after(r, two, &mark), "46+");
	registry_free(r);
}

/* Of 20,000 devices a page unpacks what it shows, and compares what a few more would. */
static void test_page_costs_what_it_shows(void **state)
{
	struct taken t = { .one_of = 1000 };
	const struct registry_page page = { .most = 200, .looks = 200, .take = take, .userdata = &t };
	struct registry *r = registry_new();
	struct registry_mark mark;

	(void)state;
	for (uint32_t device = 0; device < 20000; device++)
		put(r, device, device, 1);
	memory_end_after(0); /* nor does it take memory */
	assert_true(registry_each_of_page(r, &page, &mark));
	assert_false(memory_refill());
	assert_int_equal(t.n, 200);
	registry_free(r);
}

static void note(const struct verdict *v, void *userdata)
{
	char *text = userdata;
	const size_t at = strlen(text);

	text[at] = (char)('0' + v->facts.device[0]);
	text[at + 1] = '\0';
}

/* How many the names mean, then the first two of them. */
static const char *named(const struct registry *r, const struct registry_names *names)
{
	static char text[8];

	text[0] = '\0';

	const size_t n = registry_each_named(r, names, 2, note, text);

	memmove(text + 2, text, strlen(text) + 1);
	text[0] = (char)('0' + n);
	text[1] = ':';
	return text;
}

static struct registry_names ids_between(uint8_t least, uint8_t most)
{
	struct registry_names names = { .has_ids = true, .id_least[0] = least, .id_most[0] = most };

	memset(names.id_most + 1, 0xff, SHA256_LEN - 1);
	return names;
}

static void test_names(void **state)
{
	const struct verdict second = verdict_of(2, 2, 1), fourth = verdict_of(4, 4, 1), ninth = verdict_of(9, 9, 1);
	struct registry *r = registry_new();
	struct registry_place places[4] = { 0 };
	struct registry_names names = ids_between(2, 2);

	(void)state;
	assert_string_equal(named(r, &names), "0:");
	for (uint32_t device = 1; device <= 5; device++)
		put(r, 6 - device, 6 - device, 1);
	assert_string_equal(named(r, &names), "1:2");
	names = ids_between(2, 4);
	assert_string_equal(named(r, &names), "3:23");
	names = ids_between(6, 0xff);
	assert_string_equal(named(r, &names), "0:");
	names = ids_between(2, 2);
	memcpy(names.id_most, names.id_least, SHA256_LEN); /* a whole id */
	assert_string_equal(named(r, &names), "1:2");

	names = (struct registry_names){ .ueid = bytes_of(second.facts.ueid, second.facts.n_ueid) };
	assert_string_equal(named(r, &names), "1:2");
	put(r, 1, 2, ZONE_QUARANTINE); /* whoever claims it is meant, too */
	assert_string_equal(named(r, &names), "2:21");
	names.ueid.n--;
	assert_string_equal(named(r, &names), "0:");
	names = (struct registry_names){ .mac = fourth.mac };
	assert_string_equal(named(r, &names), "1:4");
	names = (struct registry_names){ .mac = ninth.mac };
	assert_string_equal(named(r, &names), "0:");

	(void)strcpy(places[0].interface, second.interface);
	memcpy(places[0].mac, second.mac, sizeof(places[0].mac));
	places[2] = places[1] = places[0]; /* one that is there twice is told once */
	memcpy(places[2].mac, fourth.mac, sizeof(places[2].mac));
	(void)strcpy(places[2].interface, fourth.interface);
	places[3] = places[2]; /* and the MAC alone is no place */
	(void)strcpy(places[3].interface, "elsewhere");
	qsort(places, 4, sizeof(places[0]), registry_compare_places);
	names = (struct registry_names){ .places = places, .n_places = 4 };
	assert_string_equal(named(r, &names), "2:42");
	for (size_t i = 0; i < 4; i++)
		(void)strcpy(places[i].interface, "elsewhere");
	qsort(places, 4, sizeof(places[0]), registry_compare_places);
	assert_string_equal(named(r, &names), "0:");

	names = ids_between(2, 3); /* one that several fit is told once */
	names.ueid = bytes_of(second.facts.ueid, second.facts.n_ueid);
	names.mac = fourth.mac;
	assert_string_equal(named(r, &names), "4:23");
	registry_free(r);
}

/* Rows and segments by the device's number. */
static void name_by_number(const struct verdict *v, void *userdata, struct registry_naming *ret)
{
	const uint16_t *more = userdata;

	ret->row = v->facts.device[0];
	ret->segment = (uint16_t)(v->facts.device[0] % 2 + *more);
}

static void test_names_that_people_give(void **state)
{
	const uint32_t rows[] = { 3, 7 };
	struct registry_names names = { .rows = rows, .n_rows = 2 };
	struct registry *r = registry_new();
	uint32_t counts[2][ZONES_MAX];
	uint64_t ending[3];
	uint16_t more = 0;

	(void)state;
	put(r, 1, 1, 1);
	assert_string_equal(named(r, &names), "0:");
	registry_name_by(r, name_by_number, &more);
	for (uint32_t device = 2; device <= 4; device++)
		put(r, device, device, 1);
	assert_string_equal(named(r, &names), "1:3");
	names = (struct registry_names){ .segment = 1 };
	assert_string_equal(named(r, &names), "2:13");
	put(r, 3, 3, ZONE_QUARANTINE);
	registry_count_segments(r, 0, 2, counts);
	assert_int_equal(counts[0][ZONE_QUARANTINE], 1);
	assert_int_equal(counts[0][1], 1);
	assert_int_equal(counts[1][1], 0);
	registry_count_ending(r, 0, 3, (const int64_t[]){ 999, 1000, 5000 }, ending);
	assert_int_equal(ending[0], 0);
	assert_int_equal(ending[1], 3);
	assert_int_equal(ending[2], 3);
	registry_count_ending(r, 1000, 1, (const int64_t[]){ 5000 }, ending);
	assert_int_equal(ending[0], 0);
	registry_count_segments(r, 1000, 2, counts); /* all have ended */
	assert_int_equal(counts[0][ZONE_QUARANTINE], 2);
	more = 1; /* another configuration */
	registry_name_by(r, name_by_number, &more);
	assert_string_equal(named(r, &names), "2:24");
	names.segment = 2;
	assert_string_equal(named(r, &names), "2:13");
	registry_free(r);
}

static void test_addresses_and_labels(void **state)
{
	struct registry *r = registry_new();
	struct verdict v = verdict_of(1, 1, 1);
	struct registry_names names = { 0 };
	struct in6_addr address;

	(void)state;
	(void)strcpy(v.address, "192.0.2.1");
	v.address6.s6_addr[0] = 0xfd;
	v.facts.n_labels = 2;
	(void)strcpy(v.facts.labels[0].number, "KR-1");
	v.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_passed();
	(void)strcpy(v.facts.labels[1].number, "KR-2");
	v.facts.labels[1].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNER);
	assert_int_equal(registry_put(r, &v), 0);
	put(r, 2, 2, 1);

	names.address = &address;
	assert_true(address_from_text("192.0.2.1", &address));
	assert_string_equal(named(r, &names), "1:1");
	assert_true(address_from_text("::", &address));
	assert_string_equal(named(r, &names), "0:");
	assert_true(address_from_text("fd00::", &address));
	assert_string_equal(named(r, &names), "1:1");
	v.address6.s6_addr[15] = 1; /* a change of addresses is no new verdict */
	v.address4.s_addr = htonl(0xc0000202);
	assert_int_equal(registry_change(r, &v), 0);
	assert_string_equal(named(r, &names), "0:");
	assert_true(address_from_text("192.0.2.2", &address));
	assert_string_equal(named(r, &names), "1:1");

	names = (struct registry_names){ .label = "KR-1" };
	assert_string_equal(named(r, &names), "1:1");
	names.label = "KR-2"; /* anybody may claim that */
	assert_string_equal(named(r, &names), "0:");
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
		cmocka_unit_test(test_removal_between_pages),
		cmocka_unit_test(test_page_ends_after_so_many_looks),
		cmocka_unit_test(test_pages_by_end),
		cmocka_unit_test(test_page_costs_what_it_shows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_that_people_give),
		cmocka_unit_test(test_addresses_and_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
