/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/* The record at the socket: who may read it, which entries a filter lets through, and that no page is too long. */
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus_calls.h"
#include "config/roles.h"
#include "core/devices/registry.h"
#include "hallmark/reason.h"
#include "hallmark/record.h"
#include "log_kit.h"
#include "store/record.h"
#include "store/store.h"

#define AUDITOR  301 /* groups */
#define TOWER    302
#define BOTH     303
#define STRANGER 65534
#define MORNING  1780000000

static struct segment segments[] = { { .name = "101-1203" }, { .name = "101-1204" } };
static uint16_t first[] = { 0 }, second[] = { 1 };
static struct role roles[] = {
	{ .name = "auditor", .group = "a", .id = AUDITOR, .is_known = true, .verbs = VERB_BIT(VERB_RECORD) },
	{ .name = "tower",
	  .group = "b",
	  .id = TOWER,
	  .is_known = true,
	  .verbs = VERB_BIT(VERB_RECORD),
	  .segments = first,
	  .n_segments = 1 },
	{ .name = "other",
	  .group = "c",
	  .id = BOTH,
	  .is_known = true,
	  .verbs = VERB_BIT(VERB_RECORD),
	  .segments = second,
	  .n_segments = 1 },
};

static void append(struct record *r)
{
	assert_int_equal(record_append(core.settler.store, r), 0);
}

/* Of two households and of none, by a device, an operator and the gateway. Somebody who is not root asks. */
static void open_office(void)
{
	struct config *config = core.in_force.config;
	struct record r = { .time_sec = MORNING,
			    .cause = CAUSE_ATTESTED,
			    .device = { 1 },
			    .zone_after = "trusted",
			    .name = "Kim's wall-pad",
			    .segment = "101-1203",
			    .interface = "lan0",
			    .port = "port1",
			    .mac = { 2, 0, 0, 0, 0, 1 } };

	append(&r);
	r.device[0] = 2;
	r.time_sec += 60;
	r.reason = REASON_LABEL_EXPIRED;
	(void)strcpy(r.name, "lamp");
	(void)strcpy(r.segment, "101-1204");
	append(&r);
	r = (struct record){ .time_sec = MORNING + 120,
			     .cause = CAUSE_OPERATOR,
			     .zone_after = "open",
			     .ordered_by = "1001 (kim)",
			     .ordered_role = "manager" };
	append(&r);
	config->ruleset.segments = segments;
	config->ruleset.n_segments = ARRAY_SIZE(segments);
	config->roles = roles;
	config->n_roles = ARRAY_SIZE(roles);
	operator_uid = STRANGER;
	operator_group = AUDITOR;
}

/* The configuration must not free what is not its own. */
static void close_office(void)
{
	struct config *config = core.in_force.config;

	config->roles = NULL;
	config->n_roles = 0;
	config->ruleset.segments = NULL;
	config->ruleset.n_segments = 0;
	roles[0].verbs = VERB_BIT(VERB_RECORD);
	roles[2].id = BOTH;
}

/* Exactly these of the three are in the answer. */
static void expect_entries(bool has_first, bool has_second, bool has_third)
{
	const bool there[] = { has_first, has_second, has_third };

	for (int i = 0; i < 3; i++) {
		char entry[32];

		(void)snprintf(entry, sizeof(entry), "{sequence: %d,", i + 1);
		if ((strstr(answer, entry) != NULL) != there[i])
			fail_msg("entry %d: %s", i + 1, answer);
	}
}

static void ask_all(void)
{
	ask("Record", "a{sv}tu", 0, UINT64_C(0), 0);
}

static void ask_text(const char *key, const char *value)
{
	ask("Record", "a{sv}tu", 1, key, "s", value, UINT64_C(0), 0);
}

/* --- Who may --- */

static void test_auditor(void **state)
{
	(void)state;
	open_office();
	ask_all();
	expect_entries(true, true, true);
	expect("name: Kim's wall-pad, segment: 101-1203, interface: lan0, port: port1, mac: 020000000001");
	expect("encoding: 3");
	assert_string_equal(answer + strlen(answer) - 4, "], 0");
	operator_uid = 0;
	operator_group = 0;
	ask_all();
	expect_entries(true, true, true);
	close_office();
}

static void test_without_the_verb(void **state)
{
	(void)state;
	open_office();
	listen_in();
	roles[0].verbs = VERB_BIT(VERB_REATTEST);
	ask_all();
	expect("AccessDenied: your role does not include that; ask somebody whose role does, or use sudo: record, role "
	       "auditor; role tower may");
	ask("RecordHead", "");
	expect("AccessDenied: your role does not include that");
	operator_group = 0;
	ask_all();
	expect("AccessDenied: you have no role that may do that");
	ask_text("device", "01");
	expect("AccessDenied: you have no role"); /* and not whether there is one */
	ask("RecordHead", "");
	expect("AccessDenied: you have no role");
	assert_true(count_said("Refused: record, by user 65534 (nobody) (limit: role)", true) == 3);
	operator_group = AUDITOR;
	roles[0].verbs |= VERB_BIT(VERB_RECORD);
	ask_all();
	expect_entries(true, true, true);
	close_office();
}

/* What is of no segment, as the opening of the gateway, is for those whose role has no segments. */
static void test_segments_of_a_role(void **state)
{
	(void)state;
	open_office();
	operator_group = TOWER;
	ask_all();
	expect_entries(true, false, false);
	ask_text("segment", "101-1203");
	expect_entries(true, false, false);
	ask_text("segment", "101-1204");
	expect("AccessDenied: your role is not for that segment; ask somebody whose role is, or use sudo: record, role "
	       "tower; role auditor may");
	ask_text("segment", "");
	expect("AccessDenied: your role is not for that segment");
	ask_text("device", "lamp");
	expect_entries(false, false, false);
	ask_text("who", "kim");
	expect_entries(false, false, false);
	ask("RecordHead", "");
	expect("sequence: 3");
	expect("segments: [101-1203]}");
	roles[2].id = TOWER; /* a second role */
	ask_all();
	expect_entries(true, true, false);
	ask("RecordHead", "");
	expect("segments: [101-1203, 101-1204]}");
	operator_group = AUDITOR;
	ask("RecordHead", "");
	expect("sequence: 3");
	assert_null(strstr(answer, "segments"));
	close_office();
}

/* --- What is asked for --- */

static void test_filter(void **state)
{
	(void)state;
	open_office();
	ask_text("segment", "101-1204");
	expect_entries(false, true, false);
	ask_text("segment", "");
	expect_entries(false, false, true);
	ask_text("segment", "no longer there");
	expect_entries(false, false, false);
	ask_text("reason", "label-expired");
	expect_entries(false, true, false);
	ask_text("who", "manager");
	expect_entries(false, false, true);
	ask_text("who", "1001");
	expect_entries(false, false, true);
	ask_text("device", "0200");
	expect_entries(false, true, false);
	ask_text("device", "Kim's wall-pad");
	expect_entries(true, false, false);
	ask("Record", "a{sv}tu", 1, "since", "x", (int64_t)MORNING + 60, UINT64_C(0), 0);
	expect_entries(false, true, true);
	ask("Record", "a{sv}tu", 1, "until", "x", (int64_t)MORNING + 60, UINT64_C(0), 0);
	expect_entries(true, false, false);
	ask("Record", "a{sv}tu", 1, "from", "t", UINT64_C(3), UINT64_C(0), 0);
	expect_entries(false, false, true);
	ask("Record", "a{sv}tu", 2, "since", "x", (int64_t)MORNING + 60, "segment", "s", "101-1204", UINT64_C(0), 0);
	expect_entries(false, true, false);
	close_office();
}

/* Each beside one that is accepted: test_filter(). */
static void test_refused_filters(void **state)
{
	(void)state;
	open_office();
	ask_text("colour", "red");
	expect("InvalidArgs: this hallmarkd has no such filter; hallmarkd(8) has all: \"colour\"");
	ask_text("since", "yesterday");
	expect("InvalidArgs: a filter has a value of another type: \"since\" takes a time (x)");
	ask("Record", "a{sv}tu", 1, "since", "x", INT64_C(0), UINT64_C(0), 0);
	expect("InvalidArgs: a time is in seconds since 1970, from 1: 0");
	ask("Record", "a{sv}tu", 1, "until", "x", INT64_C(-5), UINT64_C(0), 0);
	expect("InvalidArgs: a time is in seconds since 1970, from 1: -5");
	ask_text("reason", "bad luck");
	expect("InvalidArgs: there is no such reason; hallmark-protocol(7) has all: \"bad luck\"");
	ask("Record", "a{sv}tu", 1, "from", "t", UINT64_MAX, UINT64_C(0), 0);
	expect("InvalidArgs: no entry has such a sequence: 18446744073709551615");
	ask("Record", "a{sv}tu", 0, UINT64_MAX, 0);
	expect("InvalidArgs: no entry has such a sequence: 18446744073709551615");
	ask("Record", "a{sv}tu", 0, (uint64_t)INT64_MAX, 0); /* and not the first page again */
	expect("InvalidArgs: no entry has such a sequence: 9223372036854775807");
	ask("Record", "a{sv}tu", 0, (uint64_t)INT64_MAX - 1, 0);
	assert_string_equal(answer, "[], 0");
	ask("Record", "a{sv}tu", 0, UINT64_C(0), HALLMARK_BUS_LIMIT_MAX + 1);
	expect("InvalidArgs: more entries than one answer holds are asked for: 1001; at most 1000");
	ask("Record", "a{sv}tu", 0, UINT64_C(0), HALLMARK_BUS_LIMIT_MAX);
	expect_entries(true, true, true);
	close_office();
}

static void test_several_devices(void **state)
{
	struct record r = { .time_sec = MORNING, .device = { 2, 0, 1 } };

	(void)state;
	open_office();
	append(&r);
	ask_text("device", "0200");
	expect("Ambiguous: several devices match; give more digits of the id of one: \"0200\"");
	ask_text("device", "020001");
	expect("{sequence: 4,");
	close_office();
}

/* Somebody calls a device "1203", and the id of another one begins so. */
static void test_digits_that_are_a_name(void **state)
{
	struct record r = { .time_sec = MORNING, .device = { 0x12, 0x03 } };
	char id[SHA256_HEX_SIZE];

	(void)state;
	open_office();
	append(&r);
	bytes_to_hex(BYTES(r.device), id);
	r.device[0] = 7;
	(void)strcpy(r.name, "1203");
	append(&r);
	ask_text("device", "1203");
	expect("{sequence: 4,");
	expect("{sequence: 5,");
	ask_text("device", "120300"); /* which nobody is called */
	expect("{sequence: 4,");
	assert_null(strstr(answer, "{sequence: 5,"));
	ask_text("device", id);
	expect("{sequence: 4,");
	assert_null(strstr(answer, "{sequence: 5,"));
	close_office();
}

/* The id of another one begins with the UEID of a device that is known. */
static void test_digits_of_two_devices(void **state)
{
	const uint8_t device[SHA256_LEN] = { 1 };
	struct record r = { .time_sec = MORNING };
	char ueid[2 * UEID_MAX + 1], digits[SHA256_HEX_SIZE];
	struct verdict v;

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_true(registry_find(core.settler.registry, device, &v));
	open_office();
	bytes_to_hex(bytes_of(v.facts.ueid, v.facts.n_ueid), ueid);
	ask_text("device", ueid);
	expect("{sequence: 1,");
	memcpy(r.device, v.facts.ueid, v.facts.n_ueid);
	append(&r);
	ask_text("device", ueid);
	expect("Ambiguous: several devices match");
	bytes_to_hex(BYTES(r.device), digits);
	ask_text("device", digits);
	expect("{sequence: 5,");
	assert_null(strstr(answer, "{sequence: 1,"));
	close_office();
}

/* What a device that is known now is called, has an id; its entries from before it was called so are there, too. */
static void test_known_device(void **state)
{
	char mac[MAC_TEXT_SIZE];
	struct verdict v;
	const uint8_t device[SHA256_LEN] = { 1 };

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_true(registry_find(core.settler.registry, device, &v));
	open_office();
	ask_text("device", mac_to_text(v.mac, mac));
	expect("{sequence: 1,");
	expect("{sequence: 2,"); /* the first of open_office() */
	assert_null(strstr(answer, "{sequence: 3,"));
	close_office();
}

/* --- Pages --- */

#define MANY 5000

static void append_many(void)
{
	struct record r = { .time_sec = MORNING, .device = { 1 }, .segment = "101-1203" };

	assert_int_equal(store_begin(core.settler.store), 0);
	for (int i = 0; i < MANY; i++)
		append(&r);
	assert_int_equal(store_commit(core.settler.store), 0);
}

static uint64_t next_of_answer(void)
{
	const char *end = strrchr(answer, ' ');

	assert_non_null(end);
	return strtoull(end + 1, NULL, 10);
}

static void test_pages(void **state)
{
	uint64_t next = 0, n = 0;

	(void)state;
	open_office();
	ask("Record", "a{sv}tu", 0, UINT64_C(0), 2);
	expect_entries(true, true, false);
	assert_int_equal(next_of_answer(), 2);
	ask("Record", "a{sv}tu", 0, UINT64_C(2), 2);
	expect_entries(false, false, true);
	assert_int_equal(next_of_answer(), 0);
	ask("Record", "a{sv}tu", 1, "newest", "b", 1, UINT64_C(0), 2);
	expect_entries(false, true, true);
	assert_int_equal(next_of_answer(), 2);
	ask("Record", "a{sv}tu", 1, "newest", "b", 1, UINT64_C(2), 2);
	expect_entries(true, false, false);
	assert_int_equal(next_of_answer(), 0);
	append_many();
	do { /* a page ends where many were looked at in vain, and says where it goes on */
		ask("Record", "a{sv}tu", 1, "segment", "s", "101-1204", next, 0);
		if (strstr(answer, "{sequence: 2,"))
			n += 100;
		next = next_of_answer();
		n++;
	} while (next > 0 && n < 200);
	assert_int_equal(n, 103);
	close_office();
}

/* An entry that was meddled with is not left out in silence; of which segment it was is not known. */
static void test_unreadable(void **state)
{
	sqlite3 *db = NULL;

	(void)state;
	open_office();
	assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "UPDATE record SET mac = x'01' WHERE sequence = 1;"
				      "UPDATE record SET name = CAST(x'ff' AS TEXT) WHERE sequence = 2",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	ask_all();
	expect("{sequence: 1, unreadable: true}");
	expect("{sequence: 2, unreadable: true}");
	expect("{sequence: 3, time: ");
	operator_group = TOWER;
	ask_all();
	assert_string_equal(answer, "[], 0");
	close_office();
}

static void test_head(void **state)
{
	struct record_mark head;
	char mark[RECORD_MARK_SIZE];

	(void)state;
	operator_uid = 0;
	ask("RecordHead", "");
	expect("{sequence: 0, hash: , foot_sequence: 0, foot_hash: }");
	open_office();
	assert_int_equal(record_head(core.settler.store, &head), 0);
	ask("RecordHead", "");
	expect("sequence: 3");
	expect(strchr(record_mark_to_text(&head, mark), ':') + 1);
	close_office();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(test_auditor),
		BUS_TEST(test_without_the_verb),
		BUS_TEST(test_segments_of_a_role),
		BUS_TEST(test_filter),
		BUS_TEST(test_refused_filters),
		BUS_TEST(test_several_devices),
		BUS_TEST(test_digits_that_are_a_name),
		BUS_TEST(test_digits_of_two_devices),
		BUS_TEST(test_known_device),
		BUS_TEST(test_pages),
		BUS_TEST(test_unreadable),
		BUS_TEST(test_head),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
