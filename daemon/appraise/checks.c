/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks 1 to 14. Each is a pure function of what was decoded and verified before, called from the table at the end.
 * That table also names the checks that a check depends on: a claim whose signature did not verify is not examined.
 */
#include <string.h>

#include "appraise/appraise_inside.h"
#include "appraise/labels.h"
#include "appraise/version.h"
#include "base/clock.h"
#include "base/timekeeper.h"
#include "identity/identity.h"
#include "token/measured.h"

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

/* The anchor must be in the chain above the leaf (docs/protocol.md section 4.2): a device does not vouch for itself. */
bool label_names_chain(const struct label *label, const struct identity *id)
{
	for (size_t i = 1; i < id->n_path; i++)
		for (size_t j = 0; j < label->n_anchors; j++)
			if (memcmp(id->path[i], label->anchors[j], SHA256_LEN) == 0)
				return true;
	return false;
}

/* A suspended label keeps its anchors. A label of unknown status does not. */
static bool keeps_anchors(enum hallmark_reason standing, const struct label *label)
{
	return standing == REASON_ADMITTED || standing == REASON_LABEL_SUSPENDED ||
	       (standing == REASON_NO_STATUS && !label_names_status(label));
}

/* Whether a label that is itself trusted, current and of known status vouches for the path, and until when. */
static bool vouches(const struct context *c, const struct candidate *candidate, struct expiry *ret)
{
	int64_t standing_sec;

	if (candidate->reason != REASON_ADMITTED || candidate->newer != REASON_ADMITTED ||
	    candidate_period(candidate, c->now_sec) != REASON_ADMITTED || !label_names_chain(candidate->label, c->id) ||
	    !keeps_anchors(standing_check(c->trust, candidate->label, c->now_sec, &standing_sec), candidate->label))
		return false;

	*ret = expiry_of_label(candidate->label->exp_sec, candidate->register_exp_sec, standing_sec);
	return true;
}

bool voucher_find(const struct context *c, struct expiry *ret)
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

	if (c->id->chain.reason == REASON_CHAIN_UNANCHORED && voucher_find(c, &e))
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

/* Every handle must be of this session (docs/protocol.md section 4.1), and at least one must still be valid. */
bool handle_is_of_session(const struct context *c, struct bytes handle)
{
	return is_nonce(c, handle) || is_channel_value(c, handle);
}

/* In TLS 1.2 an empty context is not the same as none (RFC 5705 section 4), and a call that passes one is easily written. */
static enum hallmark_reason why_unknown(const struct context *c, struct bytes handle)
{
	bool is_known = c->channel->possession && bytes_equal(handle, BYTES(c->channel->empty_context_value));

	return is_known ? REASON_EXPORTER_CONTEXT : REASON_NONCE_UNKNOWN;
}

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
			return check_failed(why_unknown(c, handle));
	}
	if (has_channel_value && c->channel->channel_good)
		return check_passed();
	if (has_nonce && c->channel->nonce_good)
		return check_passed();
	if (has_nonce)
		return check_failed(REASON_NONCE_EXPIRED);
	return check_failed(has_channel_value ? REASON_CHANNEL_SPENT : REASON_NONCE_MISSING);
}

/* The certificate names one UEID, or the same one twice (docs/protocol.md section 5.1). */
static enum hallmark_reason serial_check(const struct identity *id, struct bytes ueid)
{
	if (id->n_ueids == 0)
		return REASON_NO_SERIAL;
	for (size_t i = 0; i < id->n_ueids; i++)
		if (!bytes_equal(bytes_of(id->ueids[i].bytes, id->ueids[i].n), ueid))
			return REASON_SERIAL_MISMATCH;
	return REASON_ADMITTED;
}

/* A hwType under a private enterprise's arc, 1.3.6.1.4.1.N, and an oemid "pen:N" must have the same N. */
static bool makers_agree(const char *hw_type, const char *maker)
{
	static const char arc[] = "1.3.6.1.4.1.", pen[] = "pen:";

	if (strncmp(hw_type, arc, strlen(arc)) != 0 || strncmp(maker, pen, strlen(pen)) != 0)
		return true;
	hw_type += strlen(arc);
	maker += strlen(pen);
	return strcspn(hw_type, ".") == strlen(maker) && strncmp(hw_type, maker, strlen(maker)) == 0;
}

/* Whether the certificate is of the device that the evidence is about. */
enum hallmark_reason device_is_same(const struct identity *id, const struct evidence *evidence)
{
	enum hallmark_reason reason = serial_check(id, evidence->ueid);

	if (reason == REASON_ADMITTED && !makers_agree(id->hw_type, evidence->product.maker))
		reason = REASON_MAKER_MISMATCH;
	return reason;
}

static struct check_result check_same_device(const struct context *c)
{
	return result_of(device_is_same(c->id, &c->evidence));
}

static struct check_result check_debug(const struct context *c)
{
	return c->evidence.debug >= DEBUG_DISABLED ? check_passed() : check_failed(REASON_DEBUG_ENABLED);
}

/* --- Product classes --- */

static bool class_is_bound(const struct label_class *class)
{
	return class->version_from[0] || class->version_to[0];
}

/* Versions without an order match only an end of the range. */
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

/* Equal, not a prefix (docs/protocol.md section 4.2). Members that the class does not name do not matter. */
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
	return reference->n_measurements == 0 ||
	       measurements_are_good(measurements, reference->measurements, reference->n_measurements);
}

static enum hallmark_reason reference_check(const struct reference *reference, const struct context *c)
{
	if (!time_has_come(reference->iat_sec, c->now_sec) || c->now_sec >= reference->exp_sec)
		return REASON_REFERENCE_STALE;
	if (!version_is_within(&reference->class, &c->evidence.product) ||
	    !is_measured(reference, c->evidence.measurements))
		return REASON_FIRMWARE_MISMATCH;
	return REASON_ADMITTED;
}

/*
 * One matching reference is enough. When none matches, the finding from a current reference counts more than from a
 * stale one.
 */
struct check_result firmware_find(const struct context *c, int64_t *ret_until_sec)
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

enum hallmark_reason class_find(const struct label *label, const struct product *product, bool *ret_bound)
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
	return label_names_chain(c->label->label, c->id) ? check_passed() : check_failed(REASON_ANCHOR_MISMATCH);
}

/* Labels that extend this one are handled later (labels_supersede()): only a valid label replaces another. */
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
 * X(IDENTIFIER, function, earlier checks that it depends on). What a check means, its subject and its specification are
 * in hallmark/check.h.
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

void checks_make(struct context *c, uint32_t set, struct check_result ret[static _CHECK_MAX])
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
