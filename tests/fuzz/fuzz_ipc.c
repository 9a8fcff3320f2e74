/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/*
 * What an edge or a judge that was taken over may send. A record that its tables make is taken; one that is taken goes on
 * unchanged, and its facts can be decided on, told, stored and printed. The input is a kind, patches for the record (each a place
 * and a byte), and what the tables make the rest of. To be run at the top of the tree, for its configuration.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "base/check_result.h"
#include "base/log.h"
#include "config/config.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/tell/journal.h"
#include "ctl/ask/answer.h"
#include "ctl/value.h"
#include "decide/decide.h"
#include "decide/verdict.h"
#include "ipc/ipc.h"
#include "kernel_double.h"
#include "record_fill.h"
#include "store/store.h"

#define NOW_SEC INT64_C(1800000000)

#define MUST(x)                                                                                                        \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			__builtin_trap();                                                                              \
	} while (0)

static struct core core;
static struct config *config;
static struct store *store;
static sd_bus *bus;
static FILE *nowhere;
static char directory[] = "/tmp/fuzz_ipc.XXXXXX";
static int fds[2], bus_fds[2];

/* --- records by their tables --- */

RECORD_FILL(expiry, EXPIRY_FIELDS)
RECORD_FILL(product, PRODUCT_FIELDS)
RECORD_FILL(dependencies, DEPENDENCIES_FIELDS)
RECORD_FILL(label_facts, LABEL_FACTS_FIELDS)
RECORD_FILL(place_claim, PLACE_CLAIM_FIELDS)
RECORD_FILL(facts, FACTS_FIELDS)
RECORD_FILL(set_mark, SET_MARK_FIELDS)
RECORD_FILL(edge_counters, EDGE_COUNTERS_FIELDS)
RECORD_FILL(timekeeper_record, TIMEKEEPER_RECORD_FIELDS)
RECORD_FILL(ipc_origin, IPC_ORIGIN_FIELDS)
RECORD_FILL(ipc_fresh, IPC_FRESH_FIELDS)
RECORD_FILL(ipc_session, IPC_SESSION_FIELDS)
RECORD_FILL(ipc_submission, IPC_SUBMISSION_FIELDS)
RECORD_FILL(ipc_admission, IPC_ADMISSION_FIELDS)
RECORD_FILL(failed_handshake, FAILED_HANDSHAKE_FIELDS)
RECORD_FILL(ipc_failed, IPC_FAILED_FIELDS)
RECORD_FILL(ipc_answer, IPC_ANSWER_FIELDS)
RECORD_FILL(accepted_set, ACCEPTED_SET_FIELDS)
RECORD_FILL(status_news, STATUS_NEWS_FIELDS)
RECORD_FILL(ipc_changes, IPC_CHANGES_FIELDS)
RECORD_FILL(ipc_fork, IPC_FORK_FIELDS)
RECORD_FILL(ipc_case, IPC_CASE_FIELDS)
RECORD_FILL(ipc_judged, IPC_JUDGED_FIELDS)
RECORD_FILL(ipc_beacon, IPC_BEACON_FIELDS)
RECORD_FILL(ipc_end, IPC_END_FIELDS)

static void fill(struct ipc_record *r, struct source *s)
{
	r->id = take_number(s, 8);
	switch (r->kind) {
#define WITH(kind_, directions, tag, member)                                                                           \
	case IPC_##kind_:                                                                                              \
		fill_##tag(&r->member, s);                                                                             \
		break;
#define BARE(kind_, directions)
		IPC_KINDS(WITH, BARE)
#undef WITH
#undef BARE
	default:
		break;
	}
}

static enum ipc_direction way_of(enum ipc_kind kind)
{
	static const unsigned directions[_IPC_MAX] = {
#define WITH(kind_, directions_, ...) [IPC_##kind_] = directions_,
		IPC_KINDS(WITH, WITH)
#undef WITH
	};

	return (enum ipc_direction)(directions[kind] & -directions[kind]); /* one of them */
}

/* --- what is done with what passes --- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	registry_free(core.settler.registry);
	store_free(store);
	(void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[64];

	(void)argc, (void)argv;
	log_set_level(LOG_EMERG);
	MUST(config_load("tests/unit/pipeline.conf", &config) == 0 && ipc_pair(fds) == 0);
	core.in_force.config = config;
	core.settler.in_force = &core.in_force;
	core.settler.registry = registry_new();
	MUST(core.settler.registry);
	MUST(mkdtemp(directory) && atexit(clean_up) == 0);
	(void)snprintf(path, sizeof(path), "%s/store", directory);
	MUST(store_open(path, &store) == 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, bus_fds) == 0);
	MUST(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, bus_fds[0], bus_fds[0]) >= 0 && sd_bus_start(bus) >= 0);
	nowhere = fopen("/dev/null", "we");
	MUST(nowhere);
	return 0;
}

static size_t encode(struct ipc_record *record, const struct ipc_inputs *inputs, uint8_t *ret, size_t size)
{
	ssize_t n = ipc_send(fds[0], record, inputs) < 0 ? -1 : recv(fds[1], ret, size, MSG_DONTWAIT);

	MUST(n >= 0);
	return (size_t)n;
}

/* The same bytes go out as came in: nothing was left out of what was checked. */
static void send_again(const struct ipc_message *m, struct bytes datagram)
{
	static uint8_t space[sizeof(struct ipc_message)];
	struct ipc_record r;

	memcpy(&r, &m->record, sizeof(r));
	MUST(bytes_equal(bytes_of(space, encode(&r, &m->parts, space, sizeof(space))), datagram));
}

static const struct verdict *stored; /* NULL once it came back */

static void on_stored(const struct verdict *v, void *userdata)
{
	(void)userdata;
	MUST(stored && memcmp(v, stored, sizeof(*v)) == 0);
	stored = NULL;
}

/* What the file has of it is the same. */
static void store_and_load(const struct verdict *v, const struct signed_inputs *inputs)
{
	stored = v;
	MUST(store_begin(store) == 0 && store_put(store, v, inputs) == 0);
	MUST(store_load(store, on_stored, NULL) == 1 && !stored);
	store_rollback(store);
}

/* `hallmarkctl --json explain` of it. */
static void print(const struct verdict *v)
{
	sd_bus_message *m = NULL;
	struct value *value = NULL;

	MUST(sd_bus_message_new_signal(bus, &m, "/org/hallmarkd", "org.hallmarkd.Fuzz", "Explanation") >= 0);
	MUST(report_explanation(&core, m, v) >= 0);
	MUST(sd_bus_message_seal(m, 1, 0) >= 0 && sd_bus_message_rewind(m, 1) >= 0);
	MUST(answer_read(m, &value) == 0);
	value_to_json(value, nowhere);
	value_free(value);
	sd_bus_message_unref(m);
}

static void decide_and_tell(const struct facts *facts, const struct signed_inputs *inputs)
{
	static struct verdict v;
	const struct circumstances c = { .recognition = &config->recognition,
					 .policy = &config->policy,
					 .due = REASON_ADMITTED,
					 .now_sec = NOW_SEC };

	v = (struct verdict){ .facts = *facts, .attested_sec = NOW_SEC };
	MUST(decide(&c, NULL, &v) == REASON_ADMITTED);
	MUST(v.decision.zone < config->policy.n_zones);
	journal_decision(&(struct journal_decision){ .config = config, .verdict = &v, .zone_before = "quarantine" });
	store_and_load(&v, inputs);
	print(&v);
}

/* --- the input --- */

static struct bytes take_input(struct source *s)
{
	size_t n = take_number(s, 1) % 9;
	struct bytes b = bytes_of(s->p, n < s->n ? n : s->n);

	s->p += b.n;
	s->n -= b.n;
	return b;
}

static struct ipc_inputs take_inputs(struct source *s)
{
	struct ipc_inputs ret = { 0 };

	for (size_t i = 0; i < HALLMARK_CHAIN_MAX && (ret.signed_inputs.chain[i] = take_input(s)).n > 0; i++)
		;
	ret.signed_inputs.evidence = take_input(s);
	for (size_t i = 0; i < HALLMARK_LABELS_MAX && (ret.signed_inputs.labels[i] = take_input(s)).n > 0; i++)
		;
	ret.messages = take_input(s);
	ret.certificate_verify = take_input(s);
	ret.body = take_input(s);
	return ret;
}

/* What an edge says of a handshake is text for people. */
static void read_failed(const struct failed_handshake *what)
{
	char offer[OFFER_TEXT], alert[ALERT_TEXT];

	MUST(bytes_are_text(bytes_of_string(failed_handshake_offer(what, offer))));
	MUST(bytes_are_text(bytes_of_string(failed_handshake_alert(what, alert))));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t datagram[sizeof(struct ipc_record) + IPC_INPUTS_MAX];
	static struct ipc_message m;
	struct source s = { p, n };
	struct ipc_record record = { .kind = (uint32_t)take_within(&s, 1, IPC_NONE + 1, _IPC_MAX - 1) };
	const size_t n_patches = take_number(&s, 1) % 4;
	uint8_t patches[4][3];
	struct ipc_inputs inputs;
	size_t length;

	take_bytes(&s, patches, n_patches * sizeof(patches[0]));
	inputs = take_inputs(&s);
	fill(&record, &s);
	length = encode(&record, &inputs, datagram, sizeof(datagram)); /* kinds without inputs ignore them */
	for (size_t i = 0; i < n_patches; i++)
		datagram[(patches[i][0] | (size_t)patches[i][1] << 8) % length] = patches[i][2];

	if (ipc_decode(bytes_of(datagram, length), way_of(record.kind), UINT64_MAX, &m) < 0) {
		MUST(n_patches > 0);
		return 0;
	}
	send_again(&m, bytes_of(datagram, length));
	if (m.record.kind == IPC_FAILED)
		read_failed(&m.record.failed.what);
	if (m.record.kind == IPC_JUDGED && m.record.judged.result == 0 && m.record.judged.reason == REASON_ADMITTED)
		decide_and_tell(&m.record.judged.facts, &m.parts.signed_inputs);
	return 0;
}
