/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmark-label verify`: what one file is, what it says, and whether it is valid. It knows the tokens of
 * docs/protocol.md section 4 and PEM certificates. Who may speak for a scheme is only known with a gateway's
 * configuration. Only the gateway can judge the freshness of evidence.
 */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>

#include "appraise/appraise.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/spelling.h"
#include "base/timekeeper.h"
#include "base/when.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/inspect/inspection.h"
#include "ctl/value.h"
#include "identity/describe.h"
#include "identity/identity.h"
#include "token/cose.h"
#include "token/cwt.h"
#include "token/ear.h"
#include "token/evidence.h"
#include "token/label.h"
#include "token/names.h"

DEFINE_CLEANUP(struct anchors *, anchors_free);
DEFINE_CLEANUP(struct identity *, identity_free);

#define LABELS_SHOWN 100 /* of a register, as text */
#define TWICE_SHOWN  20  /* duplicate numbers */

/* Findings that are not checks of a device. */
static const struct question about_validity = { "validity", "RFC 8392 section 3.1" };
static const struct question about_times = { "times", "RFC 8392 section 2, docs/protocol.md section 4" };
static const struct question about_dates = { "dates", "RFC 5280 section 4.1.2.5" };
static const struct question about_form = { "form", "docs/protocol.md section 4" };
static const struct question about_numbers = { "numbers", "docs/protocol.md section 4.3" };
static const struct question about_type = { "type", "RFC 9596 section 2, docs/protocol.md section 4" };

/* --- Contents: an absent value is not shown --- */

static void put_hex(struct inspection *i, const char *name, struct bytes b)
{
	char hex[2 * 64 + 1];

	if (b.n == 0 || b.n > 64)
		return;
	bytes_to_hex(b, hex);
	value_add_text(i->findings.contents, name, hex);
}

static void put_digests(struct inspection *i, const char *name, const uint8_t (*digests)[SHA256_LEN], size_t n)
{
	struct value *list = value_add_new(i->findings.contents, name, VALUE_LIST);
	char hex[SHA256_HEX_SIZE];

	for (size_t k = 0; k < n; k++) {
		bytes_to_hex(BYTES(digests[k]), hex);
		value_add_text(list, NULL, hex);
	}
}

static void put_product(struct inspection *i, const struct product *p)
{
	put_text(i, "maker", p->maker);
	put_text(i, "model", p->model);
	put_text(i, "hwversion", p->hwversion);
	put_text(i, "swname", p->swname);
	put_text(i, "swversion", p->swversion);
}

/* --- Signatures --- */

/* Which time it is, and what is wrong with it. In evidence the other times are ignored. */
static void find_times(struct inspection *i, bool is_evidence)
{
	static const struct {
		const char *name;
		int64_t key;
	} times[] = { { "iat", HALLMARK_CLAIM_IAT }, { "exp", HALLMARK_CLAIM_EXP }, { "nbf", HALLMARK_CLAIM_NBF } };
	struct sign1 token;

	if (sign1_decode(i->file, HALLMARK_REGISTER_MAX, &token) < 0)
		return;
	for (size_t k = 0; k < (is_evidence ? 1 : ARRAY_SIZE(times)); k++) {
		const char *fault = cwt_time_fault(token.payload, times[k].key);
		char text[192];

		(void)snprintf(text, sizeof(text), "%s %s", times[k].name, fault ? translated(fault) : "");
		if (fault)
			findings_add_text(&i->findings, &about_times, CHECK_FAILED, text);
	}
}

void find_unreadable(struct inspection *i, enum hallmark_check check, enum hallmark_reason reason)
{
	findings_add(&i->findings, check, check_failed(reason));
	if (reason == REASON_EVIDENCE_TIME || reason == REASON_LABEL_TIME)
		find_times(i, reason == REASON_EVIDENCE_TIME);
}

int find_signer(struct inspection *i, const struct sign1 *token, const char *issuer, int r, enum hallmark_reason reason)
{
	if (r < 0)
		return r;
	if (i->trust && reason == REASON_ADMITTED)
		put_text(i, "issuer_role", issuer_role_name(issuer_role_of(i->trust, issuer)));
	if (i->trust)
		findings_add(&i->findings, CHECK_LABEL_SIGNATURE,
			     reason == REASON_ADMITTED ? check_passed() : check_failed(reason));
	find_signature(i, token);
	return 0;
}

/* --- Label statements and registers --- */

void put_class(struct value *list, const struct label_class *c)
{
	const struct product *p = &c->product;
	char text[768], near[sizeof(p->model)], versions[192];
	const char *unlike = spelling_text(spelling_find(p->model, near, sizeof(near)));

	(void)snprintf(versions, sizeof(versions), translated(", versions %s to %s"), c->version_from, c->version_to);
	(void)snprintf(text, sizeof(text), "%s / %s%s%s%s%s%s%s%s", p->maker, p->model,
		       p->hwversion[0] != '\0' ? translated(", hardware ") : "", p->hwversion,
		       p->swname[0] != '\0' ? translated(", software ") : "", p->swname,
		       c->version_from[0] != '\0' ? versions : translated(", any firmware"),
		       unlike[0] != '\0' ? translated("; attention, the model is not as it looks: ") : "",
		       translated(unlike));
	value_add_text(list, NULL, text);
}

static const char *basis_name(enum hallmark_basis basis)
{
	switch (basis) {
	case HALLMARK_BASIS_TESTED:
		return translated("tested");
	case HALLMARK_BASIS_RECOGNITION:
		return translated("by recognition of another label");
	default:
		return translated("unknown");
	}
}

static void put_label(struct inspection *i, const struct label *label)
{
	struct value *contents = i->findings.contents;

	put_text(i, "issuer", label->issuer);
	put_text(i, "number", label->number);
	put_text(i, "scheme", label->scheme);
	put_number(i, "level", label->level);
	put_text(i, "level_name", label->level_name);
	put_text(i, "basis", basis_name(label->basis));
	put_text(i, "category", label->category);
	put_text(i, "field", label->field);
	put_text(i, "scheme_version", label->scheme_version);
	put_text(i, "lab", label->lab);
	put_text(i, "extends", label->extends);
	put_number(i, "issued", label->iat_sec);
	put_number(i, "valid_from", label->nbf_sec);
	put_number(i, "valid_until", label->exp_sec);
	put_number(i, "supported_until", label->support_until_sec);
	put_text(i, "status_uri", label->status_uri);
	if (label->status_uri[0] != '\0')
		value_add_number(contents, TO_TRANSLATE("status_index"), label->status_index);

	struct value *classes = value_add_new(contents, TO_TRANSLATE("classes"), VALUE_LIST);

	for (size_t k = 0; k < label->n_classes; k++)
		put_class(classes, &label->classes[k]);
	put_digests(i, "anchors_sha256", label->anchors, label->n_anchors);
}

static struct check_result label_period(const struct label *label, int64_t at_sec)
{
	if (label_ends_first(label))
		return check_failed(REASON_LABEL_ENDS_FIRST);
	if (!label_has_begun(label, at_sec))
		return check_failed(REASON_LABEL_NOT_YET);
	return at_sec < label->exp_sec ? check_passed() : check_failed(REASON_LABEL_EXPIRED);
}

static int inspect_label(struct inspection *i)
{
	_cleanup_(label_done) struct label label = { 0 };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;
	int r;

	inspection_begin(i, "label statement");
	r = label_decode(i->file, &token, &label, &reason);
	if (r < 0)
		return r;
	if (reason != REASON_ADMITTED) {
		find_unreadable(i, CHECK_LABEL_SIGNATURE, reason);
		return 0;
	}

	put_label(i, &label);
	r = i->trust ? trust_verify_label(i->trust, i->file, &reason) : 0;
	r = find_signer(i, &token, label.issuer, r, reason);
	if (r == 0 && !i->ctl->signature_only)
		findings_add(&i->findings, CHECK_LABEL_VALIDITY, label_period(&label, i->at_sec));
	return r;
}

/* One line for each label. Labels outside their period are marked; they do not make the register invalid. */
static void put_register(struct inspection *i, const struct label_register *r)
{
	struct value *list;

	put_text(i, "issuer", r->issuer);
	put_number(i, "sequence", (int64_t)r->sequence);
	put_number(i, "issued", r->iat_sec);
	put_number(i, "valid_until", r->exp_sec);
	put_number(i, "statements", (int64_t)r->n_labels);
	value_add_flag(i->findings.contents, "complete", r->is_complete);

	list = value_add_new(i->findings.contents, TO_TRANSLATE("labels"), VALUE_LIST);
	for (size_t k = 0; k < r->n_labels && (i->ctl->json || k < LABELS_SHOWN); k++) {
		const struct label *label = &r->labels[k];
		struct check_result period = label_period(label, i->at_sec);
		char text[256];

		(void)snprintf(text, sizeof(text), translated("%s level %u, number %s, %s%s%s"), label->scheme,
			       label->level, label->number, label->category, period.state == CHECK_PASSED ? "" : ": ",
			       period.state == CHECK_PASSED ? "" : translated(reason_sentence(period.reason)));
		value_add_text(list, NULL, text);
	}
	if (!i->ctl->json && r->n_labels > LABELS_SHOWN)
		value_add_text(list, NULL, translated("and more; --json shows all"));
}

/* Reports each duplicate number with both its statements. */
static int find_twice(struct inspection *i, const struct label_register *r)
{
	struct label_pair pairs[TWICE_SHOWN];
	int n = label_register_find_twice(r, pairs, TWICE_SHOWN);

	for (int k = 0; k < n && k < TWICE_SHOWN; k++) {
		const struct label *first = &r->labels[pairs[k].first], *second = &r->labels[pairs[k].second];
		char text[512];

		(void)snprintf(
			text, sizeof(text),
			translated("number %s of %s occurs twice: statement %zu (\"%s\", level %u) and statement %zu "
				   "(\"%s\", level %u); its issuer must remove one"),
			first->number, first->scheme, pairs[k].first + 1, first->number, first->level,
			pairs[k].second + 1, second->number, second->level);
		findings_add_text(&i->findings, &about_numbers, CHECK_FAILED, text);
	}
	return n < 0 ? n : 0;
}

void find_period(struct inspection *i, int64_t iat_sec, int64_t exp_sec)
{
	if (i->ctl->signature_only)
		return;
	if (exp_sec <= iat_sec)
		findings_add_text(&i->findings, &about_validity, CHECK_FAILED,
				  "it ends before it was issued; its issuer must sign it again");
	else if (!time_has_come(iat_sec, i->at_sec))
		findings_add_text(&i->findings, &about_validity, CHECK_FAILED, "it was issued after this time");
	else if (i->at_sec >= exp_sec)
		findings_add_text(&i->findings, &about_validity, CHECK_FAILED, "its period has ended");
	else
		findings_add_text(&i->findings, &about_validity, CHECK_PASSED, "the time is in its period");
}

static int inspect_register(struct inspection *i)
{
	_cleanup_(label_register_done) struct label_register labels = { 0 };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;
	int r;

	inspection_begin(i, "register of label statements");
	r = label_register_decode(i->file, &token, &labels, &reason);
	if (r < 0)
		return r;
	if (reason != REASON_ADMITTED) {
		find_unreadable(i, CHECK_LABEL_SIGNATURE, reason);
		return 0;
	}

	put_register(i, &labels);
	r = i->trust ? trust_add_register(i->trust, i->file, labels.iat_sec, NULL, &reason) :
		       0; /* its end is another finding, and so are its numbers */
	if (reason == REASON_REGISTER_NUMBER_TWICE)
		reason = REASON_ADMITTED;
	r = find_signer(i, &token, labels.issuer, r, reason);
	if (r == 0)
		r = find_twice(i, &labels);
	if (r == 0)
		find_period(i, labels.iat_sec, labels.exp_sec);
	return r;
}

/* --- Evidence and results --- */

static int inspect_evidence(struct inspection *i, const struct sign1 *token, const struct evidence *evidence,
			    enum hallmark_reason reason)
{
	static const char *const debug[_DEBUG_MAX] = {
		[DEBUG_ENABLED] = TO_TRANSLATE("enabled"),
		[DEBUG_DISABLED] = TO_TRANSLATE("disabled"),
		[DEBUG_DISABLED_SINCE_BOOT] = TO_TRANSLATE("disabled since boot"),
		[DEBUG_DISABLED_PERMANENTLY] = TO_TRANSLATE("disabled permanently"),
		[DEBUG_DISABLED_FULLY_AND_PERMANENTLY] = TO_TRANSLATE("disabled fully and permanently"),
	};

	inspection_begin(i, "evidence of a device");
	if (reason != REASON_ADMITTED) {
		find_unreadable(i, CHECK_EVIDENCE_SIGNATURE, reason);
		return 0;
	}

	put_hex(i, "ueid", evidence->ueid);
	put_product(i, &evidence->product);
	put_text(i, "debugging", translated(debug[evidence->debug]));
	put_number(i, "issued", evidence->iat_sec);
	put_hex(i, "session key", evidence->session_key);
	for (size_t k = 0; k < evidence->n_nonces; k++)
		put_hex(i, "nonce", evidence->nonces[k]);
	put_number(i, "measurements", (int64_t)evidence->measurements.n);
	find_signature(i, token);
	return 0;
}

static void put_result(struct inspection *i, const struct ear *ear)
{
	struct value *why;

	put_text(i, "gateway", ear->verifier);
	put_text(i, "status", ear_status_name(ear->status));
	put_text(i, "policy", ear->policy);
	put_text(i, "zone", ear->zone);
	put_number(i, "issued", ear->iat_sec);
	put_number(i, "valid_until", ear->exp_sec);
	put_text(i, "ends_first", ear->expires_first);
	put_number(i, "renew_after", ear->renew_after_sec);
	put_text(i, "scheme", ear->scheme);
	put_number(i, "level", ear->level);
	put_text(i, "number", ear->label_number);
	put_text(i, "issuer_role", issuer_role_name(ear->issuer_role));
	put_text(i, "arrangement", ear->arrangement);
	put_text(i, "home_scheme", ear->home_scheme);
	put_number(i, "home_level", ear->home_level);
	for (size_t k = 0; k < ear->n_handles; k++)
		put_hex(i, "nonce", BYTES(ear->handles[k]));

	why = value_add_new(i->findings.contents, TO_TRANSLATE("why"), VALUE_LIST);
	for (size_t k = 0; k < ear->n_reasons; k++)
		value_add_text(why, NULL, translated(reason_sentence((enum hallmark_reason)ear->reasons[k])));
}

static int inspect_result(struct inspection *i)
{
	struct sign1 token;
	struct ear ear;

	inspection_begin(i, "attestation result of a gateway");
	if (ear_decode(i->file, &token, &ear) < 0) {
		findings_add_text(&i->findings, &about_form, CHECK_FAILED,
				  "it is not a well-formed attestation result");
		return 0;
	}

	put_result(i, &ear);
	find_signature(i, &token);
	find_period(i, ear.iat_sec, ear.exp_sec);
	return 0;
}

/* Evidence and results have the same type (RFC 9782); the profile distinguishes them. */
static int inspect_eat(struct inspection *i)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct evidence evidence = { 0 };
	struct sign1 token;
	int r;

	r = evidence_decode(i->file, &token, &evidence, &reason);
	if (r < 0)
		return r;
	if (reason == REASON_EVIDENCE_PROFILE)
		return inspect_result(i);
	return inspect_evidence(i, &token, &evidence, reason);
}

/* --- Certificates --- */

static void put_identity(struct inspection *i, const struct identity *id)
{
	put_hex(i, "device", BYTES(id->device));
	put_text(i, "serial", id->serial);
	put_text(i, "hw_type", id->hw_type);
	put_hex(i, "hw_serial", bytes_of(id->hw_serial, id->n_hw_serial));
	put_text(i, "permanent_identifier", id->permanent);
	put_text(i, "matter_vendor", id->matter_vendor);
	put_text(i, "matter_product", id->matter_product);
	for (size_t n = 0; n < id->n_ueids; n++)
		put_hex(i, n == 0 ? TO_TRANSLATE("ueid") : TO_TRANSLATE("ueid_2"),
			bytes_of(id->ueids[n].bytes, id->ueids[n].n));
	put_text(i, "mud_url", id->mud_url);
	put_number(i, "valid_until", id->not_after_sec);
	put_digests(i, "path_sha256", id->path, id->n_path);
}

struct anchors *anchors_load(const char *path)
{
	_cleanup_(anchors_freep) struct anchors *anchors = anchors_new();
	_cleanup_(free_bytes) struct bytes pem = { 0 };

	if (!anchors || (path && file_load(path, 65536, &pem) < 0))
		return NULL;
	if (path && anchors_add(anchors, path, pem) < 0) {
		log_error("%s: not a CA certificate; to verify certificates and CRLs, --key takes the PEM "
			  "of their CA",
			  path);
		return NULL;
	}
	return TAKE_PTR(anchors);
}

/* What is wrong with the dates of certificates that do not count. */
static void find_dates(struct inspection *i, const struct certificates *chain)
{
	for (size_t k = 0; k < chain->n; k++) {
		struct certificate_text certificate;
		char text[64 + sizeof(certificate.fault)];

		if (certificate_describe(chain->der[k], &certificate) < 0 || certificate.fault[0] == '\0')
			continue;
		(void)snprintf(text, sizeof(text), translated("certificate %zu: %s"), k + 1, certificate.fault);
		findings_add_text(&i->findings, &about_dates, CHECK_FAILED, text);
	}
}

/* Here `--key` is the anchor: the CA's certificate. */
static int inspect_certificates(struct inspection *i)
{
	_cleanup_(certificates_done) struct certificates chain = { 0 };
	_cleanup_(anchors_freep) struct anchors *anchors = anchors_load(i->ctl->key);
	_cleanup_(identity_freep) struct identity *id = NULL;
	const struct question about_chain = { check_name(CHECK_CHAIN), check_specification(CHECK_CHAIN) };
	int r;

	if (!anchors)
		return -EINVAL;
	inspection_begin(i, "device certificate");
	r = certificates_decode(i->file, &chain);
	if (r < 0) {
		findings_add_text(&i->findings, &about_form, CHECK_FAILED,
				  "there is no certificate in it, or too many");
		return 0;
	}
	r = identity_verify(chain.der, chain.n, anchors, i->at_sec, &id);
	if (r == -EBADMSG || r == -E2BIG) {
		findings_add(&i->findings, r == -E2BIG ? CHECK_CHAIN : CHECK_CERTIFICATE,
			     check_failed(r == -E2BIG ? REASON_CHAIN_LIMIT : REASON_CERTIFICATE_MALFORMED));
		return 0;
	}
	if (r < 0)
		return r;

	put_identity(i, id);
	findings_add(&i->findings, CHECK_CERTIFICATE, id->certificate);
	if (!i->ctl->key && id->chain.reason == REASON_CHAIN_UNANCHORED)
		findings_add_text(&i->findings, &about_chain, CHECK_ABSENT,
				  "no anchor to end the chain in; give --key CA.pem");
	else
		findings_add(&i->findings, CHECK_CHAIN, id->chain);
	if (id->certificate.state == CHECK_FAILED || id->chain.state == CHECK_FAILED)
		find_dates(i, &chain);
	return 0;
}

/* --- The command --- */

static int inspect_token(struct inspection *i)
{
	struct sign1 token;
	int r;

	r = sign1_decode(i->file, HALLMARK_REGISTER_MAX, &token);
	if (r < 0) {
		inspection_begin(i, "nothing known");
		findings_add_text(&i->findings, &about_form, CHECK_FAILED,
				  "it is neither a signed token (COSE_Sign1) of the protocol, nor a "
				  "certificate in PEM, nor one CRL");
		return 0;
	}
	if (i->ctl->key) {
		r = file_load_public_key(i->ctl->key, &i->key);
		if (r < 0)
			return r;
	}
	if (strcmp(token.typ, HALLMARK_TYP_LABEL) == 0)
		return inspect_label(i);
	if (strcmp(token.typ, HALLMARK_TYP_REGISTER) == 0)
		return inspect_register(i);
	if (strcmp(token.typ, HALLMARK_TYP_STATUS) == 0)
		return inspect_status_list(i);
	if (strcmp(token.typ, HALLMARK_TYP_REFERENCE) == 0)
		return inspect_reference(i);
	if (strcmp(token.typ, HALLMARK_TYP_SEAL) == 0)
		return inspect_seal(i);
	if (strcmp(token.typ, HALLMARK_TYP_EVIDENCE) == 0)
		return inspect_eat(i);

	inspection_begin(i, "signed token of another type");
	put_text(i, "type", token.typ);
	findings_add_text(&i->findings, &about_type, CHECK_FAILED, "the type is not one of the protocol's");
	return 0;
}

static void inspection_done(struct inspection *i)
{
	findings_done(&i->findings);
	EVP_PKEY_free(i->key);
	trust_free(i->trust);
	free_bytes(&i->file);
}

static int inspect(struct inspection *i)
{
	struct crl_text crl;

	if (crl_describe(i->file, &crl) == 0)
		return inspect_crl(i, &crl);
	return file_is_pem(i->file) ? inspect_certificates(i) : inspect_token(i);
}

enum ctl_exit ctl_verify(const struct ctl *ctl)
{
	_cleanup_(inspection_done) struct inspection i = { .ctl = ctl, .at_sec = clock_realtime_sec() };
	int r;

	if (ctl->at && !when_parse(ctl->at, &i.at_sec, NULL)) {
		log_error("--at \"%s\": give a day as 2026-05-31, or a time as 2026-05-31T12:00:00Z", ctl->at);
		return CTL_FAULT;
	}
	if (file_load(ctl->operand, HALLMARK_REGISTER_MAX, &i.file) < 0)
		return CTL_FAULT;
	if (ctl->config && issuers_load(ctl->config, &i.trust) < 0)
		return CTL_FAULT;

	r = inspect(&i);
	if (r < 0) {
		(void)log_errno(r, "%s: could not be evaluated", ctl->operand);
		return CTL_FAULT;
	}
	return findings_show(&i.findings, ctl, i.at_sec);
}
