/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* wraps: clock_realtime_sec */
/* `log show` and `log verify` over a small store: what they print, that it fits, and how they end. */
#include <sqlite3.h>

#include "appraise/expiry.h"
#include "base/log.h"
#include "ctl_kit.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
#include "hallmark/record.h"
#include "language_kit.h"
#include "store/record.h"
#include "store/store.h"

DEFINE_CLEANUP(struct store *, store_free);

#define WINTER_SEC 1764460800 /* 2025-11-30 */

static int64_t now_sec = WINTER_SEC;

int64_t __wrap_clock_realtime_sec(void);
int64_t __wrap_clock_realtime_sec(void)
{
	return now_sec;
}

static struct store *open_store(const char *path)
{
	struct store *s = NULL;

	assert_int_equal(store_open(path, &s), 0);
	return s;
}

static struct record make(uint8_t device, uint32_t cause, enum hallmark_reason reason)
{
	struct record r = {
		.time_sec = 1780228800, .device = { 0xab, 0xcd, device }, .cause = cause, .reason = reason
	};

	(void)strcpy(r.zone_before, "quarantine");
	(void)strcpy(r.zone_after, reason == REASON_ADMITTED ? "trusted" : "quarantine");
	(void)strcpy(r.rule, reason == REASON_ADMITTED ? "a rule with a name too long" : "quarantine");
	r.missing = reason == REASON_ADMITTED ? 0 : CHECK_BIT(CHECK_EVIDENCE_SIGNATURE) | CHECK_BIT(CHECK_FRESHNESS);
	(void)strcpy(r.scheme, "SG-CLS");
	(void)strcpy(r.label, "SG-\x1b[2J"); /* a device's word is not obeyed */
	r.level = 3;
	r.home_level = 2;
	(void)strcpy(r.arrangement, "R8");
	r.until_sec = 1780228800 + 3600;
	r.expiry_cause = EXPIRY_POLICY;
	return r;
}

/* Five entries of two devices. Returns the file. */
static const char *make_record(const struct place *place)
{
	const char *path = in(place, STORE_FILE);
	_cleanup_(store_freep) struct store *s = open_store(path);
	struct record entries[] = {
		make(1, CAUSE_ATTESTED, REASON_ADMITTED),
		make(2, CAUSE_ATTESTED, REASON_ADMITTED),
		make(1, CAUSE_MOVED, REASON_ADMITTED),
		make(1, CAUSE_DISPLACED, REASON_DISPLACED),
		make(2, CAUSE_REJUDGED, REASON_EVIDENCE_SIGNATURE),
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		assert_int_equal(record_append(s, &entries[i]), 0);
	return path;
}

static void meddle(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define HEADING "ENTRY   TIME                 DEVICE   CAUSE     ZONE       RULE OR REASON       \n"
#define FIRST   "1       2026-05-31T12:00:00Z abcd0100 attested  trusted    a rule with a name t…\n"
#define SECOND  "2       2026-05-31T12:00:00Z abcd0200 attested  trusted    a rule with a name t…\n"
#define THIRD   "3       2026-05-31T12:00:00Z abcd0100 moved     trusted    a rule with a name t…\n"
#define FOURTH  "4       2026-05-31T12:00:00Z abcd0100 displaced quarantine displaced            \n"
#define FIFTH   "5       2026-05-31T12:00:00Z abcd0200 rejudged  quarantine evidence-signature   \n"

static void test_show(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	(void)state;

	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING FIRST SECOND THIRD FOURTH FIFTH);
	ctl.last = "2";
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING FOURTH FIFTH);
	ctl.operand = "abcd01";
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING THIRD FOURTH);
	ctl.last = "4294967295";
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING FIRST THIRD FOURTH);
	ctl.operand = "ABCD020000000000000000000000000000000000000000000000000000000000";
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING SECOND FIFTH);
	ctl.state = place.path; /* the state directory will do */
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING SECOND FIFTH);
}

/* The gateway's own entries have no device and no reason of a decision, but say why it was opened or closed. */
static void test_show_gateway(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place), .last = "2" };
	struct store *s = open_store(ctl.state);
	struct record opened = { .time_sec = 1780228800,
				 .cause = CAUSE_OPERATOR,
				 .zone_after = "open",
				 .rule = "a leak" },
		      closed = opened;

	(void)state;
	(void)strcpy(closed.zone_after, "closed port5");
	assert_int_equal(record_append(s, &opened), 0);
	assert_int_equal(record_append(s, &closed), 0);
	store_free(s);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, HEADING
			    "6       2026-05-31T12:00:00Z 00000000 operator  open       a leak               \n"
			    "7       2026-05-31T12:00:00Z 00000000 operator  closed     port5: a leak        \n");
}

/* For people in the zone of who reads it, for machines in seconds since 1970. */
static void test_show_local_time(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place), .last = "1" };
	(void)state;

	assert_int_equal(setenv("TZ", "KST-9", 1), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output,
			    "ENTRY   TIME                      DEVICE   CAUSE     ZONE       RULE OR REASON  \n"
			    "5       2026-05-31T21:00:00+09:00 abcd0200 rejudged  quarantine evidence-signat…\n");
	ctl.json = true;
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	assert_non_null(strstr(output, "\"time\":1780228800,"));
}

/* Where the time is UTC in one half of the year: the column fits the other half, whenever it is looked at. */
static void test_show_winter_and_summer(void **state)
{
	static const int64_t looks_sec[] = { WINTER_SEC, 1780228800 };
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place), .last = "1" };
	(void)state;

	assert_int_equal(setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1), 0); /* Europe/London */
	for (size_t i = 0; i < ARRAY_SIZE(looks_sec); i++) {
		now_sec = looks_sec[i];
		assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
		assert_true(printed("5       2026-05-31T13:00:00+01:00 abcd0200 rejudged "));
	}
	now_sec = WINTER_SEC;
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
}

static void test_show_and_verify_in_korean(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place), .last = "1" };
	(void)state;

	meddle(ctl.state, "UPDATE record SET renewals = 2, renewed = 1780230000 WHERE sequence = 5");
	speak("ko");
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("항목    시각                 기기     원인      구역       규칙 또는 사유       \n"));
	assert_true(printed("5       2026-05-31T12:00:00Z abcd0200 rejudged  quarantine evidence-signature   \n"
			    "        2회 갱신, 마지막: 2026-05-31T12:20:00Z\n"));
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("정상 항목      5\n"));
	assert_true(printed("결과           sound: 모든 항목이 기록된 그대로이며, 앞의 항목에서 이어집니다\n"));
	ctl.json = true;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	speak_english();
	assert_true(printed("\"meaning\":\"every entry is as it was written"));
}

/* The names that other commands take; where several devices have one, an id is needed. */
static void test_show_by_mac_and_ueid(void **state)
{
	static const struct {
		uint8_t device, ueid;
		uint8_t mac[6];
	} rows[] = {
		{ 1, 0xe1, { 2, 0, 0, 0, 0, 0xa1 } },
		{ 2, 0xe2, { 2, 0, 0, 0, 0, 0xa2 } },
		{ 3, 0xe3, { 2, 0, 0, 0, 0, 0xa3 } },
		{ 4, 0xe4, { 2, 0, 0, 0, 0, 0xa3 } }, /* behind one extender */
	};
	static const struct {
		const char *text, *shown; /* NULL: nothing */
		enum ctl_exit end;
	} cases[] = {
		{ "02:00:00:00:00:a1", HEADING FIRST THIRD FOURTH, CTL_YES },
		{ "02:00:00:00:00:A2", HEADING SECOND FIFTH, CTL_YES },
		{ "01e20000", HEADING SECOND FIFTH, CTL_YES },
		{ "02:00:00:00:00:a3", "", CTL_FAULT },
		{ "02:00:00:00:00:a4", "", CTL_NO },
		{ "01e50000", "", CTL_NO },
		{ "02:00:00:00:00", "", CTL_NO },
	};
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	struct store *s = open_store(ctl.state);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict v = {
			.facts = { .device = { 0xab, 0xcd, rows[i].device }, .ueid = { 1, rows[i].ueid }, .n_ueid = 4 }
		};

		memcpy(v.mac, rows[i].mac, sizeof(v.mac));
		(void)strcpy(v.zone, "trusted");
		assert_int_equal(store_put(s, &v, NULL), 0);
	}
	store_free(s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ctl.operand = cases[i].text;
		if (run(ctl_log_show, ctl) != cases[i].end)
			fail_msg("%s", cases[i].text);
		assert_string_equal(output, cases[i].shown);
	}
}

/* The device's last entry, and no other. */
static void test_show_renewals(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	const uint8_t device[SHA256_LEN] = { 0xab, 0xcd, 2 };
	struct store *s = open_store(ctl.state);
	(void)state;

	assert_int_equal(record_renew(s, device, 90, 1780230000), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("evidence-signature   \n        renewed 90 times, last at 2026-05-31T12:20:00Z\n"));
	assert_null(strstr(strstr(output, "renewed") + 1, "renewed"));
	assert_int_equal(record_renew(s, device, 1, 1780230000), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed(" renewed 1 time, last at "));
	ctl.json = true;
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\"renewals\":1,\"renewed\":1780230000,\"later\":false,\"ordered_by\":\"\""));
	store_free(s);
}

/* Who ordered, and not of other entries. */
static void test_show_orderers(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place), .last = "1" };
	struct record r = make(1, CAUSE_OPERATOR, REASON_ADMITTED);
	struct store *s = open_store(ctl.state);

	(void)state;
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_null(strstr(output, "ordered by"));
	(void)strcpy(r.ordered_by, "1001 (kim)");
	(void)strcpy(r.ordered_login, "1001 (kim)");
	(void)strcpy(r.ordered_role, "reception");
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\n        ordered by 1001 (kim) in role reception\n"));
	(void)strcpy(r.ordered_by, "0 (root)");
	(void)strcpy(r.ordered_role, "");
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\n        ordered by 0 (root), logged in as 1001 (kim)\n"));
	(void)strcpy(r.ordered_role, "duty");
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\n        ordered by 0 (root) in role duty, logged in as 1001 (kim)\n"));
	(void)strcpy(r.ordered_role, "");
	(void)strcpy(r.ordered_login, "");
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\n        ordered by 0 (root)\n"));
	ctl.json = true;
	(void)strcpy(r.ordered_login, "1001 (kim)");
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\"ordered_by\":\"0 (root)\",\"ordered_login\":\"1001 (kim)\",\"ordered_role\":\"\","));
	store_free(s);
}

static void test_show_json(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place), .json = true, .last = "1" };
	(void)state;

	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("[{\"sequence\":5,\"time\":1780228800,\"device\":\"abcd0200000000000000"));
	assert_true(printed("\"cause\":\"rejudged\",\"zone_before\":\"quarantine\",\"zone_after\":\"quarantine\","
			    "\"rule\":\"quarantine\",\"reason\":\"evidence-signature\","
			    "\"missing\":\"evidence-signature freshness\",\"scheme\":\"SG-CLS\",\"level\":3,"
			    "\"home_level\":2,\"arrangement\":\"R8\",\"label\":\"SG-\\u001b[2J\",\"until\":1780232400,"
			    "\"expiry_cause\":\"policy\",\"inputs\":\"00"));
	assert_true(printed("\"renewals\":0,\"renewed\":0,\"later\":false,\"ordered_by\":\"\",\"ordered_login\":\"\","
			    "\"ordered_role\":\"\",\"name\":\"\",\"segment\":\"\",\"place\":\"\","
			    "\"interface\":\"\",\"port\":\"\",\"mac\":\"\"}\n]\n"));
	ctl.last = "3";
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("}\n,{"));
}

/* Two entries of a household, one of which an operator ordered, behind the five. */
static void append_named(const char *path)
{
	struct store *s = open_store(path);
	struct record r = make(3, CAUSE_ATTESTED, REASON_ADMITTED);

	r.time_sec += 3600;
	(void)strcpy(r.name, "Kim's wall-pad");
	(void)strcpy(r.segment, "101동 1203호");
	(void)strcpy(r.interface, "br0");
	(void)strcpy(r.port, "port1");
	assert_int_equal(record_append(s, &r), 0);
	r.cause = CAUSE_OPERATOR;
	r.time_sec += 3600;
	(void)strcpy(r.place, "a room with a name that is longer than what a line has");
	(void)strcpy(r.ordered_by, "1001 (kim)");
	assert_int_equal(record_append(s, &r), 0);
	store_free(s);
}

#define SIXTH_NAMED                                                                                                    \
	"6       2026-05-31T13:00:00Z abcd0300 attested  trusted    a rule with a name t…\n"                         \
	"        Kim's wall-pad, 101동 1203호, port1                                     \n"
#define SEVENTH_NAMED                                                                                                  \
	"7       2026-05-31T14:00:00Z abcd0300 operator  trusted    a rule with a name t…\n"                         \
	"        Kim's wall-pad, 101동 1203호, a room with a name that is longer than wh…\n"                       \
	"        ordered by 1001 (kim)\n"

static void test_show_chosen(void **state)
{
	static const struct {
		struct ctl ctl;
		const char *shown;
	} cases[] = {
		{ { .operand = "Kim's wall-pad" }, HEADING SIXTH_NAMED SEVENTH_NAMED },
		{ { .operand = "Kim's wall-pad, 101동 1203호", .last = "1" }, HEADING SEVENTH_NAMED },
		{ { .segment = "101동 1203호", .until = "2026-05-31 14:00" }, HEADING SIXTH_NAMED },
		{ { .since = "2026-05-31 14:00" }, HEADING SEVENTH_NAMED },
		{ { .since = "2026-05-31T12:00:01Z", .until = "2026-05-31T13:00:01Z" }, HEADING SIXTH_NAMED },
		{ { .who = "kim" }, HEADING SEVENTH_NAMED },
		{ { .reason = "evidence-signature" }, HEADING FIFTH },
		{ { .reason = "evidence-signature", .who = "kim" }, "no entry fits these options\n" },
		{ { .segment = "101동 1204호" }, "no entry fits these options\n" },
		{ { .since = "2026-06-01" }, "no entry fits these options\n" },
		{ { .until = "2026-05-31" }, "no entry fits these options\n" },
	};
	_cleanup_place_ struct place place = place_new();
	const char *path = make_record(&place);

	(void)state;
	append_named(path);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ctl ctl = cases[i].ctl;

		ctl.state = path;
		assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
		assert_string_equal(output, cases[i].shown);
	}
}

/* Each beside one that is accepted: test_show_chosen(). */
static void test_show_refuses_options(void **state)
{
	static const struct ctl bad[] = {
		{ .since = "tomorrow" },
		{ .until = "2026-13-01" },
		{ .since = "" },
		{ .until = "0" },
		{ .reason = "bad luck" },
		{ .reason = "" },
		{ .since = "2026-05-31", .until = "2026-05-31" },
		{ .since = "2026-06-01", .until = "2026-05-31" },
	};
	_cleanup_place_ struct place place = place_new();
	const char *path = make_record(&place);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ctl ctl = bad[i];

		ctl.state = path;
		assert_int_equal(run(ctl_log_show, ctl), CTL_FAULT);
		assert_string_equal(output, "");
	}
}

static void test_show_refuses(void **state)
{
	static const char *const no_devices[] = {
		"abc",
		"abcx",
		"",
		"abcd 1",
		"-abcd",
		"abce",
		"abcd02000000000000000000000000000000000000000000000000000000000000000000"
	};
	static const char *const bad_numbers[] = {
		"0", "-1", "", "x", "1x", " 1", "4294967296", "99999999999999999999"
	};
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(no_devices); i++) {
		ctl.operand = no_devices[i];
		assert_int_equal(run(ctl_log_show, ctl), CTL_NO);
		assert_string_equal(output, "");
	}
	ctl.operand = "abcd"; /* both */
	assert_int_equal(run(ctl_log_show, ctl), CTL_FAULT);
	ctl.operand = "abcd01";
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	ctl.operand = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(bad_numbers); i++) {
		ctl.last = bad_numbers[i];
		assert_int_equal(run(ctl_log_show, ctl), CTL_FAULT);
		assert_string_equal(output, "");
	}
	ctl.last = NULL;
	meddle(ctl.state, "DELETE FROM record");
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, "the record has no decision yet\n");
	ctl.json = true;
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_string_equal(output, "[]\n");
}

static void test_no_store(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = in(&place, "absent") };
	(void)state;

	assert_int_equal(run(ctl_log_show, ctl), CTL_FAULT);
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
	assert_int_equal(access(ctl.state, F_OK), -1); /* and none was made */
	ctl.state = put_text(&place, "a-file",
			     "not a database, but long enough to have the header of one hundred bytes "
			     "that SQLite asks for");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
	ctl.state = NULL;
	ctl.config = in(&place, "absent");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
}

static void test_state_of_the_configuration(void **state)
{
	_cleanup_place_ struct place place = place_new();
	static const char zones[] =
		"zones = ( { name = \"trusted\"; reach = []; } ); law = \"none\"; schemes = ( { id = \"KR-CIC\"; "
		"country = \"KR\"; name = \"K\"; levels = [ \"Lite\" ]; } );"
		"network = { guarded = [ \"lan0\" ]; };"
		"rules = ( { name = \"one\"; zone = \"trusted\"; require = [ \"identity\" ]; } );";
	char text[1024];
	struct ctl ctl = { 0 };
	(void)state;

	(void)make_record(&place);
	(void)snprintf(text, sizeof(text),
		       "gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; "
		       "result-key = \"r\"; state = \"%s\"; }; %s",
		       place.path, zones);
	ctl.config = put_text(&place, "conf", text);
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("good entries   5\n"));
}

/* The mark of an entry, as the journal has it. */
static const char *mark_of_entry(const char *path, const char *sequence)
{
	static char mark[128];
	_cleanup_(store_freep) struct store *s = open_store(path);
	struct record_mark head;

	assert_int_equal(record_head(s, &head), 0);
	assert_int_equal(head.sequence, atoi(sequence));
	return record_mark_to_text(&head, mark);
}

static void test_verify(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	char mark[RECORD_MARK_SIZE];
	(void)state;

	(void)strcpy(mark, mark_of_entry(ctl.state, "5"));
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("answer         sound: every entry is as it was written"));
	assert_true(printed(mark));
	ctl.head = mark;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	ctl.json = true;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("\"sound\":true,\"answer\":\"sound\""));
	assert_true(printed("\"good_entries\":5,\"later_entries\":0,\"kept_entries\":0,\"foot\":\"\",\"head\":\"5:"));
	ctl.json = false;

	meddle(ctl.state, "DELETE FROM record WHERE sequence = 5");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	assert_true(printed("good entries   4\n"));
	assert_true(printed("answer         cut: entry 5\n"));
	assert_true(printed("that is        the newest entries were deleted"));
	ctl.head = NULL;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);

	meddle(ctl.state, "DELETE FROM record WHERE sequence IN (2, 3)");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	assert_true(printed("good entries   1, up to the fault\n"));
	assert_true(printed("answer         missing: entries 2 to 3\n"));

	meddle(ctl.state, "UPDATE record SET level = 4 WHERE sequence = 1");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	assert_true(printed("answer         altered: entry 1\n"));
	ctl.json = true;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	assert_true(printed("\"sound\":false,\"answer\":\"altered\",\"meaning\":\"a field of it"));
	assert_true(printed("\"first\":1,\"last\":1,\"good_entries\":0"));
}

static void test_verify_after_retention(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	struct store *s = open_store(ctl.state);
	(void)state;

	assert_int_equal(record_prune(s, &(struct record_retention){ .keep = 2, .at_most = 9 }), 3);
	store_free(s);
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("foot           3:"));
	assert_true(printed("good entries   2\n"));
	assert_false(printed("kept"));
	ctl.head = "2:0011223344556677"; /* nobody can tell any more */
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
	assert_true(printed("answer         uncompared: entry 2\n"));
	ctl.head = "3:0011223344556677";
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	ctl.head = "3:00112233";
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
	assert_string_equal(output, "");
	ctl.head = NULL;
	meddle(ctl.state, "UPDATE record_foot SET hash = x''");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	assert_true(printed("answer         foot: foot\n"));
}

/* The gateway's own entries, which need no verdict, have a share. */
static void test_verify_what_is_kept(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	struct store *s = open_store(ctl.state);
	(void)state;

	for (int i = 0; i < 3; i++) {
		struct record r = { .time_sec = 9, .cause = CAUSE_OPERATOR, .zone_after = "open" };

		assert_int_equal(record_append(s, &r), 0);
	}
	assert_int_equal(record_prune(s, &(struct record_retention){ .keep = 1, .at_most = 9, .share = 3 }), 7);
	store_free(s);
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("kept entries   2 from before it: the last 4 of each device\ngood entries   1\n"));
	ctl.json = true;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_YES);
	assert_true(printed("\"good_entries\":1,\"later_entries\":0,\"kept_entries\":2,\"foot\":\"7:"));
	meddle(ctl.state, "DELETE FROM record WHERE sequence = 6");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_NO);
	assert_true(printed("\"answer\":\"foot\""));
}

/* They follow: nothing is broken, and not all is verified. */
static void test_entries_of_a_later_version(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct ctl ctl = { .state = make_record(&place) };
	(void)state;

	meddle(ctl.state, "UPDATE record SET encoding = 4 WHERE sequence IN (2, 3)");
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
	assert_true(printed("good entries   3\nlater entries  2 of a later version\n"));
	assert_true(printed("answer         later: entries 2 to 3\n"));
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed(" of a later version: it may say more than is shown\n"));
	ctl.json = true;
	assert_int_equal(run(ctl_log_verify, ctl), CTL_FAULT);
	assert_true(printed("\"sound\":false,\"answer\":\"later\""));
	assert_true(printed("\"good_entries\":3,\"later_entries\":2,"));
	assert_int_equal(run(ctl_log_show, ctl), CTL_YES);
	assert_true(printed("\"later\":true"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_of_a_later_version),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_show_gateway),
		cmocka_unit_test(test_show_local_time),
		cmocka_unit_test(test_show_winter_and_summer),
		cmocka_unit_test(test_show_and_verify_in_korean),
		cmocka_unit_test(test_show_by_mac_and_ueid),
		cmocka_unit_test(test_show_renewals),
		cmocka_unit_test(test_show_orderers),
		cmocka_unit_test(test_show_json),
		cmocka_unit_test(test_show_refuses),
		cmocka_unit_test(test_show_chosen),
		cmocka_unit_test(test_show_refuses_options),
		cmocka_unit_test(test_no_store),
		cmocka_unit_test(test_state_of_the_configuration),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_verify_after_retention),
		cmocka_unit_test(test_verify_what_is_kept),
	};

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
