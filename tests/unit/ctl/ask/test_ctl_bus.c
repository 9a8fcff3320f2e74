/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* The bus client against a server of known answers, over a real socket: JSON, text and errors. */
#include <errno.h>

#include "base/clock.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "ctl_daemon.h"
#include "ctl_kit.h"
#include "language_kit.h"

#define NOW_SEC 1780000000

#define DEVICE "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* --- The daemon --- */

static int put_text_field(sd_bus_message *m, const char *key, const char *text)
{
	return sd_bus_message_append(m, "{sv}", key, "s", text);
}

static void put_check(sd_bus_message *m, unsigned number, const char *name, const char *state, const char *reason)
{
	sent(sd_bus_message_append(m, "a{sv}", 6, "number", "u", number, "name", "s", name, "state", "s", state,
				   "reason", "s", reason, "sentence", "s", "a sentence that says why it is so",
				   "specification", "s", "RFC 1 section 2"));
}

static void put_device(sd_bus_message *m, bool admitted)
{
	sent(put_text_field(m, "issuer_role", admitted ? "transcriber" : ""));
	sent(put_text_field(m, "device", DEVICE));
	sent(put_text_field(m, "ueid", "0102"));
	sent(put_text_field(m, "product", "pen:32473 / lämp\033[2J-1 / 1.0.0"));
	sent(put_text_field(m, "zone", admitted ? "restricted" : "quarantine"));
	sent(put_text_field(m, "reason", admitted ? "admitted" : "label-absent"));
	sent(put_text_field(m, "sentence", "every check that the zone requires passed"));
	sent(put_text_field(m, "missing", admitted ? "" : "label-signature recognition"));
	sent(sd_bus_message_append(m, "{sv}", "until", "x", admitted ? INT64_C(1780021599) : INT64_C(1780000000)));
	sent(put_text_field(m, "expires_first", "policy"));
	sent(sd_bus_message_append(m, "{sv}", "decided", "x", INT64_C(1779999880)));
	sent(put_text_field(m, "interface", "port1"));
	sent(put_text_field(m, "mac", "02:00:00:00:00:01"));
	sent(put_text_field(m, "address", "fe80::1"));
	sent(put_text_field(m, "scheme", admitted ? "SG-CLS" : ""));
	sent(sd_bus_message_append(m, "{sv}", "level", "u", 4));
	sent(put_text_field(m, "level_name", ""));
	sent(put_text_field(m, "recognised", admitted ? "Basic" : "none"));
	sent(put_text_field(m, "arrangement", admitted ? "R8" : ""));
	sent(put_text_field(m, "held_back", admitted ? "rule-level" : ""));
	sent(put_text_field(m, "held_back_sentence", "the level is below"));
	sent(sd_bus_message_append(m, "{sv}", "of-tomorrow", "(dsas)", 1.5, "x", 1, "y"));
}

static void put_label(sd_bus_message *m)
{
	sent(sd_bus_message_open_container(m, 'a', "{sv}"));
	sent(put_text_field(m, "scheme", "SG-CLS"));
	sent(sd_bus_message_append(m, "{sv}", "level", "u", 4));
	sent(put_text_field(m, "number", "CSA-1"));
	sent(put_text_field(m, "issuer", "Desk"));
	sent(put_text_field(m, "issuer_role", "transcriber"));
	sent(put_text_field(m, "category", "lamp"));
	sent(sd_bus_message_append(m, "{sv}", "from_register", "b", 1));
	sent(sd_bus_message_append(m, "{sv}", "firmware_bound", "b", 0));
	sent(sd_bus_message_append(m, "{sv}", "classes", "u", 2));
	sent(put_text_field(m, "class_differs", "model"));
	sent(put_text_field(m, "class_said", "lamp-1 "));
	sent(put_text_field(m, "device_said", "lamp-1"));
	sent(sd_bus_message_append(m, "{sv}", "until", "x", INT64_C(1790000000)));
	sent(put_text_field(m, "recognised", "Basic"));
	sent(put_text_field(m, "arrangement", "R8"));
	sent(sd_bus_message_open_container(m, 'e', "sv"));
	sent(sd_bus_message_append(m, "s", "checks"));
	sent(sd_bus_message_open_container(m, 'v', "aa{sv}"));
	sent(sd_bus_message_open_container(m, 'a', "a{sv}"));
	put_check(m, 10, "label-signature", "passed", "admitted");
	put_check(m, 14, "label-status", "absent", "no-status");
	for (unsigned i = 0; i < 4; i++)
		sent(sd_bus_message_close_container(m));
}

static void put_explanation(sd_bus_message *m)
{
	put_device(m, true);
	sent(sd_bus_message_open_container(m, 'e', "sv"));
	sent(sd_bus_message_append(m, "s", "checks"));
	sent(sd_bus_message_open_container(m, 'v', "aa{sv}"));
	sent(sd_bus_message_open_container(m, 'a', "a{sv}"));
	put_check(m, 1, "possession", "passed", "admitted");
	put_check(m, 3, "chain", "failed", "chain-unanchored");
	for (unsigned i = 0; i < 3; i++)
		sent(sd_bus_message_close_container(m));

	sent(sd_bus_message_open_container(m, 'e', "sv"));
	sent(sd_bus_message_append(m, "s", "labels"));
	sent(sd_bus_message_open_container(m, 'v', "aa{sv}"));
	sent(sd_bus_message_open_container(m, 'a', "a{sv}"));
	put_label(m);
	for (unsigned i = 0; i < 3; i++)
		sent(sd_bus_message_close_container(m));

	sent(sd_bus_message_append(m, "{sv}", "rules", "aa{sv}", 2, 6, "name", "s", "best", "zone", "s", "trusted",
				   "result", "s", "refused", "reason", "s", "rule-level", "sentence", "s",
				   "the recognised level is below what the rule asks", "missing", "s", "firmware", 3,
				   "name", "s", "fair", "zone", "s", "restricted", "result", "s", "taken"));
	sent(sd_bus_message_append(m, "{sv}", "kernel", "a{sv}", 3, "present", "b", 1, "zone", "s", "restricted",
				   "timeout", "u", 21590));
}

/* After the status: a change, and a wave of them. */
static bool has_signals, leaves; /* set before the server is forked */

static void send_signals(sd_bus *bus)
{
	sent(sd_bus_emit_signal(bus, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, "AdmissionChanged", "a{sv}", 6,
				"device", "s", DEVICE, "product", "s", "lamp\033[2J", "before", "s", "quarantine",
				"after", "s", "trusted", "reason", "s", "admitted", "until", "x", INT64_C(1780000000)));
	sent(sd_bus_emit_signal(bus, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, "AdmissionChanged", "a{sv}", 6,
				"device", "s", DEVICE, "name", "s", "거실 월패드", "segment", "s", "101동 1203호",
				"before", "s", "restricted", "after", "s", "quarantine", "reason", "s",
				"label-revoked"));
	sent(sd_bus_emit_signal(bus, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, "UnknownDevice", "a{sv}", 4,
				"interface", "s", "port7", "bridge_port", "s", "", "mac", "s", "02:00:5e:10:00:01",
				"segment", "s", "101동 1203호"));
	sent(sd_bus_emit_signal(bus, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, "Tomorrow", "a{sv}", 0));
	sent(sd_bus_emit_signal(bus, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, "Wave", "a{sv}", 5, "changes", "u", 70,
				"seconds", "u", 9, "zones", "a{su}", 2, "trusted", 60, "restricted", 10, "first_record",
				"t", UINT64_C(3), "last_record", "t", UINT64_C(72)));
	sent(sd_bus_flush(bus));
	if (leaves)
		_exit(0);
}

static const char *enforcement, *layer2 = ""; /* set before the server is forked; NULL: not asked about here */

static int answer_status(sd_bus_message *call)
{
	if (enforcement)
		return sd_bus_reply_method_return(call, "a{sv}", 3, "gateway", "s", "gate", "enforcement", "s",
						  enforcement, "layer2", "s", layer2);
	return sd_bus_reply_method_return(call, "a{sv}", 9, "version", "s", "0.1.0", "gateway", "s", "gate", "home",
					  "s", "KR-CIC", "started", "x", INT64_C(1779996400), "edge", "u", 42,
					  "handshakes", "t", UINT64_MAX, "zones", "a{su}", 2, "trusted", 3,
					  "restricted", 1, "guarded", "as", 2, "port1", "port2", "port", "q", 5684);
}

static bool is_subscribed; /* in the server: one process has one connection */

static int on_status(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	int r = answer_status(call);

	(void)userdata;
	(void)error;
	if (has_signals && is_subscribed)
		send_signals(sd_bus_message_get_bus(call));
	return r;
}

static int on_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	is_subscribed = true;
	return sd_bus_reply_method_return(call, "a{sv}", 0);
}

static int on_diff(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(call, "aa{sv}", 0);
}

static int on_list(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	sd_bus_message *answer = NULL;
	(void)userdata;
	(void)error;

	sent(sd_bus_message_new_method_return(call, &answer));
	sent(sd_bus_message_open_container(answer, 'a', "a{sv}"));
	for (int i = 0; i < 2; i++) {
		sent(sd_bus_message_open_container(answer, 'a', "{sv}"));
		put_device(answer, i == 0);
		sent(sd_bus_message_close_container(answer));
	}
	sent(sd_bus_message_close_container(answer));
	sent(sd_bus_send(NULL, answer, NULL));
	sd_bus_message_unref(answer);
	return 1;
}

static int on_explain(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	sd_bus_message *answer = NULL;
	const char *device;
	(void)userdata;

	sent(sd_bus_message_read(call, "s", &device));
	if (strcmp(device, "9f86") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_AMBIGUOUS, "two");
	if (strcmp(device, "0000") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NO_SUCH_DEVICE, "none");

	sent(sd_bus_message_new_method_return(call, &answer));
	sent(sd_bus_message_open_container(answer, 'a', "{sv}"));
	put_explanation(answer);
	sent(sd_bus_message_close_container(answer));
	sent(sd_bus_send(NULL, answer, NULL));
	sd_bus_message_unref(answer);
	return 1;
}

/* --- orders: what was asked for comes back in the answer --- */

static int answer_order(sd_bus_message *call, sd_bus_error *error, const char *device, const char *order,
			const char *zone, int64_t until)
{
	if (strcmp(device, "0000") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NO_SUCH_DEVICE, "none");
	if (strcmp(device, "1111") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NO_ORDER, "none");
	if (strcmp(device, "2222") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NOT_STORED, "make room");
	bool is_proved = strcmp(device, "4444") != 0;

	return sd_bus_reply_method_return(call, "a{sv}", 14, "device", "s", DEVICE, "product", "s", "lamp\033[2J",
					  "ueid", "s", "0102", "chain", "s", is_proved ? "Haneul" : "chain-unanchored",
					  "proved", "b", (int)is_proved, "former", "s", "monitor", "order", "s", order,
					  "order_until", "x", until, "before", "s", "trusted", "after", "s", zone,
					  "until", "x", until, "reason", "s", "operator-quarantine", "record", "s",
					  "12:00ff", "kernel", "b", (int)(strcmp(device, "3333") != 0));
}

static int on_quarantine(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *device, *reason;
	uint32_t seconds;

	(void)userdata;
	sent(sd_bus_message_read(call, "ssu", &device, &reason, &seconds));
	return answer_order(call, error, device, "quarantine", reason[0] ? reason : "quarantine",
			    seconds ? clock_realtime_sec() + (int64_t)seconds : 0);
}

/* What an exception says of 4444, unless it is asked for with the word. */
static bool is_asked_without_word(sd_bus_message *call, const char *device)
{
	return strcmp(device, "4444") == 0 && !strstr(sd_bus_message_get_member(call), "Unproved");
}

static int on_allow(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *device, *zone, *reason;
	uint32_t seconds;

	(void)userdata;
	sent(sd_bus_message_read(call, "ssus", &device, &zone, &seconds, &reason));
	if (is_asked_without_word(call, device))
		return sd_bus_error_set(error, HALLMARK_BUS_UNPROVED, "say --unproved");
	return answer_order(call, error, device, reason, zone, clock_realtime_sec() + (int64_t)seconds);
}

static int on_monitor(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *device, *reason;
	uint32_t seconds;

	(void)userdata;
	sent(sd_bus_message_read(call, "sus", &device, &seconds, &reason));
	if (is_asked_without_word(call, device))
		return sd_bus_error_set(error, HALLMARK_BUS_UNPROVED, "say --unproved");
	return answer_order(call, error, device, "monitor", reason, clock_realtime_sec() + (int64_t)seconds);
}

static int on_release(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *device;

	(void)userdata;
	sent(sd_bus_message_read(call, "s", &device));
	return answer_order(call, error, device, "", "trusted", clock_realtime_sec() + 60);
}

static int on_reattest(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *device;
	uint32_t seconds;

	(void)userdata;
	sent(sd_bus_message_read(call, "su", &device, &seconds));
	if (strcmp(device, "0000") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NO_SUCH_DEVICE, "none");
	if (strcmp(device, "1111") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NOT_ADMITTED, "in quarantine");
	if (strcmp(device, "2222") == 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NOT_STORED, "make room");
	return sd_bus_reply_method_return(call, "a{sv}", 6, "device", "s", DEVICE, "product", "s", "lamp\033[2J",
					  "zone", "s",
					  seconds == 0  ? "unasked" :
					  seconds == 90 ? "ninety" :
							  "other",
					  "attest_by", "x", INT64_C(1780000000), "record", "s", "12:00ff", "kernel",
					  "b", (int)(strcmp(device, "3333") != 0));
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Subscribe", "", "a{sv}", on_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Status", "", "a{sv}", on_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Diff", "", "aa{sv}", on_diff, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("List", "", "aa{sv}", on_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Explain", "s", "a{sv}", on_explain, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Quarantine", "ssu", "a{sv}", on_quarantine, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Allow", "ssus", "a{sv}", on_allow, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("AllowUnproved", "ssus", "a{sv}", on_allow, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Monitor", "sus", "a{sv}", on_monitor, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("MonitorUnproved", "sus", "a{sv}", on_monitor, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Release", "s", "a{sv}", on_release, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reattest", "su", "a{sv}", on_reattest, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* --- The tests --- */

struct session {
	pid_t server;
	sd_bus *bus;
};

static struct session connect_session(void)
{
	struct session s = { 0 };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	s.server = fork();
	assert_true(s.server >= 0);
	if (s.server == 0) {
		(void)close(fds[0]);
		daemon_serve(fds[1], vtable);
	}
	(void)close(fds[1]);
	assert_int_equal(peer_attach(fds[0], &s.bus), 0);
	return s;
}

static void session_done(struct session *s)
{
	int status;

	sd_bus_flush_close_unref(s->bus);
	assert_int_equal(waitpid(s->server, &status, 0), s->server);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void show_list(const struct page *page, const struct value *list)
{
	struct list_marks marks = { 0 };

	show_list_rows(page, list, &marks);
	show_list_end(page, &marks);
}

/* Calls, and prints the answer with `show`, or as JSON when it is NULL. Free the text. */
static char *answer_to(const char *method, const char *device, void (*show)(const struct page *, const struct value *))
{
	_cleanup_(session_done) struct session s = connect_session();
	struct value *answer = NULL;
	char *text = NULL;
	size_t n;
	const struct page page = { .out = open_memstream(&text, &n), .now_sec = NOW_SEC };

	assert_int_equal(peer_call(s.bus, &(struct peer_question){ .method = method, .text = device }, &answer), 0);
	if (show)
		show(&page, answer);
	else
		value_to_json(answer, page.out);
	(void)fclose(page.out);
	value_free(answer);
	return text;
}

static void test_status(void **state)
{
	_cleanup_free_ char *json = answer_to("Status", NULL, NULL);
	_cleanup_free_ char *text = answer_to("Status", NULL, show_status);
	(void)state;

	assert_string_equal(json, "{\"version\":\"0.1.0\",\"gateway\":\"gate\",\"home\":\"KR-CIC\","
				  "\"started\":1779996400,\"edge\":42,\"handshakes\":9223372036854775807,"
				  "\"zones\":{\"trusted\":3,\"restricted\":1},\"guarded\":[\"port1\",\"port2\"],"
				  "\"port\":5684}\n");
	assert_non_null(strstr(text, "gateway        gate, hallmarkd 0.1.0, home scheme KR-CIC\n"));
	assert_non_null(strstr(text, "running since  2026-05-28T19:26:40Z (1 h 0 min ago)\n"));
	assert_non_null(strstr(text, "devices        3 in trusted\n               1 in restricted\n"));
	assert_non_null(strstr(text, "guarded        port1, port2\n"));
}

/* Before all else: whether what follows has an effect. */
static void test_status_begins_with_enforcement(void **state)
{
	static const struct {
		const char *enforcement, *begins;
	} cases[] = {
		{ "enforcing", "enforced       by the kernel's tables" },
		{ "monitor", "MONITOR ONLY   devices are judged, and nothing is blocked\n" },
		{ "none", "NOT ENFORCED   the tables cannot be kept" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enforcement = cases[i].enforcement;

		_cleanup_free_ char *text = answer_to("Status", NULL, show_status);

		if (strncmp(text, cases[i].begins, strlen(cases[i].begins)) != 0)
			fail_msg("%s begins: %s", enforcement, text);
	}
	enforcement = NULL;
}

#define SAME "no difference  between the kernel's sets and the verdicts\n"

/* That the sets are as they should be says little where they limit nobody, and nothing where there are none. */
static void test_diff_says_what_is_not_enforced(void **state)
{
	static const struct {
		const char *enforcement, *layer2;
		bool json;
		enum ctl_exit end;
		const char *printed;
	} cases[] = {
		{ "enforcing", "yes", false, CTL_YES, SAME },
		{ "monitor", "yes", false, CTL_YES,
		  "MONITOR ONLY   devices are judged, and nothing is blocked\n" SAME },
		{ "none", "yes", false, CTL_YES, "NOT ENFORCED   the tables cannot be kept" },
		{ "monitor", "yes", true, CTL_YES, "[]\n" },
		{ "monitor", HALLMARK_BUS_NO_ENFORCEMENT, false, CTL_NO, "" },
		{ "monitor", HALLMARK_BUS_NO_ENFORCEMENT, true, CTL_NO, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_place_ struct place place = place_new();
		struct ctl ctl = { .socket = in(&place, "control"), .json = cases[i].json };

		enforcement = cases[i].enforcement;
		layer2 = cases[i].layer2;

		pid_t server = daemon_start(ctl.socket, vtable);

		if (run(ctl_diff, ctl) != cases[i].end ||
		    strncmp(output, cases[i].printed, strlen(cases[i].printed)) != 0 ||
		    (cases[i].printed[0] == '\0') != (output[0] == '\0'))
			fail_msg("case %zu printed: %s", i, output);
		daemon_stop(server);
	}
	enforcement = NULL;
}

static void test_list(void **state)
{
	_cleanup_free_ char *json = answer_to("List", NULL, NULL);
	_cleanup_free_ char *text = answer_to("List", NULL, show_list);
	(void)state;

	assert_non_null(strstr(json, "\"product\":\"pen:32473 / lämp\\u001b[2J-1 / 1.0.0\""));
	assert_non_null(strstr(json, "\"of-tomorrow\":[null,\"x\",[\"y\"]]},{\"issuer_role\":"));
	assert_string_equal(text, "DEVICE   ZONE       FOR         LABEL OR REASON          PRODUCT                \n"
				  "9f86d081 restricted 5 h 59 min  SG-CLS level 4* as Basic pen:32473 / lämp?[2J-1…\n"
				  "9f86d081 quarantine -           label-absent             pen:32473 / lämp?[2J-1…\n"
				  "* copied from the scheme's register by a transcriber, not signed by the scheme\n");
}

/* In short: nothing of why, and the kernel's word where it is another. */
static void test_show(void **state)
{
	_cleanup_free_ char *text = answer_to("Explain", "9f86d", show_one);

	(void)state;
	assert_non_null(strstr(text, "device         " DEVICE "\n"));
	assert_non_null(strstr(text, "product        pen:32473 / lämp?[2J-1 / 1.0.0\n"));
	assert_non_null(strstr(text, "zone           restricted until "));
	assert_non_null(strstr(text, "place          port1, MAC 02:00:00:00:00:01, address fe80::1\n"));
	assert_non_null(strstr(text, "more           hallmarkctl explain 9f86d081, hallmarkctl log show 9f86d081\n"));
	assert_null(strstr(text, "possession"));
	assert_null(strstr(text, "\033"));
}

/* On a terminal a zone has its colour, and what is in capitals is loud. */
static void test_colours(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	const struct page page = { .out = out, .is_coloured = true };

	(void)state;
	show_zone_name(&page, "trusted", 7);
	show_zone_name(&page, "quarantine", 10);
	page_line(&page, "OPEN", "x");
	page_line(&page, "place", "x");
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "\033[32mtrusted\033[0m\033[31mquarantine\033[0m"
				  "\033[1;37;41mOPEN\033[0m           x\nplace          x\n");
}

static void test_explain(void **state)
{
	_cleanup_free_ char *text = answer_to("Explain", "9f86d", show_explain);
	(void)state;

	assert_string_equal(text, "device         " DEVICE "\n"
				  "product        pen:32473 / lämp?[2J-1 / 1.0.0\n"
				  "ueid           0102\n"
				  "seen           on port1, MAC 02:00:00:00:00:01, from fe80::1\n"
				  "judged         2026-05-28T20:24:40Z (2 min ago)\n"
				  "evidence\n"
				  "  passed       1 possession\n"
				  "  failed       3 chain, chain-unanchored: a sentence that says why it is so (RFC\n"
				  "               1 section 2)\n"
				  "label          SG-CLS level 4, number CSA-1, transcribed by Desk\n"
				  "               category lamp, until 2026-09-21T14:13:20Z (in 115 d 17 h)\n"
				  "               from the register, not bound to firmware versions\n"
				  "               nearest of its 2 classes: model \"lamp-1 \", the device says\n"
				  "               \"lamp-1\"\n"
				  "               the label's model is not as it looks: it begins or ends with a\n"
				  "               space\n"
				  "  passed       10 label-signature\n"
				  "  absent       14 label-status, no-status: a sentence that says why it is so\n"
				  "               (RFC 1 section 2)\n"
				  "arrangement    R8: recognised as Basic\n"
				  "rule           \"best\" for trusted: refused, rule-level: the recognised level is\n"
				  "               below what the rule asks; missing: firmware\n"
				  "               \"fair\" for restricted: taken\n"
				  "zone           restricted until 2026-05-29T02:26:39Z (in 5 h 59 min); ends\n"
				  "               first: policy\n"
				  "reason         admitted: every check that the zone requires passed\n"
				  "held back      rule-level: the level is below\n"
				  "kernel         in the set of restricted for 5 h 59 min more\n");
}

static char *shown(void (*show)(const struct page *, const struct value *), const struct value *v)
{
	char *text = NULL;
	size_t n;
	const struct page page = { .out = open_memstream(&text, &n), .now_sec = NOW_SEC };

	show(&page, v);
	(void)fclose(page.out);
	return text;
}

/* What the scheme itself signed has no mark, nor has a label that nobody vouches for. */
static void test_issuer_roles(void **state)
{
	static const struct {
		const char *role, *in_list, *in_explanation;
	} cases[] = {
		{ "transcriber", "SG-CLS 4* as Basic ", ", transcribed by Desk\n" },
		{ "scheme", "SG-CLS 4 as Basic ", ", issued by Desk, the scheme itself\n" },
		{ "", "SG-CLS 4 as Basic ", ", issued by Desk\n" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value *list = value_new(VALUE_LIST), *device = value_add_new(list, NULL, VALUE_MAP);
		struct value *labels = value_add_new(device, "labels", VALUE_LIST);
		struct value *both[] = { device, value_add_new(labels, NULL, VALUE_MAP) };

		for (size_t k = 0; k < ARRAY_SIZE(both); k++) {
			value_add_text(both[k], "scheme", "SG-CLS");
			value_add_text(both[k], "level_name", "4");
			value_add_text(both[k], "recognised", "Basic");
			value_add_text(both[k], "arrangement", "R8");
			value_add_text(both[k], "issuer", "Desk");
			value_add_text(both[k], "issuer_role", cases[i].role);
		}

		_cleanup_free_ char *in_list = shown(show_list, list), *in_explanation = shown(show_explain, device);

		assert_non_null(strstr(in_list, cases[i].in_list));
		assert_int_equal(strstr(in_list, "\n* copied") != NULL, i == 0);
		assert_non_null(strstr(in_explanation, cases[i].in_explanation));
		value_free(list);
	}
}

/* Behind a shared MAC the kernel may have a lesser zone than the verdict: that is said, and why. */
static void test_shared_macs(void **state)
{
	static const struct {
		const char *zone, *place_zone;
		bool is_lesser;
	} cases[] = {
		{ "trusted", "restricted", true },
		{ "trusted", "trusted", false },
		{ "quarantine", "trusted", false }, /* who is not admitted takes part in it, as everywhere */
		{ "trusted", "", false },           /* a daemon of before */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value *list = value_new(VALUE_LIST), *device = value_add_new(list, NULL, VALUE_MAP);
		struct value *kernel = value_add_new(device, "kernel", VALUE_MAP);
		const unsigned n = cases[i].is_lesser;

		value_add_text(device, "zone", cases[i].zone);
		value_add_text(device, "place_zone", cases[i].place_zone);
		value_add_number(device, "place_devices", 3);
		value_add_text(kernel, "zone", cases[i].place_zone);
		value_add_flag(kernel, "present", true);

		_cleanup_free_ char *in_list = shown(show_list, list), *in_one = shown(show_one, device),
				    *in_explanation = shown(show_explain, device);

		assert_int_equal(strstr(in_list, "<trusted") != NULL, n);
		assert_int_equal(strstr(in_list, "\n< in a lesser zone: it shares its MAC (network.shared)") != NULL,
				 n);
		assert_int_equal(
			strstr(in_explanation, "SHARED MAC     3 devices are admitted behind this MAC") != NULL, n);
		assert_int_equal(strstr(in_one, "SHARED MAC     3 devices are admitted behind this MAC") != NULL, n);
		assert_int_equal(strstr(in_one, "KERNEL") != NULL, i >= 2); /* what nothing explains */
		value_free(list);
	}
}

/* A Korean name has two columns for each syllable, and keeps the columns of the table; its times are those of its reader. */
static void test_korean_reader(void **state)
{
	struct value *list = value_new(VALUE_LIST), *device = value_add_new(list, NULL, VALUE_MAP);

	(void)state;
	value_add_text(device, "device", DEVICE);
	value_add_text(device, "zone", "현관");
	value_add_text(device, "reason", "admitted");
	value_add_text(device, "product", "한누리 월패드 스마트홈 2.4.1");
	value_add_number(device, "until", NOW_SEC + 60);
	assert_int_equal(setenv("TZ", "KST-9", 1), 0);

	_cleanup_free_ char *in_list = shown(show_list, list), *in_one = shown(show_one, device),
			    *in_explanation = shown(show_explain, device);

	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	assert_non_null(
		strstr(in_list, "9f86d081 현관       1 min       admitted                 한누리 월패드 스마트홈…\n"));
	assert_non_null(strstr(in_one, "zone           현관 until 2026-05-29T05:27:40+09:00 (in 1 min)\n"));
	assert_non_null(strstr(in_explanation, "zone           현관 until 2026-05-29T05:27:40+09:00 (in 1 min)\n"));
	value_free(list);
}

/* Texts are Korean, names and JSON are not. */
static void test_korean_texts(void **state)
{
	struct value *list = value_new(VALUE_LIST), *device = value_add_new(list, NULL, VALUE_MAP);
	struct value *check = value_add_new(value_add_new(device, "checks", VALUE_LIST), NULL, VALUE_MAP);
	char *json = NULL;
	size_t n;
	FILE *f = open_memstream(&json, &n);

	(void)state;
	value_add_text(device, "device", DEVICE);
	value_add_text(device, "zone", "passed"); /* a name is a name, also where it is a word of ours */
	value_add_text(device, "reason", "no-rule");
	value_add_text(device, "sentence", "no rule of the policy admits this device");
	value_add_number(device, "until", NOW_SEC + 60);
	value_add_number(check, "number", 9);
	value_add_text(check, "state", "absent");
	value_add_text(check, "name", "firmware");
	value_add_text(check, "reason", "no-reference");
	value_add_text(check, "sentence", "no reference values are configured for this firmware");
	value_add_text(check, "specification", "RFC 9334 section 9.1");
	speak("ko");

	_cleanup_free_ char *in_list = shown(show_list, list), *in_explanation = shown(show_explain, device);

	value_to_json(list, f);
	(void)fclose(f);
	speak("xx");

	_cleanup_free_ char *other = shown(show_list, list);

	speak_english();
	assert_non_null(strstr(in_list, "기기     구역       남은 시간   라벨 또는 사유           제품 "));
	assert_non_null(strstr(in_list, "9f86d081 passed     1 min       no-rule "));
	assert_non_null(strstr(in_explanation,
			       "\n  없음         9 firmware, no-reference: 이 펌웨어의 기준값이 설정되어 있지\n"
			       "               않습니다 (RFC 9334 section 9.1)\n"));
	assert_non_null(strstr(in_explanation, "\n구역           passed, 2026-05-28T20:27:40Z (1 min 후)까지\n"
					       "사유           no-rule: 이 기기를 허용하는 정책 규칙이 없습니다\n"));
	assert_non_null(strstr(json, "\"sentence\":\"no rule of the policy admits this device\""));
	assert_non_null(strstr(other, "DEVICE   ZONE "));
	free(json);
	value_free(list);
}

/* One is not shown as several, and none is. */
static void test_numbers_in_status(void **state)
{
	static const char *const keys[] = { "edge_restarts", "judges_replaced", "drifts", "held_demoted",
					    "held_reinstated" };
	static const struct {
		int64_t n;
		const char *restarts, *drifts, *demoted, *reinstated;
	} cases[] = {
		{ 0, "replaced 0 times", "repaired 0 times", NULL, NULL },
		{ 1, "replaced 1 time", "repaired 1 time", "1 of 7 admitted devices would lose its zone",
		  "1 device would be reinstated" },
		{ 2, "replaced 2 times", "repaired 2 times", "2 of 7 admitted devices would lose their zone",
		  "2 devices would be reinstated" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value *status = value_new(VALUE_MAP), *edges = value_new(VALUE_LIST);
		char edge[64], judges[64];

		value_add_text(status, "held", "reload");
		value_add_number(status, "held_admitted", 7);
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			value_add_number(status, keys[k], cases[i].n);
		for (int64_t pid = 71; pid < 73; pid++) {
			struct value *one = value_new(VALUE_MAP);

			value_add_number(one, "process", pid);
			value_add(edges, NULL, one);
		}
		value_add(status, "edges", edges);
		(void)snprintf(edge, sizeof(edge), "processes 71, 72; %s\n", cases[i].restarts);
		(void)snprintf(judges, sizeof(judges), "process 0, %s; disagreements 0", cases[i].restarts);

		_cleanup_free_ char *text = shown(show_status, status);

		assert_non_null(strstr(text, edge));
		assert_non_null(strstr(text, judges));
		assert_non_null(strstr(text, cases[i].drifts));
		assert_null(strstr(text, "1 times"));
		if (cases[i].demoted) {
			assert_non_null(strstr(text, cases[i].demoted));
			assert_non_null(strstr(text, cases[i].reinstated));
		} else {
			assert_null(strstr(text, "reinstated"));
		}
		value_free(status);
	}
}

/* Also a label that is a name: these devices begin like words of ours. */
static void test_korean_names(void **state)
{
	struct value *review = value_new(VALUE_MAP), *moves = value_add_new(review, "moves", VALUE_LIST);
	struct value *move = value_add_new(moves, NULL, VALUE_MAP);

	(void)state;
	value_add_text(review, "outcome", "applied");
	value_add_text(move, "device", "change");
	value_add_text(move, "reason", "admitted");
	speak("ko");

	_cleanup_free_ char *text = shown(show_review, review);

	speak_english();
	value_free(review);
	assert_non_null(strstr(text, "적용됨         적용되었습니다\n"));
	assert_non_null(strstr(text, "\n  change       "));
}

/* One that failed once, and one that failed three times. */
static struct value *refused_senders(void)
{
	struct value *list = value_new(VALUE_LIST);

	for (int i = 0; i < 2; i++) {
		struct value *f = value_add_new(list, NULL, VALUE_MAP);

		value_add_text(f, "cause", "suite");
		value_add_text(f, "address", i == 0 ? "192.0.2.1" : "192.0.2.2");
		value_add_text(f, "interface", "lan");
		value_add_number(f, "times", i == 0 ? 1 : 3);
		value_add_number(f, "last", NOW_SEC - 60);
		value_add_text(f, "sentence", "the device offers no suite of the protocol");
		value_add_text(f, "offer", "DTLS 1.2");
		value_add_text(f, "remedy", "Enable DTLS 1.2 in the device's firmware");
	}
	return list;
}

static void test_who_cannot_connect(void **state)
{
	struct value *none = value_new(VALUE_LIST), *list = refused_senders();
	_cleanup_free_ char *nobody = shown(show_refused, none), *text = shown(show_refused, list);

	(void)state;
	speak("ko");

	_cleanup_free_ char *korean_nobody = shown(show_refused, none), *korean = shown(show_refused, list);

	speak_english();
	value_free(none);
	value_free(list);
	assert_string_equal(nobody, "no handshake has failed since the daemon started\n");
	assert_non_null(strstr(text, "suite                   192.0.2.1 on lan, 1 time, 2026-"));
	assert_non_null(strstr(text, "suite                   192.0.2.2 on lan, 3 times, the last 2026-"));
	assert_non_null(strstr(text, "\n                        the device offers no suite of the protocol\n"
				     "  offers                DTLS 1.2\n"
				     "  change                Enable DTLS 1.2 in the device's firmware\n"));
	assert_string_equal(korean_nobody, "데몬이 시작한 뒤 실패한 핸드셰이크가 없습니다\n");
	assert_non_null(strstr(korean, "suite                   192.0.2.1, lan, 1회, 마지막 2026-"));
	assert_non_null(strstr(korean, "suite                   192.0.2.2, lan, 3회, 마지막 2026-"));
	assert_non_null(strstr(korean, "\n                        기기가 프로토콜의 암호 스위트를 제안하지 않습니다\n"
				       "  기기의 제안           DTLS 1.2\n"
				       "  조치                  기기의 펌웨어에서 DTLS 1.2를 켜십시오\n"));
}

static void test_errors(void **state)
{
	_cleanup_(session_done) struct session s = connect_session();
	struct value *answer = NULL;
	(void)state;

	assert_int_equal(peer_call(s.bus, &(struct peer_question){ .method = "Explain", .text = "0000" }, &answer),
			 -ENODEV);
	assert_true(peer_call(s.bus, &(struct peer_question){ .method = "Explain", .text = "9f86" }, &answer) < 0);
	assert_true(peer_call(s.bus, &(struct peer_question){ .method = "Explain", .text = "\xff" }, &answer) <
		    0); /* no UTF-8: never sent */
	assert_true(peer_call(s.bus, &(struct peer_question){ .method = "Dance", .text = NULL }, &answer) < 0);
	assert_null(answer);
	assert_int_equal(peer_call(s.bus, &(struct peer_question){ .method = "Status", .text = NULL }, &answer),
			 0); /* and the bus still works */
	value_free(answer);
}

static void test_no_daemon(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .socket = in(&place, "absent") };
	(void)state;

	assert_int_equal(run(ctl_status, ctl), CTL_FAULT);
	ctl.socket = put_text(&place, "a-file", "x");
	assert_int_equal(run(ctl_status, ctl), CTL_FAULT);
}

/* The whole command over a socket in the file system. */
static void test_command(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .socket = in(&place, "control"), .operand = "9f86d", .json = true };
	pid_t server = daemon_start(ctl.socket, vtable);

	(void)state;
	assert_int_equal(run(ctl_explain, ctl), CTL_YES);
	assert_true(printed("\"kernel\":{\"present\":true"));
	ctl.operand = "0000";
	assert_int_equal(run(ctl_explain, ctl), CTL_NO);
	assert_false(printed("kernel"));
	daemon_stop(server);
}

/* Each verb with what it sends, what it prints and how it ends. */
static void test_orders(void **state)
{
	static const struct {
		enum ctl_exit (*verb)(const struct ctl *ctl);
		struct ctl given;
		enum ctl_exit end;
		const char *printed; /* NULL: nothing */
	} rows[] = {
		{ ctl_quarantine, { .operand = "9f86" }, CTL_YES, "until it is released; it replaces: monitor\n" },
		{ ctl_quarantine, { .operand = "9f86" }, CTL_YES, "from trusted to quarantine\n" },
		{ ctl_quarantine, { .operand = "9f86", .for_ = "90s" }, CTL_YES, "order          quarantine until 2" },
		{ ctl_quarantine, { .operand = "9f86", .reason = "noisy" }, CTL_YES, "from trusted to noisy\n" },
		{ ctl_quarantine, { .operand = "9f86", .for_ = "soon" }, CTL_FAULT, NULL },
		{ ctl_quarantine, { .operand = "9f86", .for_ = "90000d" }, CTL_FAULT, NULL },
		{ ctl_quarantine, { .operand = "0000" }, CTL_NO, NULL },
		{ ctl_quarantine, { .operand = "2222" }, CTL_FAULT, NULL },
		{ ctl_quarantine, { .operand = "3333" }, CTL_YES, "KERNEL         has not accepted it yet" },
		{ ctl_quarantine, { .operand = "9f86", .json = true }, CTL_YES, "\"record\":\"12:00ff\"" },
		{ ctl_allow,
		  { .operand = "9f86", .zone = "attic", .for_ = "31d", .reason = "why" },
		  CTL_YES,
		  "order          why until 2" },
		{ ctl_allow,
		  { .operand = "9f86", .zone = "attic", .for_ = "1h", .reason = "why" },
		  CTL_YES,
		  "from trusted to attic until" },
		{ ctl_allow, { .operand = "9f86", .zone = "attic", .for_ = "32d", .reason = "why" }, CTL_FAULT, NULL },
		{ ctl_allow, { .operand = "9f86", .zone = "attic", .for_ = "0", .reason = "why" }, CTL_FAULT, NULL },
		{ ctl_monitor,
		  { .operand = "9f86", .for_ = "1h", .reason = "why" },
		  CTL_YES,
		  "from trusted to why until" },
		{ ctl_monitor, { .operand = "9f86", .for_ = "745h", .reason = "why" }, CTL_FAULT, NULL },
		{ ctl_monitor, { .operand = "4444", .for_ = "1h", .reason = "why" }, CTL_FAULT, NULL },
		{ ctl_monitor,
		  { .operand = "4444", .for_ = "1h", .reason = "why", .unproved = true },
		  CTL_YES,
		  "UNPROVED       only the device itself says that it is UEID 0102\n" },
		{ ctl_allow, { .operand = "4444", .zone = "attic", .for_ = "1h", .reason = "why" }, CTL_FAULT, NULL },
		{ ctl_allow,
		  { .operand = "4444", .zone = "attic", .for_ = "1h", .reason = "why", .unproved = true },
		  CTL_YES,
		  "UNPROVED       only the device itself says that it is UEID 0102\n" },
		{ ctl_allow,
		  { .operand = "9f86", .zone = "attic", .for_ = "1h", .reason = "why" },
		  CTL_YES,
		  "chain          ends in Haneul; UEID 0102\n" },
		{ ctl_release, { .operand = "9f86" }, CTL_YES, "order          released: monitor\n" },
		{ ctl_release, { .operand = "1111" }, CTL_NO, NULL },
		{ ctl_reattest, { .operand = "9f86" }, CTL_YES, "zone           unasked until" },
		{ ctl_reattest, { .operand = "9f86", .for_ = "90s" }, CTL_YES, "zone           ninety until" },
		{ ctl_reattest, { .operand = "9f86", .json = true }, CTL_YES, "\"attest_by\":1780000000" },
		{ ctl_reattest, { .operand = "3333" }, CTL_YES, "KERNEL         has not accepted it yet" },
		{ ctl_reattest, { .operand = "9f86", .for_ = "24h" }, CTL_YES, "zone           other until" },
		{ ctl_reattest, { .operand = "9f86", .for_ = "86401" }, CTL_FAULT, NULL },
		{ ctl_reattest, { .operand = "9f86", .for_ = "soon" }, CTL_FAULT, NULL },
		{ ctl_reattest, { .operand = "0000" }, CTL_NO, NULL },
		{ ctl_reattest, { .operand = "1111" }, CTL_NO, NULL },
		{ ctl_reattest, { .operand = "2222" }, CTL_FAULT, NULL },
	};
	_cleanup_place_ struct place place = place_new();
	const char *path = in(&place, "control");
	pid_t server = daemon_start(path, vtable);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ctl ctl = rows[i].given;

		ctl.socket = path;
		if (run(rows[i].verb, ctl) != rows[i].end || (rows[i].printed ? !printed(rows[i].printed) : output[0]))
			fail_msg("row %zu printed: %s", i, output);
		assert_false(printed("\033"));
	}
	daemon_stop(server);
}

/* One server, which sends its signals once it was asked for its status, and then stays or leaves. */
static enum ctl_exit watch(const struct ctl *given, bool server_leaves)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = *given;
	enum ctl_exit end;
	pid_t server;

	ctl.socket = in(&place, "control");
	has_signals = true;
	leaves = server_leaves;
	server = daemon_start(ctl.socket, vtable);
	has_signals = leaves = false;
	end = run(ctl_watch, ctl);
	daemon_stop(server);
	return end;
}

static void test_watch(void **state)
{
	(void)state;
	assert_int_equal(watch(&(struct ctl){ .for_ = "1s" }, false), CTL_YES);
	assert_int_equal(watch(&(struct ctl){ .for_ = "1h" }, true), CTL_FAULT); /* the daemon has gone */
	assert_true(printed("Z  9f86d081  lamp?[2J: quarantine → trusted (admitted)\n"));
	assert_true(printed("Z  70 changes in 9 s: 60 to trusted, 10 to restricted; entries 3 to 72 of the record\n"));
	assert_true(printed("Z  9f86d081  거실 월패드, 101동 1203호\n  restricted → quarantine (label-revoked)\n"));
	assert_true(printed("Z  101동 1203호: unknown device on port7, MAC 02:00:5e:10:00:01\n"));
	assert_null(strstr(output, "Tomorrow"));
	assert_int_equal(setenv("TZ", "KST-9", 1), 0);
	assert_int_equal(watch(&(struct ctl){ .for_ = "1h" }, true), CTL_FAULT);
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	assert_true(printed("+09:00  9f86d081  lamp?[2J: quarantine → trusted (admitted)\n"));
	assert_int_equal(watch(&(struct ctl){ .json = true }, true), CTL_FAULT);
	assert_ptr_equal(strstr(output, "{\"event\":\"admission\",\"time\":"), output);
	assert_true(printed("\"device\":\"" DEVICE "\",\"product\":\"lamp\\u001b[2J\",\"before\":\"quarantine\","
			    "\"after\":\"trusted\",\"reason\":\"admitted\",\"until\":1780000000}\n"));
	assert_true(printed("\"changes\":70,\"seconds\":9,\"zones\":{\"trusted\":60,\"restricted\":10},"
			    "\"first_record\":3,\"last_record\":72}\n"));
	assert_int_equal(run(ctl_watch, (struct ctl){ .socket = "/nonexistent" }), CTL_FAULT);
	assert_int_equal(run(ctl_watch, (struct ctl){ .for_ = "soon", .socket = "/nonexistent" }), CTL_FAULT);
}

/* A device under order says so wherever it is shown, and status counts what is not to be forgotten. */
static void test_standing_orders(void **state)
{
	struct value *list = value_new(VALUE_LIST), *device = value_add_new(list, NULL, VALUE_MAP);
	struct value *status = value_new(VALUE_MAP), *orders = value_add_new(status, "orders", VALUE_MAP);

	(void)state;
	value_add_text(device, "device", DEVICE);
	value_add_text(device, "reason", "operator-allowed");
	{
		_cleanup_free_ char *in_list = shown(show_list, list), *in_explanation = shown(show_explain, device);

		assert_null(strstr(in_list, "ORDER"));
		assert_null(strstr(in_explanation, "ORDER"));
	}
	value_add_text(device, "order", "allow");
	value_add_text(device, "order_zone", "attic");
	value_add_text(device, "order_reason", "until Friday");
	value_add_number(device, "order_since", NOW_SEC - 60);
	value_add_number(device, "order_until", NOW_SEC + 60);
	value_add_number(device, "order_by", 1000);

	_cleanup_free_ char *in_list = shown(show_list, list), *in_explanation = shown(show_explain, device);

	assert_non_null(strstr(in_list, "ORDER allow: until Frid…"));
	assert_non_null(
		strstr(in_explanation, "ORDER          allow in attic, by user 1000, since 2026-05-28T20:25:40Z"));
	assert_non_null(strstr(in_explanation, "until Friday\n"));

	_cleanup_free_ char *quiet = shown(show_status, status);

	value_add_number(orders, "allow", 1);
	value_add_number(orders, "monitor", 2);

	_cleanup_free_ char *loud = shown(show_status, status);

	assert_non_null(strstr(quiet, "orders         0 quarantine, 0 allow, 0 monitor\n"));
	assert_null(strstr(quiet, "MONITORED"));
	assert_null(strstr(quiet, "ALLOWED"));
	assert_non_null(strstr(loud, "MONITORED      2 devices"));
	assert_non_null(strstr(loud, "ALLOWED        1 devices"));
	value_free(list);
	value_free(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_issuer_roles),
		cmocka_unit_test(test_shared_macs),
		cmocka_unit_test(test_korean_reader),
		cmocka_unit_test(test_korean_texts),
		cmocka_unit_test(test_korean_names),
		cmocka_unit_test(test_who_cannot_connect),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_standing_orders),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_status_begins_with_enforcement),
		cmocka_unit_test(test_numbers_in_status),
		cmocka_unit_test(test_diff_says_what_is_not_enforced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
