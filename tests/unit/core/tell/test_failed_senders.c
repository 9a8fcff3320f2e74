/* SPDX-License-Identifier: Apache-2.0 */
/* links: tell */
/* Handshakes that failed: a row for each sender, few lines in the journal, and one port cannot take the places of another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/tell/failures.h"
#include "core/tell/teller.h"
#include "log_kit.h"

#define HOUR_USEC (3600 * USEC_PER_SEC)

static struct teller teller;
static uint64_t now_usec;

static int set_up(void **state)
{
	(void)state;
	teller = (struct teller){ 0 };
	now_usec = USEC_PER_SEC;
	listen_in();
	return 0;
}

static void fails(unsigned port, uint8_t address, enum hallmark_handshake_cause cause)
{
	struct failure one = { .ifindex = port, .what = { .cause = (uint8_t)cause } };

	one.address.s6_addr[15] = address;
	(void)snprintf(one.interface, sizeof(one.interface), "port%u", port);
	now_usec += USEC_PER_SEC;
	failures_add(&teller, &one, now_usec);
}

static const struct failure *row_of(unsigned port, uint8_t address)
{
	for (size_t i = 0; i < teller.failures.n; i++)
		if (teller.failures.list[i].ifindex == port && teller.failures.list[i].address.s6_addr[15] == address)
			return &teller.failures.list[i];
	return NULL;
}

static void test_a_row_for_each_sender(void **state)
{
	(void)state;
	fails(1, 1, HANDSHAKE_SUITE);
	fails(1, 1, HANDSHAKE_SUITE);
	fails(1, 2, HANDSHAKE_SUITE);
	fails(2, 1, HANDSHAKE_GROUP); /* the same address at another interface */
	assert_int_equal(teller.failures.n, 3);
	assert_int_equal(row_of(1, 1)->n, 2);
	assert_int_equal(row_of(1, 1)->first_usec, 2 * USEC_PER_SEC);
	assert_int_equal(row_of(1, 1)->last_usec, 3 * USEC_PER_SEC);
	assert_int_equal(row_of(2, 1)->what.cause, HANDSHAKE_GROUP);
	assert_int_equal(count_said("failed: suite: the device offers no suite", false), 2);
	assert_int_equal(count_said("failed: group: ", true), 1);
}

static void test_when_it_is_told_again(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		fails(1, 1, HANDSHAKE_SUITE);
	assert_int_equal(count_said("failed: suite", false), 1);
	fails(1, 1, HANDSHAKE_NO_CERTIFICATE); /* another cause */
	assert_int_equal(count_said("failed: no-certificate", false), 1);
	now_usec += HOUR_USEC;
	fails(1, 1, HANDSHAKE_NO_CERTIFICATE);
	assert_int_equal(count_said("failed: no-certificate", true), 2);
}

/* Behind one port somebody invents addresses; the device at the other port stays in the list. */
static void test_a_port_with_many(void **state)
{
	(void)state;
	fails(2, 1, HANDSHAKE_SUITE);
	for (unsigned i = 0; i < 2 * FAILURES_MAX; i++)
		fails(1, (uint8_t)i, HANDSHAKE_PROTOCOL);
	assert_int_equal(teller.failures.n, FAILURES_MAX);
	assert_non_null(row_of(2, 1));
	assert_null(row_of(1, 0)); /* the oldest there has gone, */
	assert_non_null(row_of(1, (uint8_t)(2 * FAILURES_MAX - 1)));
	assert_true(count_said("failed: protocol", true) <= FAILURES_LINES + 2 * FAILURES_MAX / 3);
}

/* All of it in one second: more than an operator reads have no entry, but the command that shows them. */
static void test_more_than_an_operator_reads(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FAILURES_LINES + 20; i++) {
		now_usec -= USEC_PER_SEC;
		fails(1, (uint8_t)i, HANDSHAKE_SUITE);
	}
	assert_int_equal(count_said("failed: suite", false), FAILURES_LINES);
	assert_int_equal(count_said("have an entry now: `hallmarkctl list --refused`", false), 1);
	assert_int_equal(teller.failures.n, FAILURES_LINES + 20);

	now_usec += FAILURES_LINE_USEC;
	fails(1, FAILURES_LINES, HANDSHAKE_SUITE); /* not told yet: made up for */
	assert_int_equal(count_said("failed: suite", false), FAILURES_LINES + 1);
	now_usec += 10 * FAILURES_LINE_USEC;
	fails(1, 0, HANDSHAKE_SUITE); /* told already */
	assert_int_equal(count_said("failed: suite", true), FAILURES_LINES + 1);
}

/* Thirty invented senders, with each cause in turn: a verdict has its line all the same. As many verdicts do take it. */
static void test_verdicts_keep_their_lines(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30 * 4; i++) {
		now_usec -= USEC_PER_SEC;
		fails(1, (uint8_t)(i % 30), HANDSHAKE_SUITE + i / 30);
	}
	assert_int_equal(count_said("failed: ", false), FAILURES_LINES);
	wave_fault(&teller, "0", "the first verdict");
	assert_false(teller.wave.is_on);
	assert_int_equal(count_said("the first verdict", false), 1);

	for (unsigned i = 0; i < 30 * 4; i++)
		wave_fault(&teller, "0", "a verdict");
	wave_fault(&teller, "0", "the last verdict");
	assert_true(teller.wave.is_on);
	assert_int_equal(count_said("the last verdict", true), 0);
}

static void test_budget(void **state)
{
	struct failures f = { 0 };
	unsigned n = 0;

	(void)state;
	while (n < 1000 && failures_may_add(&f, USEC_PER_SEC))
		n++;
	assert_int_equal(n, 64);
	assert_true(failures_may_add(&f, 2 * USEC_PER_SEC)); /* it comes back */
	(void)count_said("", true);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_row_for_each_sender),     TEST(test_when_it_is_told_again),
		TEST(test_a_port_with_many),          TEST(test_more_than_an_operator_reads),
		TEST(test_verdicts_keep_their_lines), TEST(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
