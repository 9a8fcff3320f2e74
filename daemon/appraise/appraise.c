/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First everything that can fail for our own faults is done (decoding, signatures). Then the checks (checks.c) examine
 * the result, and their findings become facts.
 */
#include "appraise/appraise_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appraise/labels.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "identity/identity.h"
#include "token/cose.h"
#include "token/submission.h"

DEFINE_CLEANUP(struct identity *, identity_free);

static void context_done(struct context *c)
{
	for (size_t i = 0; i < c->n_labels; i++)
		candidate_done(&c->labels[i]);
	free(c->labels);
}

/* --- Input of the checks --- */

/* The key that must have signed: the session's, or the key of certificates under the same anchor (check 5). */
static int find_signer(const struct context *c, const struct sign1 *token, const struct trust *trust,
		       struct identity **ret)
{
	uint8_t leaf[SHA256_LEN];

	*ret = NULL;
	if (token->n_x5chain == 0)
		return 0;

	int r = digest_sha256(token->x5chain[0], leaf);

	if (r < 0 || memcmp(leaf, c->id->path[0], SHA256_LEN) == 0)
		return r;
	return identity_verify(token->x5chain, token->n_x5chain, trust->anchors, c->now_sec, ret);
}

static bool may_sign_for(const struct identity *signer, const struct identity *id)
{
	return signer == id || (signer->certificate.state == CHECK_PASSED && signer->revocation.state != CHECK_FAILED &&
				identity_same_anchor(id, signer));
}

/* Evidence that names a key must name the session's. Returns 1 or 0, or a negative errno for our own faults. */
static int names_session_key(const struct context *c)
{
	uint8_t thumbprint[SHA256_LEN];
	int r;

	if (c->evidence.session_key.n == 0)
		return 1;
	r = key_thumbprint(c->id->key, thumbprint);
	if (r < 0)
		return r == -ENOTSUP ? 0 : r;
	return bytes_equal(c->evidence.session_key, BYTES(thumbprint));
}

/*
 * A key other than the session's vouches only for the session's device: its certificate must name that device, and the
 * evidence must name the session's key. Else one leaked key of a maker would vouch for all of its devices.
 */
static bool is_of_session(const struct context *c, const struct identity *signer)
{
	return memcmp(signer->device, c->id->device, SHA256_LEN) == 0 ||
	       (c->evidence.session_key.n > 0 && device_is_same(signer, &c->evidence) == REASON_ADMITTED);
}

static int verify_evidence(struct context *c, const struct sign1 *token, const struct trust *trust)
{
	static const enum hallmark_reason reasons[] = {
		[SIGN1_BAD_SIGNATURE] = REASON_EVIDENCE_SIGNATURE,
		[SIGN1_BAD_ALGORITHM] = REASON_EVIDENCE_ALGORITHM,
		[SIGN1_VALID] = REASON_ADMITTED,
	};
	_cleanup_(identity_freep) struct identity *other = NULL;
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	int r = find_signer(c, token, trust, &other);

	c->evidence_reason = REASON_EVIDENCE_KEY;
	if (r == -EBADMSG || r == -E2BIG)
		return 0;
	if (r < 0)
		return r;

	const struct identity *signer = other ? other : c->id;

	if (other)
		dependencies_add_all(&c->rests_on, &other->rests_on);
	if (!may_sign_for(signer, c->id) || !is_of_session(c, signer))
		return 0;
	r = names_session_key(c);
	if (r <= 0)
		return r;
	if (token->x5t.n > 0 && !bytes_equal(token->x5t, BYTES(signer->path[0])))
		return 0;
	r = sign1_verify(token, signer->key, &result);
	if (r < 0)
		return r;
	c->evidence_reason = reasons[result];
	c->evidence_not_after_sec = signer->not_after_sec;
	c->evidence_next_update_sec = signer->next_update_sec;
	return 0;
}

static int take_evidence(struct context *c, struct bytes evidence, const struct trust *trust)
{
	struct sign1 token;
	int r = evidence_decode(evidence, &token, &c->evidence, &c->evidence_reason);

	if (r < 0 || c->evidence_reason != REASON_ADMITTED)
		return r;
	c->evidence_reason = REASON_INTERNAL;
	return verify_evidence(c, &token, trust);
}

static void note_product(struct context *c, enum dependency_kind kind)
{
	dependencies_add(&c->rests_on, product_question(kind, &c->evidence.product));
}

/* Whether the label could count for this device, by the comparisons that need no search. */
static bool fits(const struct context *c, const struct candidate *candidate)
{
	bool is_bound;

	return candidate_period(candidate, c->now_sec) == REASON_ADMITTED &&
	       label_names_chain(candidate->label, c->id) &&
	       class_find(candidate->label, &c->evidence.product, &is_bound) == REASON_ADMITTED;
}

/* From one register: the labels that fit, or those that do not fit, until the register has used all its places. */
static size_t take_entries(struct context *c, const struct label_entry *entries, size_t n, bool is_fit, size_t n_taken)
{
	for (size_t i = 0; i < n && n_taken < REGISTER_LABELS_MAX; i++) {
		const struct candidate candidate = candidate_of_entry(c->trust, &entries[i]);

		if ((i > 0 && entries[i].label == entries[i - 1].label) || fits(c, &candidate) != is_fit)
			continue;
		c->labels[c->n_labels++] = candidate;
		n_taken++;
	}
	return n_taken;
}

/* Takes the registers' labels for the product that the evidence names, up to the same number from each register. */
static void take_registered(struct context *c, const struct label_entry *entries, size_t n)
{
	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && entries[i + run].reg == entries[i].reg;)
			run++;
		(void)take_entries(c, &entries[i], run, false, take_entries(c, &entries[i], run, true, 0));
	}
}

/*
 * Takes the labels that were sent and those of the registers, whoever sent them: only the issuer's latest statement
 * counts.
 */
static int take_labels(struct context *c, const struct submission *submission)
{
	const struct label_entry *entries = NULL;
	size_t n = 0;

	if (c->evidence_reason == REASON_ADMITTED) {
		note_product(c, DEPENDENCY_REGISTER);
		n = entries_find(c->trust, &c->evidence.product, &entries);
	}
	c->labels = calloc(submission->n_labels + n + 1, sizeof(*c->labels));
	if (!c->labels)
		return -ENOMEM;
	for (size_t i = 0; i < submission->n_labels; i++) {
		int r = candidate_verify(c->trust, submission->labels[i], &c->labels[c->n_labels++]);

		if (r < 0)
			return r;
	}
	c->n_sent = c->n_labels;
	take_registered(c, entries, n);
	candidates_compare(c->trust, c->labels, c->n_labels, c->n_sent, c->now_sec);
	return 0;
}

/* --- Facts --- */

static struct in6_addr address_of(struct bytes b)
{
	struct in6_addr ret = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (b.n == sizeof(struct in_addr))
		memcpy(&ret.s6_addr[12], b.p, b.n);
	else
		memcpy(&ret, b.p, sizeof(ret));
	return ret;
}

static void state_place(const struct place_said *said, struct place_claim *ret)
{
	if (said->own.n == 0)
		return;
	ret->is_said = true;
	ret->own = address_of(said->own);
	ret->gateway = address_of(said->gateway);
	ret->n_link = (uint8_t)said->link.n;
	if (said->link.n > 0)
		memcpy(ret->link, said->link.p, said->link.n);
}

static void state_evidence(const struct context *c, struct facts *f)
{
	const struct evidence *e = &c->evidence;

	memcpy(f->ueid, e->ueid.p, e->ueid.n);
	f->n_ueid = (uint8_t)e->ueid.n;
	f->product = e->product;
	f->debug = e->debug;
	state_place(&e->place, &f->place);
	for (size_t i = 0; i < e->n_nonces; i++)
		if (handle_is_of_session(c, e->nonces[i]))
			memcpy(f->handles[f->n_handles++], e->nonces[i].p, HALLMARK_HANDLE_LEN);
	expiry_bound(&f->expiry, c->evidence_not_after_sec, EXPIRY_CERTIFICATE);
	expiry_bound(&f->expiry, c->evidence_next_update_sec, EXPIRY_CRL);
}

static void state_device(struct context *c, struct facts *f)
{
	struct expiry voucher;
	int64_t until_sec;

	memcpy(f->device, c->id->device, sizeof(f->device));
	memcpy(f->anchor, c->id->anchor, sizeof(f->anchor));
	memcpy(f->mud_url, c->id->mud_url, sizeof(f->mud_url));
	f->expiry = (struct expiry){ .at_sec = TIME_FOREVER };
	expiry_bound(&f->expiry, c->id->not_after_sec, EXPIRY_CERTIFICATE);
	expiry_bound(&f->expiry, c->id->next_update_sec, EXPIRY_CRL);
	dependencies_add_all(&c->rests_on, &c->id->rests_on);
	if (c->evidence_reason == REASON_ADMITTED) {
		note_product(c, DEPENDENCY_REFERENCE);
		state_evidence(c, f);
	}
	(void)firmware_find(c, &until_sec);
	expiry_bound(&f->expiry, until_sec, EXPIRY_REFERENCE);
	checks_make(c, CHECKS_OF_DEVICE, f->checks);
	f->status_is_apart = c->id->chain.reason != REASON_CHAIN_UNANCHORED; /* else labels vouch for it, or may */
	if (c->id->chain.state != CHECK_PASSED && f->checks[CHECK_CHAIN].state == CHECK_PASSED &&
	    voucher_find(c, &voucher))
		expiry_bound(&f->expiry, voucher.at_sec, voucher.cause);
}

/* What an issuer stated that may state it. */
static void state_verified(const struct context *c, const struct label *label, struct label_facts *f)
{
	bool is_bound = false;
	int64_t until_sec;

	memcpy(f->scheme, label->scheme, sizeof(f->scheme));
	memcpy(f->category, label->category, sizeof(f->category));
	memcpy(f->field, label->field, sizeof(f->field));
	memcpy(f->scheme_version, label->scheme_version, sizeof(f->scheme_version));
	memcpy(f->further, label->further, sizeof(f->further));
	f->n_further = (uint8_t)label->n_further;
	f->level = label->level;
	f->basis = (uint8_t)label->basis;
	f->issuer_role = (uint8_t)issuer_role_of(c->trust, label->issuer);
	f->from_register = c->label->from_register;
	f->is_extension = label->extends[0] != '\0';
	f->names_status = label_names_status(label);
	f->nbf_sec = label->nbf_sec;
	f->exp_sec = label->exp_sec;
	f->register_exp_sec = c->label->register_exp_sec;
	f->status_list = status_question(label->issuer, label->status_uri);
	f->status_entry = status_entry_question(label->issuer, label->status_uri, (uint64_t)label->status_index);
	(void)standing_check(c->trust, label, c->now_sec, &until_sec);
	f->expiry = expiry_of_label(label->exp_sec, c->label->register_exp_sec, until_sec);
	if (f->checks[CHECK_LABEL_CLASS].state == CHECK_PASSED)
		(void)class_find(label, &c->evidence.product, &is_bound);
	else if (c->evidence_reason == REASON_ADMITTED)
		class_find_nearest(label, &c->evidence.product, f);
	f->n_classes = (uint8_t)label->n_classes;
	f->firmware_bound = is_bound;
}

static void note_label(struct context *c, const struct label *label, bool was_sent)
{
	dependencies_add(&c->rests_on, issuer_question(label->issuer));
	dependencies_add(&c->rests_on, status_question(label->issuer, label->status_uri));
	dependencies_add(&c->rests_on,
			 status_entry_question(label->issuer, label->status_uri, (uint64_t)label->status_index));
	if (!was_sent)
		return;
	dependencies_add(&c->rests_on, number_question(label->issuer, label->number));
	dependencies_add(&c->rests_on, complete_question(label->issuer));
}

static void state_label(struct context *c, const struct candidate *candidate, struct appraised_label *ret)
{
	struct label_facts *f = &ret->facts;

	ret->was_sent = !candidate->from_register;
	c->label = candidate;
	c->passed &= ~CHECKS_LABEL;
	checks_make(c, CHECKS_OF_LABEL, f->checks);
	if (!candidate->label)
		return;
	note_label(c, candidate->label, ret->was_sent);
	memcpy(ret->extends, candidate->label->extends, sizeof(ret->extends));
	memcpy(f->issuer, candidate->label->issuer, sizeof(f->issuer));
	memcpy(f->number, candidate->label->number, sizeof(f->number));
	if (candidate->reason == REASON_ADMITTED)
		state_verified(c, candidate->label, f);
}

void appraisal_done(struct appraisal *a)
{
	free(a->labels);
	a->labels = NULL;
	a->n_labels = 0;
}

int appraise(const struct identity *id, const struct channel *channel, const struct submission *submission,
	     const struct trust *trust, int64_t now_sec, struct appraisal *ret)
{
	_cleanup_(context_done) struct context c = { .id = id, .channel = channel, .trust = trust, .now_sec = now_sec };

	memset(ret, 0, sizeof(*ret));

	int r = take_evidence(&c, submission->evidence, trust);

	if (r < 0)
		return r;
	r = take_labels(&c, submission);
	if (r < 0)
		return r;
	ret->labels = calloc(c.n_labels + 1, sizeof(*ret->labels));
	if (!ret->labels)
		return -ENOMEM;

	state_device(&c, &ret->facts);
	for (size_t i = 0; i < c.n_labels; i++)
		state_label(&c, &c.labels[i], &ret->labels[i]);
	ret->n_labels = c.n_labels;
	ret->facts.rests_on = c.rests_on;
	return 0;
}
