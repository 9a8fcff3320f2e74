/* SPDX-License-Identifier: Apache-2.0 */
/* links: decide */
/* What a device says of its place, and what the kernel says: each row but the first differs from it in what it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "appraise/facts.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "decide/check_place.h"

static const struct place_seen seen = {
	.mac = { 2, 0, 0x5e, 0x10, 0, 1 },
	.address.s6_addr = { 0xfd, [15] = 2 },
	.is_gateway_pinned = true,
};

static const struct row {
	const char *name;
	bool is_unsigned, is_silent, has_other_link, has_other_own, is_shared, is_ambiguous;
	uint8_t n_link; /* 0: none; 6, unless it says so */
	enum check_state state;
	enum hallmark_reason reason;
} rows[] = {
	{ "it is here", .n_link = 6, .state = CHECK_PASSED, .reason = REASON_ADMITTED },
	{ "unsigned", .is_unsigned = true, .n_link = 6, .state = CHECK_FAILED, .reason = REASON_NOT_EVALUATED },
	{ "no claim", .is_silent = true, .state = CHECK_ABSENT, .reason = REASON_PLACE_UNSAID },
	{ "no link", .n_link = 0, .state = CHECK_ABSENT, .reason = REASON_PLACE_UNSAID },
	{ "no link, another address", .has_other_own = true, .state = CHECK_ABSENT, .reason = REASON_PLACE_UNSAID },
	{ "another link", .has_other_link = true, .n_link = 6, .state = CHECK_FAILED, .reason = REASON_PLACE_LINK },
	{ "a longer link", .n_link = 8, .state = CHECK_FAILED, .reason = REASON_PLACE_LINK },
	{ "another address", .has_other_own = true, .n_link = 6, .state = CHECK_FAILED,
	  .reason = REASON_PLACE_ADDRESS },
	{ "both are others", .has_other_link = true, .has_other_own = true, .n_link = 6, .state = CHECK_FAILED,
	  .reason = REASON_PLACE_LINK },
	{ "another link, shared", .has_other_link = true, .is_shared = true, .n_link = 6, .state = CHECK_ABSENT,
	  .reason = REASON_PLACE_SHARED },
	{ "another address, shared", .has_other_own = true, .is_shared = true, .n_link = 6, .state = CHECK_ABSENT,
	  .reason = REASON_PLACE_SHARED },
	{ "the extender itself", .is_shared = true, .n_link = 6, .state = CHECK_PASSED, .reason = REASON_ADMITTED },
	{ "the gateway's address is of several interfaces", .is_ambiguous = true, .n_link = 6, .state = CHECK_ABSENT,
	  .reason = REASON_PLACE_AMBIGUOUS },
	{ "that, and another link", .is_ambiguous = true, .has_other_link = true, .n_link = 6, .state = CHECK_FAILED,
	  .reason = REASON_PLACE_LINK },
};

static struct check_result check(const struct row *row)
{
	struct place_seen s = seen;
	struct facts f = { .place = { .is_said = !row->is_silent, .n_link = row->n_link, .own = seen.address } };

	memcpy(f.place.link, seen.mac, sizeof(seen.mac));
	f.place.link[5] ^= row->has_other_link;
	f.place.own.s6_addr[15] ^= row->has_other_own;
	s.is_shared = row->is_shared;
	s.is_gateway_pinned = !row->is_ambiguous;
	f.checks[CHECK_EVIDENCE_SIGNATURE] =
		row->is_unsigned ? check_failed(REASON_EVIDENCE_SIGNATURE) : check_passed();
	return place_check(&f, &s);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_result result = check(&rows[i]);

		if (result.state != rows[i].state || result.reason != rows[i].reason)
			fail_msg("%s: %d, %s", rows[i].name, (int)result.state, reason_name(result.reason));
	}
}

/* What is IPv4 is compared as mapped; an IPv6 address that ends alike is another. */
static void test_families(void **state)
{
	struct facts f = { .place = { .is_said = true, .n_link = 6 } };
	struct place_seen s = seen;

	(void)state;
	memcpy(f.place.link, seen.mac, sizeof(seen.mac));
	f.checks[CHECK_EVIDENCE_SIGNATURE] = check_passed();
	f.place.own = s.address = (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff, 10, 77, 1, 2 } };
	assert_int_equal(place_check(&f, &s).state, CHECK_PASSED);
	f.place.own = (struct in6_addr){ .s6_addr = { [12] = 10, 77, 1, 2 } };
	assert_int_equal(place_check(&f, &s).reason, REASON_PLACE_ADDRESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
