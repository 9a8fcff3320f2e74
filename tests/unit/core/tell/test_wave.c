/* SPDX-License-Identifier: Apache-2.0 */
/* links: tell */
/*
 * What an operator reads of few changes and of many: lines are counted where they go out, sums are held against what was
 * told. Time stands still unless the test moves it; the functions below listen as the bus does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static uint64_t clock_usec;

static uint64_t test_clock(void)
{
	return clock_usec;
}

#define clock_monotonic_usec test_clock
#include "config/config.h"
#include "core/tell/journal.h"
#include "core/tell/wave.c"
#include "decide/policy.h"
#include "decide/verdict.h"
#undef clock_monotonic_usec

#define TRUSTED 1

static struct in_force in_force;
static struct teller teller;
static FILE *lines;
static unsigned n_announced, n_waves;
static uint32_t n_summed;

static void on_change(const struct verdict *v, const char *zone_before, void *userdata)
{
	(void)v, (void)zone_before, (void)userdata;
	n_announced++;
}

static void on_summary(const struct wave_summary *w, void *userdata)
{
	(void)userdata;
	n_waves++;
	n_summed += w->changes;
}

/* --- what went out --- */

/* The lines since the last call, the last of them in `ret`. */
static unsigned read_lines(char *ret, size_t size)
{
	char line[2048];
	unsigned n = 0;

	ret[0] = '\0';
	while (fgets(line, sizeof(line), lines)) {
		n++;
		assert_true(snprintf(ret, size, "%s", line) > 0);
	}
	clearerr(lines);
	return n;
}

static unsigned count_lines(void)
{
	char last[2048];

	return read_lines(last, sizeof(last));
}

/* --- devices --- */

static struct verdict verdict_of(uint32_t device, uint8_t zone)
{
	struct verdict v = { .decision = { .zone = zone, .rule = -1, .label = -1, .reason = REASON_ADMITTED } };

	memcpy(v.facts.device, &device, sizeof(device));
	memcpy(v.mac, &device, sizeof(device));
	assert_true(snprintf(v.interface, sizeof(v.interface), "port1") > 0);
	assert_true(snprintf(v.zone, sizeof(v.zone), "%s", in_force.config->policy.zones[zone].name) > 0);
	if (zone == ZONE_QUARANTINE)
		v.decision.reason = REASON_LABEL_REVOKED;
	return v;
}

/* It loses its zone; sequence 0: the record has no entry of it. */
static void demote(uint32_t device, uint64_t sequence)
{
	const struct verdict before = verdict_of(device, TRUSTED), after = verdict_of(device, ZONE_QUARANTINE);

	wave_tell(&teller,
		  &(struct journal_decision){ .config = in_force.config,
					      .verdict = &after,
					      .before = &before,
					      .zone_before = before.zone,
					      .record = { .sequence = sequence, .n_hash = RECORD_MARK_BYTES } });
}

static void after(uint64_t usec)
{
	clock_usec += usec;
	wave_sweep(&teller);
}

static void expect_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in: %s", part, text);
}

/* --- tests --- */

static void test_few_changes_have_a_line_each(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < WAVE_LINES; i++)
		demote(i, i + 1);
	assert_int_equal(count_lines(), WAVE_LINES);
	after(WAVE_SUM_USEC);
	after(WAVE_WINDOW_USEC);
	assert_int_equal(count_lines(), 0);
	demote(0, 1); /* another window */
	assert_int_equal(count_lines(), 1);
	assert_int_equal(n_announced, WAVE_LINES + 1);
	assert_int_equal(n_waves, 0);
}

static void test_ten_thousand_are_summed_up(void **state)
{
	char text[2048];

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		demote(i, i + 1);
	assert_int_equal(count_lines(), WAVE_LINES);
	after(WAVE_SUM_USEC);
	assert_int_equal(read_lines(text, sizeof(text)), 1);
	expect_text(text, "9900 changes not listed one by one in 5 s: 9900 into quarantine; 9900 lost a zone; "
			  "mostly label-revoked (9900); entries 101 to 10000 of the record: "
			  "`hallmarkctl log show --last 9900`; record 10000:");
	after(WAVE_SUM_USEC);
	assert_int_equal(read_lines(text, sizeof(text)), 1);
	expect_text(text, "The wave is over: 9900 changes not listed one by one in 10 s");
	after(WAVE_SUM_USEC);
	assert_int_equal(count_lines(), 0);
	assert_int_equal(n_announced, 10000);
	assert_int_equal(n_waves, 1);
	demote(0, 10001);
	assert_int_equal(count_lines(), 1);
}

/* An hour of it, 100 a second: the lines are bounded, the sums are all that had none. */
static void test_a_long_wave(void **state)
{
	const uint32_t n = 100 * 3600;
	unsigned n_lines;

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		if (i % 50 == 0)
			after(USEC_PER_SEC / 2);
		demote(i, i + 1);
	}
	after(WAVE_SUM_USEC);
	after(WAVE_SUM_USEC);
	n_lines = count_lines();
	assert_in_range(n_lines, WAVE_LINES + 3600 / 5 - 5, WAVE_LINES + 3600 / 5 + 5);
	assert_int_equal(n_summed + WAVE_LINES, n);
}

/* The loop may be busy for long: then it does not wait for the sweep. */
static void test_without_a_sweep(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		clock_usec += USEC_PER_SEC / 20;
		demote(i, i + 1);
	}
	assert_in_range(n_waves, 7, 9);
	wave_flush(&teller);
	assert_int_equal(n_summed + WAVE_LINES, 1000);
}

static void test_a_renewal_is_no_change(void **state)
{
	const struct verdict v = verdict_of(1, TRUSTED);
	struct verdict moved = v;
	struct journal_decision d = { .config = in_force.config,
				      .verdict = &v,
				      .before = &v,
				      .zone_before = v.zone,
				      .record = { .sequence = 7 } };
	char text[2048];

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		wave_tell(&teller, &d);
	assert_int_equal(count_lines(), 0);
	assert_int_equal(n_announced, 0);
	after(1);
	after(WAVE_PIN_USEC); /* but the record's head is told */
	assert_int_equal(read_lines(text, sizeof(text)), 1);
	expect_text(text, "10000 renewals");
	expect_text(text, "; record 7:");
	after(WAVE_PIN_USEC);
	assert_int_equal(count_lines(), 0);

	moved.mac[0] ^= 1;
	d.verdict = &moved;
	wave_tell(&teller, &d);
	d.verdict = &v;
	d.before = NULL; /* nothing was known of it */
	wave_tell(&teller, &d);
	d.before = &v;
	d.zone_before = "quarantine"; /* its time was over */
	wave_tell(&teller, &d);
	assert_int_equal(count_lines(), 3);
	assert_int_equal(n_announced, 3);
}

static void test_what_else_comes_by_device(void **state)
{
	const struct verdict v = verdict_of(1, TRUSTED);
	struct verdict elsewhere = v;
	char text[2048];

	(void)state;
	elsewhere.mac[0] ^= 1;
	for (unsigned i = 0; i < 1000; i++) {
		wave_not_judged(&teller, &v, i % 4 ? REASON_NO_NEIGHBOUR : REASON_BUSY, "");
		wave_move(&teller, &v, &elsewhere);
		wave_fault(&teller, HALLMARK_MESSAGE_STORE, "Cannot store it");
		demote(i, 0);
	}
	assert_int_equal(count_lines(), WAVE_LINES);
	after(WAVE_SUM_USEC);
	assert_int_equal(read_lines(text, sizeof(text)), 1);
	expect_text(text, "975 changes");
	expect_text(text, "975 moved, 0 of them back and forth");
	expect_text(text, "975 not judged, mostly no-neighbour (732), busy (243)");
	expect_text(text, "975 faults of store or kernel");
	expect_text(text, "975 of unknown devices, which are not in the record");
	assert_null(strstr(text, "log show"));
}

/* Of more reasons than are told apart, the rest is told as that. */
static void test_many_reasons(void **state)
{
	const enum hallmark_reason reasons[] = { REASON_EXPIRED,          REASON_DISPLACED,    REASON_NO_CRL,
						 REASON_DEVICE_REVOKED,   REASON_CRL_STALE,    REASON_LABEL_EXPIRED,
						 REASON_LABEL_SUPERSEDED, REASON_STATUS_STALE, REASON_LABEL_SUSPENDED };
	const struct verdict before = verdict_of(1, TRUSTED);
	char text[2048];

	(void)state;
	for (uint32_t i = 0; i < WAVE_LINES; i++)
		demote(i, 0);
	for (size_t i = 0; i < 9 * 20; i++) {
		struct verdict v = verdict_of(1, ZONE_QUARANTINE);

		v.decision.reason = reasons[i % 9];
		wave_tell(&teller, &(struct journal_decision){
					   .config = in_force.config, .verdict = &v, .zone_before = before.zone });
	}
	assert_int_equal(count_lines(), WAVE_LINES);
	after(WAVE_SUM_USEC);
	assert_int_equal(read_lines(text, sizeof(text)), 1);
	expect_text(text, "mostly others (40), expired (20), displaced (20);");
}

static int set_up(void **state)
{
	(void)state;
	n_announced = n_waves = 0;
	n_summed = 0;
	clock_usec = 1000 * USEC_PER_SEC;
	teller = (struct teller){ .in_force = &in_force, .on_change = on_change, .on_summary = on_summary };
	if (config_load("tests/unit/pipeline.conf", &in_force.config) < 0)
		return -1;
	(void)count_lines();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	config_free(in_force.config);
	return 0;
}

/* Lines go to stderr: from there into a file, which is read beside. */
static int capture(void **state)
{
	char path[] = "/tmp/test_wave.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	lines = fd < 0 ? NULL : fopen(path, "re");
	if (!lines || unlink(path) < 0 || dup2(fd, STDERR_FILENO) < 0)
		return -1;
	return close(fd);
}

/* What cmocka had to say went there, too. */
static void show(void)
{
	char line[2048];

	rewind(lines);
	while (fgets(line, sizeof(line), lines))
		(void)fputs(line, stdout);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_few_changes_have_a_line_each),
		TEST(test_ten_thousand_are_summed_up),
		TEST(test_a_long_wave),
		TEST(test_without_a_sweep),
		TEST(test_a_renewal_is_no_change),
		TEST(test_what_else_comes_by_device),
		TEST(test_many_reasons),
	};

	int failed = cmocka_run_group_tests(tests, capture, NULL);

	if (failed && lines)
		show();
	return failed;
}
