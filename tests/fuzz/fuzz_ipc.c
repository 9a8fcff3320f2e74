/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/*
 * What a worker that was taken over may send: a record that is taken goes on unchanged, and can be decided on and told. The
 * input is a kind, a base to begin with and patches for it, each a place and a byte; so it need not find the size of a record
 * by chance. To be run at the top of the tree, for its configuration.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <syslog.h>

#include "base/log.h"
#include "config/config.h"
#include "core/tell/journal.h"
#include "decide/decide.h"
#include "ipc/ipc.h"

#define NOW_USEC UINT64_C(1000000)
#define NOW_SEC  INT64_C(1800000000)

static struct config *config;
static int fds[2];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (config_load("tests/unit/pipeline.conf", &config) < 0 || ipc_pair(fds) < 0)
		exit(EXIT_FAILURE); /* logged */
	log_set_level(LOG_EMERG);
	return 0;
}

/* A device with a good label: most patches of it are near to what is taken. */
static void put_good(struct facts *f)
{
	struct label_facts *l = &f->labels[0];

	(void)snprintf(f->product.maker, sizeof(f->product.maker), "pen:32473");
	(void)snprintf(l->scheme, sizeof(l->scheme), "SG-CLS");
	f->n_ueid = 8;
	f->n_labels = 1;
	f->expiry = (struct expiry){ .at_sec = 2 * NOW_SEC, .cause = EXPIRY_CERTIFICATE };
	for (int i = CHECK_POSSESSION; i < CHECK_LABEL_SIGNATURE; i++)
		f->checks[i] = check_passed();
	for (int i = CHECK_LABEL_SIGNATURE; i < CHECK_RECOGNITION; i++)
		l->checks[i] = check_passed();
	l->level = 4;
	l->basis = HALLMARK_BASIS_TESTED;
	l->issuer_role = HALLMARK_ISSUER_SCHEME;
	l->exp_sec = NOW_SEC + 86400;
	l->expiry = (struct expiry){ .at_sec = l->exp_sec, .cause = EXPIRY_LABEL };
}

/* The record as its sender has it. */
static size_t encode(struct ipc_record *record, uint8_t *ret, size_t size)
{
	ssize_t n = ipc_send(fds[0], record, NULL) < 0 ? -1 : recv(fds[1], ret, size, MSG_DONTWAIT);

	if (n < 0)
		__builtin_trap();
	return (size_t)n;
}

static size_t make_base(uint8_t kind, uint8_t *ret, size_t size)
{
	struct ipc_record r = { .kind = IPC_READY + kind % (_IPC_MAX - IPC_READY) };

	if (r.kind == IPC_SUBMISSION) {
		r.submission.origin.ifindex = 1;
		put_good(&r.submission.facts);
	} else if (r.kind == IPC_JUDGED) {
		put_good(&r.judged.facts);
	} else if (r.kind == IPC_ANSWER) {
		r.answer.to = IPC_ADMISSION;
	}
	return encode(&r, ret, size);
}

/* The same bytes go out as came in: nothing was left out of what was checked. */
static void send_again(const struct ipc_message *m, struct bytes datagram)
{
	static uint8_t space[sizeof(struct ipc_message)];
	struct ipc_record r;

	memcpy(&r, &m->record, sizeof(r));
	if (ipc_send(fds[0], &r, &m->signed_inputs) < 0)
		__builtin_trap();

	ssize_t n = recv(fds[1], space, sizeof(space), MSG_DONTWAIT);

	if (n < 0 || !bytes_equal(bytes_of(space, (size_t)n), datagram))
		__builtin_trap();
}

static void decide_and_tell(const struct facts *facts)
{
	static struct verdict v;

	v = (struct verdict){ .facts = *facts };
	decide_facts(&config->recognition, &config->policy, facts, NOW_SEC, &v.decision);
	if (v.decision.zone >= config->policy.n_zones)
		__builtin_trap();
	journal_decision(&(struct journal_decision){ .config = config, .verdict = &v, .zone_before = "quarantine" });
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t datagram[sizeof(struct ipc_record) + IPC_INPUTS_MAX];
	static struct ipc_message m;
	size_t length;

	if (n < 1)
		return 0;
	length = make_base(p[0], datagram, sizeof(datagram));
	for (size_t i = 1; i + 2 < n; i += 3)
		datagram[(p[i] | (size_t)p[i + 1] << 8) % length] = p[i + 2];
	for (unsigned way = IPC_FROM_WORKER; ipc_decode(bytes_of(datagram, length), way, NOW_USEC, &m) < 0; way <<= 1)
		if (way == IPC_TO_JUDGE)
			return 0;
	send_again(&m, bytes_of(datagram, length));
	if (m.record.kind == IPC_SUBMISSION)
		decide_and_tell(&m.record.submission.facts);
	else if (m.record.kind == IPC_JUDGED)
		decide_and_tell(&m.record.judged.facts);
	return 0;
}
