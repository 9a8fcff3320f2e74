/* SPDX-License-Identifier: Apache-2.0 */
/* One record in, one out. No decision is made here. */
#include "worker/judge.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "edge/edge.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "worker/material_open.h"
#include "worker/pipeline.h"
#include "worker/sandbox.h"

#define NICENESS 10 /* devices that ask for admission now have priority */

DEFINE_CLEANUP(struct material *, material_free);

/* Returns 1, 0 at the end, or a negative errno. */
static int receive(struct ipc_message *ret)
{
	struct pollfd p = { .fd = JUDGE_IPC, .events = POLLIN };

	for (;;) {
		int r = ipc_receive(JUDGE_IPC, IPC_TO_JUDGE, ret);

		if (r != -EAGAIN)
			return r;
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	}
}

static int send_record(struct ipc_record *record)
{
	struct pollfd p = { .fd = JUDGE_IPC, .events = POLLOUT };

	for (;;) {
		int r = ipc_send(JUDGE_IPC, record, NULL);

		if (r != -EAGAIN)
			return r;
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	}
}

/* --- Accepted sets, and changed answers --- */

static int send_accepted(const struct material *m)
{
	for (size_t i = 0; i < m->n_accepted; i++) {
		struct ipc_record record = { .kind = IPC_SET, .set = m->accepted[i] };
		int r = send_record(&record);

		if (r < 0)
			return r;
	}
	return 0;
}

static int send_changes(const uint64_t *ids, size_t n)
{
	do {
		struct ipc_record record = { .kind = IPC_CHANGES };
		size_t part = n < IPC_CHANGES_MAX ? n : IPC_CHANGES_MAX;
		int r;

		memcpy(record.changes.ids, ids, part * sizeof(*ids));
		record.changes.n = (uint32_t)part;
		ids += part;
		n -= part;
		record.changes.is_last = n == 0;
		r = send_record(&record);
		if (r < 0)
			return r;
	} while (n > 0);
	return 0;
}

/* When they cannot be compared, everything may have changed. */
static int compare(const struct material *now, int64_t now_sec)
{
	static const uint64_t all = DEPENDENCY_ALL;
	_cleanup_(material_freep) struct material *former = NULL;
	_cleanup_free_ uint64_t *ids = NULL;
	size_t n = 0;

	log_set_level(LOG_EMERG); /* problems in the former material were logged when it was new */
	int r = material_open(JUDGE_FORMER, now_sec, &former);
	log_set_level(LOG_INFO);

	if (r == 0)
		r = trust_changes(former->trust, now->trust, now_sec, &ids, &n);
	return r == 0 ? send_changes(ids, n) : send_changes(&all, 1);
}

/* --- cases --- */

static int judge(const struct ipc_message *m, const struct material *material, struct ipc_record *ret)
{
	const struct ipc_case *c = &m->record.case_;
	struct check_result recorded[_CHECK_MAX] = {
		[CHECK_POSSESSION] = c->possession,
		[CHECK_FRESHNESS] = c->freshness,
	};

	*ret = (struct ipc_record){ .kind = IPC_JUDGED, .id = m->record.id };
	ret->judged.result = pipeline_judge_again(&m->signed_inputs, recorded, material->trust, &material->rules,
						  c->now_sec, &ret->judged.facts);
	if (ret->judged.result < 0)
		ret->judged.facts = (struct facts){ 0 };
	return send_record(ret);
}

static int serve(const struct material *material)
{
	static struct ipc_message message; /* 32 KiB: too large for the stack */
	static struct ipc_record answer;

	for (;;) {
		int r = receive(&message);

		if (r <= 0)
			return r;
		if (message.record.kind != IPC_CASE)
			return -EBADMSG;
		r = judge(&message, material, &answer);
		if (r < 0)
			return r;
	}
}

static int run(void)
{
	_cleanup_(material_freep) struct material *material = NULL;
	struct timekeeper_record clock;
	int r = ipc_receive_clock(JUDGE_IPC, IPC_TO_JUDGE, &clock);

	if (r < 0)
		return r;
	log_set_level(clock.log_level);

	int64_t now_sec = timekeeper_read(&clock);

	r = material_open(JUDGE_MATERIAL, now_sec, &material);
	if (r < 0)
		return log_errno(r, "The trust material cannot be used");
	r = edge_check(material->certificate, material->key);
	if (r < 0)
		return log_errno(r, "Cannot use the gateway's certificate and key; do they belong together?");
	r = send_accepted(material);
	if (r == 0)
		r = compare(material, now_sec);
	return r < 0 ? r : serve(material);
}

int judge_run(void)
{
	(void)prctl(PR_SET_NAME, "hallmarkd-judge"); /* else the name would be that of /proc/self/exe */
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	if (sandbox_enter() < 0)
		return EXIT_FAILURE;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return EXIT_FAILURE;
	return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
