/* SPDX-License-Identifier: Apache-2.0 */
/* One record in, one out. */
#include "judge/judge.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>

#include "appraise/appraise.h"
#include "base/handshake.h"
#include "base/signed_inputs.h"
#include "base/stage.h"
#include "identity/handshake.h"
#include "ipc/ipc.h"
#include "judge/material_open.h"
#include "judge/pipeline.h"

static int send_judged(int fd, struct ipc_record *record, const struct ipc_inputs *inputs)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int r;

	while ((r = ipc_send(fd, record, inputs)) == -EAGAIN)
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	return r;
}

/* What the edge says of its session. Possession and channel value are not there: the handshake proves them, or nothing does. */
static struct channel channel_of(const struct ipc_session *s)
{
	struct channel channel = { .channel_good = s->channel_good,
				   .nonce_issued = s->nonce_issued,
				   .nonce_good = s->nonce_good };

	memcpy(channel.nonce, s->nonce, sizeof(channel.nonce));
	return channel;
}

static int judge_submission(const struct ipc_case *c, const struct ipc_inputs *in, const struct material *material,
			    struct ipc_judged *ret, struct signed_inputs *ret_inputs)
{
	const struct channel channel = channel_of(&c->session);
	struct handshake handshake = { .messages = in->messages, .certificate_verify = in->certificate_verify };
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct attestation a = {
		.chain = chain,
		.channel = &channel,
		.handshake = &handshake,
		.content_format = c->session.content_format,
		.body = in->body,
		.known_labels = in->signed_inputs.labels,
		.n_known_labels = in->signed_inputs.n_labels,
	};
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = handshake_chain(&handshake, chain, &a.n_chain);

	if (r < 0) {
		ret->reason = r == -E2BIG ? REASON_CHAIN_LIMIT : REASON_CERTIFICATE_MALFORMED;
		return 0;
	}
	memcpy(handshake.master_secret, c->session.master_secret, sizeof(handshake.master_secret));
	r = pipeline_appraise(&a, material->trust, &material->rules, c->now_sec, &ret->facts, &ret->fresh, ret_inputs,
			      &reason);
	OPENSSL_cleanse(handshake.master_secret, sizeof(handshake.master_secret));
	ret->reason = reason;
	return r;
}

static int judge_again(const struct ipc_case *c, const struct ipc_inputs *in, const struct material *material,
		       struct ipc_judged *ret)
{
	const struct check_result recorded[_CHECK_MAX] = {
		[CHECK_POSSESSION] = c->possession,
		[CHECK_FRESHNESS] = c->freshness,
	};

	ret->reason = REASON_ADMITTED;
	return pipeline_judge_again(&in->signed_inputs, recorded, material->trust, &material->rules, c->now_sec,
				    &ret->facts);
}

/* Nothing is found when the reason says why, or when it failed. */
static void judge(const struct ipc_message *m, const struct material *material, struct ipc_record *ret,
		  struct ipc_inputs *ret_inputs)
{
	const struct ipc_case *c = &m->record.case_;
	struct ipc_judged *judged = &ret->judged;

	*ret = (struct ipc_record){ .kind = IPC_JUDGED, .id = m->record.id };
	*ret_inputs = (struct ipc_inputs){ 0 };
	judged->result = c->is_submission ?
				 judge_submission(c, &m->parts, material, judged, &ret_inputs->signed_inputs) :
				 judge_again(c, &m->parts, material, judged);
	if (judged->result == 0 && judged->reason == REASON_ADMITTED)
		return;
	judged->facts = (struct facts){ 0 };
	judged->fresh = (struct ipc_fresh){ 0 };
	*ret_inputs = (struct ipc_inputs){ 0 };
}

int judge_serve(int ipc_fd, const struct material *material)
{
	static struct ipc_message message; /* 80 KiB: too large for the stack */
	static struct ipc_record answer;
	struct ipc_inputs inputs;
	int r;

	answer.kind = IPC_ALIVE;
	r = send_judged(ipc_fd, &answer, NULL);
	while (r == 0) {
		r = ipc_await(ipc_fd, IPC_TO_JUDGE, &message, NULL);

		if (r <= 0)
			return r;
		judge(&message, material, &answer, &inputs);
		stage_take(answer.judged.spent_nsec);
		r = send_judged(ipc_fd, &answer, &inputs);
	}
	return r;
}
