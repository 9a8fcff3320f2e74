/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages for a device's bytes, on one screen. Each stage takes the type that the previous one returns; none calls
 * another.
 */
#include "judge/pipeline.h"

#include <errno.h>

#include "appraise/appraise.h"
#include "appraise/facts.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/signed_inputs.h"
#include "base/stage.h"
#include "decide/choose.h"
#include "decide/recognise.h"
#include "decide/verdict.h"
#include "hallmark/protocol.h"
#include "identity/handshake.h"
#include "identity/identity.h"
#include "ipc/ipc.h"
#include "token/submission.h"

DEFINE_CLEANUP(struct identity *, identity_free);

/* --- labels --- */

static bool has_label(const struct submission *s, struct bytes label)
{
	for (size_t i = 0; i < s->n_labels; i++)
		if (bytes_equal(s->labels[i], label))
			return true;
	return false;
}

/* A label is a public statement, which stays true whoever carries it, and no signature of the device covers the list of them. */
static void add_known_labels(const struct attestation *a, struct submission *s)
{
	for (size_t i = 0; i < a->n_known_labels && s->n_labels < SUBMISSION_LABELS_MAX; i++)
		if (!has_label(s, a->known_labels[i]))
			s->labels[s->n_labels++] = a->known_labels[i];
}

/* An empty label is not a token and cannot be stored; labels after it can. */
static void keep_label(struct signed_inputs *inputs, struct bytes label)
{
	if (label.n > 0 && inputs->n_labels < HALLMARK_LABELS_MAX)
		inputs->labels[inputs->n_labels++] = label;
}

/* Those that were chosen come first: what came with them does not put them out. */
static struct signed_inputs inputs_of(const struct attestation *a, const struct submission *s, uint32_t chosen)
{
	struct signed_inputs inputs = { .n_chain = a->n_chain, .evidence = s->evidence };

	memcpy(inputs.chain, a->chain, a->n_chain * sizeof(a->chain[0]));
	for (size_t i = 0; i < s->n_labels; i++)
		if (chosen & 1u << i)
			keep_label(&inputs, s->labels[i]);
	for (size_t i = 0; i < s->n_labels; i++)
		if (!(chosen & 1u << i))
			keep_label(&inputs, s->labels[i]);
	return inputs;
}

/* Of the sent labels that are not among `chosen`, the first with these facts; none: n_labels. */
static size_t find_sent(const struct appraisal *a, const struct label_facts *f, uint32_t chosen)
{
	size_t i = 0;

	while (i < a->n_labels &&
	       (!a->labels[i].was_sent || chosen & 1u << i || memcmp(&a->labels[i].facts, f, sizeof(*f)) != 0))
		i++;
	return i;
}

/*
 * Which of the sent labels are those that the facts have: a bit for each. Of several with equal facts as many as were chosen, so
 * that what nobody can read does not put out what was chosen.
 */
static uint32_t chosen_of(const struct appraisal *a, const struct facts *f)
{
	uint32_t chosen = 0;

	for (size_t k = 0; k < f->n_labels; k++) {
		size_t i = find_sent(a, &f->labels[k], chosen);

		if (i < a->n_labels)
			chosen |= 1u << i;
	}
	return chosen;
}

/* --- stages --- */

static int decode(const struct attestation *a, struct submission *ret, enum hallmark_reason *ret_reason)
{
	AT_STAGE(STAGE_DECODE);

	return submission_decode(a->content_format, a->body, ret, ret_reason);
}

static int identify(const struct bytes *chain, size_t n_chain, const struct trust *trust, int64_t now_sec,
		    struct identity **ret)
{
	AT_STAGE(STAGE_IDENTITY);

	return identity_verify(chain, n_chain, trust->anchors, now_sec, ret);
}

/* When labels were replaced or left out, other rules may choose differently. */
static void note_choice(const struct appraisal *a, struct facts *facts)
{
	bool is_chosen = a->n_labels > HALLMARK_LABELS_MAX;

	for (size_t i = 0; i < a->n_labels; i++)
		is_chosen |= a->labels[i].extends[0] != '\0';
	if (!is_chosen)
		return;
	dependencies_add(&facts->rests_on, choice_question());
	facts->status_is_apart = false;
}

/* appraisal → the chosen labels */
static int settle(struct appraisal *a, const struct rules *rules, int64_t now_sec, struct facts *ret)
{
	AT_STAGE(STAGE_CHOOSE);

	*ret = a->facts;
	note_choice(a, ret);
	labels_supersede(&rules->recognition, a->labels, a->n_labels, now_sec);
	return policy_choose(rules, a->labels, a->n_labels, now_sec, ret);
}

static int appraise_and_settle(const struct identity *id, const struct channel *channel,
			       const struct submission *submission, const struct trust *trust,
			       const struct rules *rules, int64_t now_sec, struct facts *ret, uint32_t *ret_chosen)
{
	AT_STAGE(STAGE_APPRAISE);
	_cleanup_(appraisal_done) struct appraisal appraisal = { 0 };
	int r = appraise(id, channel, submission, trust, now_sec, &appraisal);

	if (r == 0)
		r = settle(&appraisal, rules, now_sec, ret);
	if (r < 0)
		*ret = (struct facts){ 0 };
	*ret_chosen = chosen_of(&appraisal, ret);
	return r;
}

/* identity and the messages of the handshake → possession and channel value; if they prove nothing, there is no channel value */
static int prove(const struct attestation *a, const struct identity *id, struct channel *ret,
		 struct handshake_proof *ret_proof)
{
	AT_STAGE(STAGE_HANDSHAKE);
	int r;

	*ret = *a->channel;
	*ret_proof = (struct handshake_proof){ 0 };
	if (!a->handshake)
		return 0;
	r = handshake_verify(a->handshake, id->key, ret_proof);
	ret->possession = r == 0;
	ret->channel_good &= r == 0;
	memcpy(ret->channel_value, ret_proof->channel_value, sizeof(ret->channel_value));
	memcpy(ret->empty_context_value, ret_proof->empty_context_value, sizeof(ret->empty_context_value));
	return r == -EBADMSG || r == -EKEYREJECTED ? 0 : r;
}

static bool holds(const struct facts *f, const uint8_t handle[static HALLMARK_HANDLE_LEN])
{
	for (size_t i = 0; i < f->n_handles; i++)
		if (memcmp(f->handles[i], handle, HALLMARK_HANDLE_LEN) == 0)
			return true;
	return false;
}

/* Which handle lets check 6 pass: of a channel value the beacon is in the handshake, of a nonce in itself. */
static struct ipc_fresh fresh_of(const struct facts *f, const struct channel *channel,
				 const struct handshake_proof *proof)
{
	bool is_channel_value = channel->channel_good && holds(f, channel->channel_value);
	struct ipc_fresh fresh = { 0 };

	if (f->checks[CHECK_FRESHNESS].state != CHECK_PASSED)
		return fresh;
	memcpy(fresh.handle, is_channel_value ? channel->channel_value : channel->nonce, sizeof(fresh.handle));
	memcpy(fresh.beacon, is_channel_value ? proof->beacon : channel->nonce, sizeof(fresh.beacon));
	return fresh;
}

int pipeline_appraise(const struct attestation *a, const struct trust *trust, const struct rules *rules,
		      int64_t now_sec, struct facts *ret, struct ipc_fresh *ret_fresh, struct signed_inputs *ret_inputs,
		      enum hallmark_reason *ret_reason)
{
	_cleanup_(identity_freep) struct identity *identity = NULL;
	struct submission submission = { 0 };
	struct handshake_proof proof;
	struct channel channel;
	uint32_t chosen;
	int r = decode(a, &submission, ret_reason);

	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;
	add_known_labels(a, &submission);

	r = identify(a->chain, a->n_chain, trust, now_sec, &identity);
	if (r == -EBADMSG || r == -E2BIG) {
		*ret_reason = r == -E2BIG ? REASON_CHAIN_LIMIT : REASON_CERTIFICATE_MALFORMED;
		return 0;
	}
	if (r < 0)
		return r;

	r = prove(a, identity, &channel, &proof);
	if (r == 0)
		r = appraise_and_settle(identity, &channel, &submission, trust, rules, now_sec, ret, &chosen);
	if (r < 0)
		return r;

	*ret_fresh = fresh_of(ret, &channel, &proof);
	*ret_inputs = inputs_of(a, &submission, chosen);
	return 0;
}

int pipeline_judge_again(const struct signed_inputs *inputs, const struct check_result *recorded,
			 const struct trust *trust, const struct rules *rules, int64_t now_sec, struct facts *ret)
{
	_cleanup_(identity_freep) struct identity *identity = NULL;
	const struct channel channel = { .recorded = recorded };
	struct submission submission = { .evidence = inputs->evidence, .n_labels = inputs->n_labels };
	uint32_t chosen;
	int r = identify(inputs->chain, inputs->n_chain, trust, now_sec, &identity);

	memcpy(submission.labels, inputs->labels, inputs->n_labels * sizeof(inputs->labels[0]));
	if (r < 0)
		return r;
	return appraise_and_settle(identity, &channel, &submission, trust, rules, now_sec, ret, &chosen);
}
