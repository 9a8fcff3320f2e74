/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus ask */
/* The private socket with clients that read, and with clients that do not, in one event loop. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "core/act/unknown.h"
#include "core/bus/announce.h"
#include "core/bus/bus.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/tell/wave.h"
#include "ctl/ask/answer.h"
#include "ctl/value.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/unknown.h"

#include "bus_kit.h"
#include "clock_kit.h"

DEFINE_CLEANUP(struct value *, value_free);

static char directory[64];

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	(void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
	core = (struct core){ .settler = { .registry = registry_new() } };
	(void)strcpy(directory, "/tmp/test_bus.XXXXXX");
	if (!mkdtemp(directory) || config_load("tests/unit/pipeline.conf", &core.in_force.config) < 0 ||
	    sd_event_new(&core.event) < 0)
		return -1;
	(void)snprintf(core.in_force.config->control, sizeof(core.in_force.config->control), "%s/control", directory);
	return bus_new(&core, &core.bus);
}

static int tear_down(void **state)
{
	(void)state;
	bus_free(core.bus);
	registry_free(core.settler.registry);
	config_free(core.in_force.config);
	sd_event_unref(core.event);
	return rmdir(directory); /* the socket went with the bus */
}

/* --- what is heard --- */

struct heard {
	unsigned n;
	char text[1024]; /* of the latest, as JSON */
};

static int on_heard(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	_cleanup_(value_freep) struct value *v = NULL;
	struct heard *h = userdata;
	FILE *out = fmemopen(h->text, sizeof(h->text), "w");

	(void)error;
	assert_non_null(out);
	assert_int_equal(answer_read(m, &v), 0);
	value_to_json(v, out);
	assert_int_equal(fclose(out), 0);
	h->n++;
	return 0;
}

static sd_bus *subscribe(sd_bus *bus)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_method_call(bus, &m, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE,
						   "Subscribe") >= 0);
	assert_true(sd_bus_send(bus, m, NULL) >= 0);
	sd_bus_message_unref(m);
	run_loop();
	return bus;
}

static sd_bus *connect_listener(const char *member, sd_bus_message_handler_t on_signal, struct heard *heard)
{
	sd_bus *bus = subscribe(connect_client());

	assert_true(sd_bus_match_signal(bus, NULL, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, member, on_signal,
					heard) >= 0);
	assert_true(sd_bus_attach_event(bus, core.event, SD_EVENT_PRIORITY_NORMAL) >= 0);
	return bus;
}

static struct verdict trusted(void)
{
	struct verdict v = { .facts = { .device = { 0xab, 0xcd }, .product = { .maker = "acme", .model = "lamp" } },
			     .zone = "trusted",
			     .interface = "port1",
			     .port = "lan4" };

	v.decision = (struct decision){ .zone = 1, .reason = REASON_ADMITTED, .expiry.at_sec = 1780000000 };
	return v;
}

static void test_signals(void **state)
{
	struct heard change = { 0 }, wave = { 0 }, unknown = { 0 };
	sd_bus *one = connect_listener("AdmissionChanged", on_heard, &change);
	sd_bus *third = connect_listener("UnknownDevice", on_heard, &unknown);
	sd_bus *other = connect_listener("Wave", on_heard, &wave);
	struct verdict v = trusted();

	(void)state;
	announce_change(&core, &v, "quarantine");
	run_loop();
	assert_int_equal(change.n, 1);
	assert_non_null(strstr(change.text, "{\"device\":\"abcd"));
	assert_non_null(
		strstr(change.text, "\"product\":\"acme lamp\",\"name\":\"\",\"segment\":\"\",\"place\":\"\","));
	assert_non_null(strstr(change.text, "\"interface\":\"port1\",\"bridge_port\":\"lan4\",\"mac\":"));
	assert_non_null(
		strstr(change.text, "\"before\":\"quarantine\",\"after\":\"trusted\",\"reason\":\"admitted\","));
	assert_non_null(strstr(change.text, "\"order\":\"\",\"until\":1780000000}"));
	assert_int_equal(wave.n, 0);
	announce_unknown(&core, &(struct seen){ .interface = "port2", .mac = { 2, 0, 0x5e, 0x10, 0, 1 } });
	run_loop();
	assert_int_equal(unknown.n, 1);
	assert_non_null(
		strstr(unknown.text, "{\"interface\":\"port2\",\"bridge_port\":\"\",\"mac\":\"02:00:5e:10:00:01\","));
	v.decision.zone = ZONE_QUARANTINE;
	v.decision.reason = REASON_EXPIRED;
	(void)strcpy(v.zone, "quarantine");
	announce_change(&core, &v, "trusted");
	announce_wave(
		&core,
		&(struct wave_summary){
			.changes = 70, .zones = { [1] = 70 }, .seconds = 9, .first_record = 3, .last_record = 72 });
	run_loop();
	assert_int_equal(change.n, 2);
	assert_non_null(strstr(change.text, "\"before\":\"trusted\",\"after\":\"quarantine\",\"reason\":\"expired\","));
	assert_non_null(strstr(change.text, "\"until\":0}"));
	assert_int_equal(wave.n, 1);
	assert_string_equal(wave.text, "{\"changes\":70,\"seconds\":9,\"zones\":{\"trusted\":70},\"first_record\":3,"
				       "\"last_record\":72}\n");
	sd_bus_close_unref(one);
	sd_bus_close_unref(other);
	sd_bus_close_unref(third);
	run_loop();
	announce_change(&core, &v, "trusted"); /* to nobody */
	core.bus = (bus_free(core.bus), NULL);
	announce_change(&core, &v, "trusted"); /* nor without a bus */
}

/* --- who does not read --- */

/* Whether the other end has closed; drops what it sent before. */
static bool is_closed(sd_bus *bus)
{
	static char sent[65536];
	ssize_t n = 1;

	while (n > 0)
		n = recv(sd_bus_get_fd(bus), sent, sizeof(sent), MSG_DONTWAIT);
	return n == 0 || errno != EAGAIN;
}

static void announce(unsigned n)
{
	const struct verdict v = trusted();

	for (unsigned i = 0; i < n; i++)
		announce_change(&core, &v, "quarantine");
}

/* All devices of a large gateway in one turn of the loop, in which nobody can read. */
static void test_a_burst_reaches_who_reads(void **state)
{
	enum { DEVICES = 20000 };
	struct heard heard = { 0 };
	sd_bus *reader = connect_listener("AdmissionChanged", on_heard, &heard);

	(void)state;
	announce(DEVICES);
	run_loop();
	assert_int_equal(heard.n, DEVICES);
	assert_false(is_closed(reader));
	sd_bus_close_unref(reader);
}

/* Who only asks is sent nothing but its answer, however much happens meanwhile. */
static void test_who_did_not_subscribe_is_left_alone(void **state)
{
	enum { DEVICES = 20000 };
	sd_bus *caller = connect_client();
	uint64_t n = 99;

	(void)state;
	announce(DEVICES);
	run_loop();
	assert_true(sd_bus_process(caller, NULL) >= 0);
	assert_true(sd_bus_get_n_queued_read(caller, &n) >= 0 && n == 0);
	assert_false(is_closed(caller));
	sd_bus_close_unref(caller);
	run_loop();
}

static void test_a_stuck_listener_is_turned_out(void **state)
{
	enum { ROUNDS = 100, EACH = 100 }; /* more than wait for somebody, and more than the kernel holds for him */
	struct heard heard = { 0 };
	sd_bus *reader = connect_listener("AdmissionChanged", on_heard, &heard), *stuck = subscribe(connect_client()),
	       *late = subscribe(connect_client());

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		announce(EACH);
		run_loop();
	}
	assert_int_equal(heard.n, ROUNDS * EACH);
	elapsed_usec += 9 * USEC_PER_SEC;
	announce(1);
	run_loop();
	for (int i = 0; i < 100; i++, run_loop()) /* this one reads all before its time is over */
		assert_false(is_closed(late));
	elapsed_usec += 2 * USEC_PER_SEC;
	announce(1);
	run_loop();
	assert_true(is_closed(stuck));
	assert_false(is_closed(late));
	assert_false(is_closed(reader));
	sd_bus_close_unref(reader);
	sd_bus_close_unref(stuck);
	sd_bus_close_unref(late);
}

/* Whether one who calls so often, and reads the answers or does not, is still connected. */
static bool survives_pings(unsigned n, bool reads)
{
	sd_bus *caller = connect_client();
	bool is_out = false;

	for (unsigned i = 0; i < n && !is_out; i++) {
		sd_bus_message *m = NULL;
		uint64_t cookie; /* asked for, it is a call that expects an answer */

		assert_true(sd_bus_message_new_method_call(caller, &m, NULL, HALLMARK_BUS_PATH,
							   "org.freedesktop.DBus.Peer", "Ping") >= 0);
		is_out = sd_bus_send(caller, m, &cookie) < 0;
		sd_bus_message_unref(m);
		run_loop();
		is_out |= reads && is_closed(caller);
	}
	is_out |= is_closed(caller);
	sd_bus_close_unref(caller);
	run_loop();
	return !is_out;
}

static void test_a_caller_who_reads_no_answers_is_turned_out(void **state)
{
	(void)state;
	assert_true(survives_pings(4000, true));
	assert_true(survives_pings(50, false));
	assert_false(survives_pings(4000, false));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_signals),
		TEST(test_a_burst_reaches_who_reads),
		TEST(test_who_did_not_subscribe_is_left_alone),
		TEST(test_a_stuck_listener_is_turned_out),
		TEST(test_a_caller_who_reads_no_answers_is_turned_out),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
