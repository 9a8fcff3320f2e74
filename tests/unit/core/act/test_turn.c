/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * One turn of the core against a kernel made of an array: what several records in one turn, a second device at one place
 * and a kernel that refuses must leave in the kernel, in the registry and in the answers. The double
 * below takes the place of if_indextoname(3) at link time.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/act/ordering.h"
#include "core/act/reattest.h"
#include "core/act/turn.h"
#include "core/review/review.h"
#include "core/settle/ledger.h"
#include "core/settle/settle.h"
#include "kernel_double.h"
#include "pki.h"
#include "store/orders.h"

#define PLACES 8 /* the last byte of a MAC names one */
#define IDS    512

/* --- the kernel --- */

static uint8_t zone_of[PLACES];
static uint32_t timeout_of[PLACES];
static int apply_result;
static bool refuses_grants;
static uint8_t refused_place = PLACES; /* grants there are refused, and others are not */

char *if_indextoname(unsigned ifindex, char name[IF_NAMESIZE])
{
	(void)ifindex;
	return strcpy(name, "port1");
}

/* An address names the MAC: fd00::N is at place N. */
static int neighbour(const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	ret_mac[5] = address->s6_addr[15];
	return address->s6_addr[15] < PLACES ? 0 : -ENOENT;
}

/* An address that is routed elsewhere. */
static uint8_t unrouted_place = UINT8_MAX;

static int routes(const struct in6_addr *address)
{
	return address->s6_addr[15] != unrouted_place;
}

/* Another's datagrams: the place of a device that somebody answers for. */
static uint8_t forged_place = PLACES;
static bool is_newly_loaded;

static int speaks(const char *interface, const uint8_t mac[static 6], const struct in6_addr *address)
{
	assert_string_equal(interface, "port1");
	assert_int_equal(mac[5], address->s6_addr[15]);
	return is_newly_loaded ? -EAGAIN : mac[5] != forged_place;
}

static void (*on_apply)(void); /* looks about at the moment that the kernel acts */

static int apply(struct element *elements, size_t n)
{
	int first = 0;

	if (on_apply)
		on_apply();
	for (size_t i = 0; i < n; i++) {
		struct element *e = &elements[i];
		bool is_refused = e->zone != ZONE_QUARANTINE && (refuses_grants || refused_place == e->mac[5]);

		e->error = apply_result < 0 ? apply_result : is_refused ? -ENFILE : 0;
		if (e->error == 0)
			zone_of[e->mac[5]] = e->zone, timeout_of[e->mac[5]] = e->timeout_sec;
		else if (first == 0)
			first = e->error;
	}
	return first;
}

/* --- the core --- */

static struct core core;
static int ipc[2];
static uint64_t next_id;
static enum ipc_kind asked[IDS];   /* what the record of an id was */
static uint8_t sessions_ended[16]; /* by the device's first byte: how often the worker was told */
static char directory[] = "/tmp/test_turn.XXXXXX";

static struct facts facts_of(uint8_t device, bool good)
{
	struct facts f = { .device = { device }, .ueid = { 1, device }, .n_ueid = 8, .n_labels = 1 };
	struct label_facts *l = &f.labels[0];

	f.expiry.at_sec = l->expiry.at_sec = clock_realtime_sec() + 86400;
	f.expiry.cause = EXPIRY_CERTIFICATE;
	l->expiry.cause = EXPIRY_LABEL;
	l->level = 2;
	must(snprintf(l->scheme, sizeof(l->scheme), "KR-CIC") > 0);
	for (int i = CHECK_POSSESSION; i < CHECK_LABEL_SIGNATURE; i++)
		f.checks[i] = check_passed();
	for (int i = CHECK_LABEL_SIGNATURE; i < CHECK_RECOGNITION; i++)
		l->checks[i] = check_passed();
	if (!good)
		f.checks[CHECK_EVIDENCE_SIGNATURE] = check_failed(REASON_EVIDENCE_SIGNATURE);
	return f;
}

static struct ipc_origin at(uint8_t place)
{
	return (struct ipc_origin){ .address.s6_addr = { 0xfd, [15] = place }, .ifindex = 1 };
}

static void send_request(struct ipc_record *r, const struct signed_inputs *inputs)
{
	asked[r->id % IDS] = r->kind;
	assert_int_equal(ipc_send(ipc[0], r, inputs), 0);
}

static void submit(uint8_t device, uint8_t place, bool good)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = ++next_id };

	r.submission.origin = at(place);
	r.submission.facts = facts_of(device, good);
	send_request(&r, NULL);
}

static void ask_admission(uint8_t device, uint8_t place)
{
	struct ipc_record r = { .kind = IPC_ADMISSION, .id = ++next_id };

	r.admission.origin = at(place);
	r.admission.device[0] = device;
	send_request(&r, NULL);
}

/* Runs the turn; the last answer's reason. Each record has one answer. */
static enum hallmark_reason run(unsigned n_answers)
{
	static struct ipc_message m;
	enum hallmark_reason reason = REASON_INTERNAL;
	unsigned n = 0;

	assert_int_equal(turn_run(core.turn, ipc[1]), 0);
	memset(sessions_ended, 0, sizeof(sessions_ended));
	while (ipc_receive(ipc[0], &m) == 1) {
		if (m.record.kind == IPC_END) { /* after the answers */
			assert_int_equal(n, n_answers);
			for (size_t i = 0; i < m.record.end.n; i++)
				sessions_ended[m.record.end.devices[i][0] % 16]++;
			continue;
		}
		assert_int_equal(m.record.kind, IPC_ANSWER);
		n++;
		reason = m.record.answer.reason;
		assert_int_equal(m.record.answer.to, asked[m.record.id % IDS]);
		assert_int_equal(m.record.answer.n_ear > 0, reason == REASON_ADMITTED);
	}
	assert_int_equal(n, n_answers);
	return reason;
}

static const char *zone_in_registry(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };
	const struct verdict *v = registry_find(core.registry, id);

	return v ? core.config->policy.zones[verdict_zone(v, clock_realtime_sec())].name : "unknown";
}

struct stored {
	uint8_t device;
	char zone[ZONE_NAME_SIZE];
	uint8_t place;
};

static void on_stored(const struct verdict *v, void *userdata)
{
	struct stored *s = userdata;

	if (v->facts.device[0] != s->device)
		return;
	memcpy(s->zone, v->zone, sizeof(s->zone));
	s->place = v->mac[5];
}

/* As a restart would find it. */
static void expect_stored(uint8_t device, const char *zone)
{
	struct stored s = { .device = device, .zone = "unknown" };

	settle_flush(&core);
	assert_true(store_load(core.store, on_stored, &s) >= 0);
	assert_string_equal(s.zone, zone);
}

/* The record as text: "DEVICE CAUSE BEFORE>AFTER REASON;" for each entry. */
static void on_record(const struct record *r, void *userdata)
{
	char *text = userdata;
	size_t n = strlen(text);

	must(snprintf(text + n, 1024 - n, "%d %s %s>%s %s;", r->device[0], record_cause_name(r->cause), r->zone_before,
		      r->zone_after, reason_name(r->reason)) < (int)(1024 - n));
}

static void expect_record(struct store *s, const char *expected)
{
	char text[1024] = "";
	struct record_finding f;

	assert_true(record_each(s, NULL, 0, on_record, text) >= 0);
	assert_string_equal(text, expected);
	assert_int_equal(record_verify(s, NULL, &f), 0);
	assert_int_equal(f.flaw, RECORD_SOUND);
}

#define TRUSTED 1

static int set_up(void **state)
{
	char path[64];

	(void)state;
	log_set_level(-1);
	memset(zone_of, 0, sizeof(zone_of));
	apply_result = 0;
	refuses_grants = false;
	on_apply = NULL;
	refused_place = forged_place = PLACES;
	is_newly_loaded = false;
	kernel_double =
		(struct kernel_double){ .neighbour = neighbour, .routes = routes, .speaks = speaks, .apply = apply };
	core = (struct core){ .registry = registry_new(), .result_key = pki_key_new(PKI_P256) };
	must(snprintf(directory, sizeof(directory), "/tmp/test_turn.XXXXXX") > 0 && mkdtemp(directory));
	must(snprintf(path, sizeof(path), "%s/db", directory) > 0);
	if (config_load("tests/unit/pipeline.conf", &core.config) < 0 || store_open(path, &core.store) < 0 ||
	    sd_event_new(&core.event) < 0 || ipc_pair(ipc) < 0)
		return -1;
	for (int i = 0; i < core.config->policy.n_zones; i++)
		if (strcmp(core.config->policy.zones[i].name, "trusted") == 0 && i != TRUSTED)
			return -1;
	if (ordering_load(&core) < 0)
		return -1;
	return settle_start(&core) < 0 ? -1 : turn_new(&core, &core.turn);
}

static int tear_down(void **state)
{
	char command[96];

	(void)state;
	turn_free(core.turn);
	settle_stop(&core);
	store_free(core.store);
	registry_free(core.registry);
	orders_free(core.orders);
	ending_done(&core.ending);
	refusals_done(&core.refusals);
	config_free(core.config);
	EVP_PKEY_free(core.result_key);
	sd_event_unref(core.event);
	(void)close(ipc[0]);
	(void)close(ipc[1]);
	must(snprintf(command, sizeof(command), "rm -rf '%s'", directory) > 0);
	return system(command);
}

/* The admission of that device runs out now, whatever ends it. */
static void run_out(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };

	registry_find(core.registry, id)->decision.expiry.at_sec = clock_realtime_sec();
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
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = ++next_id };

	r.submission.origin = at(place);
	r.submission.facts = facts_of(device, true);
	r.submission.facts.labels[0].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
	send_request(&r, NULL);
}

/* The worker has the new list already: who was revoked does not come back one by one before the review has counted them. */
static void test_nobody_comes_back_before_a_review_that_is_due(void **state)
{
	struct held held = { 0 };

	(void)state;
	submit(1, 1, true);
	submit_revoked(1, 1);
	assert_int_equal(run(2), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);

	core.review_due = "start";
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_BUSY);
	core.held = &held;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_HELD);
	core.held = NULL;
	core.is_review_put_off = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_HELD);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "quarantine");

	submit(2, 2, true); /* of which nothing was taken back */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], TRUSTED);
	core.review_due = NULL; /* the review is in force */
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
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

static void test_one_identity_is_at_one_place(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(1, 2, true); /* in the same turn */
	(void)run(2);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);
	ask_admission(1, 3); /* and in another one */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(zone_of[3], TRUSTED);
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

static void test_a_ueid_stays_with_its_key(void **state)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = ++next_id };

	(void)state;
	submit(1, 1, true);
	r.submission.origin = at(2);
	r.submission.facts = facts_of(2, true);
	memcpy(r.submission.facts.ueid, facts_of(1, true).ueid, UEID_MAX);
	send_request(&r, NULL);
	(void)run(2);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(registry_find(core.registry, r.submission.facts.device)->decision.reason, REASON_UEID_TAKEN);
}

static void test_a_grant_the_kernel_refuses_is_none(void **state)
{
	(void)state;
	refuses_grants = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
	assert_true(core.is_drifting);

	refuses_grants = false; /* and it may try again */
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_string_equal(zone_in_registry(1), "trusted");
}

static void test_a_refused_grant_is_that_device_s_alone(void **state)
{
	(void)state;
	refused_place = 1;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
	assert_int_equal(zone_of[2], TRUSTED);
	assert_string_equal(zone_in_registry(2), "trusted");
	expect_stored(2, "trusted");
}

static void test_a_first_grant_the_kernel_refuses_leaves_the_store(void **state)
{
	(void)state;
	submit(1, 1, false);
	(void)run(1);
	expect_stored(1, "unknown");
	refuses_grants = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
}

/* What another process reads, which is what a kill at this moment would leave. */
static struct stored on_disk(uint8_t device)
{
	struct stored s = { .device = device, .zone = "unknown" };
	struct store *store = NULL;
	char path[64];

	must(snprintf(path, sizeof(path), "%s/db", directory) > 0);
	assert_int_equal(store_open_to_read(path, &store), 0);
	assert_true(store_load(store, on_stored, &s) >= 0);
	store_free(store);
	return s;
}

static void expect_move_on_disk(void)
{
	assert_int_equal(on_disk(1).place, 2);
}

static void expect_grant_not_on_disk(void)
{
	assert_string_equal(on_disk(3).zone, "unknown");
}

static void test_a_move_is_stored_before_the_kernel_acts(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	on_apply = expect_move_on_disk;
	submit(1, 2, true);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);

	on_apply = expect_grant_not_on_disk; /* and a grant alone waits for nothing */
	submit(3, 3, true);
	(void)run(1);
	assert_int_equal(zone_of[3], TRUSTED);
}

static void test_a_refused_move_takes_no_place_back_from_another(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	refused_place = 2;
	submit(1, 2, true);
	submit(2, 1, true); /* comes to where the first one was */
	(void)run(2);
	assert_string_equal(zone_in_registry(2), "trusted");
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");

	submit(3, 3, true);
	(void)run(1);
	submit(3, 2, true); /* and nobody where it was: there it is again */
	(void)run(1);
	assert_string_equal(zone_in_registry(3), "trusted");
	assert_int_equal(registry_find(core.registry, (const uint8_t[SHA256_LEN]){ 3 })->mac[5], 3);
}

static void test_an_admission_from_another_address_is_kept(void **state)
{
	struct ipc_record r = { .kind = IPC_ADMISSION, .id = ++next_id };
	const uint8_t id[SHA256_LEN] = { 1 };

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	r.admission.origin = at(1);
	r.admission.origin.address.s6_addr[7] = 7; /* the same MAC */
	r.admission.device[0] = 1;
	send_request(&r, NULL);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(registry_find(core.registry, id)->address6.s6_addr[7], 7);
}

static void test_strangers_fill_nothing(void **state)
{
	(void)state;
	core.config->ruleset.set_size = 1;
	submit(5, 5, false);
	(void)run(1);
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	submit(2, 2, true);
	assert_int_equal(run(1), REASON_BUSY);
	assert_string_equal(zone_in_registry(2), "unknown");
}

static void test_a_denial_stands_whatever_the_kernel_says(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);

	refuses_grants = true; /* another device's grant must not keep the denial from biting */
	submit(1, 1, false);
	submit(3, 3, true);
	(void)run(2);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
	assert_string_equal(zone_in_registry(2), "trusted"); /* who was there before stays */
	assert_string_equal(zone_in_registry(3), "quarantine");
	assert_int_equal(core.refusals.n, 0); /* 1 is out, and that was told; 3 never came in */

	apply_result = -ENOBUFS; /* nor a kernel that takes nothing at all */
	submit(2, 2, false);
	assert_int_equal(run(1), REASON_KERNEL); /* but no answer says that it is so */
	assert_string_equal(zone_in_registry(2), "quarantine");
	expect_stored(2, "quarantine");
	assert_true(core.is_drifting);
	assert_int_equal(core.refusals.n, 1); /* it is told when the kernel has it */
	assert_string_equal(core.refusals.list[0].zone_before, "trusted");
	apply_result = 0;
	submit(2, 2, false);
	assert_int_equal(run(1), REASON_ADMITTED);
}

/* Whoever is displaced is told of with the kernel's word as well. */
static void test_a_displacement_that_the_kernel_refuses_is_not_told(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	run_out(1); /* in this second: nobody has told it yet */
	submit(2, 1, true);
	(void)run(1);
	assert_int_equal(core.refusals.n, 0);
	run_out(2);
	apply_result = -ENOBUFS;
	submit(3, 1, true);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(2), "quarantine");
	assert_int_equal(core.refusals.n, 1);
	assert_int_equal(core.refusals.list[0].device[0], 2);
}

static void test_renewal_that_fails_leaves_the_admission(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	refuses_grants = true;
	submit(1, 1, true);
	submit(1, 1, true);
	assert_int_equal(run(2), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "trusted");
	expect_stored(1, "trusted");
}

static void test_decisions_are_recorded(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	ask_admission(1, 1); /* no decision: it is where it was */
	ask_admission(1, 2);
	(void)run(2);
	run_out(1);
	submit(2, 2, true);
	(void)run(1);
	submit(2, 2, false);
	submit(2, 2, false);
	(void)run(2);
	expect_record(core.store, "1 attested quarantine>trusted admitted;1 moved trusted>trusted admitted;"
				  "1 displaced trusted>quarantine displaced;2 attested quarantine>trusted admitted;"
				  "2 attested trusted>quarantine evidence-signature;"
				  "2 attested quarantine>quarantine evidence-signature;");
}

static void test_strangers_are_not_recorded(void **state)
{
	(void)state;
	submit(1, 1, false);
	submit(1, PLACES, true);
	ask_admission(1, 1);
	(void)run(3);
	expect_record(core.store, "");
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
	expect_record(core.store, "1 attested quarantine>trusted admitted;1 attested trusted>trusted admitted;"
				  "2 attested quarantine>trusted admitted;2 undone trusted>quarantine kernel;"
				  "1 undone trusted>trusted admitted;");
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
	assert_memory_equal(r->trust, core.trust_digest, SHA256_LEN);
	assert_int_equal(store_inputs_digest(core.store, r->device, inputs), 0);
	assert_memory_equal(r->inputs, inputs, SHA256_LEN);
}

static void test_an_entry_says_all(void **state)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = ++next_id };

	(void)state;
	memset(core.trust_digest, 7, sizeof(core.trust_digest));
	r.submission.origin = at(1);
	r.submission.facts = facts_of(1, true);
	(void)strcpy(r.submission.facts.labels[0].number, "KR-1");
	send_request(&r, NULL);
	(void)run(1);
	assert_int_equal(
		record_each(core.store, NULL, 0, expect_entry, registry_find(core.registry, r.submission.facts.device)),
		1);
}

/* In one transaction with the verdict: there is never one without the other. */
static void test_verdict_and_entry_are_stored_together(void **state)
{
	struct stored s = { .device = 1, .zone = "unknown" };
	struct store *reader = NULL;
	char path[64];

	(void)state;
	must(snprintf(path, sizeof(path), "%s/db", directory) > 0);
	assert_int_equal(store_open_to_read(path, &reader), 0);
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
	core.material_fd = memfd_create("test", MFD_CLOEXEC);
	assert_int_equal(write(core.material_fd, "abc", 3), 3);
	assert_int_equal(digest_sha256(bytes_of_string("abc"), expected), 0);
	assert_int_equal(ledger_note_trust(&core), 0);
	assert_memory_equal(core.trust_digest, expected, SHA256_LEN);
	assert_int_equal(close(core.material_fd), 0);
	assert_int_equal(ledger_note_trust(&core), -EBADF);
	assert_memory_equal(core.trust_digest, none, SHA256_LEN);
}

static void test_retention_is_that_of_the_configuration(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		submit(1, 1, true);
	(void)run(5);
	ledger_prune(&core);
	expect_record(core.store, "1 attested quarantine>trusted admitted;1 attested trusted>trusted admitted;"
				  "1 attested trusted>trusted admitted;1 attested trusted>trusted admitted;"
				  "1 attested trusted>trusted admitted;");
	core.config->record_keep = 2;
	ledger_prune(&core);
	expect_record(core.store, "1 attested trusted>trusted admitted;1 attested trusted>trusted admitted;");
}

static void test_retention_by_age_needs_a_clock(void **state)
{
	struct record young = { .cause = CAUSE_ATTESTED, .reason = REASON_ADMITTED }, old = young;

	(void)state;
	core.config->record_days = 2;
	young.time_sec = clock_realtime_sec() - 2 * 86400 + 60;
	old.time_sec = young.time_sec - 120;
	assert_int_equal(record_append(core.store, &old), 0);
	assert_int_equal(record_append(core.store, &young), 0);
	core.time.is_disciplined = false;
	ledger_prune(&core);
	expect_record(core.store, "0 attested > admitted;0 attested > admitted;");
	core.time.is_disciplined = true;
	ledger_prune(&core);
	expect_record(core.store, "0 attested > admitted;");
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

static void test_a_worker_that_ends_or_raves_is_told_apart(void **state)
{
	struct ipc_record r = { .kind = IPC_ANSWER };

	(void)state;
	assert_int_equal(ipc_send(ipc[0], &r, NULL), 0);
	assert_int_equal(turn_run(core.turn, ipc[1]), -EBADMSG);
	assert_int_equal(shutdown(ipc[0], SHUT_RDWR), 0);
	assert_int_equal(turn_run(core.turn, ipc[1]), -EPIPE);
}

/* --- an operator's orders --- */

static struct order order_of(uint8_t device, enum order_kind kind)
{
	int64_t now_sec = clock_realtime_sec();
	sd_id128_t boot;
	struct order o = { .device = { device }, .kind = kind, .since_sec = now_sec, .until_sec = now_sec + 3600 };

	assert_int_equal(sd_id128_get_boot(&boot), 0);
	memcpy(o.boot, boot.bytes, sizeof(o.boot));
	must(snprintf(o.reason, sizeof(o.reason), "because") > 0);
	if (kind == ORDER_ALLOW)
		must(snprintf(o.zone, sizeof(o.zone), "trusted") > 0);
	return o;
}

static struct ordered done;

static int give(struct order o)
{
	return ordering_give(&core, &o, &done);
}

static int take_back(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };

	return ordering_release(&core, id, 0, &done);
}

static void count_order(const struct order *o, void *userdata)
{
	(void)o;
	++*(size_t *)userdata;
}

/* As a restart would find them. */
static size_t orders_stored(void)
{
	size_t n = 0;

	assert_true(store_orders_each(core.store, count_order, &n) >= 0);
	return n;
}

static void submit_bad_label(uint8_t device, uint8_t place)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = ++next_id };
	uint8_t bytes[16] = "signed";
	const struct signed_inputs inputs = { .chain = { BYTES(bytes) }, .n_chain = 1, .evidence = BYTES(bytes) };

	r.submission.origin = at(place);
	r.submission.facts = facts_of(device, true);
	r.submission.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNATURE);
	send_request(&r, &inputs);
}

static void test_quarantine_and_back(void **state)
{
	(void)state;
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), -ENODEV);
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(take_back(1), -ENOENT);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_string_equal(done.zone_before, "trusted");
	assert_true(done.is_in_kernel);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "quarantine");
	assert_int_equal(orders_stored(), 1);

	submit(1, 1, true); /* whatever it proves */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	submit(1, 2, true); /* and wherever */
	(void)run(1);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	ask_admission(1, 2);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);

	assert_int_equal(take_back(1), 0);
	assert_string_equal(done.zone_before, "quarantine");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);
	expect_stored(1, "trusted");
	assert_int_equal(orders_stored(), 0);
	expect_record(core.store, "1 attested quarantine>trusted admitted;"
				  "1 operator trusted>quarantine operator-quarantine;"
				  "1 attested quarantine>quarantine operator-quarantine;"
				  "1 attested quarantine>quarantine operator-quarantine;"
				  "1 operator quarantine>trusted admitted;");
}

/* One that was never admitted is let in, with what it has signed, and kept from then on. */
static void test_allow_a_stranger(void **state)
{
	const uint8_t id[SHA256_LEN] = { 1 };
	struct signed_inputs inputs;

	(void)state;
	submit_bad_label(1, 1);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "unknown");
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(done.after.decision.reason, REASON_OPERATOR_ALLOWED);
	expect_stored(1, "trusted");
	assert_int_equal(store_inputs(core.store, id, &inputs), 0);
	assert_true(bytes_equal_string(bytes_of(inputs.evidence.p, 6), "signed"));

	submit_bad_label(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(take_back(1), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(done.after.decision.reason, REASON_LABEL_SIGNATURE);
}

static enum hallmark_reason reason_in_registry(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };
	const struct verdict *v = registry_find(core.registry, id);

	return v ? v->decision.reason : REASON_INTERNAL;
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
	assert_int_equal(reason_in_registry(3), REASON_EVIDENCE_SIGNATURE); /* its own, which says more */
	expect_stored(1, "trusted");
	expect_stored(2, "unknown");
	expect_record(core.store, "1 attested quarantine>trusted admitted;");

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
	assert_int_equal(run(1), REASON_PLACE_TAKEN);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(registry_find(core.registry, (const uint8_t[SHA256_LEN]){ 2 })->mac[5], 2);
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
	assert_true(registry_find(core.registry, (const uint8_t[SHA256_LEN]){ 2 })->monitored_until_sec > 0);
	submit(3, 1, true);
	(void)run(1);
	assert_string_equal(zone_in_registry(3), "trusted");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(registry_find(core.registry, (const uint8_t[SHA256_LEN]){ 2 })->monitored_until_sec, 0);
}

static void test_identity_is_not_to_be_overruled(void **state)
{
	(void)state;
	submit(1, 1, false); /* the evidence is not the device's */
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), -EPERM);
	assert_int_equal(done.refusal, REASON_EVIDENCE_SIGNATURE);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(orders_stored(), 0);
	assert_int_equal(orders_count(core.orders), 0);
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	submit(1, 1, false); /* and an order that holds lets nobody in who is not himself */
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(sessions_ended[1], 1);
}

/* A file that cannot grow: every write fails. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_an_order_that_is_not_stored_is_none(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	assert_int_equal(give(order_of(2, ORDER_QUARANTINE)), 0);
	limit_files(0);
	assert_true(give(order_of(1, ORDER_QUARANTINE)) < 0);
	assert_true(take_back(2) < 0);
	limit_files(RLIM_INFINITY);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_string_equal(zone_in_registry(2), "quarantine");
	assert_int_equal(orders_count(core.orders), 1);
	assert_int_equal(orders_stored(), 1);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(take_back(2), 0);
	assert_int_equal(zone_of[2], TRUSTED);
}

/* --- a demand for evidence --- */

static struct demanded demanded;

static int demand(uint8_t device, uint32_t seconds)
{
	const uint8_t id[SHA256_LEN] = { device };

	return reattest_demand(&core, id, seconds, &demanded);
}

static int64_t left_of(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };

	return registry_find(core.registry, id)->decision.expiry.at_sec - clock_realtime_sec();
}

/* The one of two that attests in time is as before; the other is let in by no handshake, at no place. */
static void test_a_demand_for_evidence(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(1) > 3600);

	for (uint8_t device = 1; device <= 2; device++) {
		assert_int_equal(demand(device, 600), 0);
		assert_true(demanded.is_in_kernel && demanded.former_until_sec - clock_realtime_sec() > 3600);
		assert_true(left_of(device) > 500 && left_of(device) <= 600);
		assert_true(timeout_of[device] > 500 && timeout_of[device] <= 600);
	}
	assert_string_equal(zone_in_registry(1), "trusted"); /* until then */
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(sessions_ended[1] + sessions_ended[2], 2);
	ask_admission(2, 3);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(zone_of[3], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);

	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(1) > 3600 && timeout_of[1] > 3600);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(2) <= 600);
	expect_record(core.store, "1 attested quarantine>trusted admitted;2 attested quarantine>trusted admitted;"
				  "1 operator trusted>trusted admitted;2 operator trusted>trusted admitted;"
				  "1 attested trusted>trusted admitted;");
}

static void on_stored_demand(const struct verdict *v, void *userdata)
{
	int64_t *by_sec = userdata;

	if (v->facts.device[0] == 1)
		*by_sec = v->reattest.by_sec;
}

static void test_a_demand_is_stored_and_never_longer(void **state)
{
	int64_t by_sec = 0, first_sec;

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(demand(1, 600), 0);
	first_sec = demanded.after.reattest.by_sec;
	assert_int_equal(demand(1, 86400), 0);
	assert_int_equal(demanded.after.reattest.by_sec, first_sec);
	assert_true(left_of(1) <= 600);
	assert_true(store_load(core.store, on_stored_demand, &by_sec) >= 0);
	assert_int_equal(by_sec, first_sec);
	assert_int_equal(demand(1, 60), 0);
	assert_true(left_of(1) <= 60);
	assert_int_equal(demanded.after.decision.expiry.cause, EXPIRY_REATTEST);
}

static void test_a_demand_that_is_refused(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	submit(1, 1, true);
	submit(2, 2, false);
	submit(3, 3, true);
	submit(4, 4, true);
	(void)run(4);
	assert_int_equal(demand(9, 60), -ENODEV);
	assert_int_equal(demand(2, 60), -ENODATA);
	assert_int_equal(give(order_of(3, ORDER_ALLOW)), 0);
	assert_int_equal(demand(3, 60), -EPERM);
	assert_int_equal(give(order_of(4, ORDER_QUARANTINE)), 0);
	assert_int_equal(demand(4, 60), -EPERM);
	assert_int_equal(take_back(4), 0);
	assert_int_equal(demand(4, 60), 0);
	assert_int_equal(give(order_of(3, ORDER_MONITOR)), 0); /* its zone is as judged */
	assert_int_equal(demand(3, 60), 0);

	limit_files(0);
	assert_true(demand(1, 60) < 0);
	limit_files(RLIM_INFINITY);
	assert_true(left_of(1) > 3600 && timeout_of[1] > 3600);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(demand(1, 60), 0);
	assert_true(timeout_of[1] <= 60);
}

/* Neither order nor release makes it forgotten. */
static void test_a_demand_outlives_an_order(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(demand(1, 600), 0);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_int_equal(take_back(1), 0);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_true(left_of(1) <= 600);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(1) > 3600);
}

static void test_a_kernel_that_does_not_take_it(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	apply_result = -ENOBUFS;
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_false(done.is_in_kernel);
	assert_true(core.is_drifting);        /* the sweep compares, */
	assert_int_equal(core.refusals.n, 1); /* and tells when it is so */
	assert_string_equal(zone_in_registry(1), "quarantine");
	assert_int_equal(orders_stored(), 1);
}

static void test_orders_end(void **state)
{
	struct order o = order_of(1, ORDER_QUARANTINE);

	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	assert_int_equal(give(o), 0);
	assert_int_equal(give(order_of(2, ORDER_QUARANTINE)), 0);
	ordering_sweep(&core);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	o.until_sec = o.since_sec; /* its time is over */
	assert_int_equal(orders_put(core.orders, &o), 0);
	ordering_sweep(&core);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(orders_stored(), 1);
}

static void test_orders_move_with_time(void **state)
{
	const uint8_t id[SHA256_LEN] = { 1 };
	struct order o = order_of(1, ORDER_ALLOW), other = order_of(2, ORDER_ALLOW);

	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	memset(other.boot, 0xff, sizeof(other.boot)); /* how long the machine was off only real time knows */
	assert_int_equal(give(o), 0);
	assert_int_equal(give(other), 0);
	ordering_move_time(&core, 5000);
	assert_int_equal(orders_find(core.orders, id)->until_sec, o.until_sec + 5000);
	assert_int_equal(registry_find(core.registry, id)->decision.expiry.at_sec, o.until_sec + 5000);
	assert_int_equal(orders_find(core.orders, other.device)->until_sec, other.until_sec);
}

static void test_an_order_makes_a_device_known(void **state)
{
	const struct order o = order_of(7, ORDER_QUARANTINE);

	(void)state;
	assert_int_equal(store_order_put(core.store, &o), 0);
	orders_free(core.orders);
	assert_int_equal(ordering_load(&core), 0);
	assert_string_equal(zone_in_registry(7), "unknown");
	ordering_complete(&core);
	assert_string_equal(zone_in_registry(7), "quarantine");
	submit(7, 1, true);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(take_back(7), 0);
	assert_int_equal(zone_of[1], TRUSTED);
}

/* However many there are, the worker is told of each, and of nobody twice. */
static void test_a_mass_demotion_is_told(void **state)
{
	enum { N = 3 * IPC_END_MAX + 5 };
	static struct ipc_message m;
	struct verdict v = { .zone = "quarantine" };
	size_t told = 0, records = 0;

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		memcpy(v.facts.device, &i, sizeof(i));
		ending_note(&core, "trusted", &v);
		ending_note(&core, "quarantine", &v); /* has nothing to lose */
	}
	ending_send(&core, -1); /* between two workers */
	ending_send(&core, ipc[1]);
	ending_send(&core, ipc[1]);
	for (; ipc_receive(ipc[0], &m) == 1; records++) {
		assert_int_equal(m.record.kind, IPC_END);
		for (uint32_t i = 0; i < m.record.end.n; i++, told++) {
			uint32_t number = (uint32_t)told;

			assert_memory_equal(m.record.end.devices[i], &number, sizeof(number));
		}
	}
	assert_int_equal(told, N);
	assert_int_equal(records, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_admission_and_denial),
		TEST(test_nobody_comes_back_before_a_review_that_is_due),
		TEST(test_strangers_are_not_stored),
		TEST(test_one_identity_is_at_one_place),
		TEST(test_a_question_does_not_undo_a_denial),
		TEST(test_who_is_admitted_keeps_the_place),
		TEST(test_a_place_that_is_free_again),
		TEST(test_a_taken_place_moves_nobody),
		TEST(test_orders_at_a_taken_place),
		TEST(test_a_ueid_stays_with_its_key),
		TEST(test_a_grant_the_kernel_refuses_is_none),
		TEST(test_a_refused_grant_is_that_device_s_alone),
		TEST(test_a_first_grant_the_kernel_refuses_leaves_the_store),
		TEST(test_a_move_is_stored_before_the_kernel_acts),
		TEST(test_a_refused_move_takes_no_place_back_from_another),
		TEST(test_an_admission_from_another_address_is_kept),
		TEST(test_strangers_fill_nothing),
		TEST(test_a_denial_stands_whatever_the_kernel_says),
		TEST(test_a_displacement_that_the_kernel_refuses_is_not_told),
		TEST(test_renewal_that_fails_leaves_the_admission),
		TEST(test_decisions_are_recorded),
		TEST(test_strangers_are_not_recorded),
		TEST(test_a_grant_that_was_none_is_recorded_as_that),
		TEST(test_an_entry_says_all),
		TEST(test_verdict_and_entry_are_stored_together),
		TEST(test_reviews_have_causes),
		TEST(test_trust_material_has_a_digest),
		TEST(test_retention_is_that_of_the_configuration),
		TEST(test_retention_by_age_needs_a_clock),
		TEST(test_places_that_are_not_ours),
		TEST(test_forged_neighbours),
		TEST(test_address_of_another_interface),
		TEST(test_a_worker_that_ends_or_raves_is_told_apart),
		TEST(test_quarantine_and_back),
		TEST(test_allow_a_stranger),
		TEST(test_identity_is_not_to_be_overruled),
		TEST(test_an_order_that_is_not_stored_is_none),
		TEST(test_a_demand_for_evidence),
		TEST(test_a_demand_is_stored_and_never_longer),
		TEST(test_a_demand_that_is_refused),
		TEST(test_a_demand_outlives_an_order),
		TEST(test_a_kernel_that_does_not_take_it),
		TEST(test_orders_end),
		TEST(test_orders_move_with_time),
		TEST(test_an_order_makes_a_device_known),
		TEST(test_a_mass_demotion_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
