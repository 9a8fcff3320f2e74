/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* What is counted, and what becomes of texts that a monitoring system would take for something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/tell/metrics.h"
#include "ctl/ask/metrics_text.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct value *, value_free);

static uint64_t tallied(const struct metrics *m, const char *zone, enum hallmark_reason reason)
{
	for (size_t i = 0; i < m->n_tallies; i++)
		if (m->tallies[i].reason == reason && strcmp(m->tallies[i].zone, zone) == 0)
			return m->tallies[i].n;
	return 0;
}

static void test_decisions_are_told_apart(void **state)
{
	struct metrics m = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		metrics_count(&m, "trusted", REASON_ADMITTED);
	metrics_count(&m, "restricted", REASON_ADMITTED);
	metrics_count(&m, "", REASON_BUSY);
	assert_int_equal(tallied(&m, "trusted", REASON_ADMITTED), 3);
	assert_int_equal(tallied(&m, "restricted", REASON_ADMITTED), 1);
	assert_int_equal(tallied(&m, "", REASON_BUSY), 1);
	assert_int_equal(tallied(&m, "trusted", REASON_BUSY), 0);
}

/* Zones come and go with configurations: the table does not grow, and the sum stays right. */
static void test_more_pairs_than_there_is_room_for(void **state)
{
	struct metrics m = { 0 };
	uint64_t sum = 0;
	char zone[ZONE_NAME_SIZE];

	(void)state;
	for (unsigned i = 0; i < 2 * METRICS_TALLIES; i++) {
		assert_true(snprintf(zone, sizeof(zone), "zone%u", i) > 0);
		metrics_count(&m, zone, REASON_ADMITTED);
	}
	assert_int_equal(m.n_tallies, METRICS_TALLIES);
	for (size_t i = 0; i < m.n_tallies; i++)
		sum += m.tallies[i].n;
	assert_int_equal(sum, 2 * METRICS_TALLIES);
}

static void test_buckets(void **state)
{
	struct metrics m = { 0 };

	(void)state;
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		assert_true((uint64_t)(strtod(metrics_bucket_text[i], NULL) * 1e6 + 0.5) == metrics_bucket_usec[i]);
		metrics_took(&m, metrics_bucket_usec[i]); /* a bound is within */
		metrics_took(&m, metrics_bucket_usec[i] + 1);
	}
	assert_int_equal(m.latency[0], 1);
	for (size_t i = 1; i < METRICS_BUCKETS; i++)
		assert_int_equal(m.latency[i], 2);
	assert_int_equal(m.n_latency, 2 * METRICS_BUCKETS); /* the last is in none but +Inf */
}

#define NOW INT64_C(1800000000)

static char *written(const struct value *answer, enum metrics_format format)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	metrics_write(answer, format, NOW, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at || (at > text && at[-1] != '\n') || at[strlen(line)] != '\n')
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void test_both_formats(void **state)
{
	_cleanup_(value_freep) struct value *answer = value_new(VALUE_MAP);
	struct value *core = value_add_new(value_add_new(answer, "cpu_usec", VALUE_MAP), "core", VALUE_MAP);
	struct value *zone = value_add_new(value_add_new(answer, "packets", VALUE_MAP), "trusted", VALUE_MAP);
	struct value *set = value_add_new(value_add_new(answer, "sets", VALUE_LIST), NULL, VALUE_MAP);
	_cleanup_free_ char *open = NULL, *text = NULL;

	(void)state;
	value_add_number(answer, "drifts", 7);
	value_add_number(answer, "listens", 1);
	value_add_number(answer, "latency_count", 2);
	value_add_number(answer, "latency_usec", 1000023);
	value_add_text(answer, "gateway", "a \"b\" \\ c\nd");
	value_add_number(core, "sign", 2000450);
	value_add_number(zone, "passed", 12);
	value_add_text(set, "kind", "crl");
	value_add_text(set, "file", "/a.crl");
	value_add_number(set, "issued", 1000);
	value_add_number(set, "until", TIME_FOREVER);
	open = written(answer, METRICS_OPENMETRICS);
	text = written(answer, METRICS_PROMETHEUS);
	expect_line(open, "# TYPE hallmark_drifts counter");
	expect_line(text, "# TYPE hallmark_drifts_total counter");
	expect_line(open, "hallmark_drifts_total 7");
	assert_non_null(strstr(text, "\nhallmark_up 1\n"));
	expect_line(text, "hallmark_listens 1");
	expect_line(open, "# UNIT hallmark_metrics_written_seconds seconds");
	expect_line(open, "hallmark_metrics_written_seconds 1800000000");
	assert_null(strstr(text, "\nhallmark_enforcing ")); /* what an answer does not say is not made up */
	expect_line(text, "hallmark_drifts_total 7");
	expect_line(open, "hallmark_cpu_seconds_total{process=\"core\",stage=\"sign\"} 2.000450");
	expect_line(open, "# UNIT hallmark_cpu_seconds seconds");
	expect_line(text, "hallmark_zone_packets_total{zone=\"trusted\",outcome=\"passed\"} 12");
	expect_line(text, "hallmark_apply_latency_seconds_sum 1.000023");
	expect_line(text, "hallmark_apply_latency_seconds_bucket{le=\"+Inf\"} 2");
	expect_line(text, "hallmark_build_info{version=\"\",gateway=\"a \\\"b\\\" \\\\ c\\nd\",home=\"\"} 1");
	expect_line(text, "hallmark_trust_set_issued_timestamp_seconds{kind=\"crl\",file=\"/a.crl\"} 1000");
	assert_null(strstr(text, "hallmark_trust_set_until_timestamp_seconds{"));
	expect_line(open, "# UNIT hallmark_apply_latency_seconds seconds");
	assert_null(strstr(text, "# UNIT"));
	assert_string_equal(open + strlen(open) - 6, "# EOF\n");
	assert_null(strstr(text, "# EOF"));
}

static void test_a_gateway_that_is_down(void **state)
{
	_cleanup_free_ char *text = written(NULL, METRICS_PROMETHEUS);

	(void)state;
	expect_line(text, "hallmark_up 0");
	expect_line(text, "hallmark_metrics_written_seconds 1800000000");
	expect_line(text, "hallmark_enforcing 0"); /* nobody holds the kernel to anything, */
	expect_line(text, "hallmark_listens 0");   /* and nobody listens */
	assert_null(strstr(text, "hallmark_devices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decisions_are_told_apart),
		cmocka_unit_test(test_more_pairs_than_there_is_room_for),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_both_formats),
		cmocka_unit_test(test_a_gateway_that_is_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
