/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that takes turns, over a kernel made of an array, a store in a folder that goes away, and an edge and judges that are the test:
 * submit() and ask_admission() are what a device says, run() is the turn, give() and take_back() are an operator's orders. It
 * takes the place of if_indextoname(3) at link time, and that of kernel_double.h.
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signed_inputs.h"
#include "core/act/reattest.h"
#include "core/act/turn.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/review/review.h"
#include "core/settle/ledger.h"
#include "core/settle/reconsider.h"
#include "core/settle/settle.h"
#include "core_kit.h"
#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "ipc/ipc.h"
#include "kernel_double.h"
#include "registry_kit.h"
#include "store/orders.h"
#include "supervisor_double.h"
#include "token/cose.h"
#include "token/ear.h"

#define PLACES   8 /* the last byte of a MAC names one */
#define IDS      512
#define TURN_MAX 64

/* --- the kernel --- */

static uint8_t zone_of[PLACES];
static uint32_t timeout_of[PLACES];
static bool is_monitored[PLACES];
static int apply_result;
static bool refuses_grants;
static uint8_t refused_place = PLACES; /* grants there are refused, and others are not */

/* 1 is guarded, 3 is the uplink; there is no other. */
char *if_indextoname(unsigned ifindex, char name[IF_NAMESIZE])
{
	static const char *const names[] = { "", "port1", "port2", "wan0" };

	return ifindex > 0 && ifindex < ARRAY_SIZE(names) ? strcpy(name, names[ifindex]) : NULL;
}

/* An address names the MAC: fd00::N is at place N. */
static inline int neighbour(const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	ret_mac[5] = address->s6_addr[15];
	return address->s6_addr[15] < PLACES ? 0 : -ENOENT;
}

/* An address that is routed elsewhere. */
static uint8_t unrouted_place = UINT8_MAX;

static inline int routes(const struct in6_addr *address)
{
	return address->s6_addr[15] != unrouted_place;
}

/* Another's datagrams: the place of a device that somebody answers for. */
static uint8_t forged_place = PLACES;
static bool is_newly_loaded;

static inline int speaks(const char *interface, const uint8_t mac[static 6], const struct in6_addr *address)
{
	assert_string_equal(interface, "port1");
	assert_int_equal(mac[5], address->s6_addr[15]);
	return is_newly_loaded ? -EAGAIN : mac[5] != forged_place;
}

/* The gateway is fd00::ff, on these interfaces. */
static unsigned gateway_on[2];

static inline int holders(const struct in6_addr *address, unsigned *ret, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(gateway_on); i++)
		if (address->s6_addr[15] == 0xff && gateway_on[i] > 0)
			ret[(*ret_n)++] = gateway_on[i];
	return 0;
}

static void (*on_apply)(void); /* looks about at the moment that the kernel acts */

static inline void hold(const struct element *e)
{
	const uint8_t place = e->mac[5];

	zone_of[place] = e->zone;
	timeout_of[place] = e->place_sec > 0 ? e->place_sec : e->timeout_sec;
	is_monitored[place] = e->monitored_sec > 0;
}

static inline int apply(struct element *elements, size_t n)
{
	int first = 0;

	if (on_apply)
		on_apply();
	for (size_t i = 0; i < n; i++) {
		struct element *e = &elements[i];
		bool is_refused = e->zone != ZONE_QUARANTINE && (refuses_grants || refused_place == e->mac[5]);

		e->error = apply_result < 0 ? apply_result : is_refused ? -ENFILE : 0;
		if (e->error == 0)
			hold(e);
		else if (first == 0)
			first = e->error;
	}
	return first;
}

/* What it holds, and what is written into it. */
static int list_result;

static inline int list_zones(const struct ruleset *r, struct set_entry **ret, size_t *ret_n)
{
	struct nft_sets sets;
	size_t n = 0;

	if (list_result < 0)
		return list_result;
	sets_of(r, &sets);
	*ret = calloc(PLACES * SETS_MAX, sizeof(**ret));
	assert_non_null(*ret);
	for (uint8_t i = 0; i < PLACES; i++) {
		struct element e = {
			.interface = "port1", .mac = { [5] = i }, .zone = zone_of[i], .timeout_sec = timeout_of[i]
		};
		struct set_entry entries[SETS_MAX];
		size_t n_entries = element_entries(&sets, &e, entries);

		for (size_t j = 0; j < n_entries; j++)
			if (entries[j].timeout_sec > 0)
				(*ret)[n++] = entries[j];
	}
	*ret_n = n;
	return 0;
}

static inline int look_up_zone(const struct ruleset *r, const struct element *e, struct set_entry *ret)
{
	const uint8_t zone = zone_of[e->mac[5]];
	struct set_entry entries[SETS_MAX];
	struct nft_sets sets;

	if (list_result < 0 || zone == ZONE_QUARANTINE)
		return list_result < 0 ? list_result : -ENOENT;
	sets_of(r, &sets);
	for (size_t n = element_entries(&sets, e, entries); n-- > 0;)
		if (sets.list[entries[n].set].kind == SET_ZONE && sets.list[entries[n].set].zone == zone)
			*ret = entries[n];
	ret->timeout_sec = timeout_of[e->mac[5]];
	return 0;
}

static inline int write_zones(const struct ruleset *r, const struct set_entry *entries, size_t n)
{
	struct nft_sets sets;

	sets_of(r, &sets);
	for (size_t i = 0; i < n; i++) {
		uint8_t place = entries[i].key[IFNAMSIZ + 5], zone = sets.list[entries[i].set].zone;

		if (entries[i].timeout_sec > 0)
			zone_of[place] = zone, timeout_of[place] = entries[i].timeout_sec;
		else if (zone_of[place] == zone)
			zone_of[place] = ZONE_QUARANTINE;
	}
	return 0;
}

/* --- the core --- */

static int ipc[2];       /* of the first edge, and of the core */
static int other_ipc[2]; /* of the second one, where a test has it */
static uint64_t next_id;
static enum ipc_kind asked[IDS];   /* what the record of an id was */
static uint8_t sessions_ended[16]; /* by the device's first byte: how often the edge was told */
static unsigned asked_alone;       /* in the last turn: what a shared judge might not say */

/* The same evidence has the same facts, whenever it comes. */
static inline struct facts facts_of(uint8_t device, bool good)
{
	static int64_t ends_sec;
	struct facts f = { .device = { device }, .ueid = { 1, device }, .n_ueid = 8, .n_labels = 1 };
	struct label_facts *l = &f.labels[0];

	if (ends_sec == 0)
		ends_sec = clock_realtime_sec() + 86400;
	f.expiry.at_sec = l->expiry.at_sec = ends_sec;
	f.expiry.cause = EXPIRY_CERTIFICATE;
	l->expiry.cause = EXPIRY_LABEL;
	l->level = 2;
	must(snprintf(l->scheme, sizeof(l->scheme), "KR-CIC") > 0);
	for (int i = CHECK_POSSESSION; i < CHECK_LABEL_SIGNATURE; i++)
		f.checks[i] = check_passed();
	for (int i = CHECK_LABEL_SIGNATURE; i < CHECK_RECOGNITION; i++)
		l->checks[i] = check_passed();
	if (!good)
		f.checks[CHECK_DEBUG] = check_failed(REASON_DEBUG_ENABLED);
	return f;
}

static inline struct ipc_origin at(uint8_t place)
{
	return (struct ipc_origin){ .address.s6_addr = { 0xfd, [15] = place }, .ifindex = 1 };
}

/* That the device is at this place, as it says itself. */
static inline struct place_claim claim_of(uint8_t place)
{
	return (struct place_claim){ .own = at(place).address,
				     .gateway.s6_addr = { 0xfd, [15] = 0xff },
				     .link = { [5] = place },
				     .n_link = 6,
				     .is_said = 1 };
}

/* What waits for the turn: a submission as judges found it, or an IPC_ADMISSION. */
struct said {
	struct ipc_origin origin;
	struct facts facts;
	struct ipc_fresh fresh;

	struct signed_inputs inputs;
	struct ipc_message admission;
	uint64_t id;
};

static struct said waiting[TURN_MAX];
static size_t n_waiting;

static inline void wait_for_turn(const struct said *s, enum ipc_kind kind)
{
	assert_true(n_waiting < TURN_MAX);
	waiting[n_waiting] = *s;
	waiting[n_waiting++].id = ++next_id;
	asked[next_id % IDS] = kind;
}

static inline void say(struct said s)
{
	wait_for_turn(&s, IPC_SUBMISSION);
}

/* Evidence that is newer than all that came before. */
static inline struct ipc_fresh fresh(void)
{
	struct ipc_fresh f = { .handle = { 0xc4 } };

	assert_int_equal(beacons_make(&core.beacons), 0);
	memcpy(f.beacon, beacons_newest(&core.beacons), sizeof(f.beacon));
	return f;
}

static inline void submit_facts(const struct facts *f, uint8_t place)
{
	say((struct said){ .origin = at(place), .facts = *f, .fresh = fresh() });
}

/* It is at one place, and what it sends comes from another. */
static inline void submit_relayed(uint8_t device, uint8_t place, uint8_t from)
{
	struct facts f = facts_of(device, true);

	f.place = claim_of(place);
	submit_facts(&f, from);
}

static inline void submit_unplaced(uint8_t device, uint8_t place, bool good)
{
	const struct facts f = facts_of(device, good);

	submit_facts(&f, place);
}

static inline void submit(uint8_t device, uint8_t place, bool good)
{
	struct facts f = facts_of(device, good);

	f.place = claim_of(place);
	submit_facts(&f, place);
}

#define TRUSTED    1
#define RESTRICTED 2

/* With a label that leads to this zone, and debugging enabled when that is quarantine. It does not say where it is. */
static inline void submit_for(uint8_t device, uint8_t place, uint8_t zone)
{
	struct facts f = facts_of(device, zone != ZONE_QUARANTINE);

	f.labels[0].level = zone == TRUSTED ? 2 : 1;
	submit_facts(&f, place);
}

/* Good, but for one check. */
static inline void submit_failing(uint8_t device, uint8_t place, enum hallmark_check check, enum hallmark_reason reason)
{
	struct facts f = facts_of(device, true);

	f.place = claim_of(place);
	f.checks[check] = check_failed(reason);
	submit_facts(&f, place);
}

/* Somebody's word, and not the device's. */
static inline void submit_forged(uint8_t device, uint8_t place)
{
	submit_failing(device, place, CHECK_EVIDENCE_SIGNATURE, REASON_EVIDENCE_SIGNATURE);
}

static inline void ask_admission_from(uint8_t device, struct ipc_origin origin)
{
	struct said s = { .admission.record.kind = IPC_ADMISSION };

	s.admission.record.admission.origin = origin;
	s.admission.record.admission.device[0] = device;
	wait_for_turn(&s, IPC_ADMISSION);
}

static inline void ask_admission(uint8_t device, uint8_t place)
{
	ask_admission_from(device, at(place));
}

/* First by a shared judge; what it may not say is asked once more. */
static inline void hear(const struct said *s)
{
	const struct ipc_judged judged = { .reason = REASON_ADMITTED, .facts = s->facts, .fresh = s->fresh };
	struct heard heard = { .request = s->id, .origin = s->origin, .judged = &judged, .inputs = &s->inputs };

	if (turn_hear(core.turn, &heard))
		return;
	asked_alone++;
	heard.is_final = true;
	assert_true(turn_hear(core.turn, &heard));
}

static inline void take_turn(void)
{
	turn_begin(core.turn);
	asked_alone = 0;
	for (size_t i = 0; i < n_waiting; i++) {
		struct said *s = &waiting[i];

		s->admission.record.id = s->id;
		if (asked[s->id % IDS] == IPC_ADMISSION)
			turn_admission(core.turn, 0, &s->admission);
		else
			hear(s);
	}
	n_waiting = 0;
	turn_end(core.turn);
	assert_int_equal(n_replaced, 0);
}

static struct ear answered; /* the last result that was an answer, and its bytes */
static uint8_t answered_bytes[HALLMARK_TOKEN_MAX];
static size_t n_answered;

/* Runs the turn; the last answer's reason. Each record has one answer. */
static inline enum hallmark_reason run(unsigned n_answers)
{
	struct sign1 token;
	static struct ipc_message m;
	enum hallmark_reason reason = REASON_INTERNAL;
	unsigned n = 0;

	take_turn();
	memset(sessions_ended, 0, sizeof(sessions_ended));
	while (ipc_receive(ipc[0], IPC_TO_EDGE, &m) == 1) {
		if (m.record.kind == IPC_END) { /* before the answers: nothing more is taken in such a session */
			assert_int_equal(n, 0);
			for (size_t i = 0; i < m.record.end.n; i++)
				sessions_ended[m.record.end.devices[i][0] % 16]++;
			continue;
		}
		assert_int_equal(m.record.kind, IPC_ANSWER);
		n++;
		reason = m.record.answer.reason;
		assert_int_equal(m.record.answer.to, asked[m.record.id % IDS]);
		assert_int_equal(m.record.answer.n_ear > 0, reason == REASON_ADMITTED);
		if (m.record.answer.n_ear > 0) {
			n_answered = m.record.answer.n_ear;
			memcpy(answered_bytes, m.record.answer.ear, n_answered);
			assert_int_equal(ear_decode(bytes_of(answered_bytes, n_answered), &token, &answered), 0);
		}
	}
	assert_int_equal(n, n_answers);
	return reason;
}

static inline const struct verdict *known(uint8_t device)
{
	return look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ device });
}

static inline const char *zone_in_registry(uint8_t device)
{
	const struct verdict *v = known(device);

	return v ? core.in_force.config->policy.zones[verdict_zone(v, clock_realtime_sec())].name : "unknown";
}

struct stored {
	uint8_t device;
	char zone[ZONE_NAME_SIZE];
	uint8_t place;
};

static inline void on_stored(const struct verdict *v, void *userdata)
{
	struct stored *s = userdata;

	if (v->facts.device[0] != s->device)
		return;
	memcpy(s->zone, v->zone, sizeof(s->zone));
	s->place = v->mac[5];
}

/* As a restart would find it. */
static inline void expect_stored(uint8_t device, const char *zone)
{
	struct stored s = { .device = device, .zone = "unknown" };

	settle_flush(&core.settler);
	assert_true(store_load(core.settler.store, on_stored, &s) >= 0);
	assert_string_equal(s.zone, zone);
}

/* The record as text: "DEVICE CAUSE BEFORE>AFTER REASON;" for each entry. */
static inline void on_record(const struct record *r, void *userdata)
{
	char *text = userdata;
	size_t n = strlen(text);

	must(snprintf(text + n, 1024 - n, "%d %s %s>%s %s;", r->device[0], record_cause_name(r->cause), r->zone_before,
		      r->zone_after, reason_name(r->reason)) < (int)(1024 - n));
}

static inline void expect_record(struct store *s, const char *expected)
{
	char text[1024] = "";
	struct record_finding f;

	assert_true(record_each(s, NULL, on_record, text) >= 0);
	assert_string_equal(text, expected);
	assert_int_equal(record_verify(s, NULL, &f), 0);
	assert_int_equal(f.flaw, RECORD_SOUND);
}

static inline int start_turns(void)
{
	return turn_new(&core.settler, core.orders, &core.due, &core.beacons, &core.turn);
}

static inline int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	memset(zone_of, 0, sizeof(zone_of));
	memset(timeout_of, 0, sizeof(timeout_of));
	memset(is_monitored, 0, sizeof(is_monitored));
	apply_result = list_result = 0;
	refuses_grants = false;
	on_apply = NULL;
	refused_place = forged_place = PLACES;
	unrouted_place = UINT8_MAX;
	is_newly_loaded = false;
	gateway_on[0] = 1;
	gateway_on[1] = 0;
	n_waiting = 0;
	kernel_double = (struct kernel_double){
		.neighbour = neighbour, .routes = routes, .speaks = speaks, .holders = holders, .apply = apply
	};
	core = (struct core){ 0 };
	if (core_kit_start() < 0 || ipc_pair(ipc) < 0)
		return -1;
	n_edges = 1;
	edge_ends[0] = ipc[1];
	n_replaced = n_given = 0;
	assert_string_equal(core.in_force.config->policy.zones[TRUSTED].name, "trusted");
	return start_turns();
}

static inline void add_edge(void)
{
	assert_int_equal(ipc_pair(other_ipc), 0);
	edge_ends[n_edges++] = other_ipc[1];
}

static inline int tear_down(void **state)
{
	(void)state;
	turn_free(core.turn);
	(void)close(ipc[0]);
	(void)close(ipc[1]);
	for (int i = 0; n_edges == 2 && i < 2; i++)
		(void)close(other_ipc[i]);
	return core_kit_stop();
}

/* The admission of that device has run out, whatever ends it: by both clocks, whose seconds do not turn together. */
static inline void run_out(uint8_t device)
{
	struct verdict v = *known(device);

	v.decision.expiry.at_sec = clock_realtime_sec() - 1;
	assert_int_equal(registry_change(core.settler.registry, &v), 0);
}

/* --- an operator's orders --- */

static inline struct order order_of(uint8_t device, enum order_kind kind)
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

static inline int give(struct order o)
{
	return ordering_give(&core.settler, core.orders, &o, &(struct orderer){ .login_uid = ORDERER_NOBODY }, &done);
}

static inline int take_back(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };

	return ordering_release(&core.settler, core.orders, id, &(struct orderer){ .login_uid = ORDERER_NOBODY },
				&done);
}

static inline void count_order(const struct order *o, void *userdata)
{
	(void)o;
	++*(size_t *)userdata;
}

/* As a restart would find them. */
static inline size_t orders_stored(void)
{
	size_t n = 0;

	assert_true(store_orders_each(core.settler.store, count_order, &n) >= 0);
	return n;
}

static inline void submit_bad_label(uint8_t device, uint8_t place)
{
	static const uint8_t bytes[16] = "signed";
	struct said s = { .origin = at(place), .facts = facts_of(device, true), .fresh = fresh() };

	s.inputs = (struct signed_inputs){ .chain = { BYTES(bytes) }, .n_chain = 1, .evidence = BYTES(bytes) };
	s.facts.place = claim_of(place);
	s.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNATURE);
	say(s);
}

/* --- others who change something --- */

/* The operator names that MAC: several devices send from it. */
static inline void share(uint8_t place)
{
	struct ruleset *r = &core.in_force.config->ruleset;

	r->shared = reallocarray(r->shared, r->n_shared + 1, sizeof(*r->shared));
	assert_non_null(r->shared);
	r->shared[r->n_shared++] = (struct shared_link){ .interface = "port1", .mac = { [5] = place } };
}

/*
 * The device is judged again, with the configuration in force and what is given of the facts; `former` is the configuration that it
 * replaces now, or NULL. Returns what the kernel said.
 */
static inline int judge_under(const struct config *former, uint8_t device, struct reconsideration r)
{
	int result = 0;
	const struct verdict before = *known(device);
	struct occupants *occupants = occupants_new(core.settler.registry);
	struct settlement x = { .before = &before, .cause = CAUSE_REJUDGED };
	struct settling s = { 0 };
	struct verdict after;

	assert_non_null(occupants);
	r.config = core.in_force.config;
	r.registry = core.settler.registry;
	r.occupants = occupants;
	r.orders = core.orders;
	r.now_sec = clock_realtime_sec();
	if (reconsider(&r, &before, &after)) {
		settle_begin(&s, &core.settler, r.now_sec);
		s.former = former;
		settle_put(&s, &x, &after);
		result = settle_end(&s);
		settle_done(&s);
	}
	occupants_free(occupants);
	return result;
}

static inline void judge_again(uint8_t device, struct reconsideration r)
{
	assert_int_equal(judge_under(NULL, device, r), 0);
}

/* A file that cannot grow: every write fails. */
static inline void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
