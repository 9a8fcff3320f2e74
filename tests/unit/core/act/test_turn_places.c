/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * One turn of the core, and where the devices are: one device at one place, one place of one device, and places that are
 * nobody's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/sizes.h"
#include "core/devices/registry.h"
#include "core/settle/reconsider.h"
#include "decide/policy.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
#include "ipc/ipc.h"
#include "log_kit.h"
#include "turn_kit.h"

static enum hallmark_reason reason_in_registry(uint8_t device)
{
	const struct verdict *v = known(device);

	return v ? v->decision.reason : REASON_INTERNAL;
}

static void test_one_identity_is_at_one_place(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(1, 2, true); /* in the same turn */
	(void)run(2);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);
	submit(1, 3, true); /* and in another one */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(zone_of[3], TRUSTED);
}

/* A handshake is no evidence: the admission stays where the device proved itself. */
static void test_asking_moves_nobody(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	ask_admission(1, 2);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
}

static const struct {
	enum hallmark_check check;
	enum hallmark_reason reason;
} not_its_word[] = {
	{ CHECK_POSSESSION, REASON_NO_POSSESSION },
	{ CHECK_EVIDENCE_SIGNATURE, REASON_EVIDENCE_SIGNATURE },
	{ CHECK_EVIDENCE_SIGNATURE, REASON_EVIDENCE_MALFORMED },
	{ CHECK_FRESHNESS, REASON_NONCE_EXPIRED },
};

/* The device is told in a result, and told why. */
static void expect_contraindicated(enum hallmark_reason reason)
{
	bool is_told = false;

	assert_int_equal(answered.status, EAR_CONTRAINDICATED);
	for (size_t i = 0; i < answered.n_reasons; i++)
		is_told |= answered.reasons[i] == reason;
	assert_true(is_told);
}

/* Whoever speaks in a device's name, or repeats what it sent once, takes nothing from it, wherever he does so. */
static void test_what_is_not_its_word_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(not_its_word); i++) {
		submit(1, 1, true);
		(void)run(1);
		for (uint8_t place = 1; place <= 2; place++) {
			submit_failing(1, place, not_its_word[i].check, not_its_word[i].reason);
			assert_int_equal(run(1), REASON_ADMITTED);
			expect_contraindicated(not_its_word[i].reason);
			assert_int_equal(zone_of[1], TRUSTED);
			assert_int_equal(zone_of[2], ZONE_QUARANTINE);
			assert_int_equal(sessions_ended[1], 0);
			assert_int_equal(reason_in_registry(1), REASON_ADMITTED);
			expect_stored(1, "trusted");
		}
	}
	submit_failing(1, 1, CHECK_DEBUG, REASON_DEBUG_ENABLED); /* what it says itself does */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(sessions_ended[1], 1);

	submit_forged(1, 1); /* and nobody else says why it is in quarantine */
	assert_int_equal(run(1), REASON_ADMITTED);
	expect_contraindicated(REASON_EVIDENCE_SIGNATURE);
	assert_int_equal(reason_in_registry(1), REASON_DEBUG_ENABLED);
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
}

/* When a review can derive nothing of what a device said, nobody else speaks for it meanwhile. */
static void test_who_was_admitted_has_spoken(void **state)
{
	const struct facts derived = facts_of(1, true);

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	judge_again(1, (struct reconsideration){ .is_unevaluated = true });
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	for (size_t i = 0; i < ARRAY_SIZE(not_its_word); i++) {
		submit_failing(1, 2, not_its_word[i].check, not_its_word[i].reason);
		assert_int_equal(run(1), REASON_ADMITTED);
		expect_contraindicated(not_its_word[i].reason);
		assert_int_not_equal(reason_in_registry(1), not_its_word[i].reason);
		assert_int_equal(known(1)->mac[5], 1);
	}
	judge_again(1, (struct reconsideration){ .facts = &derived });
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	expect_stored(1, "trusted");

	judge_again(1, (struct reconsideration){ .is_unevaluated = true });
	submit(1, 2, true); /* it does so itself */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], TRUSTED);
}

/* Of one that has said nothing itself yet, the operator sees what was said, as it is refused. */
static void test_who_is_not_known_is_listed_with_its_reason(void **state)
{
	(void)state;
	submit_forged(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(reason_in_registry(1), REASON_EVIDENCE_SIGNATURE);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	submit_failing(1, 1, CHECK_FRESHNESS, REASON_NONCE_UNKNOWN);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(reason_in_registry(1), REASON_NONCE_UNKNOWN);
}

/* The registry's, of what it attested with last. */
static enum check_state place_state(uint8_t device)
{
	return known(device)->facts.checks[CHECK_PLACE].state;
}

/* Who passes on what a device sends, from another port, has it admitted nowhere, and takes nothing from it. */
static void test_a_relay_gets_nothing(void **state)
{
	(void)state;
	submit_relayed(1, 1, 2);
	assert_int_equal(run(1), REASON_ADMITTED);
	expect_contraindicated(REASON_PLACE_LINK);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);

	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(zone_of[1], TRUSTED);
	submit_relayed(1, 1, 2);
	assert_int_equal(run(1), REASON_ADMITTED);
	expect_contraindicated(REASON_PLACE_LINK);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(sessions_ended[1], 0);
	assert_int_equal(reason_in_registry(1), REASON_ADMITTED);
	expect_stored(1, "trusted");

	submit(1, 2, true); /* it moves itself */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);
}

static unsigned n_asked;

static int count_holders(const struct in6_addr *address, unsigned *ret, size_t *ret_n)
{
	n_asked++;
	return holders(address, ret, ret_n);
}

/* The kernel lists all its addresses to say whose the gateway's is: only for evidence of which all else is right. */
static void test_the_gateway_is_asked_for_last(void **state)
{
	(void)state;
	kernel_double.holders = count_holders;
	n_asked = 0;
	submit_relayed(1, 1, 2);
	submit_forged(1, 1);
	submit_unplaced(1, 1, true);
	(void)run(3);
	assert_int_equal(n_asked, 0);
	submit(1, 1, true);
	(void)run(1);
	assert_true(n_asked > 0); /* for each judge that is heard */
	assert_int_equal(place_state(1), CHECK_PASSED);
}

static void guard(const char *interface)
{
	struct ruleset *r = &core.in_force.config->ruleset;

	r->guarded = reallocarray(r->guarded, r->n_guarded + 1, sizeof(*r->guarded));
	assert_non_null(r->guarded);
	must(snprintf(r->guarded[r->n_guarded++], IFNAMSIZ, "%s", interface) > 0);
}

/* Another guarded interface with the same address of the gateway may be the one that the device dialled; another network is none. */
static void test_the_gateway_pins_one_guarded_interface(void **state)
{
	static const struct {
		unsigned on[2];
		enum check_state state;
	} rows[] = {
		{ { 1, 3 }, CHECK_PASSED }, /* the uplink */
		{ { 1, 2 }, CHECK_ABSENT }, /* a guarded one */
		{ { 1, 9 }, CHECK_ABSENT }, /* one that went meanwhile: nobody knows what it was */
		{ { 2, 0 }, CHECK_ABSENT }, /* not that of the device */
		{ { 0, 0 }, CHECK_ABSENT }, { { 1, 0 }, CHECK_PASSED },
	};

	(void)state;
	guard("port2");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(gateway_on, rows[i].on, sizeof(gateway_on));
		submit(1, 1, true);
		(void)run(1);
		assert_int_equal(place_state(1), rows[i].state);
		assert_int_equal(known(1)->facts.checks[CHECK_PLACE].reason,
				 rows[i].state == CHECK_PASSED ? REASON_ADMITTED : REASON_PLACE_AMBIGUOUS);
	}
}

/* Each refusal is one line, which says both places. */
static void test_a_relay_is_told_once(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	listen_in();
	submit_relayed(1, 1, 2);
	(void)run(1);
	assert_int_equal(count_said("came from port1 00:00:00:00:00:02", false), 1);
	assert_int_equal(count_said("(place-link). It stays at port1 00:00:00:00:00:01, in trusted", false), 1);
	forged_place = 2;
	submit(1, 2, true);
	(void)run(1);
	assert_int_equal(count_said("Forged on port1", false), 1);
	forged_place = PLACES;
	unrouted_place = 2;
	submit(1, 2, true);
	(void)run(1);
	assert_int_equal(count_said("is not routed there", false), 1);
	submit(1, PLACES, true); /* the reason says it all */
	(void)run(1);
	assert_int_equal(count_said("was not judged: no-neighbour", false), 1);
	assert_int_equal(count_said("", true), 4);
}

/* Without the claim nobody can tell it from a relay: it is admitted once, and stays there until that ends. */
static void test_who_does_not_say_where_does_not_move(void **state)
{
	(void)state;
	submit_unplaced(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(place_state(1), CHECK_ABSENT);
	submit_unplaced(1, 1, true); /* it renews */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(answered.status, EAR_AFFIRMING);

	submit_unplaced(1, 2, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	expect_contraindicated(REASON_PLACE_NEEDED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(reason_in_registry(1), REASON_ADMITTED);
	expect_stored(1, "trusted");

	run_out(1);
	submit_unplaced(1, 2, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(answered.status, EAR_AFFIRMING);
	assert_int_equal(zone_of[2], TRUSTED);

	submit_unplaced(1, 3, false); /* what it says of itself counts wherever it says so */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
}

/* An operator's order is for the device, and not for who passes on what it sends. */
static void test_an_order_lets_no_relay_in(void **state)
{
	(void)state;
	submit_bad_label(1, 1);
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	assert_int_equal(zone_of[1], TRUSTED);
	submit_relayed(1, 1, 2);
	assert_int_equal(run(1), REASON_ADMITTED);
	expect_contraindicated(REASON_PLACE_LINK);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);

	submit_relayed(2, 3, 4);
	(void)run(1);
	assert_int_equal(give(order_of(2, ORDER_ALLOW)), -EPERM);
	assert_int_equal(done.refusal, REASON_PLACE_LINK);
	assert_int_equal(zone_of[4], ZONE_QUARANTINE);
}

/* Nobody uses the time of an order to have the device elsewhere at its end; it moves itself, whatever was ordered. */
static void test_an_order_moves_nobody(void **state)
{
	static const enum order_kind kinds[] = { ORDER_QUARANTINE, ORDER_ALLOW, ORDER_MONITOR };

	(void)state;
	for (uint8_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const uint8_t device = i + 1, home = 2 * i + 1, elsewhere = 2 * i + 2;

		submit(device, home, true);
		(void)run(1);
		assert_int_equal(give(order_of(device, kinds[i])), 0);
		submit_relayed(device, home, elsewhere);
		submit_unplaced(device, elsewhere, true);
		(void)run(2);
		assert_int_equal(known(device)->mac[5], home);
		assert_int_equal(take_back(device), 0);
		assert_string_equal(zone_in_registry(device), "trusted");
		assert_int_equal(zone_of[home], TRUSTED);
		assert_int_equal(zone_of[elsewhere], ZONE_QUARANTINE);

		assert_int_equal(give(order_of(device, kinds[i])), 0);
		submit(device, elsewhere, true);
		(void)run(1);
		assert_int_equal(take_back(device), 0);
		assert_string_equal(zone_in_registry(device), "trusted");
		assert_int_equal(zone_of[home], ZONE_QUARANTINE);
		assert_int_equal(zone_of[elsewhere], TRUSTED);
	}
}

/* Who gets nothing back is heard wherever it is, as without the order. */
static void test_an_order_over_nothing_holds_no_place(void **state)
{
	(void)state;
	submit_bad_label(1, 1);
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	submit_unplaced(1, 2, true);
	(void)run(1);
	assert_int_equal(take_back(1), 0);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(zone_of[2], TRUSTED);
}

static void test_a_ueid_stays_with_its_key(void **state)
{
	struct facts f = facts_of(2, true);

	(void)state;
	submit(1, 1, true);
	memcpy(f.ueid, facts_of(1, true).ueid, UEID_MAX);
	submit_facts(&f, 2);
	(void)run(2);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(look_up(core.settler.registry, f.device)->decision.reason, REASON_UEID_TAKEN);
}

/* Another key with the serial of device 1, whose maker and CA are these. */
static void submit_key(uint8_t device, uint8_t place, uint8_t serial, const char *maker, const char *anchor,
		       bool is_placed)
{
	struct facts f = facts_of(device, true);

	f.ueid[1] = serial;
	must(snprintf(f.product.maker, sizeof(f.product.maker), "%s", maker) > 0);
	must(snprintf(f.anchor, sizeof(f.anchor), "%s", anchor) > 0);
	if (is_placed)
		f.place = claim_of(place);
	submit_facts(&f, place);
}

/* A device that got a new key has its place at once; whoever only resembles it has not. */
static void test_a_new_key_takes_over(void **state)
{
	static const struct {
		const char *name, *maker, *anchor;
		uint8_t place, serial;
		bool is_placed;
		enum hallmark_reason reason;
	} rows[] = {
		{ "another serial", "pen:1", "ca", 1, 9, true, REASON_PLACE_TAKEN },
		{ "another maker", "pen:2", "ca", 1, 1, true, REASON_UEID_TAKEN },
		{ "another CA", "pen:1", "cb", 1, 1, true, REASON_UEID_TAKEN },
		{ "another place", "pen:1", "ca", 2, 1, true, REASON_UEID_TAKEN },
		{ "it does not say where it is", "pen:1", "ca", 1, 1, false, REASON_UEID_TAKEN },
	};

	(void)state;
	submit_key(1, 1, 1, "pen:1", "ca", true);
	(void)run(1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		submit_key(2, rows[i].place, rows[i].serial, rows[i].maker, rows[i].anchor, rows[i].is_placed);
		(void)run(1);
		if (reason_in_registry(2) != rows[i].reason)
			fail_msg("%s: %d", rows[i].name, (int)reason_in_registry(2));
		assert_string_equal(zone_in_registry(1), "trusted");
		assert_int_equal(zone_of[1], TRUSTED);
		assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	}
	submit_key(2, 1, 1, "pen:1", "ca", true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(answered.status, EAR_AFFIRMING);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(2), "trusted");
	assert_string_equal(zone_in_registry(1), "quarantine");
	assert_int_equal(reason_in_registry(1), REASON_DISPLACED);
	expect_stored(1, "quarantine");
	expect_stored(2, "trusted");
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_DISPLACED); /* the former key is told */
	ask_admission(2, 1);
	assert_int_equal(run(1), REASON_ADMITTED);

	submit_key(1, 1, 1, "pen:1", "ca", true); /* the former key is as good, until somebody takes it out */
	(void)run(1);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(reason_in_registry(2), REASON_DISPLACED);
	submit_key(2, 1, 1, "pen:1", "ca", true);
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	submit_key(1, 1, 1, "pen:1", "ca", true);
	(void)run(1);
	assert_string_equal(zone_in_registry(1), "quarantine");
	assert_string_equal(zone_in_registry(2), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);
}

static void test_places_that_are_not_ours(void **state)
{
	(void)state;
	submit(1, PLACES, true);
	assert_int_equal(run(1), REASON_NO_NEIGHBOUR); /* no neighbour */
	assert_string_equal(zone_in_registry(1), "unknown");
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
}

/* Nobody is admitted by a forged neighbour, and who was keeps its zone. */
static void test_forged_neighbours(void **state)
{
	(void)state;
	forged_place = 2;
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_NEIGHBOUR_FORGED);
	assert_string_equal(zone_in_registry(1), "unknown");
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);

	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_NEIGHBOUR_FORGED);
	ask_admission(1, 2);
	assert_int_equal(run(1), REASON_NEIGHBOUR_FORGED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);

	is_newly_loaded = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_NO_NEIGHBOUR);
	assert_int_equal(zone_of[1], TRUSTED);

	is_newly_loaded = false;
	forged_place = PLACES;
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], TRUSTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
}

/* Who attests from an address of another interface is not admitted, whoever it is; and one that is admitted stays where it was. */
static void test_address_of_another_interface(void **state)
{
	(void)state;
	unrouted_place = 2;
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_NOT_ROUTED);
	assert_string_equal(zone_in_registry(1), "unknown");
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);

	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_NOT_ROUTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);

	unrouted_place = UINT8_MAX;
	submit(1, 2, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], TRUSTED);
}

static unsigned n_applied;

static void count_applied(void)
{
	n_applied++;
}

/* One who is not admitted, and one who would be, attest from the place of one who is: in its turn, and later. */
static void test_who_is_admitted_keeps_the_place(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 1, true);
	submit(3, 1, false);
	(void)run(3);
	on_apply = count_applied;
	n_applied = 0;
	submit(2, 1, true);
	submit(3, 1, false);
	ask_admission(2, 1);
	assert_int_equal(run(3), REASON_NOT_ADMITTED);
	assert_int_equal(n_applied, 0); /* the kernel is not even asked */
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(sessions_ended[1], 0);
	assert_int_equal(reason_in_registry(2), REASON_PLACE_TAKEN);
	assert_int_equal(reason_in_registry(3), REASON_DEBUG_ENABLED); /* its own, which says more */
	expect_stored(1, "trusted");
	expect_stored(2, "unknown");
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;");

	submit(1, 1, true); /* the former renews */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_string_equal(zone_in_registry(1), "trusted");
}

/* It has it until its time is over, it has left, or it is judged otherwise. */
static void test_a_place_that_is_free_again(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 1, true);
	(void)run(2);
	assert_int_equal(reason_in_registry(2), REASON_PLACE_TAKEN);
	run_out(1);
	submit(2, 1, true);
	(void)run(1);
	assert_string_equal(zone_in_registry(2), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");

	submit(2, 2, true); /* it leaves, */
	submit(1, 1, true);
	(void)run(2);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], TRUSTED);

	submit(1, 1, false); /* is judged otherwise, */
	submit(3, 1, true);
	(void)run(2);
	assert_string_equal(zone_in_registry(3), "trusted");

	assert_int_equal(give(order_of(3, ORDER_QUARANTINE)), 0); /* or is put away by an operator */
	submit(1, 1, true);
	(void)run(1);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(take_back(3), 0);
	assert_string_equal(zone_in_registry(3), "quarantine");
	assert_string_equal(zone_in_registry(1), "trusted");
}

static int learned_port(const uint8_t mac[static 6], char ret_port[static IFNAMSIZ])
{
	must(snprintf(ret_port, IFNAMSIZ, "lan%u", mac[5]) > 0);
	return 0;
}

static int speaks_there(const char *port)
{
	return strncmp(port, "lan", 3) == 0;
}

/* Device 1 is admitted at the MAC of place 1, on another interface. */
static void admit_on(const char *interface)
{
	struct verdict v;

	submit(1, 1, true);
	(void)run(1);
	v = *known(1);
	memset(v.interface, 0, sizeof(v.interface));
	must(snprintf(v.interface, sizeof(v.interface), "%s", interface) > 0);
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
}

/* The rules of each guarded bridge take what a MAC proved on one for its own. */
static void test_a_mac_of_another_bridge(void **state)
{
	struct ruleset *r = &core.in_force.config->ruleset;

	(void)state;
	kernel_double.bridge_port = learned_port;
	kernel_double.speaks_on_port = speaks_there;
	assert_int_equal(ruleset_add_bridge(r, "port1"), 0);
	admit_on("port9"); /* no bridge */
	submit(2, 1, true);
	(void)run(1);
	assert_string_equal(zone_in_registry(2), "trusted");
	submit(2, 1, false);
	(void)run(1);

	assert_int_equal(ruleset_add_bridge(r, "port9"), 0);
	submit(2, 1, true);
	(void)run(1);
	assert_string_equal(zone_in_registry(2), "quarantine");
	assert_int_equal(reason_in_registry(2), REASON_PLACE_TAKEN);
	assert_string_equal(zone_in_registry(1), "trusted");
	submit(2, 2, true); /* with a MAC of its own */
	(void)run(1);
	assert_string_equal(zone_in_registry(2), "trusted");
	submit(1, 1, true); /* it moves itself */
	(void)run(1);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_string_equal(known(1)->interface, "port1");
}

/* A device that stands elsewhere stays there: whoever is at the other place may only have sent its evidence on. */
static void test_a_taken_place_moves_nobody(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	submit(2, 1, true);
	assert_int_equal(run(1), REASON_PLACE_TAKEN);
	ask_admission(2, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(known(2)->mac[5], 2);
	expect_stored(2, "trusted");

	submit(2, 1, false); /* what it says of itself counts wherever it says so */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
}

/* An operator's order gives no place either; who is only monitored has none against one who is admitted. */
static void test_orders_at_a_taken_place(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit_bad_label(2, 1);
	(void)run(2);
	assert_int_equal(give(order_of(2, ORDER_ALLOW)), -EPERM);
	assert_int_equal(done.refusal, REASON_PLACE_TAKEN);
	assert_int_equal(give(order_of(2, ORDER_MONITOR)), 0);
	assert_int_equal(done.after.monitored_until_sec, 0);
	submit_bad_label(2, 1);
	(void)run(1);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);

	run_out(1);
	submit_bad_label(2, 1); /* now it is monitored there */
	(void)run(1);
	assert_true(known(2)->monitored_until_sec > 0);
	submit(3, 1, true);
	(void)run(1);
	assert_string_equal(zone_in_registry(3), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(known(2)->monitored_until_sec, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_identity_is_at_one_place),
		TEST(test_who_is_admitted_keeps_the_place),
		TEST(test_a_place_that_is_free_again),
		TEST(test_a_mac_of_another_bridge),
		TEST(test_a_taken_place_moves_nobody),
		TEST(test_orders_at_a_taken_place),
		TEST(test_a_relay_gets_nothing),
		TEST(test_the_gateway_is_asked_for_last),
		TEST(test_the_gateway_pins_one_guarded_interface),
		TEST(test_a_relay_is_told_once),
		TEST(test_who_does_not_say_where_does_not_move),
		TEST(test_an_order_lets_no_relay_in),
		TEST(test_an_order_moves_nobody),
		TEST(test_an_order_over_nothing_holds_no_place),
		TEST(test_a_ueid_stays_with_its_key),
		TEST(test_a_new_key_takes_over),
		TEST(test_places_that_are_not_ours),
		TEST(test_forged_neighbours),
		TEST(test_address_of_another_interface),
		TEST(test_asking_moves_nobody),
		TEST(test_what_is_not_its_word_changes_nothing),
		TEST(test_who_was_admitted_has_spoken),
		TEST(test_who_is_not_known_is_listed_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
