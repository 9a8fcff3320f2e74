/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* Events as letters, as RFC 5424 and for Home Assistant: what a device or a maker calls itself changes nothing but that text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "ctl/value.h"
#include "notify/discovery.h"
#include "notify/gateway.h"
#include "notify/mail.h"
#include "notify/seen.h"
#include "notify/settings.h"
#include "notify/syslog.h"
#include "notify/text.h"

DEFINE_CLEANUP(struct value *, value_free);

#define NOW_SEC INT64_C(1780056000) /* 2026-05-29T12:00:00Z */

static struct value *admission(const char *name)
{
	struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "event", "admission");
	value_add_number(v, "time", NOW_SEC);
	value_add_text(v, "name", name);
	value_add_text(v, "segment", "101동 1203호");
	value_add_text(v, "before", "trusted");
	value_add_text(v, "after", "quarantine");
	value_add_text(v, "reason", "expired");
	value_add_text(v, "gateway", "tower.example");
	return v;
}

/* How many lines begin with this. */
static unsigned lines_with(const char *text, const char *begin)
{
	unsigned n = strncmp(text, begin, strlen(begin)) == 0;

	for (const char *at = strchr(text, '\n'); at; at = strchr(at + 1, '\n'))
		n += strncmp(at + 1, begin, strlen(begin)) == 0;
	return n;
}

static char *letter_about(const char *name)
{
	_cleanup_(value_freep) struct value *v = admission(name);
	const char *to[] = { "a@example.com", "b@example.com", NULL };
	char *letter = mail_compose("gw@example.com", &(struct texts){ .list = to, .n = 2 }, v);

	assert_non_null(letter);
	return letter;
}

static void test_letter(void **state)
{
	_cleanup_free_ char *letter = letter_about("lamp");

	(void)state;
	assert_int_equal(lines_with(letter, "From: <gw@example.com>\n"), 1);
	assert_int_equal(lines_with(letter, "To: <a@example.com>,\n <b@example.com>\n"), 1);
	assert_int_equal(lines_with(letter, "Date: Fri, 29 May 2026 12:00:00 +0000\n"), 1);
	assert_int_equal(lines_with(letter, "Subject: =?UTF-8?B?"), 1);
	assert_int_equal(lines_with(letter, "Auto-Submitted: auto-generated\n"), 1);
}

static void test_no_header_by_a_name(void **state)
{
	_cleanup_free_ char *letter = letter_about("lamp\r\nBcc: evil@example.com\r\n\r\nHello");
	const char *end = strstr(letter, "\n\n");

	(void)state;
	assert_int_equal(lines_with(letter, "Bcc"), 0);
	assert_null(strchr(letter, '\r'));
	assert_non_null(end);
	assert_null(strstr(end + 2, "\n\n"));
}

static void test_encoded_words(void **state)
{
	char encoded[MAIL_SUBJECT_SIZE], longest[512] = "";

	(void)state;
	assert_string_equal(mail_encode("plain text", encoded), "plain text");
	assert_string_equal(mail_encode("거실", encoded), "=?UTF-8?B?6rGw7Iuk?=");
	assert_string_equal(mail_encode("=?x?=", encoded), "=?UTF-8?B?PT94Pz0=?=");
	for (int i = 0; i < 60; i++)
		(void)strcat(longest, "거");
	(void)mail_encode(longest, encoded);
	assert_int_equal(lines_with(encoded, " =?UTF-8?B?"), 4); /* 13 characters in each, and none is divided */
	for (const char *line = encoded; line; line = strchr(line + 1, '\n'))
		assert_true(strcspn(line + 1, "\n") <= 67);
}

static void test_syslog(void **state)
{
	_cleanup_(value_freep) struct value *v = admission("a\"b\\c]d\n");
	_cleanup_free_ char *text = syslog_compose(16, "hallmark@32473", v);

	(void)state;
	assert_string_equal(
		text,
		"<132>1 2026-05-29T12:00:00Z tower.example hallmark - admission [hallmark@32473 event=\"admission\" "
		"time=\"1780056000\" name=\"a\\\"b\\\\c\\]d?\" segment=\"101동 1203호\" before=\"trusted\" "
		"after=\"quarantine\" reason=\"expired\" gateway=\"tower.example\"] "
		"\xef\xbb\xbf"
		"a\"b\\c]d?, 101동 1203호: trusted → quarantine (expired)");
}

static void test_syslog_without_words(void **state)
{
	_cleanup_(value_freep) struct value *v = gateway_event("게이트", NOW_SEC, "open", "every device passes");
	_cleanup_free_ char *text = syslog_compose(3, "x@1", v);

	(void)state;
	assert_non_null(strstr(text, "Z ????????? hallmark - gateway [x@1 "));
	assert_int_equal(strncmp(text, "<28>1 ", 6), 0);
}

static struct value *status_with(const char *enforcement, int64_t held_since)
{
	struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "gateway", "tower.example");
	value_add_text(v, "version", "1");
	value_add_text(v, "enforcement", enforcement);
	value_add_text(v, "held", held_since > 0 ? "reload" : "");
	value_add_number(v, "held_since", held_since);
	value_add_number(v, "held_until", held_since + 60);
	value_add_number(v, "unknown", 4);
	value_add_number(value_add_new(v, "zones", VALUE_MAP), "it's+", 7);
	return v;
}

static char told[1024];

static void tell(const struct value *event, void *userdata)
{
	(void)userdata;
	(void)snprintf(told, sizeof(told), "%s: %s", value_text(event, "state"), value_text(event, "sentence"));
}

static const char *compare(struct gateway_state *g, const char *enforcement, int64_t held_since)
{
	_cleanup_(value_freep) struct value *status = status_with(enforcement, held_since);

	told[0] = '\0';
	gateway_compare(g, status, NOW_SEC, tell, NULL);
	return told;
}

static void test_gateway(void **state)
{
	struct gateway_state g = { 0 };

	(void)state;
	assert_string_equal(compare(&g, "enforcing", 0), "");
	assert_string_equal(compare(&g, "open", 0), "open: the gateway is open: every device passes");
	assert_string_equal(compare(&g, "open", 0), "");
	assert_string_equal(compare(&g, "enforcing", 0), "enforcing: the gateway enforces again");
	assert_non_null(strstr(compare(&g, "enforcing", NOW_SEC),
			       "held: the brake holds a change (reload) until 2026-05-29T12:01:00Z"));
	assert_string_equal(compare(&g, "enforcing", NOW_SEC), "");
	assert_string_equal(compare(&g, "enforcing", 0), "");
	g = (struct gateway_state){ 0 };
	assert_int_equal(strncmp(compare(&g, "monitor", 0), "monitor: ", 9), 0);
}

static void test_seen(void **state)
{
	char folder[] = "/tmp/test_notify_text.XXXXXX", path[64];
	const struct seen_daemon one = { 100, 50, 7, 3, 0, { "monitor", 90 } };
	struct seen_daemon same = one, more = one, other = one, stranger = one, later = one;
	struct seen_daemon s;

	(void)state;
	same.at_sec = 105;
	more.decisions++;
	other.started_sec++;
	stranger.unknown++;
	later.at_sec = 106;
	assert_non_null(mkdtemp(folder));
	s = seen_load(folder);
	assert_false(seen_differs(&s, &one)); /* at the first start nothing was missed */
	seen_store(folder, &one);
	s = seen_load(folder);
	assert_memory_equal(&s, &one, sizeof(s));
	assert_false(seen_differs(&s, &same));
	assert_true(seen_differs(&s, &more));
	assert_true(seen_differs(&s, &other));
	assert_true(seen_differs(&s, &stranger));
	assert_true(seen_differs(&s, &later));
	(void)snprintf(path, sizeof(path), "%s/seen", folder);
	assert_int_equal(truncate(path, 4), 0);
	s = seen_load(folder);
	assert_int_equal(s.at_sec, 0);
	assert_int_equal(unlink(path) | rmdir(folder), 0);
}

/* What waited for a sum is missed too, from when it came. */
static void test_missed(void **state)
{
	struct seen_daemon before = { .at_sec = NOW_SEC, .decisions = 1 },
			   now = { .at_sec = NOW_SEC + 1, .decisions = 1 };

	(void)state;
	assert_false(seen_differs(&before, &now));
	before.waiting_since_sec = NOW_SEC - 3600;
	assert_true(seen_differs(&before, &now));

	_cleanup_(value_freep) struct value *v = seen_missed(&before, &now, "tower.example");

	assert_int_equal(value_number(v, "missed_from"), NOW_SEC - 3600);
	assert_int_equal(value_number(v, "missed_until"), NOW_SEC + 1);
	assert_non_null(strstr(value_text(v, "sentence"), "or what it said was not told, from 2026-05-29T11:00:00Z"));
}

struct published {
	unsigned n;
	char topics[1024], texts[4096];
};

static void publish(const char *topic, const char *text, void *userdata)
{
	struct published *p = userdata;

	p->n++;
	(void)snprintf(p->topics + strlen(p->topics), sizeof(p->topics) - strlen(p->topics), "%s\n", topic);
	(void)snprintf(p->texts + strlen(p->texts), sizeof(p->texts) - strlen(p->texts), "%s\n", text);
}

static void test_discovery(void **state)
{
	const struct target_settings s = { .topic = "gw", .discovery = "homeassistant" };
	_cleanup_(value_freep) struct value *status = status_with("enforcing", 0), *own = discovery_state(status);
	_cleanup_free_ char *json = text_json(own);
	struct published p = { 0 };

	(void)state;
	assert_string_equal(
		json, "{\"version\":\"1\",\"gateway\":\"tower.example\",\"enforcement\":\"enforcing\",\"unknown\":4,"
		      "\"zones\":{\"it's+\":7}}");
	discovery_publish(&s, own, publish, &p);
	assert_int_equal(p.n, 3);
	assert_int_equal(lines_with(p.topics, "homeassistant/sensor/hallmark_tower_example_zone_it_s_/config\n"), 1);
	assert_non_null(strstr(p.texts, "\"availability_topic\":\"gw/availability\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letter),
		cmocka_unit_test(test_no_header_by_a_name),
		cmocka_unit_test(test_encoded_words),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_syslog_without_words),
		cmocka_unit_test(test_gateway),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_discovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
