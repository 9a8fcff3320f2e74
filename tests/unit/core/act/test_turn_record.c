/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* What the turns leave in the record, and for how long it is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/digest.h"
#include "core/devices/registry.h"
#include "ipc/ipc.h"
#include "store/store.h"
#include "turn_kit.h"

static void test_decisions_are_recorded(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	ask_admission(1, 1); /* no decision */
	ask_admission(1, 2);
	submit(1, 2, true);
	(void)run(3);
	run_out(1);
	submit(2, 2, true);
	(void)run(1);
	submit(2, 2, false);
	submit(2, 2, false);
	(void)run(2);
	assert_int_equal(look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ 1 })->decision.rule,
			 -1); /* displaced */
	expect_record(core.settler.store,
		      "1 attested quarantine>trusted admitted;1 moved trusted>trusted admitted;"
		      "1 displaced trusted>quarantine displaced;2 attested quarantine>trusted admitted;"
		      "2 attested trusted>quarantine debug-enabled;"); /* the second denial changes nothing */
}

static void test_strangers_are_not_recorded(void **state)
{
	(void)state;
	submit(1, 1, false);
	submit(1, PLACES, true);
	ask_admission(1, 1);
	(void)run(3);
	expect_record(core.settler.store, "");
}

static void test_a_grant_that_was_none_is_recorded_as_that(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	refuses_grants = true;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	expect_record(core.settler.store,
		      "1 attested quarantine>trusted admitted;2 attested quarantine>trusted admitted;"
		      "2 undone trusted>quarantine kernel;"); /* the first one's renewal had no entry */
}

/* It only comes back: nothing was decided, so that nothing is undone where the kernel does not take it. */
static void test_a_return_that_the_kernel_refuses_is_no_decision(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	refuses_grants = true;
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "trusted");
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;");
}

static void expect_entry(const struct record *r, void *userdata)
{
	const struct verdict *v = userdata;
	uint8_t inputs[SHA256_LEN];

	assert_in_range(r->time_sec, clock_realtime_sec() - 60, clock_realtime_sec());
	assert_memory_equal(r->device, v->facts.device, SHA256_LEN);
	assert_string_equal(r->rule, "Basic");
	assert_int_equal(r->missing, 0);
	assert_string_equal(r->scheme, "KR-CIC");
	assert_string_equal(r->label, "KR-1");
	assert_int_equal(r->level, 2);
	assert_int_equal(r->home_level, 2);
	assert_string_equal(r->arrangement, "");
	assert_int_equal(r->until_sec, v->decision.expiry.at_sec);
	assert_int_equal(r->expiry_cause, EXPIRY_POLICY);
	assert_memory_equal(r->trust, core.settler.trust_digest, SHA256_LEN);
	assert_int_equal(store_inputs_digest(core.settler.store, r->device, inputs), 0);
	assert_memory_equal(r->inputs, inputs, SHA256_LEN);
}

static void test_an_entry_says_all(void **state)
{
	struct facts f = facts_of(1, true);
	struct verdict held;

	(void)state;
	memset(core.settler.trust_digest, 7, sizeof(core.settler.trust_digest));
	(void)strcpy(f.labels[0].number, "KR-1");
	submit_facts(&f, 1);
	(void)run(1);
	held = *look_up(core.settler.registry, f.device);
	assert_int_equal(record_each(core.settler.store, NULL, expect_entry, &held), 1);
}

/* In one transaction with the verdict: there is never one without the other. */
static void test_verdict_and_entry_are_stored_together(void **state)
{
	struct stored s = { .device = 1, .zone = "unknown" };
	struct store *reader = NULL;

	(void)state;
	assert_int_equal(store_open_to_read(store_path, &reader), 0);
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(store_load(reader, on_stored, &s), 0); /* both wait for the timer */
	expect_record(reader, "");
	expect_stored(1, "trusted");
	expect_record(reader, "1 attested quarantine>trusted admitted;");
	store_free(reader);
}

static void test_reviews_have_causes(void **state)
{
	(void)state;
	assert_int_equal(ledger_cause("reload"), CAUSE_RELOAD);
	assert_int_equal(ledger_cause("clock"), CAUSE_CLOCK);
	assert_int_equal(ledger_cause("start"), CAUSE_REJUDGED);
}

static void test_trust_material_has_a_digest(void **state)
{
	uint8_t expected[SHA256_LEN], none[SHA256_LEN] = { 0 };

	(void)state;
	core.in_force.material_fd = memfd_create("test", MFD_CLOEXEC);
	assert_int_equal(write(core.in_force.material_fd, "abc", 3), 3);
	assert_int_equal(digest_sha256(bytes_of_string("abc"), expected), 0);
	assert_int_equal(ledger_note_trust(core.in_force.material_fd, core.settler.trust_digest), 0);
	assert_memory_equal(core.settler.trust_digest, expected, SHA256_LEN);
	assert_int_equal(close(core.in_force.material_fd), 0);
	assert_int_equal(ledger_note_trust(core.in_force.material_fd, core.settler.trust_digest), -EBADF);
	assert_memory_equal(core.settler.trust_digest, none, SHA256_LEN);
}

/* Two of the five are in the chain, and two before them are the rest of the device's share. */
static void test_retention_is_that_of_the_configuration(void **state)
{
	struct record_finding found;

	(void)state;
	for (int i = 0; i < 5; i++)
		submit(1, 1, i % 2 == 0);
	(void)run(5);
	ledger_prune(&core.settler);
	expect_record(core.settler.store,
		      "1 attested quarantine>trusted admitted;1 attested trusted>quarantine debug-enabled;"
		      "1 attested quarantine>trusted admitted;1 attested trusted>quarantine debug-enabled;"
		      "1 attested quarantine>trusted admitted;");
	core.in_force.config->record_keep = 2;
	ledger_prune(&core.settler);
	expect_record(core.settler.store,
		      "1 attested trusted>quarantine debug-enabled;1 attested quarantine>trusted admitted;"
		      "1 attested trusted>quarantine debug-enabled;1 attested quarantine>trusted admitted;");
	assert_int_equal(record_verify(core.settler.store, NULL, &found), 0);
	assert_int_equal(found.n_good, 2);
	assert_int_equal(found.n_kept, RECORD_SHARE - 2);
}

static void test_retention_by_age_needs_a_clock(void **state)
{
	struct record young = { .cause = CAUSE_ATTESTED, .reason = REASON_ADMITTED }, old = young;

	(void)state;
	core.in_force.config->record_age_sec = 2 * 86400;
	young.time_sec = clock_realtime_sec() - 2 * 86400 + 60;
	old.time_sec = young.time_sec - 120;
	assert_int_equal(record_append(core.settler.store, &old), 0);
	assert_int_equal(record_append(core.settler.store, &young), 0);
	core.settler.time.is_disciplined = false;
	ledger_prune(&core.settler);
	expect_record(core.settler.store, "0 attested > admitted;0 attested > admitted;");
	core.settler.time.is_disciplined = true;
	ledger_prune(&core.settler);
	expect_record(core.settler.store, "0 attested > admitted;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_decisions_are_recorded),
		TEST(test_strangers_are_not_recorded),
		TEST(test_a_grant_that_was_none_is_recorded_as_that),
		TEST(test_a_return_that_the_kernel_refuses_is_no_decision),
		TEST(test_an_entry_says_all),
		TEST(test_verdict_and_entry_are_stored_together),
		TEST(test_reviews_have_causes),
		TEST(test_trust_material_has_a_digest),
		TEST(test_retention_is_that_of_the_configuration),
		TEST(test_retention_by_age_needs_a_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
