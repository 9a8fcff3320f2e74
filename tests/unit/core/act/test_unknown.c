/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: malloc calloc realloc reallocarray */
/* Who was seen and has no verdict: since when, on which port of a bridge, for how long, and how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/act/unknown.h"
#include "core_kit.h"
#include "decide/verdict.h"
#include "kernel_double.h"
#include "links_double.h"
#include "log_kit.h"
#include "out_of_memory.h"

#define NOW (1000000 * USEC_PER_SEC)
#define DAY UNKNOWNS_DAY_USEC

static struct unknowns unknowns;
static struct links *links = &links_double;
static struct bridge bridge = { .name = "br0" };
static struct config config = { .ruleset = { .bridges = &bridge, .n_bridges = 1 } };

/* What the bridge has learned of MAC 5. */
static int learned(const uint8_t mac[static 6], char ret_port[static IFNAMSIZ])
{
	memcpy(ret_port, "port2", sizeof("port2"));
	return mac[5] == 5 ? 0 : -ENOENT;
}

static int set_up(void **state)
{
	(void)state;
	links_double.n = 0;
	links_add(1, "port1", 9);
	links_add(2, "port2", 9);
	links_add(9, "br0", 0);
	core.settler.registry = registry_new();
	core.in_force.config = &config;
	core.settler.in_force = &core.in_force;
	kernel_double.bridge_port = learned;
	unknowns = (struct unknowns){ .settler = &core.settler, .links = &links };
	return core.settler.registry ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	unknowns_done(&unknowns);
	registry_free(core.settler.registry);
	return 0;
}

static struct unknown noted(const char *name, uint8_t mac, bool is_port, uint32_t silent_sec)
{
	struct unknown u = { .mac = { 2, 0, 0, 0, 0, mac }, .is_port = is_port, .silent_sec = silent_sec };

	(void)snprintf(u.interface, sizeof(u.interface), "%s", name);
	return u;
}

static void note(struct unknown u, uint64_t now_usec)
{
	assert_int_equal(unknowns_note(&unknowns, &u, 1, now_usec), 0);
}

/* "interface/port/last digits of the MAC" of all. */
static const char *all(void)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	(void)unknowns_count(&unknowns);
	for (const struct seen *s = unknowns_next(&unknowns, NULL); s; s = unknowns_next(&unknowns, s))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s/%s/%u", n > 0 ? " " : "", s->interface, s->port,
				      s->mac[5]);
	return text;
}

static void test_since_when(void **state)
{
	const struct seen *s;

	(void)state;
	assert_null(unknowns_next(&unknowns, NULL));
	note(noted("port7", 1, false, 20), NOW);
	note(noted("port7", 1, false, 5), NOW + 100 * USEC_PER_SEC);
	s = unknowns_next(&unknowns, NULL);
	assert_non_null(s);
	assert_int_equal(s->first_usec, NOW - 20 * USEC_PER_SEC);
	assert_int_equal(s->last_usec, NOW + 95 * USEC_PER_SEC);
	assert_null(unknowns_next(&unknowns, s));
	assert_int_equal(unknowns_count(&unknowns), 1);
}

/* The kernel forgets after hours, and its tables may be replaced: here it stays for a day. */
static void test_for_a_day(void **state)
{
	(void)state;
	note(noted("port7", 1, false, 0), NOW);
	assert_int_equal(unknowns_note(&unknowns, NULL, 0, NOW + DAY - 1), 0);
	assert_string_equal(all(), "port7//1");
	assert_int_equal(unknowns_note(&unknowns, NULL, 0, NOW + DAY), 0);
	assert_string_equal(all(), "");
}

/* A bridge is said where a packet was routed, its port where it crossed the bridge; and that may come in either order. */
static void test_ports_of_a_bridge(void **state)
{
	(void)state;
	note(noted("br0", 1, false, 0), NOW);
	assert_string_equal(all(), "br0//1");
	note(noted("port1", 1, true, 0), NOW);
	assert_string_equal(all(), "br0/port1/1");
	note(noted("br0", 1, false, 0), NOW + 1);
	note(noted("port2", 2, true, 0), NOW + 1);
	note(noted("port2", 1, true, 0), NOW + 1); /* two with one MAC, or one that has moved */
	note(noted("port9", 3, true, 0), NOW + 1); /* which is gone */
	assert_string_equal(all(), "/port9/3 br0/port1/1 br0/port2/1 br0/port2/2");
	note(noted("br0", 4, false, 0), NOW + 1);
	note(noted("br0", 5, false, 0), NOW + 1); /* which the bridge knows */
	note(noted("br1", 5, false, 0), NOW + 1); /* whose ports are not isolated */
	assert_string_equal(all(), "/port9/3 br0/port1/1 br0/port2/1 br0/port2/2 br0//4 br0/port2/5 br1//5");
}

/* What is routed is of the port where the device was heard last, and its former port is forgotten. */
static void test_a_device_that_moves(void **state)
{
	const struct seen *s;

	(void)state;
	note(noted("port1", 1, true, 0), NOW);
	note(noted("port2", 1, true, 0), NOW + USEC_PER_SEC);
	note(noted("br0", 1, false, 0), NOW + 2 * USEC_PER_SEC);
	assert_string_equal(all(), "br0/port1/1 br0/port2/1");
	s = unknowns_next(&unknowns, NULL);
	assert_int_equal(s->last_usec, NOW);
	assert_int_equal(unknowns_next(&unknowns, s)->last_usec, NOW + 2 * USEC_PER_SEC);
}

/* Who has a verdict is not unknown, whatever it is. */
static void test_who_was_judged(void **state)
{
	struct verdict v = { .interface = "br0", .port = "port1", .mac = { 2, 0, 0, 0, 0, 1 }, .was_admitted = true };
	struct seen after = { .interface = "br0", .port = "port1", .mac = { 2, 0, 0, 0, 0, 1 } };

	(void)state;
	note(noted("port1", 1, true, 0), NOW);
	note(noted("port1", 2, true, 0), NOW);
	assert_string_equal(all(), "br0/port1/1 br0/port1/2");
	v.facts.device[0] = 1;
	assert_int_equal(registry_put(core.settler.registry, &v), 0); /* in quarantine */
	assert_string_equal(all(), "br0/port1/2");
	v.decision.zone = 1;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	assert_string_equal(all(), "br0/port1/2");
	assert_int_equal(unknowns_count(&unknowns), 1);
	assert_int_equal(unknowns_next(&unknowns, &after)->mac[5], 2); /* behind one that is not shown any more */
}

/* Those go that were silent longest. */
static void test_at_most_so_many(void **state)
{
	static struct unknown many[UNKNOWNS_MAX + 3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = noted("port7", 0, false, (uint32_t)(ARRAY_SIZE(many) - i));
		memcpy(many[i].mac, &i, sizeof(many[i].mac));
	}
	assert_int_equal(unknowns_note(&unknowns, many, ARRAY_SIZE(many), NOW), 0);
	assert_int_equal(unknowns_count(&unknowns), UNKNOWNS_MAX);
	for (const struct seen *s = unknowns_next(&unknowns, NULL); s; s = unknowns_next(&unknowns, s))
		assert_int_not_equal(memcmp(s->mac, many[0].mac, sizeof(s->mac)), 0);
}

static void test_without_memory(void **state)
{
	struct unknown u = noted("port7", 2, false, 0);

	(void)state;
	note(noted("port7", 1, false, 0), NOW);
	memory_fail_after(0);
	assert_int_equal(unknowns_note(&unknowns, &u, 1, NOW), -ENOMEM);
	assert_true(memory_refill());
	assert_string_equal(all(), "port7//1"); /* what was seen before stays */
	note(u, NOW);
	assert_string_equal(all(), "port7//1 port7//2");
}

static unsigned n_told;

static void on_unknown_anywhere(const struct seen *s, void *userdata)
{
	(void)s;
	(void)userdata;
	n_told++;
}

static void on_unknown(const struct seen *s, void *userdata)
{
	assert_ptr_equal(userdata, &unknowns);
	assert_string_equal(s->interface, "port7");
	n_told++;
}

/* Who attests within a minute is not told of, and of the others each once. */
static void test_telling(void **state)
{
	const uint64_t later = NOW + UNKNOWNS_PATIENCE_USEC;

	(void)state;
	n_told = 0;
	unknowns.on_unknown = on_unknown;
	unknowns.userdata = &unknowns;
	listen_in();
	note(noted("port7", 1, false, 0), NOW);
	unknowns_tell(&unknowns, later - 1);
	assert_int_equal(n_told, 0);
	unknowns_tell(&unknowns, later);
	assert_int_equal(n_told, 1);
	assert_int_equal(count_said("An unknown device is on port7: MAC 02:00:00:00:00:01", true), 1);
	note(noted("port7", 1, false, 0), later);
	unknowns_tell(&unknowns, later + UNKNOWNS_PATIENCE_USEC);
	assert_int_equal(n_told, 1);
}

/* One port cannot use up the entries of others, and all ports together have so many. */
static void test_telling_of_many(void **state)
{
	const uint64_t later = NOW + UNKNOWNS_PATIENCE_USEC;
	char port[IFNAMSIZ];

	(void)state;
	n_told = 0;
	unknowns.on_unknown = on_unknown_anywhere;
	for (uint8_t i = 0; i < 100; i++)
		note(noted("port1", i, false, 0), NOW);
	note(noted("port9", 1, false, 0), NOW);
	listen_in();
	unknowns_tell(&unknowns, later);
	assert_int_equal(n_told, UNKNOWNS_PORT_LINES + 1);
	assert_int_equal(count_said("An unknown device is on port9", false), 1);
	assert_int_equal(count_said("96 more unknown devices are there", true), 1);
	unknowns_tell(&unknowns, later + 1);
	assert_int_equal(n_told, UNKNOWNS_PORT_LINES + 1);

	for (uint8_t i = 0; i < 40; i++) {
		(void)snprintf(port, sizeof(port), "lan%u", i);
		note(noted(port, 1, false, 0), NOW);
	}
	listen_in();
	unknowns_tell(&unknowns, later + 2);
	assert_int_equal(n_told, UNKNOWNS_LINES);
	assert_int_equal(count_said("25 more unknown devices are there", true), 1);
}

/* --- when the kernel is asked --- */

static unsigned n_asked;
static int answer;

static int tell(struct unknown **ret, size_t *ret_n)
{
	n_asked++;
	if (answer < 0)
		return answer;
	*ret = malloc(sizeof(**ret));
	assert_non_null(*ret);
	**ret = noted("port7", 1, false, 0);
	*ret_n = 1;
	return 0;
}

static void test_when_the_kernel_is_asked(void **state)
{
	(void)state;
	assert_int_equal(config_load("tests/unit/pipeline.conf", &core.in_force.config), 0);
	core.settler.in_force = &core.in_force;
	kernel_double.unknown = tell;
	n_asked = 0;
	answer = -EPERM;
	assert_int_equal(unknowns_look(&unknowns), -EPERM);
	answer = -ENOENT; /* no tables */
	unknowns.looked_usec = 0;
	assert_int_equal(unknowns_look(&unknowns), 0);
	assert_string_equal(all(), "");
	answer = 0;
	unknowns.looked_usec = 0;
	unknowns_sweep(&unknowns);
	assert_string_equal(all(), "port7//1");
	unknowns_sweep(&unknowns);
	assert_int_equal(unknowns_look(&unknowns), 0);
	assert_int_equal(n_asked, 3); /* it was asked just now */
	unknowns.looked_usec -= UNKNOWNS_NEWS_USEC + 1;
	unknowns_sweep(&unknowns);
	assert_int_equal(n_asked, 3);
	assert_int_equal(unknowns_look(&unknowns), 0);
	assert_int_equal(n_asked, 4);
	unknowns.looked_usec -= UNKNOWNS_LOOK_USEC + 1;
	unknowns_sweep(&unknowns);
	assert_int_equal(n_asked, 5);
	kernel_double.unknown = NULL;
	config_free(core.in_force.config);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_since_when),        TEST(test_for_a_day),
		TEST(test_ports_of_a_bridge), TEST(test_a_device_that_moves),
		TEST(test_who_was_judged),    TEST(test_at_most_so_many),
		TEST(test_without_memory),    TEST(test_telling),
		TEST(test_telling_of_many),   TEST(test_when_the_kernel_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
