/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* `hallmarkctl list` against a daemon that says in a device's product what it was asked for: pages, options, JSON. */
#include "ctl_daemon.h"
#include "ctl_kit.h"

/* --- The daemon: three pages, of which the second one is empty --- */

static void append(char *to, size_t size, const char *key, const char *value)
{
	const size_t n = strlen(to);

	(void)snprintf(to + n, size - n, "%s=%s ", key, value);
}

static void read_filter(sd_bus_message *call, char *ret, size_t size)
{
	const char *key, *contents, *text;
	char number[16];
	unsigned value;

	sent(sd_bus_message_enter_container(call, 'a', "{sv}"));
	while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
		sent(sd_bus_message_read(call, "s", &key));
		sent(sd_bus_message_peek_type(call, NULL, &contents));
		if (contents[0] == 's') {
			sent(sd_bus_message_read(call, "v", "s", &text));
		} else {
			sent(sd_bus_message_read(call, "v", contents, &value));
			(void)snprintf(number, sizeof(number), "%u", value);
			text = number;
		}
		append(ret, size, key, text);
		sent(sd_bus_message_exit_container(call));
	}
	sent(sd_bus_message_exit_container(call));
}

static int on_list_devices(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	char asked[256] = "", limit[16];
	const char *order, *after;
	unsigned n;

	(void)userdata;
	read_filter(call, asked, sizeof(asked));
	sent(sd_bus_message_read(call, "ssu", &order, &after, &n));
	(void)snprintf(limit, sizeof(limit), "%u", n);
	append(asked, sizeof(asked), "order", order);
	append(asked, sizeof(asked), "limit", limit);
	if (strstr(asked, "zone=attic"))
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "no such zone");
	if (strstr(asked, "scheme=nobody's"))
		return sd_bus_reply_method_return(call, "aa{sv}s", 0, "");
	if (strcmp(after, "two") == 0 && strstr(asked, "scheme=late"))
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "not any more");
	if (after[0] == '\0')
		return sd_bus_reply_method_return(call, "aa{sv}s", 1, 2, "device", "s", "0a0a0a0a0a", "product", "s",
						  asked, "one");
	if (strcmp(after, "one") == 0)
		return sd_bus_reply_method_return(call, "aa{sv}s", 0, "two");
	if (strcmp(after, "two") == 0)
		return sd_bus_reply_method_return(call, "aa{sv}s", 2, 2, "device", "s", "0b0b0b0b0b", "product", "s",
						  asked, 1, "device", "s", "0c0c0c0c0c", "");
	return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "this was not given out");
}

static int on_failed_handshakes(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(call, "aa{sv}", 0);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("ListDevices", "a{sv}ssu", "aa{sv}s", on_list_devices, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("FailedHandshakes", "", "aa{sv}", on_failed_handshakes, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* --- The tests --- */

static enum ctl_exit list_with(struct ctl ctl)
{
	_cleanup_place_ struct place place = place_new();
	enum ctl_exit r;

	ctl.socket = in(&place, "control");

	pid_t server = daemon_start(ctl.socket, vtable);

	r = run(ctl_list, ctl);
	daemon_stop(server);
	return r;
}

static unsigned count(const char *text)
{
	unsigned n = 0;

	for (const char *at = strstr(output, text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

/* One head, whatever page a row is from. */
static void test_pages(void **state)
{
	(void)state;
	assert_int_equal(list_with((struct ctl){ 0 }), CTL_YES);
	assert_int_equal(strncmp(output, "DEVICE   ZONE ", 14), 0);
	assert_int_equal(count("DEVICE"), 1);
	assert_int_equal(count("\n"), 4);
	assert_true(printed("0a0a0a0a "));
	assert_true(printed("0b0b0b0b "));
	assert_true(printed("0c0c0c0c "));
}

/* One array, and each device once. */
static void test_json(void **state)
{
	(void)state;
	assert_int_equal(list_with((struct ctl){ .json = true }), CTL_YES);
	assert_string_equal(output, "[{\"device\":\"0a0a0a0a0a\",\"product\":\"order= limit=1000 \"},"
				    "{\"device\":\"0b0b0b0b0b\",\"product\":\"order= limit=1000 \"},"
				    "{\"device\":\"0c0c0c0c0c\"}]\n");
	assert_int_equal(list_with((struct ctl){ .json = true, .scheme = "nobody's" }), CTL_YES);
	assert_string_equal(output, "[]\n");
}

static void test_options(void **state)
{
	struct ctl ctl = { .json = true,
			   .zone = "trusted",
			   .reason = "expired",
			   .scheme = "KR-CIC",
			   .id = "0a",
			   .held = true,
			   .expiring = "24h",
			   .sort = "until" };

	(void)state;
	assert_int_equal(list_with(ctl), CTL_YES);
	assert_int_equal(count("\"zone=trusted reason=expired scheme=KR-CIC id=0a held=1 expiring=86400 order=until "
			       "limit=1000 \""),
			 2); /* on each page */
	assert_int_equal(list_with((struct ctl){ .json = true, .scheme = "" }), CTL_YES);
	assert_true(printed("\"scheme= order= limit=1000 \""));
}

static void test_limit(void **state)
{
	(void)state;
	assert_int_equal(list_with((struct ctl){ .json = true, .limit = "1" }), CTL_YES);
	assert_string_equal(output, "[{\"device\":\"0a0a0a0a0a\",\"product\":\"order= limit=1 \"}]\n");
	assert_int_equal(list_with((struct ctl){ .json = true, .limit = "3" }), CTL_YES);
	assert_true(printed("\"order= limit=3 \"},"));
	assert_true(printed("\"order= limit=2 \"},")); /* one was there already */
	assert_int_equal(list_with((struct ctl){ .json = true, .limit = "2000" }), CTL_YES);
	assert_int_equal(count("limit=1000"), 2);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(list_with((struct ctl){ .scheme = "nobody's" }), CTL_YES);
	assert_string_equal(output, "no device fits these options\n");
}

static void test_errors(void **state)
{
	static const struct ctl refused[] = {
		{ .limit = "0" },
		{ .limit = "-1" },
		{ .limit = "4294967296" },
		{ .limit = "many" },
		{ .expiring = "soon" },
		{ .expiring = "50000d" },
		{ .zone = "attic" },
		{ .refused = true, .zone = "trusted" },
		{ .refused = true, .sort = "id" },
		{ .refused = true, .id = "0a" },
		{ .json = true, .zone = "attic" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (list_with(refused[i]) != CTL_FAULT || output[0] != '\0')
			fail_msg("case %zu printed: %s", i, output);
	}
	assert_int_equal(list_with((struct ctl){ .scheme = "late" }), CTL_FAULT); /* what came is shown */
	assert_true(printed("0a0a0a0a "));
	assert_int_equal(list_with((struct ctl){ .limit = "4294967295", .expiring = "49000d" }), CTL_YES);
	assert_int_equal(list_with((struct ctl){ .refused = true }), CTL_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages), cmocka_unit_test(test_json),    cmocka_unit_test(test_options),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_nothing), cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
