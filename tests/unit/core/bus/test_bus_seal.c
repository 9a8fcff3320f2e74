/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/* SealReport at the socket: what is signed, for whom, and who is refused; and what else a report asks for. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bus_calls.h"
#include "config/inventory.h"
#include "config/roles.h"
#include "token/cose.h"
#include "token/seal.h"

#define AUDITOR  203
#define STRANGER 65534
#define DIGEST                                                                                                         \
	32, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,  \
		29, 30, 31

/* "{seal: [1, 2]}" → bytes. */
static struct bytes sealed(void)
{
	static uint8_t room[2048];
	const char *at = strstr(answer, "[");
	size_t n = 0;
	char *end;

	expect("{seal: [");
	while (at && *at != ']' && n < sizeof(room)) {
		room[n++] = (uint8_t)strtoul(at + 1, &end, 10);
		at = end;
	}
	return bytes_of(room, n);
}

static struct seal read_seal(void)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct sign1 token;
	struct seal seal;

	assert_int_equal(seal_decode(sealed(), &token, &seal), 0);
	assert_int_equal(sign1_verify(&token, core.in_force.result_key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	return seal;
}

static void test_what_is_signed(void **state)
{
	struct seal seal;

	(void)state;
	ask("SealReport", "ayt", DIGEST, UINT64_C(1234));
	seal = read_seal();
	assert_string_equal(seal.gateway, core.in_force.config->gateway);
	assert_string_equal(seal.asked_by, "0 (root)");
	assert_string_equal(seal.role, "");
	assert_string_equal(seal.entries, SEAL_ENTRIES_ALL);
	assert_int_equal(seal.n_bytes, 1234);
	assert_int_equal(seal.sha256.p[0], 7);
	assert_int_equal(seal.sha256.p[31], 31);
	assert_int_equal(seal.sequence, 0);
	submit(1, 1, true);
	(void)run(1);
	ask("SealReport", "ayt", DIGEST, UINT64_C(1234));
	assert_int_equal(read_seal().sequence, 1); /* the device's admission */
}

static void test_what_is_refused(void **state)
{
	(void)state;
	ask("SealReport", "ayt", 3, 1, 2, 3, UINT64_C(1234));
	expect("InvalidArgs: give the report's SHA-256 in 32 bytes");
	ask("SealReport", "ayt", DIGEST, UINT64_C(0));
	expect("InvalidArgs");
	ask("SealReport", "ayt", DIGEST, (uint64_t)SEAL_REPORT_MAX + 1);
	expect("InvalidArgs");
	ask("SealReport", "ayt", DIGEST, (uint64_t)SEAL_REPORT_MAX);
	(void)read_seal();
}

static void test_who_may(void **state)
{
	static struct segment towers[] = { { .name = "tower-a" } };
	static uint16_t first[] = { 0 };
	static struct role auditor = { .name = "auditor", .group = "x", .id = AUDITOR, .is_known = true };
	struct config *config = core.in_force.config;
	struct seal seal;

	(void)state;
	config->roles = &auditor;
	config->n_roles = 1;
	operator_uid = STRANGER;
	auditor.verbs = VERB_BIT(VERB_RELOAD);
	operator_group = AUDITOR;
	ask("SealReport", "ayt", DIGEST, UINT64_C(1));
	expect("AccessDenied");
	auditor.verbs = VERB_BIT(VERB_RECORD);
	ask("SealReport", "ayt", DIGEST, UINT64_C(1));
	seal = read_seal();
	assert_int_equal(strncmp(seal.asked_by, "65534", 5), 0);
	assert_string_equal(seal.role, "auditor");
	assert_string_equal(seal.entries, SEAL_ENTRIES_ALL);
	config->ruleset.segments = towers;
	config->ruleset.n_segments = ARRAY_SIZE(towers);
	auditor.segments = first; /* the role is for one tower now */
	auditor.n_segments = ARRAY_SIZE(first);
	ask("SealReport", "ayt", DIGEST, UINT64_C(1));
	assert_string_equal(read_seal().entries, SEAL_ENTRIES_PART);
	auditor.n_segments = 0;
	config->ruleset.segments = NULL;
	config->ruleset.n_segments = 0;
	operator_group = 0;
	ask("SealReport", "ayt", DIGEST, UINT64_C(1));
	expect("AccessDenied");
	config->roles = NULL;
	config->n_roles = 0;
}

static void test_segments(void **state)
{
	static struct segment segments[] = { { .name = "101동 1203호" }, { .name = "tower-b" } };
	struct ruleset *ruleset = &core.in_force.config->ruleset;

	(void)state;
	ask("Segments", "");
	assert_string_equal(answer, "[]");
	ruleset->segments = segments;
	ruleset->n_segments = ARRAY_SIZE(segments);
	ask("Segments", "");
	assert_string_equal(answer, "[{name: 101동 1203호}, {name: tower-b}]");
	ruleset->segments = NULL;
	ruleset->n_segments = 0;
}

static void test_exceptions(void **state)
{
	static struct exception exceptions[] = {
		{ .interface = "port1", .mac = { 2, 0, 0, 0, 9, 0 }, .zone = 1, .until_sec = INT64_MAX },
		{ .interface = "br0", .port = "port2", .mac = { 2, 0, 0, 0, 9, 1 }, .zone = 1, .until_sec = INT64_MAX },
		{ .interface = "port3", .mac = { 2, 0, 0, 0, 9, 2 }, .zone = 1, .until_sec = 1 },
	};
	static struct inventory_row row = { .name = "TV", .segment = "", .place = "attic", .reference = "A-1" };
	static struct inventory inventory = {
		.exceptions = exceptions, .n_exceptions = ARRAY_SIZE(exceptions), .rows = &row, .n_rows = 1
	};
	struct exception_states of[] = { { .now = EXCEPTION_IN_FORCE },
					 { .now = EXCEPTION_REPLACED },
					 { .now = EXCEPTION_IN_FORCE } };

	struct inventory *own = core.in_force.config->inventory;

	(void)state;
	ask("Exceptions", "u", 0U);
	assert_string_equal(answer, "[]");
	core.in_force.config->inventory = &inventory;
	core.settler.excepted.of = of;
	core.settler.excepted.n = ARRAY_SIZE(of);
	ask("Exceptions", "u", 0U);
	expect("{number: 0, state: in force, zone: ");
	expect("interface: port1, bridge_port: , mac: 02:00:00:00:09:00, name: TV, segment: , place: attic, reference: "
	       "A-1");
	expect("{number: 1, state: replaced, zone: ");
	expect("interface: br0, bridge_port: port2, mac: 02:00:00:00:09:01");
	expect("{number: 2, state: over, zone: ");
	ask("Exceptions", "u", 2U);
	expect("[{number: 2, ");
	ask("Exceptions", "u", 3U);
	assert_string_equal(answer, "[]");
	core.in_force.config->inventory = own;
	core.settler.excepted = (struct excepted){ 0 };
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(test_what_is_signed), BUS_TEST(test_what_is_refused), BUS_TEST(test_who_may),
		BUS_TEST(test_segments),       BUS_TEST(test_exceptions),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
