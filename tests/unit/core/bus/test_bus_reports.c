/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/* What an operator reads at the socket: the gateway as a whole, each device, why it is where it is, and what the kernel holds. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sessions.h"
#include "bus_calls.h"
#include "core/bus/bus_inside.h"
#include "decide/policy.h"
#include "links_double.h"

#define ONE "0100000000000000" /* how the id of device 1 begins */

/* --- a kernel that can be read --- */

static struct opening opened, alone[2];
static size_t n_alone;

static int openings(struct opening **ret, size_t *ret_n)
{
	*ret_n = n_alone;
	*ret = n_alone > 0 ? malloc(n_alone * sizeof(**ret)) : NULL;
	if (n_alone > 0)
		memcpy(*ret, alone, n_alone * sizeof(**ret));
	return 0;
}

static int opening(struct opening *ret)
{
	*ret = opened;
	return opened.left_sec > 0;
}

static int counts(struct kernel_counts *ret)
{
	*ret = (struct kernel_counts){ .zones[ZONE_QUARANTINE] = { .passed = { 3, 300 }, .dropped = { 7, 700 } },
				       .zones[TRUSTED] = { .passed = { 50, 5000 } },
				       .speaker = { 2, 200 },
				       .excess_sender = { 4, 400 },
				       .excess_port = { 5, 500 },
				       .excess_full = { 6, 600 },
				       .unguarded = { 8, 800 },
				       .unnamed = { 9, 900 } };
	return 0;
}

static int set_up_reports(void **state)
{
	int r = set_up_bus(state);

	opened = (struct opening){ 0 };
	n_alone = 0;
	kernel_double.openings = openings;
	kernel_double.list = list_zones;
	kernel_double.look_up = look_up_zone;
	kernel_double.opening = opening;
	kernel_double.counts = counts;
	core.linkwatch.links = &links_double;
	links_double.n = 0;
	links_add(1, "port1", 0);
	links_add(2, "wan0", 0);
	return r;
}

/* One that is trusted, one in quarantine, and one under an order. */
static void three_devices(void)
{
	submit(1, 1, true);
	submit_forged(2, 2);
	submit(3, 3, true);
	(void)run(3);
	assert_int_equal(give(order_of(3, ORDER_QUARANTINE)), 0);
}

static void test_status(void **state)
{
	(void)state;
	three_devices();
	core.traffic.of[0] = (struct edge_counters){ .sessions = 4, .handshakes = 17, .handshake_failures = 5 };
	ask("Status", "");
	expect("gateway: test-gateway, home: KR-CIC");
	expect("edge: 4711, edges: [{process: 4711, sessions: 4, half_open: 0, handshakes: 17}], listens: 0, "
	       "edge_restarts: 2, zygote: 0, zygote_restarts: 0, judges_replaced: 0, "
	       "judge_disagreements: 0, waiting: 0, sessions: 4, half_open: 0, handshakes: 17, "
	       "handshake_failures: 5");
	expect("zones: {quarantine: 2, trusted: 1, restricted: 0}");
	expect("orders: {quarantine: 1, allow: 0, monitor: 0}");
	expect("guarded: [port1]");
	expect("enforcement: enforcing");
	expect("open_for: 0, open_reason: , open_alone: [], monitored_zones: []");
	expect("quarantine: {passed: 3, passed_bytes: 300, dropped: 7, dropped_bytes: 700");
	expect("trusted: {passed: 50, passed_bytes: 5000, dropped: 0");
	expect("speaker_dropped: 2");
	expect("excess_sender_dropped: 4, excess_port_dropped: 5, excess_full_dropped: 6");
	expect("unguarded_dropped: 8, unnamed_dropped: 9");
	expect("held: , held_since: 0");
}

/* An interface that nothing names, and one that is named and not there. */
static void test_status_of_interfaces(void **state)
{
	(void)state;
	ask("Status", "");
	expect("unnamed: [], missing: []");
	links_add(3, "usb0", 0);
	ask("Status", "");
	expect("unnamed: [usb0], missing: []");
	links_double.list[0] = links_double.list[--links_double.n]; /* in the place of port1 */
	ask("Status", "");
	expect("unnamed: [usb0], missing: [port1]");
	ask("Metrics", "");
	expect("interfaces_unnamed: 1, interfaces_missing: 1");
}

/* What is not as it should be stands there, too. */
static void test_interfaces_that_are_open(void **state)
{
	(void)state;
	alone[0] = (struct opening){ .alone = "port1", .left_sec = 1800, .reason = "a leak" };
	alone[1] = (struct opening){ .alone = "port2", .is_port = true, .left_sec = 60 };
	n_alone = 2;
	ask("Status", "");
	expect("enforcement: enforcing");
	expect("open_for: 0, open_reason: , open_alone: [{interface: port1, for: 1800, reason: a leak}, "
	       "{interface: port2, for: 60, reason: }]");
	ask("Metrics", "");
	expect("enforcing: true");
	expect("open_alone_until: {port1: ");
	core.settler.kernel = (struct kernel *)&alone; /* the double does not look at it */
	ask_properties("Get", "ss", HALLMARK_BUS_INTERFACE, "OpenAlone");
	core.settler.kernel = NULL;
	expect("{port1: ");
	n_alone = 0;
	ask("Metrics", "");
	expect("open_alone_until: {}");
}

static void test_status_of_a_gateway_that_is_open(void **state)
{
	(void)state;
	opened = (struct opening){ .left_sec = 1800, .reason = "the fitter is here" };
	core.enforcement.is_open = true;
	ask("Status", "");
	expect("enforcement: open");
	expect("open_for: 1800, open_reason: the fitter is here");
	ask_properties("Get", "ss", HALLMARK_BUS_INTERFACE, "Enforcement");
	assert_string_equal(answer, "open");

	core.enforcement.is_open = false;
	opened.left_sec = 0;
	core.in_force.config->ruleset.zones[TRUSTED].is_monitored = true;
	ask("Status", "");
	expect("monitored_zones: [trusted]");
	core.settler.tables.has_tables = false;
	ask("Status", "");
	expect("enforcement: none");
	core.settler.tables.has_tables = true;
	core.in_force.config->ruleset.zones[TRUSTED].is_monitored = false;
	ask("Status", "");
	expect("enforcement: enforcing");
	expect("monitored_zones: []");
}

static void test_list(void **state)
{
	(void)state;
	ask("List", "");
	assert_string_equal(answer, "[]");
	three_devices();
	ask("ListAfter", "s", "");
	expect("[{device: " ONE);
	ask("List", "");
	expect("[{device: " ONE);
	expect("ueid: 0101000000000000");
	expect("zone: trusted, reason: admitted");
	expect("zone: quarantine, reason: evidence-signature");
	expect("zone: quarantine, reason: operator-quarantine");
	expect("interface: port1, mac: 00:00:00:00:00:01");
	expect("scheme: KR-CIC, level: 2");
	expect("order: quarantine, order_zone: , order_since: ");
	expect("order_reason: because");
	run_out(1);
	ask("List", "");
	expect("zone: quarantine, reason: expired");
}

/* More than one answer holds are told page by page, by id. */
static void test_list_of_many(void **state)
{
	struct verdict v = { .was_admitted = true };
	char id[SHA256_HEX_SIZE];

	(void)state;
	for (uint32_t i = 0; i < HALLMARK_BUS_LIST_MAX; i++) {
		const uint8_t number[] = { (uint8_t)(i >> 8), (uint8_t)i };

		memcpy(v.facts.device, number, sizeof(number));
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
	}
	v.facts.device[0] = 0xff;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
	ask("List", "");
	expect("ask ListDevices");
	bytes_to_hex(BYTES(v.facts.device), id);
	memset(id, '0', SHA256_HEX_SIZE - 1);
	memcpy(id, "270f", 4);
	ask("ListAfter", "s", id);
	expect("[{device: ff0f");
	id[0] = 'f', id[1] = 'f', id[2] = 'f';
	ask("ListAfter", "s", id);
	assert_string_equal(answer, "[]");
	ask("ListAfter", "s", "270f");
	expect("\"270f\" is not a whole device id");
}

/* Both verdicts stand, and the kernel's zone is told beside them; it is one member of one set. */
static void test_shared_macs(void **state)
{
	(void)state;
	share(1);
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	ask("List", "");
	expect("zone: trusted, reason: admitted");
	expect("place_zone: trusted, place_devices: 1");
	ask("Status", "");
	expect("lesser_by_place: 0");

	submit_for(2, 1, RESTRICTED);
	(void)run(1);
	ask("Explain", "s", "0100");
	expect("zone: trusted, reason: admitted");
	expect("place_zone: restricted, place_devices: 2");
	expect("kernel: {present: true, zone: restricted, timeout: ");
	ask("Explain", "s", "0200");
	expect("place_zone: restricted, place_devices: 2");
	ask("Status", "");
	expect("zones: {quarantine: 0, trusted: 1, restricted: 1}");
	expect("lesser_by_place: 1");
	ask("Metrics", "");
	expect("desired: {quarantine: 0, trusted: 0, restricted: 1}");
	expect("enforced: {quarantine: 0, trusted: 0, restricted: 1}");
}

static void test_explanation(void **state)
{
	(void)state;
	three_devices();
	ask("Explain", "s", "0100");
	expect("name: possession, state: passed, reason: ");
	expect("labels: [{scheme: KR-CIC, level: 2");
	expect("zone: trusted, result: refused, reason: ");
	expect("{name: Basic, zone: trusted, result: taken");
	expect("{name: elsewhere, zone: restricted, result: not reached");
	expect("kernel: {present: true, zone: trusted, timeout: ");
	ask("Explain", "s", "0200");
	expect("name: evidence-signature, state: failed, reason: evidence-signature");
	expect("kernel: {present: false, zone: quarantine, timeout: 0}");

	struct verdict nearly = *known(1);

	nearly.facts.labels[0].class_differs = CLASS_DIFFERS_VERSION_SCHEME;
	assert_int_equal(registry_change(core.settler.registry, &nearly), 0);
	ask("Explain", "s", "0100");
	expect("class_differs: version-scheme");

	zone_of[1] = ZONE_QUARANTINE; /* somebody has taken it out of the kernel */
	ask("Explain", "s", "0100");
	expect("zone: trusted, reason: admitted");
	expect("kernel: {present: false, zone: quarantine, timeout: 0}");
	list_result = -EPERM;
	ask("Explain", "s", "0100");
	expect("kernel: {present: false");
}

static void test_difference(void **state)
{
	(void)state;
	three_devices();
	ask("Diff", "");
	assert_string_equal(answer, "[]");
	zone_of[1] = ZONE_QUARANTINE; /* one that is missing, */
	ask("Diff", "");
	expect("table: inet, set: z_trusted, key: \"port1\" . 00:00:00:00:00:01, wanted: ");
	expect("present: false, left: 0}");
	zone_of[1] = TRUSTED;
	zone_of[5] = TRUSTED; /* and one that nobody has let in */
	timeout_of[5] = 99;
	ask("Diff", "");
	expect("wanted: 0, present: true, left: 99}");
	zone_of[5] = ZONE_QUARANTINE;
	ask("Diff", "");
	assert_string_equal(answer, "[]");
}

static void test_metrics(void **state)
{
	(void)state;
	three_devices();
	submit(4, PLACES, true); /* that nobody knows a place of */
	(void)run(1);
	core.traffic.of[0].spent_nsec[STAGE_REQUEST] = 5000;
	metrics_judged(&core.teller.metrics, (uint64_t[_STAGE_MAX]){ [STAGE_DECODE] = 1000 });
	metrics_judged(&core.teller.metrics, (uint64_t[_STAGE_MAX]){ [STAGE_DECODE] = 1000 });
	ask("Metrics", "");
	expect("gateway: test-gateway, home: KR-CIC");
	expect("cpu_usec: {core: {other: ");
	expect("edge: {request: 5}, judges: {decode: 2}}");
	expect("record_head: 3");
	expect("devices: {quarantine: 2, trusted: 1, restricted: 0}");
	expect("orders: {quarantine: 1, allow: 0, monitor: 0}");
	expect("desired: {quarantine: 0, trusted: 1, restricted: 0}");
	expect("enforced: {quarantine: 0, trusted: 1, restricted: 0}, enforcing: true");
	expect("packets: {quarantine: {passed: 3, dropped: 7, monitored: 0}, trusted: {passed: 50");
	expect("bytes: {quarantine: {passed: 300, dropped: 700, monitored: 0}, trusted: {passed: 5000");
	expect("not_judged: {no-neighbour: 1}");
	expect("latency_count: ");
	expect("sets: [], trust_oldest: 0");

	opened.left_sec = 60;
	ask("Metrics", "");
	expect("enforcing: false");
	opened.left_sec = 0;
	list_result = -EPERM; /* what it does not see, it does not claim */
	ask("Metrics", "");
	expect("enforced: {quarantine: 0, trusted: 0, restricted: 0}, enforcing: false");
}

/* The latest first; what is not known is empty. */
static void test_failed_handshakes(void **state)
{
	struct failure *f = core.teller.failures.list;

	(void)state;
	ask("FailedHandshakes", "");
	expect("[]");
	core.teller.failures.n = 2;
	f[0] = (struct failure){ .interface = "port2", .first_usec = 1, .last_usec = 1, .n = 1 };
	f[0].what.cause = HANDSHAKE_TIMEOUT;
	f[1] = (struct failure){
		.interface = "br0", .port = "port1", .mac = { 2 }, .first_usec = 1, .last_usec = 2, .n = 3
	};
	f[1].udp_port = 40000;
	f[1].what = (struct failed_handshake){
		.cause = HANDSHAKE_SUITE, .alert_sender = ALERT_OF_GATEWAY, .alert = 40, .version = DTLS_1_2
	};
	ask("FailedHandshakes", "");
	expect("[{interface: br0, bridge_port: port1, mac: 02:00:00:00:00:00, address: ::, udp_port: 40000, cause: "
	       "suite");
	expect("alert: alert 40 of the gateway, offer: DTLS 1.2 without");
	expect("times: 3}, {interface: port2, bridge_port: , mac: , address: ::, udp_port: 0, cause: timeout");
	expect("remedy: Check that datagrams of 1,280 bytes");
	expect("alert: , offer: , first: ");
	core.traffic.of[0].failures[HANDSHAKE_SUITE] = 7;
	ask("Metrics", "");
	expect("extended-master-secret: 0, suite: 7, group: 0");
}

static void test_metrics_by_segment(void **state)
{
	struct ruleset *r = &core.in_force.config->ruleset;

	(void)state;
	three_devices();
	ask("Metrics", "");
	expect("ending: {1h: 0, 24h: 1}");
	expect("segments: {}");
	r->segments = calloc(HALLMARK_BUS_SEGMENTS + 1, sizeof(*r->segments));
	must(r->segments != NULL);
	r->n_segments = 2;
	(void)strcpy(r->segments[1].name, "101\xeb\x8f\x99 \"1203\"");
	r->segments[1].interfaces = calloc(1, sizeof(*r->segments[1].interfaces));
	must(r->segments[1].interfaces != NULL);
	(void)strcpy(r->segments[1].interfaces[0], "port1");
	r->segments[1].n_interfaces = 1;
	must(ruleset_sort_places(r) == 0);
	naming_begin(core.settler.registry, &core.in_force);
	ask("Metrics", "");
	expect("segments: {: {}, 101\xeb\x8f\x99 \"1203\": {quarantine: 2, trusted: 1}}");
	r->n_segments = HALLMARK_BUS_SEGMENTS + 1; /* too many */
	ask("Metrics", "");
	assert_null(strstr(answer, "segments: "));
}

/* --- who was never judged --- */

static int noted(struct unknown **ret, size_t *ret_n)
{
	*ret_n = 3;
	*ret = calloc(3, sizeof(**ret));
	assert_non_null(*ret);
	for (uint8_t i = 0; i < 3; i++) {
		(*ret)[i] = (struct unknown){ .interface = "port1", .mac = { 2, 0, 0, 0, 9, i } };
		(*ret)[i].silent_sec = 10;
	}
	(*ret)[2].mac[0] = (*ret)[2].mac[4] = 0; /* device 2's */
	return 0;
}

static int neighbours(struct sender **ret, size_t *ret_n)
{
	*ret_n = 2;
	*ret = calloc(2, sizeof(**ret));
	assert_non_null(*ret);
	for (int i = 0; i < 2; i++) {
		(*ret)[i] = (struct sender){ .interface = "port1", .mac = { 2, 0, 0, 0, 9, 1 } };
		assert_int_equal(inet_pton(AF_INET6, i ? "2001:db8::7" : "::ffff:192.0.2.7", &(*ret)[i].address), 1);
	}
	return 0;
}

static unsigned refusals_read;

static int refused(struct asked **ret, size_t *ret_n)
{
	static const struct asked all[] = {
		{ .interface = "port1", .mac = { 2, 0, 0, 0, 9, 1 }, .protocol = IPPROTO_UDP, .port = 53 },
		{ .interface = "port1", .mac = { 2, 0, 0, 0, 9, 1 }, .protocol = 47 },
		{ .interface = "port1", .mac = { 2, 0, 0, 0, 9, 1 }, .protocol = IPPROTO_TCP, .port = 443 },
		{ .interface = "port1", .mac = { 2, 0, 0, 0, 9, 1 }, .protocol = IPPROTO_ICMPV6 },
		{ .interface = "port2", .mac = { 2, 0, 0, 0, 9, 0 }, .protocol = IPPROTO_ICMP },
	};

	refusals_read++;
	*ret_n = ARRAY_SIZE(all);
	*ret = calloc(1, sizeof(all));
	assert_non_null(*ret);
	memcpy(*ret, all, sizeof(all));
	return 0;
}

static void test_what_unknown_devices_were_refused(void **state)
{
	(void)state;
	refusals_read = 0;
	kernel_double.unknown = noted;
	kernel_double.refused = refused;
	ask("UnknownDevices", "sss", "", "", "");
	expect("mac: 02:00:00:00:09:00, name: , segment: , place: , reference: , bridge: false, exception: , until: 0, "
	       "addresses: [], refused: [], first: ");
	expect("mac: 02:00:00:00:09:01, name: , segment: , place: , reference: , bridge: false, exception: , until: 0, "
	       "addresses: [], refused: [tcp 443, udp 53, protocol 47, "
	       "icmpv6], first: ");
	assert_int_equal(refusals_read, 1);
	ask("UnknownDevices", "sss", "port1", "", "02:00:00:00:09:01"); /* nobody is behind it, and nothing is read */
	assert_int_equal(refusals_read, 1);
	ask("UnknownDevices", "sss", "", "", ""); /* whoever asks again at once */
	expect("refused: [tcp 443, udp 53, protocol 47, icmpv6]");
	ask("UnknownDevices", "sss", "port1", "", "02:00:00:00:09:00");
	expect("refused: [tcp 443, udp 53, protocol 47, icmpv6]");
	assert_int_equal(refusals_read, 1);
	core.bus->wires.read_usec -= UNKNOWNS_NEWS_USEC;
	ask("UnknownDevices", "sss", "", "", "");
	assert_int_equal(refusals_read, 2);
	core.bus->wires.read_usec -= UNKNOWNS_NEWS_USEC;
	ask("UnknownDevices", "sss", "port1", "", "02:00:00:00:09:00");
	assert_int_equal(refusals_read, 3);
	unknowns_done(&core.unknowns);
	kernel_double.unknown = NULL;
	kernel_double.refused = NULL;
}

static void test_unknown_devices(void **state)
{
	(void)state;
	three_devices();
	ask("UnknownDevices", "sss", "", "", "");
	expect("[]");
	kernel_double.unknown = noted;
	kernel_double.neighbours = neighbours;
	core.unknowns.looked_usec = 0;
	ask("UnknownDevices", "sss", "", "", "");
	expect("[{interface: port1, bridge_port: , mac: 02:00:00:00:09:00, name: , segment: , place: , "
	       "reference: , bridge: false, exception: , until: 0, addresses: [], refused: [], first: ");
	expect("{interface: port1, bridge_port: , mac: 02:00:00:00:09:01, name: , segment: , place: , "
	       "reference: , bridge: false, exception: , until: 0, addresses: [");
	expect("192.0.2.7");
	expect("2001:db8::7");
	ask("UnknownDevices", "sss", "port1", "", "02:00:00:00:09:00");
	expect("[{interface: port1, bridge_port: , mac: 02:00:00:00:09:01");
	ask("UnknownDevices", "sss", "port1", "", "02:00:00:00:09:01");
	expect("[]");
	ask("UnknownDevices", "sss", "port1", "", "02:00");
	expect("org.freedesktop.DBus.Error.InvalidArgs");
	ask("UnknownDevices", "sss", "an-interface-name", "", "02:00:00:00:09:01");
	expect("org.freedesktop.DBus.Error.InvalidArgs");
	ask("Status", "");
	expect("unknown: 2");
	ask("Metrics", "");
	expect("unknown: 2");
	unknowns_done(&core.unknowns);
	kernel_double.unknown = NULL;
	kernel_double.neighbours = NULL;
}

static void test_properties(void **state)
{
	(void)state;
	core.started_sec = 1780000000;
	core.settler.tables.drifts = 3;
	three_devices();
	ask_properties("GetAll", "s", HALLMARK_BUS_INTERFACE);
	expect("Version: " HALLMARK_VERSION);
	expect("Started: 1780000000");
	expect("Port: 5684");
	expect("Gateway: test-gateway");
	expect("Home: KR-CIC");
	expect("Guarded: [port1]");
	expect("Enforcement: enforcing");
	expect("Zones: {quarantine: 2, trusted: 1, restricted: 0}");
	expect("Clock: ");
	expect("Held: ");
	expect("Drifts: 3");
	expect("OpenUntil: 0");
	ask_properties("Get", "ss", HALLMARK_BUS_INTERFACE, "Gateways");
	expect("org.freedesktop.DBus.Error.UnknownProperty");
	ask_properties("Set", "ssv", HALLMARK_BUS_INTERFACE, "Gateway", "s", "mine");
	expect("org.freedesktop.DBus.Error.PropertyReadOnly");
}

#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_reports, tear_down_bus)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(test_status),
		REPORT_TEST(test_status_of_interfaces),
		REPORT_TEST(test_status_of_a_gateway_that_is_open),
		REPORT_TEST(test_interfaces_that_are_open),
		REPORT_TEST(test_list),
		REPORT_TEST(test_list_of_many),
		REPORT_TEST(test_shared_macs),
		REPORT_TEST(test_explanation),
		REPORT_TEST(test_difference),
		REPORT_TEST(test_metrics),
		REPORT_TEST(test_failed_handshakes),
		REPORT_TEST(test_metrics_by_segment),
		REPORT_TEST(test_unknown_devices),
		REPORT_TEST(test_what_unknown_devices_were_refused),
		REPORT_TEST(test_properties),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
