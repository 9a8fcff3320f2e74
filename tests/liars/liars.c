/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An edge and judges that were taken over. A copy of this program tells the lie that its directory is named after, as children get
 * no environment: mkdir edge-move; cp hallmarkd-liars edge-move/hallmarkd.
 *
 * The victim is the device whose submission the edge sees first; whoever comes after it is the attacker. A judge tells the truth in its
 * first case and lies in all others, as one that the first device took over: one that judges alone has a single case.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/handshake.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "token/submission.h"

int __real_ipc_send(int fd, struct ipc_record *record, const struct ipc_inputs *inputs);
int __wrap_ipc_send(int fd, struct ipc_record *record, const struct ipc_inputs *inputs);

static char name[64]; /* of the lie */

/* Before main(): the sandbox lets nobody read a link. */
static __attribute__((constructor)) void find_name(void)
{
	char path[4096] = "";
	char *end;

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0 || !(end = strrchr(path, '/')))
		return;
	*end = '\0';
	end = strrchr(path, '/');
	(void)snprintf(name, sizeof(name), "%.*s", (int)sizeof(name) - 1, end ? end + 1 : "");
}

/* The log is the only file that a child has. */
static void say(void)
{
	(void)dprintf(STDERR_FILENO, "liar: %s\n", name);
}

static void boast(const char *what, bool has_worked)
{
	if (has_worked)
		(void)dprintf(STDERR_FILENO, "liar: %s could %s\n", name, what);
}

/* What its sandbox is there for. */
static void try_to_escape(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(EXIT_SUCCESS);
	boast("fork", child > 0);
	boast("open a file", open("/etc/hosts", O_RDONLY | O_CLOEXEC) >= 0);
	boast("make a socket", socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0);
	boast("signal the core", kill(getppid(), 0) == 0);
	boast("become root", setuid(0) == 0);
}

/* --- What a liar remembers --- */

struct kept {
	struct ipc_record record;
	struct ipc_inputs inputs; /* owned */
};

static void keep(const struct ipc_record *record, const struct ipc_inputs *inputs, struct kept *ret)
{
	uint8_t *at = malloc(ipc_inputs_size(inputs) + 1);

	if (!at)
		abort();
	ret->record = *record;
	ret->inputs = *inputs;
	for (size_t i = 0; i < IPC_PARTS_MAX; i++) {
		struct bytes *part = ipc_part(&ret->inputs, i);

		if (part->n > 0)
			memcpy(at, part->p, part->n);
		*part = bytes_of(at, part->n);
		at += part->n;
	}
}

/* --- The edge: what it says of a submission that is not the first --- */

static struct kept victims;     /* its first submission */
static struct ipc_origin there; /* the attacker's place */

/* A submission on its way to the core; space is for other bytes. */
struct told {
	struct ipc_record record;
	struct ipc_inputs inputs;
	uint8_t space[HANDSHAKE_BYTES_MAX + HALLMARK_BODY_MAX];
	bool is_victims; /* session */
};

/* Sent before; the request is still the attacker's, who gets the answer. */
static bool repeat(struct told *t)
{
	t->record.submission = victims.record.submission;
	t->inputs = victims.inputs;
	return !t->is_victims;
}

static bool repeat_there(struct told *t)
{
	const struct ipc_origin origin = t->record.submission.origin;
	bool is_lie = repeat(t);

	t->record.submission.origin = origin;
	return is_lie;
}

/* What the victim submits now comes from the attacker's place. */
static bool move(struct told *t)
{
	t->record.submission.origin = there;
	return t->is_victims && there.ifindex > 0;
}

static bool ask_admission(struct told *t)
{
	const struct ipc_origin origin = t->record.submission.origin;

	t->record = (struct ipc_record){ .kind = IPC_ADMISSION, .id = t->record.id, .admission.origin = origin };
	memcpy(t->record.admission.device, victims.record.submission.device, SHA256_LEN);
	return !t->is_victims;
}

/* Where the beacon is in a ClientHello: behind the message's head, version, random, and session id. */
static size_t beacon_at(const uint8_t *messages)
{
	const size_t session_id = 12 + 2 + 32;

	return session_id + 1 + messages[session_id] + 1;
}

/* The victim's handshake with a beacon of now. */
static bool renew_beacon(struct told *t)
{
	const uint8_t *now = t->inputs.messages.p;
	const uint8_t *beacon = now + beacon_at(now);

	memcpy(t->space, victims.inputs.messages.p, victims.inputs.messages.n);
	memcpy(t->space + beacon_at(t->space), beacon, BEACON_LEN);
	(void)repeat(t);
	t->inputs.messages.p = t->space;
	return !t->is_victims;
}

/* Evidence and master secret of the victim's first session in a later one. */
static bool mix_sessions(struct told *t)
{
	memcpy(t->record.submission.session.master_secret, victims.record.submission.session.master_secret,
	       MASTER_SECRET_LEN);
	t->inputs.body = victims.inputs.body;
	return t->is_victims;
}

static bool name_victim(struct told *t)
{
	memcpy(t->record.submission.device, victims.record.submission.device, SHA256_LEN);
	return !t->is_victims;
}

static struct submission submission_of(const struct told *t)
{
	enum hallmark_reason reason;
	struct submission s = { 0 };

	if (submission_decode(t->record.submission.session.content_format, t->inputs.body, &s, &reason) < 0)
		abort();
	return s;
}

static bool strip(struct told *t)
{
	t->inputs.body = submission_of(t).evidence;
	t->record.submission.session.content_format = HALLMARK_CF_EAT_CWT;
	return t->is_victims;
}

static bool garble(struct told *t)
{
	const struct bytes evidence = submission_of(t).evidence, body = t->inputs.body;

	memcpy(t->space, body.p, body.n);
	t->space[evidence.p - body.p + (ptrdiff_t)evidence.n - 1] ^= 1;
	t->inputs.body.p = t->space;
	return t->is_victims;
}

static bool escape(struct told *t)
{
	(void)t;
	try_to_escape();
	return true;
}

static bool send_other_kind(struct told *t)
{
	t->record = (struct ipc_record){ .kind = IPC_BEACON, .id = t->record.id };
	return !t->is_victims;
}

static bool send_beyond_bounds(struct told *t)
{
	t->record.submission.session.channel_good = 2;
	return !t->is_victims;
}

/* More than the core keeps at once, and more than IN_FLIGHT_MAX of any edge. */
static bool flood(struct told *t)
{
	struct ipc_record record = victims.record;

	for (int i = 0; !t->is_victims && i < 2000; i++)
		(void)__real_ipc_send(EDGE_IPC, &record, &victims.inputs);
	return !t->is_victims;
}

/* --- Judges --- */

static struct kept first; /* what it found in its first case */

struct found {
	struct ipc_record *record;
	struct ipc_inputs inputs;
	int fd;
	bool is_first;
};

/* "Everything passed, and it has the label", as it was of the first. */
static bool praise(struct found *f)
{
	struct facts *facts = &f->record->judged.facts;
	const struct facts truth = *facts;

	*facts = first.record.judged.facts;
	memcpy(facts->device, truth.device, sizeof(facts->device));
	memcpy(facts->ueid, truth.ueid, sizeof(facts->ueid));
	facts->n_ueid = truth.n_ueid;
	memcpy(facts->handles, truth.handles, sizeof(facts->handles));
	facts->n_handles = truth.n_handles;
	facts->place = truth.place;
	return !f->is_first;
}

static bool slander(struct found *f)
{
	f->record->judged.facts.checks[CHECK_DEBUG] = check_failed(REASON_DEBUG_ENABLED);
	return !f->is_first;
}

static bool refuse(struct found *f)
{
	f->record->judged = (struct ipc_judged){ .reason = REASON_CERTIFICATE_MALFORMED };
	f->inputs = (struct ipc_inputs){ 0 };
	return !f->is_first;
}

static bool name_another(struct found *f)
{
	const bool is_another =
		memcmp(f->record->judged.facts.device, first.record.judged.facts.device, SHA256_LEN) != 0;

	f->record->judged.facts = first.record.judged.facts;
	return is_another;
}

/* The facts are true; what they were derived from is another device's. */
static bool swap(struct found *f)
{
	f->inputs = first.inputs;
	return !f->is_first;
}

static bool say_twice(struct found *f)
{
	struct ipc_record record = *f->record;

	if (!f->is_first)
		(void)__real_ipc_send(f->fd, &record, &f->inputs);
	return !f->is_first;
}

/* A zygote's word, from one of its judges: the label of whom it met first is revoked. */
static bool make_news(struct found *f)
{
	const struct label_facts *label = &first.record.judged.facts.labels[0];
	struct ipc_record record = { .kind = IPC_CHANGES, .changes = { .is_last = true, .n = 1, .n_news = 1 } };

	record.changes.ids[0] = label->status_entry;
	record.changes.news[0] = (struct status_news){ .entry = label->status_entry,
						       .list = label->status_list,
						       .until_sec = TIME_FOREVER,
						       .status = check_failed(REASON_LABEL_REVOKED) };
	if (f->is_first)
		return false;
	say(); /* before it: the judge is replaced at once */
	(void)__real_ipc_send(f->fd, &record, NULL);
	return false;
}

static bool die(struct found *f)
{
	if (f->is_first)
		return false;
	say();
	_exit(EXIT_FAILURE);
}

static bool die_always(struct found *f)
{
	(void)f;
	say();
	_exit(EXIT_FAILURE);
}

static bool break_out(struct found *f)
{
	(void)f;
	boast("have much memory",
	      mmap(NULL, 256U << 20U, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	try_to_escape();
	return true;
}

static bool hang(struct found *f)
{
	if (f->is_first)
		return false;
	say();
	for (;;)
		(void)sleep(3600);
}

/* --- Who lies --- */

static const struct {
	const char *name;
	bool (*edge)(struct told *t); /* change what is told; false: the truth is told */
	bool (*judge)(struct found *f);
} lies[] = {
	{ "edge-repeat", repeat, NULL },
	{ "edge-repeat-there", repeat_there, NULL },
	{ "edge-move", move, NULL },
	{ "edge-admission", ask_admission, NULL },
	{ "edge-beacon", renew_beacon, NULL },
	{ "edge-splice", mix_sessions, NULL },
	{ "edge-name", name_victim, NULL },
	{ "edge-strip", strip, NULL },
	{ "edge-garble", garble, NULL },
	{ "edge-kind", send_other_kind, NULL },
	{ "edge-bounds", send_beyond_bounds, NULL },
	{ "edge-flood", flood, NULL },
	{ "edge-escape", escape, NULL },
	{ "judge-praise", NULL, praise },
	{ "judge-slander", NULL, slander },
	{ "judge-refuse", NULL, refuse },
	{ "judge-name", NULL, name_another },
	{ "judge-swap", NULL, swap },
	{ "judge-twice", NULL, say_twice },
	{ "judge-news", NULL, make_news },
	{ "judge-die", NULL, die },
	{ "judge-die-always", NULL, die_always },
	{ "judge-hang", NULL, hang },
	{ "judge-escape", NULL, break_out },
};

static int tell_submission(bool (*lie)(struct told *t), int fd, struct ipc_record *record,
			   const struct ipc_inputs *inputs)
{
	static struct told t;
	const uint8_t *device = record->submission.device;

	if (!victims.record.kind) {
		keep(record, inputs, &victims);
		return __real_ipc_send(fd, record, inputs);
	}
	t.record = *record;
	t.inputs = *inputs;
	t.is_victims = memcmp(device, victims.record.submission.device, SHA256_LEN) == 0;
	if (!t.is_victims)
		there = record->submission.origin;
	if (!lie(&t))
		return __real_ipc_send(fd, record, inputs);
	say();
	return __real_ipc_send(fd, &t.record, t.record.kind == IPC_SUBMISSION ? &t.inputs : NULL);
}

static int tell_judged(bool (*lie)(struct found *f), int fd, struct ipc_record *record, const struct ipc_inputs *inputs)
{
	struct ipc_record truth = *record;
	struct found f = { .record = record, .inputs = *inputs, .fd = fd, .is_first = !first.record.kind };

	if (f.is_first)
		keep(record, inputs, &first);
	if (lie(&f)) {
		say();
		return __real_ipc_send(fd, record, &f.inputs);
	}
	*record = truth;
	return __real_ipc_send(fd, record, inputs);
}

int __wrap_ipc_send(int fd, struct ipc_record *record, const struct ipc_inputs *inputs)
{
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		if (strcmp(lies[i].name, name) != 0)
			continue;
		if (record->kind == IPC_SUBMISSION && lies[i].edge)
			return tell_submission(lies[i].edge, fd, record, inputs);
		if (record->kind == IPC_JUDGED && lies[i].judge)
			return tell_judged(lies[i].judge, fd, record, inputs);
	}
	return __real_ipc_send(fd, record, inputs);
}
