/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks. First all that can fail for our own faults (decoding, signatures) is done; then each
 * check is a pure look at the outcome, made from one table. What a check rests on stands in the
 * table too: a claim whose signature did not verify is not looked at.
 */
#include "appraise/appraise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "appraise/labels.h"
#include "appraise/version.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "identity/identity.h"
#include "token/cose.h"
#include "token/evidence.h"
#include "token/submission.h"

DEFINE_CLEANUP(struct identity *, identity_free);

/* All that a check may look at. */
struct context {
	const struct identity *id;
	const struct channel *channel;
	const struct trust *trust;
	int64_t now_sec;
	struct evidence evidence;             /* only when evidence_reason is REASON_ADMITTED */
	enum hallmark_reason evidence_reason; /* of check 5 */
	int64_t evidence_not_after_sec;       /* of the certificates of the evidence's key */
	int64_t evidence_next_update_sec;     /* of their CRLs */
	struct candidate *labels;             /* owned: those that were sent first */
	size_t n_labels, n_sent;
	const struct candidate *label; /* the one that checks 10 to 14 are made of */
	uint32_t passed;               /* mask, so far */
	struct dependencies rests_on;  /* what was asked of trust */
};

static void context_done(struct context *c)
{
	for (size_t i = 0; i < c->n_labels; i++)
		candidate_done(&c->labels[i]);
	free(c->labels);
}

static struct check_result result_of(enum hallmark_reason reason)
{
	return reason == REASON_ADMITTED ? check_passed() : check_failed(reason);
}

/* --- The device: 1 to 9 --- */

static struct check_result check_possession(const struct context *c)
{
	if (c->channel->recorded)
		return c->channel->recorded[CHECK_POSSESSION];
	return c->channel->possession ? check_passed() : check_failed(REASON_NO_POSSESSION);
}

static struct check_result check_certificate(const struct context *c)
{
	return c->id->certificate;
}

/*
 * The anchor is in the chain above the leaf (docs/protocol.md section 4.2): a device does not vouch
 * for itself.
 */
static bool names_chain(const struct label *label, const struct identity *id)
{
	for (size_t i = 1; i < id->n_path; i++)
		for (size_t j = 0; j < label->n_anchors; j++)
			if (memcmp(id->path[i], label->anchors[j], SHA256_LEN) == 0)
				return true;
	return false;
}

/* What is suspended has not lost its anchors; what nobody knows the status of has them no longer. */
static bool keeps_anchors(enum hallmark_reason standing, const struct label *label)
{
	return standing == REASON_ADMITTED || standing == REASON_LABEL_SUSPENDED ||
	       (standing == REASON_NO_STATUS && !label_names_status(label));
}

/* Whether a label that is itself vouched for, current and of known status stands for the path, and until when it does. */
static bool vouches(const struct context *c, const struct candidate *candidate, struct expiry *ret)
{
	int64_t standing_sec;

	if (candidate->reason != REASON_ADMITTED || candidate->newer != REASON_ADMITTED ||
	    candidate_period(candidate, c->now_sec) != REASON_ADMITTED || !names_chain(candidate->label, c->id) ||
	    !keeps_anchors(standing_check(c->trust, candidate->label, c->now_sec, &standing_sec), candidate->label))
		return false;

	*ret = (struct expiry){ .at_sec = candidate->label->exp_sec, .cause = EXPIRY_LABEL };
	expiry_bound(ret, candidate->register_exp_sec, EXPIRY_REGISTER);
	expiry_bound(ret, standing_sec, EXPIRY_STATUS_LIST);
	return true;
}

/* Where no configured anchor vouches for the path: the label that does so longest. */
static bool find_voucher(const struct context *c, struct expiry *ret)
{
	bool found = false;

	for (size_t i = 0; i < c->n_labels; i++) {
		struct expiry e;

		if (!vouches(c, &c->labels[i], &e) || (found && e.at_sec <= ret->at_sec))
			continue;
		*ret = e;
		found = true;
	}
	return found;
}

static struct check_result check_chain(const struct context *c)
{
	struct expiry e;

	if (c->id->chain.reason == REASON_CHAIN_UNANCHORED && find_voucher(c, &e))
		return check_passed();
	return c->id->chain;
}

static struct check_result check_device_revocation(const struct context *c)
{
	return c->id->revocation;
}

static struct check_result check_evidence_signature(const struct context *c)
{
	return result_of(c->evidence_reason);
}

static bool is_channel_value(const struct context *c, struct bytes handle)
{
	return bytes_equal(handle, BYTES(c->channel->channel_value));
}

static bool is_nonce(const struct context *c, struct bytes handle)
{
	return c->channel->nonce_issued && bytes_equal(handle, BYTES(c->channel->nonce));
}

/* Every handle is of this session (docs/protocol.md section 4.1), and one of them still holds. */
static struct check_result check_freshness(const struct context *c)
{
	bool has_channel_value = false, has_nonce = false;

	if (c->channel->recorded)
		return c->channel->recorded[CHECK_FRESHNESS];
	for (size_t i = 0; i < c->evidence.n_nonces; i++) {
		struct bytes handle = c->evidence.nonces[i];

		if (is_nonce(c, handle))
			has_nonce = true;
		else if (is_channel_value(c, handle))
			has_channel_value = true;
		else
			return check_failed(REASON_NONCE_UNKNOWN);
	}
	if (has_channel_value && c->channel->channel_good)
		return check_passed();
	if (has_nonce && c->channel->nonce_good)
		return check_passed();
	if (has_nonce)
		return check_failed(REASON_NONCE_EXPIRED);
	return check_failed(has_channel_value ? REASON_CHANNEL_SPENT : REASON_NONCE_MISSING);
}

/* Each serial that the certificate has is the UEID, the subject's as hex. */
static enum hallmark_reason serial_check(const struct identity *id, struct bytes ueid)
{
	char hex[2 * UEID_MAX + 1];

	if (!id->serial[0] && id->n_hw_serial == 0)
		return REASON_NO_SERIAL;
	bytes_to_hex(ueid, hex);
	if (id->serial[0] && strcasecmp(id->serial, hex) != 0)
		return REASON_SERIAL_MISMATCH;
	if (id->n_hw_serial > 0 && !bytes_equal(bytes_of(id->hw_serial, id->n_hw_serial), ueid))
		return REASON_SERIAL_MISMATCH;
	return REASON_ADMITTED;
}

/*
 * A hwType under a private enterprise's arc, 1.3.6.1.4.1.N, and an oemid "pen:N" are of the same N.
 */
static bool makers_agree(const char *hw_type, const char *maker)
{
	static const char arc[] = "1.3.6.1.4.1.", pen[] = "pen:";

	if (strncmp(hw_type, arc, strlen(arc)) != 0 || strncmp(maker, pen, strlen(pen)) != 0)
		return true;
	hw_type += strlen(arc);
	maker += strlen(pen);
	return strcspn(hw_type, ".") == strlen(maker) && strncmp(hw_type, maker, strlen(maker)) == 0;
}

/* Whether a certificate is one of the device that the evidence is about. */
static enum hallmark_reason device_check(const struct identity *id, const struct evidence *evidence)
{
	enum hallmark_reason reason = serial_check(id, evidence->ueid);

	if (reason == REASON_ADMITTED && !makers_agree(id->hw_type, evidence->product.maker))
		reason = REASON_MAKER_MISMATCH;
	return reason;
}

static struct check_result check_same_device(const struct context *c)
{
	return result_of(device_check(c->id, &c->evidence));
}

static struct check_result check_debug(const struct context *c)
{
	return c->evidence.debug >= DEBUG_DISABLED ? check_passed() : check_failed(REASON_DEBUG_ENABLED);
}

/* --- Classes of products --- */

static bool class_is_bound(const struct label_class *class)
{
	return class->version_from[0] || class->version_to[0];
}

/* Versions without an order match an end of the range or nothing. */
static bool version_is_within(const struct label_class *class, const struct product *product)
{
	enum version_scheme scheme = class->version_scheme;
	int from = -1, to = 1;

	if (!class_is_bound(class))
		return true;
	if (scheme != product->swversion_scheme)
		return false;

	bool is_from = version_compare(scheme, product->swversion, class->version_from, &from) == 0;
	bool is_to = version_compare(scheme, product->swversion, class->version_to, &to) == 0;

	if (is_from && is_to)
		return from >= 0 && to <= 0;
	return (is_from && from == 0) || (is_to && to == 0);
}

/*
 * Equal and never a prefix (docs/protocol.md section 4.2); what the class does not name does not
 * matter.
 */
static bool class_is_of(const struct label_class *class, const struct product *product)
{
	const struct product *named = &class->product;

	return strcmp(named->maker, product->maker) == 0 && strcmp(named->model, product->model) == 0 &&
	       (!named->hwversion[0] || strcmp(named->hwversion, product->hwversion) == 0) &&
	       (!named->swname[0] || strcmp(named->swname, product->swname) == 0);
}

/* --- Firmware: 9 --- */

static bool is_measured(const struct reference *reference, struct bytes measurements)
{
	for (size_t i = 0; i < reference->n_measurements; i++)
		if (bytes_equal(reference->measurements[i], measurements))
			return true;
	return reference->n_measurements == 0;
}

static enum hallmark_reason reference_check(const struct reference *reference, const struct context *c)
{
	if (c->now_sec < reference->iat_sec || c->now_sec >= reference->exp_sec)
		return REASON_REFERENCE_STALE;
	if (!version_is_within(&reference->class, &c->evidence.product) ||
	    !is_measured(reference, c->evidence.measurements))
		return REASON_FIRMWARE_MISMATCH;
	return REASON_ADMITTED;
}

/* One reference that fits is enough; of those that do not, a current one knows better than a stale one. */
static struct check_result firmware_find(const struct context *c, int64_t *ret_until_sec)
{
	struct check_result result = check_absent(REASON_NO_REFERENCE);

	*ret_until_sec = TIME_FOREVER;
	if (c->trust->n_references > 0 && c->evidence_reason != REASON_ADMITTED)
		return check_failed(REASON_NOT_EVALUATED);

	for (size_t i = 0; i < c->trust->n_references; i++) {
		const struct reference *reference = &c->trust->references[i].reference;

		if (!class_is_of(&reference->class, &c->evidence.product))
			continue;

		enum hallmark_reason reason = reference_check(reference, c);

		if (reason == REASON_ADMITTED) {
			*ret_until_sec = reference->exp_sec;
			return check_passed();
		}
		if (reason == REASON_FIRMWARE_MISMATCH || result.state == CHECK_ABSENT)
			result = check_failed(reason);
	}
	return result;
}

static struct check_result check_firmware(const struct context *c)
{
	int64_t until_sec;

	return firmware_find(c, &until_sec);
}

/* --- One label: 10 to 14 --- */

static struct check_result check_label_signature(const struct context *c)
{
	return result_of(c->label->reason);
}

static enum hallmark_reason class_find(const struct label *label, const struct product *product, bool *ret_bound)
{
	enum hallmark_reason reason = REASON_CLASS_MISMATCH;

	*ret_bound = false;
	for (size_t i = 0; i < label->n_classes; i++) {
		const struct label_class *class = &label->classes[i];

		if (!class_is_of(class, product))
			continue;
		if (version_is_within(class, product)) {
			*ret_bound = class_is_bound(class);
			return REASON_ADMITTED;
		}
		reason = REASON_CLASS_VERSION;
	}
	return reason;
}

static struct check_result check_label_class(const struct context *c)
{
	bool is_bound;

	return result_of(class_find(c->label->label, &c->evidence.product, &is_bound));
}

static struct check_result check_label_anchor(const struct context *c)
{
	return names_chain(c->label->label, c->id) ? check_passed() : check_failed(REASON_ANCHOR_MISMATCH);
}

/* Whether a label that continues this one is in its place is settled later: only one that holds is. */
static struct check_result check_label_validity(const struct context *c)
{
	enum hallmark_reason newer = c->label->newer;

	return result_of(newer != REASON_ADMITTED ? newer : candidate_period(c->label, c->now_sec));
}

static struct check_result check_label_status(const struct context *c)
{
	int64_t until_sec;
	enum hallmark_reason reason = standing_check(c->trust, c->label->label, c->now_sec, &until_sec);

	return reason == REASON_NO_STATUS ? check_absent(reason) : result_of(reason);
}

/*
 * X(IDENTIFIER, function, earlier checks without which there is nothing to look at); what a check says, of what and by which
 * specification stands in hallmark/check.h.
 */
#define MADE_HERE(X)                                                                                                   \
	X(POSSESSION, check_possession, 0)                                                                             \
	X(CERTIFICATE, check_certificate, 0)                                                                           \
	X(CHAIN, check_chain, 0)                                                                                       \
	X(DEVICE_REVOCATION, check_device_revocation, 0)                                                               \
	X(EVIDENCE_SIGNATURE, check_evidence_signature, 0)                                                             \
	X(FRESHNESS, check_freshness, CHECK_BIT(CHECK_EVIDENCE_SIGNATURE))                                             \
	X(SAME_DEVICE, check_same_device, CHECK_BIT(CHECK_EVIDENCE_SIGNATURE))                                         \
	X(DEBUG, check_debug, CHECK_BIT(CHECK_EVIDENCE_SIGNATURE))                                                     \
	X(FIRMWARE, check_firmware, 0)                                                                                 \
	X(LABEL_SIGNATURE, check_label_signature, 0)                                                                   \
	X(LABEL_CLASS, check_label_class, CHECK_BIT(CHECK_EVIDENCE_SIGNATURE) | CHECK_BIT(CHECK_LABEL_SIGNATURE))      \
	X(LABEL_ANCHOR, check_label_anchor, CHECK_BIT(CHECK_LABEL_SIGNATURE))                                          \
	X(LABEL_VALIDITY, check_label_validity, CHECK_BIT(CHECK_LABEL_SIGNATURE))                                      \
	X(LABEL_STATUS, check_label_status, CHECK_BIT(CHECK_LABEL_SIGNATURE))

static const struct {
	struct check_result (*make)(const struct context *c);
	uint32_t rests_on;
} checks[_CHECK_MAX] = {
#define X(id, make, rests_on) [CHECK_##id] = { make, rests_on },
	MADE_HERE(X)
#undef X
};

#define X(id, make, rests_on) | CHECK_BIT(CHECK_##id)
_Static_assert((0u MADE_HERE(X)) == (CHECKS_OF_DEVICE | CHECKS_OF_LABEL),
	       "each check of a device and of a label is made here");
#undef X

/* Those of the set, in the order of their numbers. */
static void make_checks(struct context *c, uint32_t set, struct check_result ret[static _CHECK_MAX])
{
	for (unsigned i = CHECK_NONE + 1; i < _CHECK_MAX; i++) {
		bool is_able = (checks[i].rests_on & ~c->passed) == 0;

		if (!(set & CHECK_BIT(i)))
			continue;
		ret[i] = is_able ? checks[i].make(c) : check_failed(REASON_NOT_EVALUATED);
		if (ret[i].state == CHECK_PASSED)
			c->passed |= CHECK_BIT(i);
	}
}

/* --- What the checks look at --- */

/*
 * The key that must have signed: the session's, or that of certificates under the same anchor
 * (check 5).
 */
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

/* Evidence that names a key names the session's. Returns 1 or 0, or a negative errno for our own faults. */
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
 * Another key than the session's vouches for the session's device alone: its certificate says which device it is of, and what
 * it signs, which session's key it is for. Else one key of the maker's that leaks would vouch for all of its devices.
 */
static bool is_of_session(const struct context *c, const struct identity *signer)
{
	return memcmp(signer->device, c->id->device, SHA256_LEN) == 0 ||
	       (c->evidence.session_key.n > 0 && device_check(signer, &c->evidence) == REASON_ADMITTED);
}

static int verify_evidence(struct context *c, const struct trust *trust)
{
	static const enum hallmark_reason reasons[] = {
		[SIGN1_BAD_SIGNATURE] = REASON_EVIDENCE_SIGNATURE,
		[SIGN1_BAD_ALGORITHM] = REASON_EVIDENCE_ALGORITHM,
		[SIGN1_VALID] = REASON_ADMITTED,
	};
	const struct sign1 *token = &c->evidence.token;
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
	int r = evidence_decode(evidence, &c->evidence, &c->evidence_reason);

	if (r < 0 || c->evidence_reason != REASON_ADMITTED)
		return r;
	c->evidence_reason = REASON_INTERNAL;
	return verify_evidence(c, trust);
}

static void note_product(struct context *c, enum dependency_kind kind)
{
	dependencies_add(&c->rests_on, product_question(kind, &c->evidence.product));
}

/* Whether it could count for this device by all that costs no search. */
static bool fits(const struct context *c, const struct candidate *candidate)
{
	bool is_bound;

	return candidate_period(candidate, c->now_sec) == REASON_ADMITTED && names_chain(candidate->label, c->id) &&
	       class_find(candidate->label, &c->evidence.product, &is_bound) == REASON_ADMITTED;
}

/* Of the entries of one register: the labels that fit, or those that do not, until the register has all its places. */
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

/* What the registers have of the product that the evidence names, as much of each of them. */
static void take_registered(struct context *c, const struct label_entry *entries, size_t n)
{
	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && entries[i + run].reg == entries[i].reg;)
			run++;
		(void)take_entries(c, &entries[i], run, false, take_entries(c, &entries[i], run, true, 0));
	}
}

/* Those that were sent, and those of the registers: whoever carries it, an issuer's latest word counts. */
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
	for (size_t i = 0; i < submission->n_labels && i < HALLMARK_LABELS_MAX; i++) {
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

static void state_evidence(const struct context *c, struct facts *f)
{
	const struct evidence *e = &c->evidence;

	memcpy(f->ueid, e->ueid.p, e->ueid.n);
	f->n_ueid = (uint8_t)e->ueid.n;
	f->product = e->product;
	f->debug = e->debug;
	for (size_t i = 0; i < e->n_nonces; i++)
		if (is_nonce(c, e->nonces[i]) || is_channel_value(c, e->nonces[i]))
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
	make_checks(c, CHECKS_OF_DEVICE, f->checks);
	if (c->id->chain.state != CHECK_PASSED && f->checks[CHECK_CHAIN].state == CHECK_PASSED &&
	    find_voucher(c, &voucher))
		expiry_bound(&f->expiry, voucher.at_sec, voucher.cause);
}

/* What an issuer said that may say so. */
static void state_verified(const struct context *c, const struct label *label, struct label_facts *f)
{
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
	f->expiry = (struct expiry){ .at_sec = TIME_FOREVER };
	expiry_bound(&f->expiry, label->exp_sec, EXPIRY_LABEL);
	expiry_bound(&f->expiry, c->label->register_exp_sec, EXPIRY_REGISTER);
	(void)standing_check(c->trust, label, c->now_sec, &until_sec);
	expiry_bound(&f->expiry, until_sec, EXPIRY_STATUS_LIST);
	if (f->checks[CHECK_LABEL_CLASS].state == CHECK_PASSED)
		(void)class_find(label, &c->evidence.product, &f->firmware_bound);
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
	make_checks(c, CHECKS_OF_LABEL, f->checks);
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
