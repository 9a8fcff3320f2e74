/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* `hallmarkctl baseline` against a daemon of some unknown devices: the file, which a configuration takes unchanged, and what is refused. */
#include <time.h>

#include "base/log.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "ctl_daemon.h"
#include "ctl_kit.h"

/* --- The daemon --- */

static const struct there {
	const char *interface, *port, *mac, *name, *segment, *place;
	int64_t last_sec;
	bool is_bridge;
} seen[] = {
	{ "lan0", "", "02:00:5e:10:00:01", "", "101동 1203호", "", 50, false },
	{ "lan0", "", "02:00:5f:10:00:01", "", "101동 1203호", "", 50, false }, /* the same short name */
	{ "vlan7", "", "02:00:5f:10:00:01", "", "", "", 60, false },            /* with one MAC at two interfaces */
	{ "vlan8", "", "02:00:5e:10:00:02", "=1+1, \"x\"", "", "-attic", 50, false },
	{ "br0", "port1", "02:00:5e:10:00:03", "", "", "", 50, true },
	{ "br0", "port2", "02:00:5e:10:00:03", "", "", "", 40, true }, /* seen earlier, at another port */
	{ "br0", "", "02:00:5e:10:00:04", "", "", "", 50, true },      /* nobody knows where */
	{ "", "port9", "02:00:5e:10:00:05", "", "", "", 50, false },
	{ "lan0", "", "02:01:5e:10:00:01", "", "101동 1203호", "", 50, false },
};

static void append_one(sd_bus_message *m, const struct there *p)
{
	sent(sd_bus_message_append(m, "a{sv}", 8, "interface", "s", p->interface, "bridge_port", "s", p->port, "mac",
				   "s", p->mac, "name", "s", p->name, "segment", "s", p->segment, "place", "s",
				   p->place, "last", "x", p->last_sec, "bridge", "b", p->is_bridge));
}

static int on_unknown(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *interface, *port, *mac;
	sd_bus_message *reply = NULL;

	(void)userdata, (void)error;
	sent(sd_bus_message_read(call, "sss", &interface, &port, &mac));
	sent(sd_bus_message_new_method_return(call, &reply));
	sent(sd_bus_message_open_container(reply, 'a', "a{sv}"));
	for (size_t i = 0; mac[0] == '\0' && i < ARRAY_SIZE(seen); i++)
		append_one(reply, &seen[i]);
	sent(sd_bus_message_close_container(reply));
	return sd_bus_send(NULL, reply, NULL);
}

static int on_status(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)userdata, (void)error;
	return sd_bus_reply_method_return(call, "a{sv}", 1, "zones", "a{su}", 3, "quarantine", 4, "restricted", 0, "in",
					  7);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Status", "", "a{sv}", on_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("UnknownDevices", "sss", "aa{sv}", on_unknown, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* --- The tests --- */

static char soon[16]; /* a day that an exception may end on */

static void set_soon(unsigned days)
{
	const time_t then = time(NULL) + (time_t)days * 86400;
	struct tm tm;

	assert_non_null(gmtime_r(&then, &tm));
	assert_int_equal(strftime(soon, sizeof(soon), "%Y-%m-%d", &tm), 10);
}

static enum ctl_exit baseline(struct ctl ctl)
{
	_cleanup_place_ struct place place = place_new();
	enum ctl_exit r;

	ctl.socket = in(&place, "control");

	pid_t server = daemon_start(ctl.socket, vtable);

	r = run(ctl_baseline, ctl);
	daemon_stop(server);
	return r;
}

/* What it should have printed; DAY stands for the day. */
static void expect(const char *text)
{
	char expected[4096] = "", *to = expected;

	for (const char *at = text; *at; at++) {
		const bool is_day = strncmp(at, "DAY", 3) == 0;

		to += is_day ? snprintf(to, 16, "%s", soon) : snprintf(to, 2, "%c", *at);
		at += is_day ? 2 : 0;
	}
	assert_string_equal(output, expected);
}

#define HEAD "\xef\xbb\xbfsegment,name,interface,mac,place,exception,until\r\n"

static void test_rows(void **state)
{
	(void)state;
	set_soon(30);
	assert_int_equal(baseline((struct ctl){ .zone = "in", .until = soon }), CTL_YES);
	expect(HEAD ",\"\t=1+1, \"\"x\"\"\",vlan8,02:00:5e:10:00:02,\"\t-attic\",in,DAY\r\n"
		    ",unknown-100001,vlan7,02:00:5f:10:00:01,,in,DAY\r\n"
		    ",unknown-100003,port1,02:00:5e:10:00:03,,in,DAY\r\n"
		    "101동 1203호,unknown-100001,lan0,02:00:5e:10:00:01,,in,DAY\r\n"
		    "101동 1203호,unknown-02005F100001,lan0,02:00:5f:10:00:01,,in,DAY\r\n"
		    "101동 1203호,unknown-02015E100001,lan0,02:01:5e:10:00:01,,in,DAY\r\n");
	assert_int_equal(baseline((struct ctl){ .zone = "restricted", .until = soon, .segment = "101동 1203호" }),
			 CTL_YES);
	expect(HEAD "101동 1203호,unknown-100001,lan0,02:00:5e:10:00:01,,restricted,DAY\r\n"
		    "101동 1203호,unknown-02005F100001,lan0,02:00:5f:10:00:01,,restricted,DAY\r\n"
		    "101동 1203호,unknown-02015E100001,lan0,02:01:5e:10:00:01,,restricted,DAY\r\n");
	assert_int_equal(baseline((struct ctl){ .zone = "in", .until = soon, .segment = "nobody's" }), CTL_YES);
	expect(HEAD);
}

#define CONFIGURATION                                                                                                  \
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"     \
	"network = { guarded = [ \"lan0\", \"vlan*\", \"br0\" ]; uplinks = [ \"wan0\" ];\n"                            \
	"  bridges = ( { name = \"br0\"; ports = [ \"port*\" ]; } );\n"                                                \
	"  segments = ( { name = \"101동 1203호\"; interfaces = [ \"lan0\" ]; } ); };\n"                             \
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Lite\" ]; } );\n" \
	"zones = ( { name = \"in\"; reach = [ ]; }, { name = \"quarantine\"; reach = [ ]; } );\n"                      \
	"rules = ( { name = \"one\"; zone = \"in\"; require = [ \"identity\" ]; } );\n"                                \
	"inventory = { files = [ \"baseline.csv\" ]; };\n"

/* A gateway takes it as it is. */
static void test_is_an_inventory(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .zone = "in", .until = soon, .output = in(&place, "baseline.csv") };
	const struct exception *e;
	struct config *c = NULL;
	uint8_t mac[6];

	(void)state;
	set_soon(91);
	assert_int_equal(baseline(ctl), CTL_YES);
	assert_string_equal(output, "");
	assert_int_equal(config_load(put_text(&place, "hallmarkd.conf", CONFIGURATION), &c), 0);
	assert_int_equal(c->inventory->n_exceptions, 6);
	assert_int_equal(exceptions_check_ends(c, time(NULL)), 0);
	assert_true(mac_from_text("02:00:5e:10:00:03", mac));
	e = exception_at(c->inventory, "br0", mac);
	assert_non_null(e);
	assert_string_equal(e->port, "port1");
	assert_true(mac_from_text("02:00:5e:10:00:02", mac));
	e = exception_at(c->inventory, "vlan8", mac);
	assert_non_null(e);
	assert_string_equal(c->inventory->rows[e->row].name, "=1+1, \"x\"");
	config_free(c);
	assert_int_equal(baseline(ctl), CTL_FAULT); /* what was reviewed is not replaced */
}

static void test_refused(void **state)
{
	static char number[24];
	static const struct ctl refused[] = {
		{ .zone = "attic", .until = soon },
		{ .zone = "quarantine", .until = soon },
		{ .zone = "in", .until = "31.1.2027" },
		{ .zone = "in", .until = number },
		{ .zone = "in", .until = "2020-01-01" },
		{ .zone = "in", .until = "2999-01-01" },
		{ .zone = "in", .until = soon, .json = true },
		{ .zone = "in", .until = soon, .output = "/nowhere/baseline.csv" },
	};

	(void)state;
	set_soon(1);
	(void)snprintf(number, sizeof(number), "%lld", (long long)time(NULL) + 3600); /* soon, in seconds */
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (baseline(refused[i]) != CTL_FAULT || output[0] != '\0')
			fail_msg("case %zu printed: %s", i, output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_is_an_inventory),
		cmocka_unit_test(test_refused),
	};

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
