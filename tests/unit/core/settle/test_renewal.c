/* SPDX-License-Identifier: Apache-2.0 */
/* links: settle */
/*
 * Which renewals need not be stored: those that change times, handles and addresses. Everything else that a verdict holds does, one thing
 * at a time. And how far the store may be behind.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "core/devices/registry.h"
#include "core/settle/renewal.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

static struct verdict admitted(void)
{
	struct verdict v = { .zone = "trusted",
			     .interface = "lan0",
			     .address = "192.0.2.7",
			     .was_admitted = true,
			     .attested_sec = 1000 };

	v.decision = (struct decision){ .zone = 1,
					.decided_sec = 1000,
					.expiry = { .at_sec = 1000 + 8 * 3600, .cause = EXPIRY_POLICY } };
	v.facts.checks[CHECK_POSSESSION] = check_passed();
	v.facts.n_handles = 1;
	return v;
}

static void test_times_handles_and_addresses(void **state)
{
	struct verdict before = admitted(), after = before;

	(void)state;
	assert_true(renewal_is_equal(&before, &after));
	after.attested_sec += 100;
	after.decision.decided_sec += 100;
	after.decision.expiry.at_sec += 100;
	after.facts.handles[0][0] = 9;
	after.facts.n_handles = 2;
	after.address[0] = '2';
	after.address4.s_addr = 1;
	after.address6.s6_addr[0] = 1;
	after.facts.place.own.s6_addr[0] = 1;
	after.edition = 7;
	after.n_ear = 9;
	after.ear[0] = 1;
	before.renewals = 5;
	assert_true(renewal_is_equal(&before, &after));
}

#define CHANGES(X)                                                                                                     \
	X(after.decision.zone = 2)                                                                                     \
	X(after.zone[0] = 'T')                                                                                         \
	X(after.decision.rule = 1)                                                                                     \
	X(after.decision.label = 1)                                                                                    \
	X(after.decision.reason = REASON_DEBUG_ENABLED)                                                                \
	X(after.decision.missing = 1)                                                                                  \
	X(after.decision.home_level = 2)                                                                               \
	X(after.decision.arrangement[0] = 'R')                                                                         \
	X(after.decision.expiry.cause = EXPIRY_LABEL)                                                                  \
	X(after.decision.expiry.at_sec--)                                                                              \
	X(after.decision.n_refusals = 1)                                                                               \
	X((after.decision.n_refusals = before.decision.n_refusals = 1, after.decision.refusals[0].missing = 1))        \
	X((after.decision.n_refusals = before.decision.n_refusals = 1, after.decision.refusals[0].reason = 1))         \
	X(after.interface[3] = '1')                                                                                    \
	X(after.port[0] = 'p')                                                                                         \
	X(after.mac[5] = 1)                                                                                            \
	X(after.former.interface[0] = 'l')                                                                             \
	X(after.former.port[0] = 'p')                                                                                  \
	X(after.former.mac[0] = 1)                                                                                     \
	X(after.former.left_sec = 1)                                                                                   \
	X(after.was_admitted = false)                                                                                  \
	X(before.was_admitted = false)                                                                                 \
	X(before.is_unstored = true)                                                                                   \
	X(before.is_restored = true)                                                                                   \
	X(before.reattest.by_sec = 1)                                                                                  \
	X(before.monitored_until_sec = 1)                                                                              \
	X(before.ended = REASON_EXPIRED)                                                                               \
	X(before.was_taken_back = true)                                                                                \
	X(before.is_provisional = true)                                                                                \
	X(before.boot[0] = 1)                                                                                          \
	X(after.facts.ueid[0] = 1)                                                                                     \
	X(after.facts.product.swversion[0] = '2')                                                                      \
	X(after.facts.checks[CHECK_FIRMWARE] = check_passed())                                                         \
	X(after.facts.n_labels = 1)                                                                                    \
	X(after.facts.labels[0].level = 1)                                                                             \
	X(after.facts.expiry.at_sec = 1)                                                                               \
	X(after.facts.rests_on.n = 1)

static void test_every_other_change(void **state)
{
	(void)state;
#define X(change)                                                                                                      \
	{                                                                                                              \
		struct verdict before = admitted(), after = before;                                                    \
                                                                                                                       \
		change;                                                                                                \
		if (renewal_is_equal(&before, &after))                                                                 \
			fail_msg("taken for a renewal: %s", #change);                                                  \
	}
	CHANGES(X)
#undef X
}

static void test_span(void **state)
{
	static const struct {
		int64_t life_sec, span_sec;
	} rows[] = {
		{ 600, 300 },    { 3600, 1800 },  { 7200, 3600 },         { 8 * 3600, 3600 },
		{ 36000, 3600 }, { 86400, 8640 }, { 30 * 86400, 259200 }, { 1, 0 },
	};
	struct verdict v = admitted();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		v.decision.expiry.at_sec = v.decision.decided_sec + rows[i].life_sec;
		assert_int_equal(renewal_span(&v), rows[i].span_sec);
		assert_true(2 * renewal_span(&v) <= rows[i].life_sec);
	}
	v.decision.zone = ZONE_QUARANTINE;
	v.decision.expiry.at_sec = v.decision.decided_sec;
	assert_int_equal(renewal_span(&v), 3600);
}

static void test_due(void **state)
{
	struct stored_row row = { .attested_sec = 1000, .written_sec = 1000 };
	struct verdict v = admitted();

	(void)state;
	assert_false(renewal_is_due(&v, &row, 1000));
	v.attested_sec = 1000 + 3599;
	assert_false(renewal_is_due(&v, &row, v.attested_sec));
	v.attested_sec++;
	assert_true(renewal_is_due(&v, &row, v.attested_sec));
	row.written_sec = v.attested_sec; /* what it holds is older: of the evidence before */
	assert_true(renewal_is_due(&v, &row, v.attested_sec));
	v.attested_sec = 999; /* a clock that was set back */
	assert_true(renewal_is_due(&v, &row, 1000));
}

/* It did not attest again. */
static void test_due_without_evidence(void **state)
{
	struct stored_row row = { .attested_sec = 1000, .written_sec = 1000 };
	const struct verdict v = admitted();

	(void)state;
	assert_false(renewal_is_due(&v, &row, 1000 + 3599));
	assert_true(renewal_is_due(&v, &row, 1000 + 3600));
	renewal_stored(&row, &v, 0, 1000 + 3600);
	assert_false(renewal_is_due(&v, &row, 1000 + 3600));
	assert_true(renewal_is_due(&v, &row, 1000 + 3599));
}

static void test_what_the_store_was_given(void **state)
{
	struct stored_row row = { .is_behind = true };
	struct verdict v = admitted();

	(void)state;
	v.attested_sec = clock_realtime_sec();
	renewal_stored(&row, &v, 0, v.attested_sec);
	assert_false(row.is_behind);
	assert_false(renewal_is_due(&v, &row, v.attested_sec));
	renewal_stored(&row, &v, -EIO, v.attested_sec);
	assert_true(row.is_behind);
	assert_true(renewal_is_due(&v, &row, v.attested_sec));
	row.row_in = row.inputs_in = 7;
	renewal_loaded(&row, &v);
	assert_int_equal(row.row_in + row.inputs_in, 0);
	assert_false(row.is_behind);
	assert_false(renewal_is_due(&v, &row, v.attested_sec));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_handles_and_addresses),
		cmocka_unit_test(test_every_other_change),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_due_without_evidence),
		cmocka_unit_test(test_what_the_store_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
