/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: clock_realtime_sec */
/*
 * One turn of the core: who is let in and who is put out, by what it proves and by nothing else, and what the edge is
 * told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/devices/registry.h"
#include "core/settle/ending.h"
#include "core/settle/result.h"
#include "decide/policy.h"
#include "ipc/ipc.h"
#include "turn_kit.h"

static int64_t passed_sec;
int64_t __real_clock_realtime_sec(void);
int64_t __wrap_clock_realtime_sec(void);

int64_t __wrap_clock_realtime_sec(void)
{
	return __real_clock_realtime_sec() + passed_sec;
}

static void test_admission_and_denial(void **state)
{
	(void)state;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	expect_stored(1, "trusted");

	assert_int_equal(sessions_ended[1], 0);

	submit(1, 1, false);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(sessions_ended[1], 1);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
}

static void submit_revoked(uint8_t device, uint8_t place)
{
	struct facts f = facts_of(device, true);

	f.labels[0].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
	submit_facts(&f, place);
}

/* The judges have the new list already: who was revoked does not come back one by one before the review has counted them. */
static void test_nobody_comes_back_before_a_review_that_is_due(void **state)
{
	struct held held = { 0 };

	(void)state;
	submit(1, 1, true);
	submit_revoked(1, 1);
	assert_int_equal(run(2), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);

	core.due.cause = "start";
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_BUSY);
	core.due.held = &held;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_HELD);
	core.due.held = NULL;
	core.due.is_put_off = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_HELD);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "quarantine");

	submit(2, 2, true); /* of which nothing was taken back */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], TRUSTED);
	core.due.cause = NULL; /* the review is in force */
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
}

static uint8_t known_at[8];
static size_t n_known;

static void note_known(const struct element *elements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (elements[i].known_sec > 0 && n_known < sizeof(known_at)) {
			assert_in_range(elements[i].known_sec, 1, KNOWN_SEC);
			known_at[n_known++] = elements[i].mac[5];
		}
}

/* Who shows evidence under an accepted chain is a known sender there, in whatever zone; nobody else is, and asking does nothing. */
static void test_known_senders(void **state)
{
	(void)state;
	kernel_double.know = note_known;
	n_known = 0;
	submit_failing(3, 3, CHECK_CHAIN, REASON_CHAIN_UNANCHORED);
	submit_forged(4, 4);
	(void)run(2);
	assert_int_equal(n_known, 0);
	submit(1, 1, true);
	submit(2, 2, false);
	(void)run(2);
	assert_int_equal(n_known, 2);
	assert_int_not_equal(known_at[0], known_at[1]);
	ask_admission(1, 1);
	(void)run(1);
	assert_int_equal(n_known, 2);
	kernel_double.know = NULL;
}

static uint8_t forgotten_at;

static void note_forgotten(const struct element *left)
{
	forgotten_at = left->mac[5];
}

/* One device is one known sender, wherever it has been. */
static void test_known_sender_that_moves(void **state)
{
	uint8_t first;

	(void)state;
	kernel_double.know = note_known;
	kernel_double.forget = note_forgotten;
	n_known = forgotten_at = 0;
	submit(1, 1, true);
	(void)run(1);
	first = known_at[0];
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(forgotten_at, 0);
	submit(1, 5, true);
	(void)run(1);
	assert_int_not_equal(known_at[n_known - 1], first);
	assert_int_equal(forgotten_at, first);
	kernel_double.know = NULL;
	kernel_double.forget = NULL;
}

static int neighbour_after_a_second(const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	passed_sec = 1;
	return neighbour(address, ret_mac);
}

/* A turn has one time, so what is decided at its end is not later than what is written. */
static void test_a_second_passes_in_a_turn(void **state)
{
	(void)state;
	kernel_double.know = note_known;
	kernel_double.neighbour = neighbour_after_a_second;
	n_known = 0;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	passed_sec = 0;
	assert_int_equal(n_known, 2);
	kernel_double.know = NULL;
}

static void test_strangers_are_not_stored(void **state)
{
	(void)state;
	submit(1, 1, false);
	submit(1, 1, false);
	(void)run(2);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "unknown");
}

static void test_a_question_does_not_undo_a_denial(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	submit(1, 1, false);
	ask_admission(1, 2);
	assert_int_equal(run(2), REASON_NOT_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
}

static void test_an_admission_from_another_address_is_kept(void **state)
{
	struct ipc_origin elsewhere = at(1);
	const uint8_t id[SHA256_LEN] = { 1 };

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	elsewhere.address.s6_addr[7] = 7; /* the same MAC */
	ask_admission_from(1, elsewhere);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(look_up(core.settler.registry, id)->address6.s6_addr[7], 7);
}

static bool is_answer_signed_with(EVP_PKEY *key)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct sign1 token;
	struct ear ear;

	assert_int_equal(ear_decode(bytes_of(answered_bytes, n_answered), &token, &ear), 0);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	return result == SIGN1_VALID;
}

/* Who knows only the new key gets the same result with its signature, and it is made once. */
static void test_a_result_has_the_key_in_force(void **state)
{
	EVP_PKEY *former = core.in_force.result_key;
	struct ear before;
	uint8_t first[HALLMARK_TOKEN_MAX];

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	memcpy(first, answered_bytes, n_answered);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_memory_equal(answered_bytes, first, n_answered); /* the key is the same */
	before = answered;

	core.in_force.result_key = pki_key_new(PKI_P256);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(is_answer_signed_with(core.in_force.result_key));
	assert_false(is_answer_signed_with(former));
	assert_int_equal(answered.iat_sec, before.iat_sec);
	assert_int_equal(answered.exp_sec, before.exp_sec);
	assert_string_equal(answered.zone, before.zone);
	assert_int_equal(zone_of[1], TRUSTED);

	memcpy(first, answered_bytes, n_answered);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_memory_equal(answered_bytes, first, n_answered);
	expect_stored(1, "trusted");
	EVP_PKEY_free(former);
}

/* A review changes many verdicts and signs nothing: who asks gets a result all the same, and it is made once. */
static void test_a_result_is_signed_when_it_is_asked_for(void **state)
{
	uint8_t first[HALLMARK_TOKEN_MAX];
	struct verdict v;
	struct ear before;

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	before = answered;
	assert_non_null(registry_find(core.settler.registry, (const uint8_t[SHA256_LEN]){ 1 }, &v));
	result_drop(&v);
	assert_int_equal(v.n_ear, 0);
	assert_int_equal(registry_put(core.settler.registry, &v), 0);

	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(is_answer_signed_with(core.in_force.result_key));
	assert_memory_equal(&answered, &before, sizeof(before));
	memcpy(first, answered_bytes, n_answered);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_memory_equal(answered_bytes, first, n_answered);

	v.is_restored = true; /* of which only the admission is known: what was signed says more */
	v.n_ear = 1;
	result_drop(&v);
	assert_int_equal(v.n_ear, 1);
}

static void test_strangers_fill_nothing(void **state)
{
	(void)state;
	core.in_force.config->ruleset.set_size = 1;
	submit(5, 5, false);
	(void)run(1);
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	submit(2, 2, true);
	assert_int_equal(run(1), REASON_BUSY);
	assert_string_equal(zone_in_registry(2), "unknown");
}

/* A judge that met other devices' bytes may leave who has something where it is, and who has nothing without. */
static void test_what_a_shared_judge_may_say(void **state)
{
	(void)state;
	submit_failing(1, 1, CHECK_CHAIN, REASON_CHAIN_UNANCHORED);
	(void)run(1);
	assert_int_equal(asked_alone, 0); /* a stranger that stays out */
	submit(1, 1, false);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* one whose name an operator's order might rest on */
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* an admission */
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(asked_alone, 0); /* a renewal */
	submit_forged(1, 1);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* a renewal that is refused */
	submit(1, 2, true);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* a move */
	submit(2, 2, true);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* a stranger of a known maker at its place, which stays out */
	submit(1, 2, false);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* a demotion */
	submit_failing(1, 2, CHECK_DEVICE_REVOCATION, REASON_DEVICE_REVOKED);
	(void)run(1);
	assert_int_equal(asked_alone, 1); /* another reason, of a device that may come back */
}

static void submit_with(uint8_t device, bool good, const char *evidence)
{
	struct said s = { .origin = at(device), .facts = facts_of(device, good), .fresh = fresh() };

	s.facts.place = claim_of(device);
	s.inputs.evidence = bytes_of_string(evidence);
	say(s);
	(void)run(1);
}

static void expect_inputs(uint8_t device, const char *evidence)
{
	const uint8_t id[SHA256_LEN] = { device };
	struct signed_inputs inputs;

	settle_flush(&core.settler);
	assert_int_equal(store_inputs(core.settler.store, id, &inputs), 0);
	assert_true(bytes_equal(inputs.evidence, bytes_of_string(evidence)));
}

/* What it says the facts follow from is judged again later, and may be another device's. */
static void test_a_shared_judge_changes_nothing_stored(void **state)
{
	(void)state;
	submit_with(1, true, "first");
	expect_inputs(1, "first");
	submit_with(1, true, "second");
	assert_int_equal(asked_alone, 0);
	expect_inputs(1, "first");
	submit_with(1, false, "third");
	assert_int_equal(asked_alone, 1);
	expect_inputs(1, "third");
}

/* That edge is told of these devices, as they were numbered, and of nobody else. */
static void expect_ended(int end, uint32_t first, uint32_t n)
{
	static struct ipc_message m;
	uint32_t told = 0;

	while (ipc_receive(end, IPC_TO_EDGE, &m) == 1) {
		assert_int_equal(m.record.kind, IPC_END);
		for (uint32_t i = 0; i < m.record.end.n; i++, told++)
			assert_memory_equal(m.record.end.devices[i], &(uint32_t){ first + told }, sizeof(first));
	}
	assert_int_equal(told, n);
}

/* However many there are, the edge is told of each, and of nobody twice. */
static void test_a_mass_demotion_is_told(void **state)
{
	enum { N = 3 * IPC_END_MAX + 5 };
	struct verdict v = { .zone = "quarantine" };

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		memcpy(v.facts.device, &i, sizeof(i));
		ending_note(&core.settler.ending, &core.in_force.config->policy, "trusted", &v);
		ending_note(&core.settler.ending, &core.in_force.config->policy, "quarantine",
			    &v); /* has nothing to lose */
	}
	ending_send(&core.settler.ending, NULL);
	ending_send(&core.settler.ending, NULL);
	expect_ended(ipc[0], 0, N);
	ending_send(&core.settler.ending, NULL); /* all were told */
	expect_ended(ipc[0], 0, 0);
}

static void demote(uint32_t from, uint32_t to)
{
	struct verdict v = { .zone = "quarantine" };

	for (uint32_t i = from; i < to; i++) {
		memcpy(v.facts.device, &i, sizeof(i));
		ending_note(&core.settler.ending, &core.in_force.config->policy, "trusted", &v);
	}
}

/* A device's session may be at any edge: each is told of all, as fast as it listens, except of what was before it. */
static void test_each_edge_is_told(void **state)
{
	enum { N = 300 * IPC_END_MAX, MORE = 10 }; /* more than a socket takes */
	static struct ipc_message m;
	uint32_t n = 0;

	(void)state;
	add_edge();
	demote(0, N);
	edge_ends[1] = -1; /* between two edges: its sessions have ended */
	ending_send(&core.settler.ending, NULL);
	edge_ends[1] = other_ipc[1];
	ending_forget(&core.settler.ending, 1);
	demote(N, N + MORE);
	while (n < N + MORE) { /* the first one reads slowly */
		ending_send(&core.settler.ending, NULL);
		assert_int_equal(ipc_receive(ipc[0], IPC_TO_EDGE, &m), 1);
		assert_memory_equal(m.record.end.devices[0], &n, sizeof(n));
		n += m.record.end.n;
	}
	expect_ended(other_ipc[0], N, MORE);
	expect_ended(ipc[0], 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_admission_and_denial),
		TEST(test_nobody_comes_back_before_a_review_that_is_due),
		TEST(test_known_senders),
		TEST(test_known_sender_that_moves),
		TEST(test_a_second_passes_in_a_turn),
		TEST(test_strangers_are_not_stored),
		TEST(test_a_question_does_not_undo_a_denial),
		TEST(test_an_admission_from_another_address_is_kept),
		TEST(test_a_result_has_the_key_in_force),
		TEST(test_a_result_is_signed_when_it_is_asked_for),
		TEST(test_strangers_fill_nothing),
		TEST(test_what_a_shared_judge_may_say),
		TEST(test_a_shared_judge_changes_nothing_stored),
		TEST(test_a_mass_demotion_is_told),
		TEST(test_each_edge_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
