/* SPDX-License-Identifier: Apache-2.0 */
/* links: store decide base */
/*
 * What was appended must come back field by field and hold together, by our own word and by that of Python, which knows
 * only the public header. Each way of meddling with the file must be found, at the entry that was meddled with.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signed_inputs.h"
#include "decide/verdict.h"
#include "hallmark/record.h"
#include "store/record.h"
#include "store_kit.h"

#define ENTRIES 20

static unsigned seed;
static struct store *store;
static struct record written[ENTRIES + 1]; /* by sequence */

static void fill(void *p, size_t n)
{
	uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)rand_r(&seed);
}

static void fill_text(char *text, size_t size)
{
	size_t n = (size_t)rand_r(&seed) % size;

	memset(text, 0, size);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + rand_r(&seed) % 26);
}

/* Numbers and texts of all sizes; of four devices, a second apart. */
static struct record make(uint32_t number)
{
	struct record r;

	fill(&r, sizeof(r));
	r.time_sec = 1000 + number;
	memset(r.device, 0, sizeof(r.device));
	r.device[0] = (uint8_t)(number % 4);
	r.cause = 1 + number % 9;
	fill_text(r.zone_before, sizeof(r.zone_before));
	fill_text(r.zone_after, sizeof(r.zone_after));
	fill_text(r.rule, sizeof(r.rule));
	fill_text(r.scheme, sizeof(r.scheme));
	fill_text(r.arrangement, sizeof(r.arrangement));
	fill_text(r.label, sizeof(r.label));
	fill_text(r.ordered_by, sizeof(r.ordered_by));
	fill_text(r.ordered_login, sizeof(r.ordered_login));
	fill_text(r.ordered_role, sizeof(r.ordered_role));
	fill_text(r.name, sizeof(r.name));
	fill_text(r.segment, sizeof(r.segment));
	fill_text(r.place, sizeof(r.place));
	fill_text(r.interface, sizeof(r.interface));
	fill_text(r.port, sizeof(r.port));
	r.until_sec = number % 3 == 0 ? TIME_FOREVER : -(int64_t)number;
	return r;
}

static void append(uint32_t number)
{
	struct record r = make(number);

	assert_int_equal(record_append(store, &r), 0);
	assert_int_equal(r.sequence, number);
	if (number <= ENTRIES)
		written[number] = r;
}

static int setup(void **state)
{
	(void)state;
	log_set_level(-1);
	if (store_folder_make() < 0 || store_open(store_path, &store) < 0)
		return -1;
	for (uint32_t i = 1; i <= ENTRIES; i++)
		append(i);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_free(TAKE_PTR(store));
	return store_folder_done();
}

static void expect_found(const struct record_mark *mark, enum record_flaw flaw, uint64_t sequence)
{
	struct record_finding f = { 0 };

	assert_int_equal(record_verify(store, mark, &f), 0);
	assert_string_equal(record_flaw_name(f.flaw), record_flaw_name(flaw));
	assert_int_equal(f.sequence, sequence);
}

static void expect_sound(uint64_t n, const struct record_mark *mark)
{
	struct record_finding f = { 0 };

	assert_int_equal(record_verify(store, mark, &f), 0);
	assert_string_equal(record_flaw_name(f.flaw), "sound");
	assert_int_equal(f.n_good, n);
	assert_int_equal(f.head.sequence - f.foot.sequence, n);
}

static bool python_agrees(void)
{
	char command[160];

	(void)snprintf(command, sizeof(command), "/usr/bin/python3 -B tests/lib/record_chain.py '%s' >/dev/null 2>&1",
		       store_path);
	return system(command) == 0;
}

/* --- Appending and reading --- */

struct seen {
	uint64_t sequences[ENTRIES];
	size_t n;
};

static void on_record(const struct record *r, void *userdata)
{
	struct seen *seen = userdata;
	const struct record *w = &written[r->sequence];

	seen->sequences[seen->n++] = r->sequence;
	assert_int_equal(r->time_sec, w->time_sec);
	assert_memory_equal(r->device, w->device, SHA256_LEN);
	assert_int_equal(r->cause, w->cause);
	assert_string_equal(r->zone_before, w->zone_before);
	assert_string_equal(r->zone_after, w->zone_after);
	assert_string_equal(r->rule, w->rule);
	assert_int_equal(r->reason, w->reason);
	assert_int_equal(r->missing, w->missing);
	assert_string_equal(r->scheme, w->scheme);
	assert_int_equal(r->level, w->level);
	assert_int_equal(r->home_level, w->home_level);
	assert_string_equal(r->arrangement, w->arrangement);
	assert_string_equal(r->label, w->label);
	assert_int_equal(r->until_sec, w->until_sec);
	assert_int_equal(r->expiry_cause, w->expiry_cause);
	assert_memory_equal(r->inputs, w->inputs, SHA256_LEN);
	assert_memory_equal(r->trust, w->trust, SHA256_LEN);
	assert_memory_equal(r->previous, w->previous, SHA256_LEN);
	assert_memory_equal(r->hash, w->hash, SHA256_LEN);
	assert_int_equal(r->encoding, 3);
	assert_string_equal(r->ordered_by, w->ordered_by);
	assert_string_equal(r->ordered_login, w->ordered_login);
	assert_string_equal(r->ordered_role, w->ordered_role);
	assert_string_equal(r->name, w->name);
	assert_string_equal(r->segment, w->segment);
	assert_string_equal(r->place, w->place);
	assert_string_equal(r->interface, w->interface);
	assert_string_equal(r->port, w->port);
	assert_memory_equal(r->mac, w->mac, sizeof(w->mac));
}

static void test_round_trip(void **state)
{
	const uint8_t third[SHA256_LEN] = { 3 };
	struct seen all = { 0 }, some = { 0 }, of_third = { 0 };

	(void)state;
	assert_int_equal(record_each(store, NULL, on_record, &all), ENTRIES);
	for (size_t i = 0; i < ENTRIES; i++)
		assert_int_equal(all.sequences[i], i + 1);
	assert_int_equal(record_each(store, &(struct record_filter){ .from = 18 }, on_record, &some), 3);
	assert_int_equal(some.sequences[0], 18);
	assert_int_equal(
		record_each(store, &(struct record_filter){ .device = third, .from = 7 }, on_record, &of_third), 4);
	assert_int_equal(of_third.sequences[0], 7);
	assert_int_equal(of_third.sequences[3], 19);
}

static void test_the_last_ones(void **state)
{
	const uint8_t third[SHA256_LEN] = { 3 };
	uint64_t from = 99;

	(void)state;
	assert_int_equal(record_last(store, NULL, 1, &from), 0);
	assert_int_equal(from, 20);
	assert_int_equal(record_last(store, NULL, 20, &from), 0);
	assert_int_equal(from, 1);
	assert_int_equal(record_last(store, NULL, 21, &from), 0);
	assert_int_equal(from, 0);
	assert_int_equal(record_last(store, &(struct record_filter){ .device = third }, 2, &from), 0);
	assert_int_equal(from, 15);
	assert_int_equal(record_last(store, &(struct record_filter){ .device = third }, 6, &from), 0);
	assert_int_equal(from, 0);
}

static const struct record lamp = { .sequence = 7,
				    .time_sec = 1000,
				    .device = { 5 },
				    .reason = 1302,
				    .ordered_by = "1001 (kim)",
				    .ordered_login = "1002 (lee)",
				    .ordered_role = "reception",
				    .name = "lamp",
				    .segment = "101-1203" };

/* Each that the entry fits beside one that it does not. */
static void test_filter(void **state)
{
	static const uint8_t five[SHA256_LEN] = { 5 }, six[SHA256_LEN] = { 6 };
	static const char *const segments[] = { "101-1203", "101-1204", "102-0301" };
	static const struct {
		struct record_filter fits, not ;
	} cases[] = {
		{ { .from = 7 }, { .from = 8 } },
		{ { .since_sec = 1000 }, { .since_sec = 1001 } },
		{ { .until_sec = 1001 }, { .until_sec = 1000 } },
		{ { .segment = "101-1203" }, { .segment = "101-120" } },
		{ { .segment = NULL }, { .segment = "" } },
		{ { .within = segments, .n_within = 3 }, { .within = segments + 1, .n_within = 2 } },
		{ { .within = segments, .n_within = 1 }, { .within = segments + 2, .n_within = 1 } },
		{ { .within = NULL }, { .within = segments, .n_within = 0 } },
		{ { .has_reason = true, .reason = 1302 }, { .has_reason = true } },
		{ { .who = "1001" }, { .who = "100" } },
		{ { .who = "kim" }, { .who = "kim)" } },
		{ { .who = "1001 (kim)" }, { .who = "1001 (lee)" } },
		{ { .who = "lee" }, { .who = "le" } },
		{ { .who = "reception" }, { .who = "" } },
		{ { .device = five }, { .device = six } },
		{ { .name = "lamp" }, { .name = "lam" } },
		{ { .name = "lamp, 101-1203" }, { .name = "lamp, 101-1204" } },
		{ { .name = "other", .device = five }, { .name = "other", .device = six } },
		{ { .name = "lamp", .device = six }, { .name = "", .device = six } },
		{ { .since_sec = 1, .who = "kim", .segment = "101-1203" },
		  { .since_sec = 1, .who = "lamp", .segment = "101-1203" } },
	};
	const struct record anonymous = { .sequence = 8, .time_sec = 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (!record_fits(&lamp, &cases[i].fits) || record_fits(&lamp, &cases[i].not ))
			fail_msg("case %zu", i);
	assert_false(record_fits(&anonymous, &(struct record_filter){ .who = "" }));
	assert_false(record_fits(&anonymous, &(struct record_filter){ .name = "" }));
	assert_true(record_fits(&anonymous, &(struct record_filter){ .segment = "" }));
}

static void add_sequence(const struct record *r, bool is_readable, void *userdata)
{
	char *text = userdata;

	(void)snprintf(text + strlen(text), 128 - strlen(text), "%s%d", is_readable ? " " : " ?", (int)r->sequence);
}

/* A part at a time, in both directions; what was looked at in vain counts, too. */
static void test_pages(void **state)
{
	static const uint8_t third[SHA256_LEN] = { 3 };
	const struct record_filter of_third = { .device = third }, of_nobody = { .segment = "none" },
				   from_18 = { .from = 18 };
	static const struct {
		int filter; /* 0: of_third, and so on */
		uint64_t after;
		bool is_backward;
		uint32_t most, looks;
		const char *given;
		uint64_t next;
	} cases[] = {
		{ 0, 0, false, 2, 9, " 3 7", 7 },     { 0, 7, false, 3, 9, " 11 15 19", 0 },
		{ 0, 0, true, 2, 9, " 19 15", 15 },   { 0, 15, true, 9, 9, " 11 7 3", 0 },
		{ 1, 0, false, 9, 5, "", 5 },         { 1, 5, false, 9, 99, "", 0 },
		{ 1, 0, true, 9, 5, "", 16 },         { 2, 0, false, 2, 9, " 18 19", 19 },
		{ 2, 0, true, 9, 9, " 20 19 18", 0 }, { 2, 20, false, 9, 9, "", 0 },
		{ 2, 18, true, 9, 9, "", 0 },
	};
	const struct record_filter *const filters[] = { &of_third, &of_nobody, &from_18 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char given[128] = "";
		struct record_page page = { .filter = filters[cases[i].filter],
					    .after = cases[i].after,
					    .is_backward = cases[i].is_backward,
					    .most = cases[i].most,
					    .looks = cases[i].looks,
					    .take = add_sequence,
					    .userdata = given };
		uint64_t next = 99;

		assert_int_equal(record_each_of_page(store, &page, &next), 0);
		if (strcmp(given, cases[i].given) != 0 || next != cases[i].next)
			fail_msg("case %zu:%s, next %d", i, given, (int)next);
	}
}

static void test_devices_are_found(void **state)
{
	struct record_filter found = { 0 }, other = { 0 };
	struct record r = { .device = { 2, 0, 1 }, .time_sec = 1 };
	uint8_t device[SHA256_LEN];
	char whole[SHA256_HEX_SIZE];

	(void)state;
	assert_int_equal(record_find(store, "0200", device, &found), 0);
	assert_ptr_equal(found.device, device);
	assert_int_equal(device[0], 2);
	assert_string_equal(found.name, "0200"); /* a device may be called so */
	assert_int_equal(record_append(store, &r), 0);
	assert_int_equal(record_find(store, "0200", device, &other), -EEXIST);
	assert_int_equal(record_find(store, "020001", device, &other), 0);
	assert_int_equal(device[2], 1);
	found = (struct record_filter){ 0 };
	bytes_to_hex(BYTES(r.device), whole);
	assert_int_equal(record_find(store, whole, device, &found), 0);
	assert_ptr_equal(found.device, device);
	assert_null(found.name);
}

/* What is no id is a name: also one that could be the beginning of an id, or is too short for that. */
static void test_other_words_are_names(void **state)
{
	static const char *const words[] = { "0900", "020", "Kim's wall-pad", "02:00:5e:10:00:01", "" };
	uint8_t device[SHA256_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct record_filter found = { 0 };

		assert_int_equal(record_find(store, words[i], device, &found), 0);
		assert_null(found.device);
		assert_string_equal(found.name, words[i]);
	}
}

static void test_chain_goes_on_after_a_restart(void **state)
{
	(void)state;
	store_free(TAKE_PTR(store));
	assert_int_equal(store_open(store_path, &store), 0);
	append(ENTRIES + 1);
	expect_sound(ENTRIES + 1, NULL);
}

/* With the verdict that it is about: both or neither. */
static void test_entries_belong_to_the_transaction(void **state)
{
	struct record_mark head;
	struct verdict v = { .facts.device = { 1 } };
	struct record r = make(ENTRIES + 1);
	struct store *other = NULL;

	(void)state;
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_put(store, &v, NULL), 0);
	append(ENTRIES + 1);
	append(ENTRIES + 2);
	assert_int_equal(store_open_to_read(store_path, &other), 0);
	assert_int_equal(record_head(other, &head), 0);
	assert_int_equal(head.sequence, ENTRIES); /* nobody sees them yet */
	assert_int_equal(record_append(other, &r), -EACCES);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(record_head(other, &head), 0);
	assert_int_equal(head.sequence, ENTRIES + 2);
	store_free(other);

	assert_int_equal(store_begin(store), 0);
	append(ENTRIES + 3);
	store_free(TAKE_PTR(store)); /* dies before the commit */
	assert_int_equal(store_open(store_path, &store), 0);
	expect_sound(ENTRIES + 2, NULL);
	append(ENTRIES + 3);
	expect_sound(ENTRIES + 3, NULL);
}

static void test_texts_must_end(void **state)
{
	struct record r = make(ENTRIES + 1);

	(void)state;
	memset(r.rule, 'a', sizeof(r.rule));
	assert_int_equal(record_append(store, &r), -EINVAL);
	r.rule[sizeof(r.rule) - 1] = '\0';
	assert_int_equal(record_append(store, &r), 0);
	expect_sound(ENTRIES + 1, NULL);
}

static void test_python_computes_the_same(void **state)
{
	static const struct record_retention limits = { .keep = 15, .before_sec = 0, .at_most = 100 };

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct verdict v = { .facts.device = { (uint8_t)i } };
		struct signed_inputs inputs = { .n_chain = 2, .n_labels = 1 };
		struct record r = make(ENTRIES + 1 + i);

		inputs.chain[0] = bytes_of_string("leaf");
		inputs.chain[1] = inputs.labels[0] = bytes_of(&i, sizeof(i));
		inputs.evidence = bytes_of_string("evidence");
		if (i < 3)
			assert_int_equal(store_put(store, &v, &inputs), 0);
		memcpy(r.device, v.facts.device, SHA256_LEN);
		assert_int_equal(store_inputs_digest(store, v.facts.device, r.inputs), i < 3 ? 0 : -ENOENT);
		assert_int_equal(record_append(store, &r), 0);
	}
	assert_true(python_agrees());
	assert_int_equal(record_prune(store, &limits), ENTRIES + 4 - 15);
	assert_true(python_agrees());
	meddle("UPDATE record SET level = level + 1 WHERE sequence = 12");
	assert_false(python_agrees());
	meddle("UPDATE record SET level = level - 1 WHERE sequence = 12");
	assert_true(python_agrees());
	meddle("UPDATE input SET bytes = x'00' WHERE kind = 3 AND device = (SELECT max(device) FROM input)");
	assert_false(python_agrees());
}

/* --- Verifying --- */

static void test_untouched_is_sound(void **state)
{
	struct record_mark mark;

	(void)state;
	expect_sound(ENTRIES, NULL);
	for (uint64_t i = 1; i <= ENTRIES; i++) { /* each entry's own mark, and the shortest one */
		mark = record_mark_of(&written[i]);
		expect_sound(ENTRIES, &mark);
		mark.n_hash = RECORD_MARK_BYTES;
		expect_sound(ENTRIES, &mark);
	}
	meddle("DELETE FROM record");
	expect_sound(0, NULL);
}

/* Whatever column of whatever entry is changed, and to whatever. */
static void test_altering_is_found(void **state)
{
	static const struct {
		const char *column, *value;
	} changes[] = {
		{ "time", "time + 1" },
		{ "device", "CAST(x'07' || substr(device, 2) AS BLOB)" },
		{ "cause", "cause % 9 + 1" },
		{ "zone_before", "'trusted'" },
		{ "zone_after", "'trusted'" },
		{ "rule", "rule || ' '" },
		{ "rule", "rule || char(0) || 'x'" },
		{ "rule", "printf('%40d', 1)" },
		{ "reason", "reason + 1" },
		{ "missing", "missing + 1" },
		{ "missing", "missing + 4294967296" },
		{ "scheme", "'XX-YYY'" },
		{ "level", "level + 1" },
		{ "home_level", "-1" },
		{ "arrangement", "'R99'" },
		{ "label", "'N'" },
		{ "until", "until - 1" },
		{ "expiry_cause", "expiry_cause + 1" },
		{ "inputs", "randomblob(32)" },
		{ "inputs", "CAST(inputs || x'00' AS BLOB)" },
		{ "trust", "randomblob(32)" },
		{ "trust", "x''" },
		{ "previous", "randomblob(32)" },
		{ "hash", "randomblob(32)" },
		{ "hash", "x''" },
		{ "sequence", "100" }, /* leaves a gap at the old place */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		unsigned at = 1 + (unsigned)rand_r(&seed) % (ENTRIES - 1);
		bool is_gap = strcmp(changes[i].column, "sequence") == 0;
		char sql[256];

		(void)snprintf(sql, sizeof(sql), "UPDATE record SET %s = %s WHERE sequence = %u", changes[i].column,
			       changes[i].value, at);
		meddle(sql);
		expect_found(NULL, is_gap ? RECORD_MISSING : RECORD_ALTERED, at);
		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
		expect_sound(ENTRIES, NULL);
	}
}

static void test_deleting_is_found(void **state)
{
	struct record_finding f;

	(void)state;
	meddle("DELETE FROM record WHERE sequence BETWEEN 8 AND 10");
	expect_found(NULL, RECORD_MISSING, 8);
	assert_int_equal(record_verify(store, NULL, &f), 0);
	assert_int_equal(f.last, 10);
	assert_int_equal(f.n_good, 7);
	meddle("DELETE FROM record WHERE sequence = 1");
	expect_found(NULL, RECORD_MISSING, 1);
}

static void test_reordering_is_found(void **state)
{
	(void)state;
	meddle("UPDATE record SET sequence = 100 WHERE sequence = 5; UPDATE record SET sequence = 5 WHERE sequence = 6;"
	       "UPDATE record SET sequence = 6 WHERE sequence = 100");
	expect_found(NULL, RECORD_ALTERED, 5);
}

/* An entry that is whole in itself, as one who knows the format makes it, in another's place. */
static void test_replacing_is_found(void **state)
{
	struct record_mark mark = record_mark_of(&written[9]);

	(void)state;
	meddle("CREATE TABLE aside AS SELECT * FROM record WHERE sequence > 9; DELETE FROM record WHERE sequence >= 9");
	append(9); /* again, and so another */
	expect_sound(9, NULL);
	expect_found(&mark, RECORD_REWRITTEN, 9);
	meddle("INSERT INTO record SELECT * FROM aside");
	expect_found(NULL, RECORD_UNLINKED, 10);
}

/* All of it written anew: only a mark that went elsewhere tells. */
static void test_rewriting_is_found_by_a_mark(void **state)
{
	struct record_mark first = record_mark_of(&written[1]), third = record_mark_of(&written[3]),
			   last = record_mark_of(&written[ENTRIES]);

	(void)state;
	meddle("DELETE FROM record WHERE sequence >= 2");
	for (uint32_t i = 2; i <= ENTRIES; i++)
		append(i);
	expect_sound(ENTRIES, NULL);
	expect_sound(ENTRIES, &first);
	expect_found(&third, RECORD_REWRITTEN, 3);
	expect_found(&last, RECORD_REWRITTEN, ENTRIES);
}

static void test_cutting_the_tail_is_found_by_a_mark(void **state)
{
	struct record_mark last = record_mark_of(&written[ENTRIES]), earlier = record_mark_of(&written[ENTRIES - 2]);
	struct record_finding f;

	(void)state;
	meddle("DELETE FROM record WHERE sequence > 18");
	expect_sound(18, NULL);
	expect_sound(18, &earlier);
	expect_found(&last, RECORD_CUT, 19);
	assert_int_equal(record_verify(store, &last, &f), 0);
	assert_int_equal(f.last, 20);
	meddle("DELETE FROM record");
	expect_found(&last, RECORD_CUT, 1);
}

static void test_marks_as_text(void **state)
{
	static const char *const bad[] = {
		"",
		"7",
		"7:",
		":0011223344556677",
		"0:0011223344556677",
		"7:00112233445566",
		"7:001122334455667",
		"7:00112233445566777",
		"7:001122334455667g",
		"-7:0011223344556677",
		"7 :0011223344556677",
		"7:0011223344556677 ",
		"1234567890123456789:0011223344556677",
		"7:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00",
	};
	struct record_mark m = record_mark_of(&written[ENTRIES]);
	char text[RECORD_MARK_SIZE];

	(void)state;
	assert_true(record_mark_from_text(record_mark_to_text(&m, text), &m));
	assert_int_equal(m.sequence, ENTRIES);
	assert_int_equal(m.n_hash, RECORD_MARK_BYTES);
	expect_sound(ENTRIES, &m);
	m.hash[RECORD_MARK_BYTES - 1] ^= 1;
	expect_found(&m, RECORD_REWRITTEN, ENTRIES);
	assert_true(record_mark_from_text(
		"123456789012345678:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", &m));
	assert_int_equal(m.n_hash, SHA256_LEN);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(record_mark_from_text(bad[i], &m));
}

/* --- Retention --- */

static int prune(uint64_t keep, int64_t before_sec, uint32_t at_most)
{
	return record_prune(store, &(struct record_retention){ keep, before_sec, at_most, 0 });
}

static void test_retention_removes_the_oldest(void **state)
{
	struct record_mark gone = record_mark_of(&written[4]), foot = record_mark_of(&written[5]),
			   kept = record_mark_of(&written[6]), got;

	(void)state;
	assert_int_equal(prune(ENTRIES, 0, 100), 0);
	assert_int_equal(prune(15, 0, 3), 3); /* no more than that at a time */
	assert_int_equal(prune(15, 0, 3), 2);
	assert_int_equal(prune(15, 0, 3), 0);
	expect_sound(15, NULL);
	assert_int_equal(record_foot(store, &got), 0);
	assert_memory_equal(&got, &foot, sizeof(got));
	expect_sound(15, &foot);
	expect_sound(15, &kept);
	expect_found(&gone, RECORD_UNCOMPARED, 4);
	foot.hash[0] ^= 1;
	expect_found(&foot, RECORD_REWRITTEN, 5);

	assert_int_equal(prune(100, 1000 + 8, 100), 2); /* by age: 6 and 7 */
	expect_sound(13, NULL);
	append(ENTRIES + 1);
	expect_sound(14, NULL);
	store_free(TAKE_PTR(store));
	assert_int_equal(store_open(store_path, &store), 0);
	expect_sound(14, NULL);
}

static void test_retention_of_nothing_keeps_the_chain(void **state)
{
	struct record_mark last = record_mark_of(&written[ENTRIES]);

	(void)state;
	assert_int_equal(prune(0, 0, 100), ENTRIES);
	expect_sound(0, &last);
	assert_int_equal(prune(0, 0, 100), 0);
	append(ENTRIES + 1);
	expect_sound(1, &last);
}

static void test_retention_does_not_go_over_a_fault(void **state)
{
	(void)state;
	meddle("UPDATE record SET rule = rule || 'x' WHERE sequence = 3");
	assert_int_equal(prune(15, 0, 100), -EBADMSG);
	expect_found(NULL, RECORD_ALTERED, 3);
	assert_int_equal(prune(18, 0, 100), 2); /* up to it there is nothing to hide */
	expect_found(NULL, RECORD_ALTERED, 3);
}

static void test_editing_the_foot_is_found(void **state)
{
	static const struct {
		const char *sql;
		enum record_flaw flaw;
		uint64_t sequence;
	} edits[] = {
		{ "UPDATE record_foot SET hash = randomblob(32)", RECORD_FOOT, 6 },
		{ "UPDATE record_foot SET hash = x'00'", RECORD_FOOT, 0 },
		{ "UPDATE record_foot SET sequence = -1", RECORD_FOOT, 0 },
		{ "UPDATE record_foot SET sequence = 4", RECORD_MISSING, 5 },
		{ "UPDATE record_foot SET sequence = 6", RECORD_FOOT, 6 },
		{ "DELETE FROM record_foot", RECORD_MISSING, 1 },
		{ "DELETE FROM record WHERE sequence = 6", RECORD_MISSING, 6 },
		{ "DELETE FROM record WHERE sequence = 6; UPDATE record_foot SET sequence = 6", RECORD_FOOT, 7 },
		{ "UPDATE record SET sequence = -1 WHERE sequence = 20", RECORD_FOOT, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		assert_int_equal(prune(15, 0, 100), 5);
		expect_sound(15, NULL);
		meddle(edits[i].sql);
		expect_found(NULL, edits[i].flaw, edits[i].sequence);
		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
	}
}

/* A row that is no entry is passed over when others are read, and the chain goes on behind it. */
static void test_unreadable_entries(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	meddle("UPDATE record SET device = x'00' WHERE sequence = 3");
	assert_int_equal(record_each(store, NULL, on_record, &seen), ENTRIES - 1);
	meddle("UPDATE record SET hash = x'00' WHERE sequence = 20");
	assert_int_equal(record_append(store, &(struct record){ 0 }), -EBADMSG);
	meddle("UPDATE record SET hash = zeroblob(32) WHERE sequence = 20");
	assert_int_equal(record_append(store, &(struct record){ 0 }), 0);
}

static void test_causes_have_names(void **state)
{
	(void)state;
	assert_string_equal(record_cause_name(CAUSE_NONE), "unknown");
	assert_string_equal(record_cause_name(CAUSE_ATTESTED), "attested");
	assert_string_equal(record_cause_name(CAUSE_UNDONE), "undone");
	assert_string_equal(record_cause_name(CAUSE_UNDONE + 1), "unknown");
	for (int i = RECORD_UNKNOWN; i < _RECORD_MAX; i++) {
		assert_non_null(record_flaw_name((enum record_flaw)i));
		assert_non_null(record_flaw_meaning((enum record_flaw)i));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_the_last_ones),
		TEST(test_filter),
		TEST(test_pages),
		TEST(test_devices_are_found),
		TEST(test_other_words_are_names),
		TEST(test_chain_goes_on_after_a_restart),
		TEST(test_entries_belong_to_the_transaction),
		TEST(test_texts_must_end),
		TEST(test_python_computes_the_same),
		TEST(test_untouched_is_sound),
		TEST(test_altering_is_found),
		TEST(test_deleting_is_found),
		TEST(test_reordering_is_found),
		TEST(test_replacing_is_found),
		TEST(test_rewriting_is_found_by_a_mark),
		TEST(test_cutting_the_tail_is_found_by_a_mark),
		TEST(test_marks_as_text),
		TEST(test_retention_removes_the_oldest),
		TEST(test_retention_of_nothing_keeps_the_chain),
		TEST(test_retention_does_not_go_over_a_fault),
		TEST(test_editing_the_foot_is_found),
		TEST(test_unreadable_entries),
		TEST(test_causes_have_names),
	};
	const char *given = getenv("SEED");

	seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)clock_monotonic_usec();
	(void)fprintf(stderr, "SEED=%u\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
