/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/* Pages of devices at the socket: which devices a filter lets through, in which order, and that no page is too long. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus_calls.h"
#include "decide/policy.h"

#define FIRST  "device: 01000000"
#define SECOND "device: 02000000"
#define THIRD  "device: 03000000"

static void refuse_in_answer(const char *part)
{
	if (strstr(answer, part))
		fail_msg("\"%s\" is in: %s", part, answer);
}

/* One that is trusted, one that is not admitted, and one under an order. */
static void three_devices(void)
{
	submit(1, 1, true);
	submit_forged(2, 2);
	submit(3, 3, true);
	(void)run(3);
	assert_int_equal(give(order_of(3, ORDER_QUARANTINE)), 0);
}

/* Exactly these of the three are in the answer, and it is the last page. */
static void expect_devices(const char *first, const char *second, const char *third)
{
	static const char *const all[] = { FIRST, SECOND, THIRD };
	const char *const there[] = { first, second, third };

	for (size_t i = 0; i < 3; i++)
		if (there[i])
			expect(all[i]);
		else
			refuse_in_answer(all[i]);
	assert_string_equal(answer + strlen(answer) - 3, "], ");
}

static void filter_by(const char *key, const char *type, ...)
{
	va_list ap;

	va_start(ap, type);
	if (type[0] == 's')
		ask("ListDevices", "a{sv}ssu", 1, key, type, va_arg(ap, const char *), "id", "", 0);
	else
		ask("ListDevices", "a{sv}ssu", 1, key, type, va_arg(ap, int), "id", "", 0);
	va_end(ap);
}

static void test_all(void **state)
{
	(void)state;
	ask("ListDevices", "a{sv}ssu", 0, "", "", 0);
	assert_string_equal(answer, "[], ");
	three_devices();
	ask("ListDevices", "a{sv}ssu", 0, "", "", 0);
	expect_devices(FIRST, SECOND, THIRD);
	expect("zone: trusted, reason: admitted");
	expect("scheme: KR-CIC, level: 2");
}

static void test_filter_by_zone(void **state)
{
	(void)state;
	three_devices();
	filter_by("zone", "s", "trusted");
	expect_devices(FIRST, NULL, NULL);
	filter_by("zone", "s", "quarantine");
	expect_devices(NULL, SECOND, THIRD);
	filter_by("zone", "s", "restricted");
	expect_devices(NULL, NULL, NULL);
	run_out(1); /* what is shown counts */
	filter_by("zone", "s", "quarantine");
	expect_devices(FIRST, SECOND, THIRD);
	filter_by("zone", "s", "trustd");
	expect("InvalidArgs: the configuration has no such zone; `hallmarkctl status` lists them: \"trustd\"");
}

static void test_filter_by_reason(void **state)
{
	(void)state;
	three_devices();
	filter_by("reason", "s", "evidence-signature");
	expect_devices(NULL, SECOND, NULL);
	filter_by("reason", "s", "operator-quarantine");
	expect_devices(NULL, NULL, THIRD);
	filter_by("reason", "s", "expired");
	expect_devices(NULL, NULL, NULL);
	run_out(1);
	filter_by("reason", "s", "expired");
	expect_devices(FIRST, NULL, NULL);
	filter_by("reason", "s", "no-reason");
	expect("InvalidArgs: there is no such reason");
}

static void test_filter_by_scheme(void **state)
{
	struct verdict unlabelled;

	(void)state;
	three_devices();
	filter_by("scheme", "s", "kr-cic");
	expect(FIRST);
	filter_by("scheme", "s", "SG-CLS");
	expect_devices(NULL, NULL, NULL);
	unlabelled = *known(1);
	unlabelled.decision.label = -1;
	assert_int_equal(registry_change(core.settler.registry, &unlabelled), 0);
	filter_by("scheme", "s", "KR-CIC");
	refuse_in_answer(FIRST);
	filter_by("scheme", "s", "");
	expect(FIRST);
}

/* A device for which an earlier rule leads to another zone. */
static void test_filter_by_held(void **state)
{
	(void)state;
	submit_for(1, 1, TRUSTED);
	submit_for(2, 2, RESTRICTED);
	(void)run(2);

	struct verdict held = *known(2);

	held.decision.n_refusals = 1;
	held.decision.refusals[0].reason = REASON_RULE_LEVEL;
	core.in_force.config->policy.rules[0].zone = TRUSTED;
	assert_int_equal(registry_change(core.settler.registry, &held), 0);
	filter_by("held", "b", 1);
	expect_devices(NULL, SECOND, NULL);
	expect("held_back: rule-level");
	filter_by("held", "b", 0);
	expect_devices(FIRST, NULL, NULL);
}

static void test_filter_by_end(void **state)
{
	(void)state;
	three_devices();

	const int64_t left_sec = known(1)->decision.expiry.at_sec - timekeeper_peek(&core.settler.time);

	filter_by("expiring", "u", (int)left_sec - 60);
	expect_devices(NULL, NULL, NULL);
	filter_by("expiring", "u", (int)left_sec);
	expect_devices(FIRST, NULL, NULL); /* who is in quarantine has no end */
	run_out(1);
	filter_by("expiring", "u", (int)left_sec);
	expect_devices(NULL, NULL, NULL);
}

static void test_filter_by_id(void **state)
{
	char id[SHA256_HEX_SIZE + 1];

	(void)state;
	three_devices();
	filter_by("id", "s", "02");
	expect_devices(NULL, SECOND, NULL);
	filter_by("id", "s", "0");
	expect_devices(FIRST, SECOND, THIRD);
	filter_by("id", "s", "");
	expect_devices(FIRST, SECOND, THIRD);
	filter_by("id", "s", "00");
	expect_devices(NULL, NULL, NULL);
	filter_by("id", "s", "F");
	expect_devices(NULL, NULL, NULL);
	bytes_to_hex(BYTES(known(3)->facts.device), id);
	filter_by("id", "s", id);
	expect_devices(NULL, NULL, THIRD);
	ask("ListDevices", "a{sv}ssu", 1, "id", "s", "02", "until", "", 0);
	expect_devices(NULL, SECOND, NULL);
	filter_by("id", "s", "0x");
	expect("InvalidArgs: no id begins so: give up to 64 hex digits: \"0x\"");
	(void)strcat(id, "0");
	filter_by("id", "s", id);
	expect("InvalidArgs: no id begins so");
}

static void test_filters_together(void **state)
{
	(void)state;
	three_devices();
	ask("ListDevices", "a{sv}ssu", 2, "zone", "s", "quarantine", "reason", "s", "evidence-signature", "", "", 0);
	expect_devices(NULL, SECOND, NULL);
	ask("ListDevices", "a{sv}ssu", 2, "zone", "s", "trusted", "reason", "s", "evidence-signature", "", "", 0);
	expect_devices(NULL, NULL, NULL);
}

static void test_what_is_refused(void **state)
{
	(void)state;
	three_devices();
	filter_by("zones", "s", "trusted");
	expect("InvalidArgs: this hallmarkd has no such filter; hallmarkd(8) has all: \"zones\"");
	ask("ListDevices", "a{sv}ssu", 2, "zone", "s", "trusted", "zone", "s", "quarantine", "", "", 0);
	expect("InvalidArgs: a filter is given twice: \"zone\"");
	filter_by("zone", "u", 1);
	expect("InvalidArgs: a filter has a value of another type: \"zone\" takes a string");
	ask("ListDevices", "a{sv}ssu", 0, "product", "", 0);
	expect("InvalidArgs: there is no such order: it is \"id\" or \"until\": \"product\"");
	ask("ListDevices", "a{sv}ssu", 0, "id", "", HALLMARK_BUS_LIMIT_MAX);
	expect_devices(FIRST, SECOND, THIRD);
	ask("ListDevices", "a{sv}ssu", 0, "id", "", HALLMARK_BUS_LIMIT_MAX + 1);
	expect("InvalidArgs: more devices than one answer holds are asked for: 1001; at most 1000");
}

/* What the last answer gave as next. */
static const char *next_of_answer(void)
{
	static char next[128];
	const char *comma = strrchr(answer, ',');

	assert_non_null(comma);
	(void)snprintf(next, sizeof(next), "%s", comma + 2);
	return next;
}

static void test_pages_by_id(void **state)
{
	char id[SHA256_HEX_SIZE];

	(void)state;
	three_devices();
	bytes_to_hex(BYTES(known(2)->facts.device), id);
	ask("ListDevices", "a{sv}ssu", 0, "id", "", 2);
	expect(FIRST);
	expect(SECOND);
	refuse_in_answer(THIRD);
	assert_string_equal(next_of_answer(), id);
	registry_remove(core.settler.registry, known(2)->facts.device); /* the mark stays good */
	ask("ListDevices", "a{sv}ssu", 0, "id", id, 2);
	expect_devices(NULL, NULL, THIRD);
	ask("ListDevices", "a{sv}ssu", 0, "id", "0200", 2);
	expect("InvalidArgs: \"after\" is not what an answer in this order gave as \"next\": \"0200\"");
	ask("ListDevices", "a{sv}ssu", 0, "until", id, 2);
	expect("InvalidArgs: \"after\" is not what");
}

static void set_end(uint8_t device, int64_t at_sec)
{
	struct verdict v = *known(device);

	v.decision.expiry.at_sec = at_sec;
	assert_int_equal(registry_change(core.settler.registry, &v), 0);
}

static void test_pages_by_end(void **state)
{
	char next[128];

	(void)state;
	three_devices();
	set_end(1, 3000000000);
	set_end(2, 1000000000);
	set_end(3, 3000000000);
	ask("ListDevices", "a{sv}ssu", 0, "until", "", 2);
	expect(SECOND);
	expect(FIRST);
	assert_true(strstr(answer, SECOND) < strstr(answer, FIRST));
	(void)strcpy(next, next_of_answer());
	assert_int_equal(strncmp(next, "3000000000:0100", 15), 0);
	ask("ListDevices", "a{sv}ssu", 0, "until", next, 2);
	expect_devices(NULL, NULL, THIRD);
	next[0] = ' ';
	ask("ListDevices", "a{sv}ssu", 0, "until", next, 2);
	expect("InvalidArgs: \"after\" is not what");
	ask("ListDevices", "a{sv}ssu", 0, "id", next, 2);
	expect("InvalidArgs: \"after\" is not what");
}

/* --- many --- */

struct page_answer {
	bool is_there;
	size_t rows;
	char next[128];
};

static int take_page(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct page_answer *p = userdata;
	const char *next;

	(void)error;
	assert_false(sd_bus_message_is_method_error(m, NULL));
	assert_true(sd_bus_message_enter_container(m, 'a', "a{sv}") > 0);
	for (p->rows = 0; sd_bus_message_at_end(m, 0) == 0; p->rows++)
		assert_true(sd_bus_message_skip(m, "a{sv}") > 0);
	assert_true(sd_bus_message_exit_container(m) >= 0);
	assert_true(sd_bus_message_read(m, "s", &next) > 0);
	(void)snprintf(p->next, sizeof(p->next), "%s", next);
	p->is_there = true;
	return 0;
}

static struct page_answer page_by(const char *key, const char *value, const char *after, uint32_t limit)
{
	struct page_answer p = { 0 };
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_method_call(operator_bus, &m, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE,
						   "ListDevices") >= 0);
	assert_true(sd_bus_message_append(m, "a{sv}ssu", 1, key, "s", value, "id", after, limit) >= 0);
	assert_true(sd_bus_call_async(operator_bus, NULL, m, take_page, &p, 0) >= 0);
	for (int i = 0; i < 1000 && !p.is_there; i++)
		assert_true(sd_event_run(core.event, 100000) >= 0);
	assert_true(p.is_there);
	return p;
}

static void put_many(uint32_t n, enum hallmark_reason reason)
{
	struct verdict v = { .was_admitted = true, .decision = { .reason = reason, .label = -1 } };

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t number[] = { (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		memcpy(v.facts.device, number, sizeof(number));
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
	}
}

/* The first page begins there, and none goes further: it finds one behind many, and at once. */
static void test_ids_behind_many_others(void **state)
{
	struct page_answer p;

	(void)state;
	put_many(20000, REASON_RULE_LEVEL);
	p = page_by("id", "00004e", "", 10); /* hundreds of ids from there on; one of them fits */
	assert_int_equal(p.rows, 1);
	assert_string_equal(p.next, "");
	p = page_by("id", "004e1f", "", 10); /* the last one */
	assert_int_equal(p.rows, 1);
	assert_string_equal(p.next, "");
	p = page_by("id", "004000", "", 10); /* with others on both sides */
	assert_int_equal(p.rows, 1);
	assert_string_equal(p.next, "");
	p = page_by("id", "0040", "", 200);
	assert_int_equal(p.rows, 200);
	p = page_by("id", "0040", p.next, 200);
	assert_int_equal(p.rows, 56);
	assert_string_equal(p.next, "");
}

/* A filter that nearly nothing fits does not keep the core: the page ends, empty, and the next one goes on. */
static void test_page_ends_after_many_that_do_not_fit(void **state)
{
	struct verdict last = { .was_admitted = true, .decision = { .reason = REASON_EXPIRED } };
	struct page_answer p;

	(void)state;
	put_many(16384 + 100, REASON_RULE_LEVEL);
	memset(last.facts.device, 0xff, sizeof(last.facts.device));
	assert_int_equal(registry_put(core.settler.registry, &last), 0);
	p = page_by("reason", "expired", "", 10);
	assert_int_equal(p.rows, 0);
	assert_int_equal(strncmp(p.next, "003fff", 6), 0); /* the last one that was looked at */
	p = page_by("reason", "expired", p.next, 10);
	assert_int_equal(p.rows, 1);
	assert_string_equal(p.next, "");
}

/* As many rows as are asked for, or as a message shall hold; each device once. */
static void test_page_ends_with_the_message(void **state)
{
	struct page_answer p;
	size_t n = 0;

	(void)state;
	put_many(2000, REASON_RULE_LEVEL);
	p = page_by("reason", "rule-level", "", 0);
	assert_int_equal(p.rows, HALLMARK_BUS_LIMIT);
	p = page_by("reason", "rule-level", "", 300);
	assert_int_equal(p.rows, 300);
	p = page_by("reason", "rule-level", "", HALLMARK_BUS_LIMIT_MAX);
	assert_in_range(p.rows, 300, HALLMARK_BUS_LIMIT_MAX - 1); /* they are over 1 kB each */
	for (n = p.rows; p.next[0] != '\0'; n += p.rows)
		p = page_by("reason", "rule-level", p.next, HALLMARK_BUS_LIMIT_MAX);
	assert_int_equal(n, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(test_all),
		BUS_TEST(test_filter_by_zone),
		BUS_TEST(test_filter_by_reason),
		BUS_TEST(test_filter_by_scheme),
		BUS_TEST(test_filter_by_held),
		BUS_TEST(test_filter_by_end),
		BUS_TEST(test_filter_by_id),
		BUS_TEST(test_filters_together),
		BUS_TEST(test_what_is_refused),
		BUS_TEST(test_pages_by_id),
		BUS_TEST(test_pages_by_end),
		BUS_TEST(test_ids_behind_many_others),
		BUS_TEST(test_page_ends_after_many_that_do_not_fit),
		BUS_TEST(test_page_ends_with_the_message),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
