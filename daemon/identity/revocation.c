/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRLs (RFC 5280 sections 5 and 6.3), each bound to its issuer: a CRL applies only to the CA in the path that has its
 * name and whose key signed it. Each CRL revokes what it names. Only a complete CRL shows that a certificate is not
 * revoked. Nothing is fetched.
 */
#include "identity/revocation.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "identity/anchors.h"
#include "identity/certificate.h"
#include "identity/identity.h"

DEFINE_CLEANUP(X509_CRL *, X509_CRL_free);
DEFINE_CLEANUP(BIO *, BIO_free);

static bool is_pem(struct bytes in)
{
	static const char mark[] = "-----BEGIN ";

	return in.n > 0 && in.p[0] != 0x30 && memmem(in.p, in.n, mark, sizeof(mark) - 1);
}

/* Exactly one CRL: with several in one file, one could be overlooked. */
static int decode_pem(struct bytes pem, X509_CRL **ret)
{
	_cleanup_(BIO_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	_cleanup_(X509_CRL_freep) X509_CRL *crl = NULL, *second = NULL;

	if (!bio)
		return -ENOMEM;
	crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	if (!crl)
		return -EBADMSG;
	second = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	if (second)
		return -ENOTUNIQ;
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -EBADMSG;
	*ret = TAKE_PTR(crl);
	return 0;
}

int revocation_decode(struct bytes in, X509_CRL **ret)
{
	if (in.n > CRL_BYTES_MAX)
		return -E2BIG;
	if (is_pem(in))
		return decode_pem(in, ret);

	const unsigned char *p = in.p;
	_cleanup_(X509_CRL_freep) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)in.n);

	if (!crl || p != in.p + in.n)
		return -EBADMSG;
	*ret = TAKE_PTR(crl);
	return 0;
}

/* --- What a list can do --- */

static const char *const limit_texts[_CRL_LIMIT_MAX] = {
	[CRL_IS_COMPLETE] = "it is complete",
	[CRL_IS_DELTA] = "it is a delta: it contains only changes",
	[CRL_HAS_SCOPE] = "its issuingDistributionPoint limits it to a part of its CA's revocations",
	[CRL_IS_OF_ATTRIBUTES] = "it is for attribute certificates, not for devices",
	[CRL_HAS_CRITICAL] = "it has a critical extension that is not known here",
	[CRL_HAS_CRITICAL_ENTRY] = "an entry has a critical extension that is not known here, or is of another CA",
	[CRL_IS_VERSION_1] = "it is of version 1",
	[CRL_HAS_NO_END] = "it does not say when the next one is due (nextUpdate)",
	[CRL_HAS_BAD_NUMBER] = "its number cannot be read",
	[CRL_IS_BESIDE] = "the installed list of this CA is newer by its time or its number (crl-older)",
	[CRL_IS_EARLY] = "it was issued after the gateway's present time (crl-not-yet)",
};

const char *crl_limit_text(enum crl_limit limit)
{
	return limit_texts[limit];
}

static bool is_of_attributes(const X509_CRL *crl)
{
	ISSUING_DIST_POINT *point = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
	bool answer = point && point->onlyattr > 0;

	ISSUING_DIST_POINT_free(point);
	return answer;
}

static bool has_extension(const X509_CRL *crl, int nid)
{
	return X509_CRL_get_ext_by_NID(crl, nid, -1) >= 0;
}

/* RFC 5280 section 5.3: an entry of another CA, or an entry with an unknown critical extension. */
static bool has_critical_entry(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		if (X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) >= 0 ||
		    X509_REVOKED_get_ext_by_critical(entry, 1, -1) >= 0)
			return true;
	}
	return false;
}

/* RFC 5280 section 5.2.3: 0 without the extension; numbers above 64 bits all count as the largest one. */
static bool read_number(const X509_CRL *crl, uint64_t *ret)
{
	int critical = 0;
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, NULL);

	*ret = 0;
	if (!number)
		return critical == -1; /* absent; else it occurs twice or is not a number */

	bool is_good = ASN1_STRING_type(number) == V_ASN1_INTEGER;

	if (is_good && ASN1_INTEGER_get_uint64(ret, number) != 1)
		*ret = UINT64_MAX;
	ASN1_INTEGER_free(number);
	return is_good;
}

/* RFC 5280 section 5.2: everything that may make the list less than all that its CA has revoked. */
enum crl_limit revocation_limit(X509_CRL *crl)
{
	uint64_t number;

	if (is_of_attributes(crl))
		return CRL_IS_OF_ATTRIBUTES;
	if (has_extension(crl, NID_delta_crl))
		return CRL_IS_DELTA;
	if (has_extension(crl, NID_issuing_distribution_point))
		return CRL_HAS_SCOPE;
	if (X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0)
		return CRL_HAS_CRITICAL;
	if (has_critical_entry(crl))
		return CRL_HAS_CRITICAL_ENTRY;
	if (X509_CRL_get_version(crl) != X509_CRL_VERSION_2)
		return CRL_IS_VERSION_1;
	if (!X509_CRL_get0_nextUpdate(crl))
		return CRL_HAS_NO_END;
	return read_number(crl, &number) ? CRL_IS_COMPLETE : CRL_HAS_BAD_NUMBER;
}

/*
 * The scope of a list, as one digest. Lists of one scope follow each other; lists of other scopes are kept beside them,
 * so that a list of less never replaces one of more. All zero for a list of everything.
 */
static int read_scope(const X509_CRL *crl, uint8_t ret[static SHA256_LEN])
{
	uint8_t both[2 * SHA256_LEN];
	int r = 0;

	memset(ret, 0, SHA256_LEN);
	for (int i = 0; i < X509_CRL_get_ext_count(crl) && r == 0; i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
		uint8_t *der = NULL;
		int n;

		if (nid != NID_issuing_distribution_point && nid != NID_delta_crl &&
		    !X509_EXTENSION_get_critical(extension))
			continue;
		n = i2d_X509_EXTENSION(extension, &der);
		memcpy(both, ret, SHA256_LEN);
		r = n > 0 ? digest_sha256(bytes_of(der, (size_t)n), both + SHA256_LEN) : -EIO;
		OPENSSL_free(der);
		if (r == 0)
			r = digest_sha256(BYTES(both), ret);
	}
	return r;
}

static bool read_time(const ASN1_TIME *time, int64_t *ret_sec)
{
	struct tm tm;

	if (!time || !ASN1_TIME_to_tm(time, &tm))
		return false;
	*ret_sec = (int64_t)timegm(&tm);
	return true;
}

/* Without nextUpdate, the list is always stale. */
static bool read_times(struct revocation_list *list)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list->crl);

	list->next_update_sec = INT64_MIN;
	return read_time(X509_CRL_get0_lastUpdate(list->crl), &list->this_update_sec) &&
	       (!next || read_time(next, &list->next_update_sec));
}

/*
 * RFC 5280 section 6.3.3 (f) and (g). Verifying the signature of a long list is expensive, so the first key that
 * verifies it is remembered. Nothing else in a list changes after it was added.
 */
static bool is_signed_by(struct revocation_list *list, X509 *ca, const uint8_t signer[static SHA256_LEN])
{
	if (list->is_signer_known)
		return memcmp(list->signer, signer, SHA256_LEN) == 0;
	if (X509_CRL_verify(list->crl, X509_get0_pubkey(ca)) <= 0)
		return false;
	memcpy(list->signer, signer, SHA256_LEN);
	list->is_signer_known = true;
	return true;
}

/* Whether the CRL has this CA's name and is signed with its key. Returns 0 or -EIO. */
static int is_of(struct revocation_list *list, X509 *ca, bool *ret)
{
	uint8_t signer[SHA256_LEN];

	*ret = false;
	if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(ca)) != 0 ||
	    !(X509_get_key_usage(ca) & X509v3_KU_CRL_SIGN)) /* all bits when the extension is absent */
		return 0;

	int r = certificate_device(ca, signer);

	*ret = r == 0 && is_signed_by(list, ca, signer);
	return r;
}

static int find_signer(const struct anchors *a, struct revocation_list *list)
{
	int r = 0;

	for (size_t i = 0; i < a->n && r == 0 && !list->is_configured; i++)
		r = is_of(list, a->list[i].certificate, &list->is_configured);
	return r;
}

static bool has_scope(const struct revocation_list *list)
{
	static const uint8_t none[SHA256_LEN];

	return memcmp(list->scope, none, SHA256_LEN) != 0;
}

/* CAs with the same name are distinguished by their key, where it is known. */
static int read_mark(struct revocation_list *list)
{
	char name[SET_IDENTITY_SIZE], signer[SHA256_HEX_SIZE] = "", scope[SHA256_HEX_SIZE];
	const char *const parts[] = { name, signer, scope };
	size_t n = 1;

	name_to_text(X509_CRL_get_issuer(list->crl), name, sizeof(name));
	bytes_to_hex(BYTES(list->scope), scope);
	if (list->is_configured) {
		bytes_to_hex(BYTES(list->signer), signer);
		n = has_scope(list) ? 3 : 2;
	}
	list->mark.issued_sec = list->this_update_sec;
	list->mark.until_sec = list->next_update_sec == INT64_MIN ? TIME_FOREVER : list->next_update_sec;
	if (!X509_CRL_digest(list->crl, EVP_sha256(), list->mark.hash, NULL))
		return -EIO;
	return set_mark_identify(&list->mark, SET_CRL, parts, n);
}

static struct revocation_list *find_held(const struct anchors *a, const struct set_mark *mark)
{
	for (size_t i = 0; i < a->n_crls; i++)
		if (memcmp(a->crls[i].mark.hash, mark->hash, SHA256_LEN) == 0)
			return &a->crls[i];
	return NULL;
}

/* Of one CA, by name and key: both lists must be known to be of a configured CA. */
static bool is_of_one_ca(const struct revocation_list *a, const struct revocation_list *b)
{
	return a->is_configured && b->is_configured && memcmp(a->signer, b->signer, SHA256_LEN) == 0 &&
	       X509_NAME_cmp(X509_CRL_get_issuer(a->crl), X509_CRL_get_issuer(b->crl)) == 0;
}

static bool is_of_one_scope(const struct revocation_list *a, const struct revocation_list *b)
{
	return memcmp(a->scope, b->scope, SHA256_LEN) == 0;
}

/* Not the leading list of its CA: it only revokes. */
static bool is_aside(const struct revocation_list *list)
{
	return list->limit == CRL_IS_BESIDE || list->limit == CRL_IS_EARLY;
}

/* The held list that this one would replace. */
static struct revocation_list *find_former(const struct anchors *a, const struct revocation_list *list)
{
	for (size_t i = 0; i < a->n_crls; i++)
		if (!is_aside(&a->crls[i]) && is_of_one_ca(&a->crls[i], list) && is_of_one_scope(&a->crls[i], list))
			return &a->crls[i];
	return NULL;
}

/* Takes ownership of the list's CRL. */
static int append(struct anchors *a, struct revocation_list *list)
{
	if (a->n_crls == CRLS_MAX)
		return -E2BIG;

	struct revocation_list *crls = reallocarray(a->crls, a->n_crls + 1, sizeof(*crls));

	if (!crls)
		return -ENOMEM;
	a->crls = crls;
	crls[a->n_crls++] = *list;
	list->crl = NULL;
	return 0;
}

static bool is_newer(const struct revocation_list *list, const struct revocation_list *than)
{
	return set_order(&than->mark, &list->mark) == SET_ADVANCE;
}

/* A later list of the same scope, or a later list of everything, contains everything that this list would. */
static bool supersedes(const struct revocation_list *later, const struct revocation_list *list)
{
	return !is_aside(later) && is_newer(later, list) &&
	       (later->limit == CRL_IS_COMPLETE || is_of_one_scope(later, list));
}

/* A list that no configured CA signed has no known successor. */
static bool is_followed(const struct anchors *a, const struct revocation_list *list)
{
	for (size_t i = 0; i < a->n_crls; i++)
		if (is_of_one_ca(&a->crls[i], list) && supersedes(&a->crls[i], list))
			return true;
	return false;
}

/*
 * Takes ownership of the list's CRL unless a newer one of its CA and scope is held. Where time and number disagree, the
 * one that was held or accepted first leads, and the other only revokes.
 */
static int keep(struct anchors *a, struct revocation_list *list)
{
	struct revocation_list *former = is_aside(list) ? NULL : find_former(a, list);

	if (find_held(a, &list->mark))
		return 0;
	if (a->is_remembering && is_followed(a, list)) /* a list of everything has replaced it */
		return -ESTALE;
	if (!former)
		return append(a, list);
	if (is_newer(former, list))
		return -ESTALE;
	if (is_newer(list, former)) {
		X509_CRL_free(former->crl);
		*former = *list;
		list->crl = NULL;
		return 0;
	}
	if (a->is_remembering)
		former->limit = CRL_IS_BESIDE;
	else
		list->limit = CRL_IS_BESIDE;
	return append(a, list);
}

static void list_done(struct revocation_list *list)
{
	X509_CRL_free(list->crl);
}

static int add_crl(struct anchors *a, struct bytes in, bool stale_refuse, struct set_mark *ret_mark)
{
	_cleanup_(list_done) struct revocation_list list = { .stale_refuse = stale_refuse };
	int r = revocation_decode(in, &list.crl);

	if (r < 0)
		return r;
	if (!signature_fits(X509_CRL_get_signature_nid(list.crl)) || !read_times(&list))
		return -EBADMSG;
	list.limit = revocation_limit(list.crl);
	list.is_delta = has_extension(list.crl, NID_delta_crl);
	list.is_of_attributes = list.limit == CRL_IS_OF_ATTRIBUTES;
	(void)read_number(list.crl, &list.mark.sequence); /* stays 0 when it cannot be read */
	if (a->latest_sec > 0 && !a->is_remembering && list.this_update_sec > a->latest_sec)
		list.limit = CRL_IS_EARLY;
	r = read_scope(list.crl, list.scope);
	if (r == 0)
		r = find_signer(a, &list);
	if (r < 0)
		return r;
	r = read_mark(&list);
	if (r < 0)
		return r;
	r = keep(a, &list);
	if (r == 0 && ret_mark)
		*ret_mark = list.mark;
	return r;
}

int anchors_add_crl(struct anchors *a, struct bytes crl, bool stale_refuse, struct set_mark *ret_mark)
{
	int r = add_crl(a, crl, stale_refuse, ret_mark);

	ERR_clear_error();
	return r;
}

bool anchors_vouch_for_crl(const struct anchors *a, const struct set_mark *mark)
{
	const struct revocation_list *held = find_held(a, mark);

	return held && held->is_configured && !is_aside(held);
}

enum crl_limit anchors_crl_limit(const struct anchors *a, const struct set_mark *mark)
{
	const struct revocation_list *held = find_held(a, mark);

	return held ? held->limit : CRL_IS_COMPLETE;
}

void anchors_expect(struct anchors *a, int64_t latest_sec, bool is_remembering)
{
	a->latest_sec = latest_sec;
	a->is_remembering = is_remembering;
}

void revocation_free(struct anchors *a)
{
	for (size_t i = 0; i < a->n_crls; i++)
		X509_CRL_free(a->crls[i].crl);
	free(a->crls);
}

/* The lists of one CA. */
struct lists_of {
	const struct revocation_list *list[CRLS_MAX];
	size_t n;
};

/* Returns 0 or -EIO. */
static int find_lists(const struct anchors *a, X509 *ca, struct lists_of *ret)
{
	uint8_t signer[SHA256_LEN];
	int r = certificate_device(ca, signer);

	ret->n = 0;
	if (r < 0 || !(X509_get_key_usage(ca) & X509v3_KU_CRL_SIGN)) /* all bits when the extension is absent */
		return r;

	for (size_t i = 0; i < a->n_crls; i++) {
		struct revocation_list *list = &a->crls[i];

		if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(ca)) == 0 &&
		    is_signed_by(list, ca, signer))
			ret->list[ret->n++] = list;
	}
	return 0;
}

static bool is_superseded(const struct lists_of *lists, const struct revocation_list *list)
{
	for (size_t i = 0; i < lists->n; i++)
		if (supersedes(lists->list[i], list))
			return true;
	return false;
}

/* Of two entries with one serial number, the one that revokes counts. */
static bool has_other_entry(X509_CRL *crl, const X509_REVOKED *removed)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
		ASN1_ENUMERATED *reason;
		bool is_removed;

		if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(entry), X509_REVOKED_get0_serialNumber(removed)) !=
		    0)
			continue;
		reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
		is_removed = reason && ASN1_ENUMERATED_get(reason) == CRL_REASON_REMOVE_FROM_CRL;
		ASN1_ENUMERATED_free(reason);
		if (!is_removed)
			return true;
	}
	return false;
}

/*
 * An entry of another CA (certificateIssuer) is for another certificate. An entry that a delta removes does not revoke,
 * but it does not undo the revocation in another list either: only the next list of that scope does.
 */
static bool names(const struct revocation_list *list, X509 *certificate)
{
	X509_REVOKED *entry = NULL;
	int found = list->is_of_attributes ? 0 : X509_CRL_get0_by_cert(list->crl, &entry, certificate);

	return found == 1 || (found != 0 && (!list->is_delta || has_other_entry(list->crl, entry)));
}

int crl_lifted(struct bytes before, struct bytes after, uint32_t *ret)
{
	_cleanup_(X509_CRL_freep) X509_CRL *former = NULL, *crl = NULL;
	int r = revocation_decode(before, &former);

	*ret = 0;
	if (r == 0)
		r = revocation_decode(after, &crl);
	if (r < 0)
		return r;

	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(former);

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i), *found = NULL;

		*ret += X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) < 0 &&
			X509_CRL_get0_by_serial(crl, &found, X509_REVOKED_get0_serialNumber(entry)) != 1;
	}
	return 0;
}

/* The same hash for names that X509_NAME_cmp() calls equal, whatever their encoding. */
static unsigned long name_hash(const X509_NAME *name)
{
	return X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

static uint64_t list_id(const X509_NAME *issuer)
{
	return dependency_id(DEPENDENCY_CRL, bytes_of(NULL, 0), bytes_of(NULL, 0), name_hash(issuer));
}

static uint64_t entry_id(const X509_NAME *issuer, const ASN1_INTEGER *serial)
{
	struct bytes number = bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));

	return dependency_id(DEPENDENCY_CRL_ENTRY, number, bytes_of(NULL, 0), name_hash(issuer));
}

static bool is_stale(const struct revocation_list *list, int64_t now_sec)
{
	return list->stale_refuse && (now_sec < list->this_update_sec || now_sec >= list->next_update_sec);
}

/* What the lists of its CA say of one certificate. A list that revokes it is never too old for that. */
static enum hallmark_reason lists_check(const struct lists_of *lists, X509 *certificate, int64_t now_sec,
					const struct revocation_list **ret_vouching)
{
	const struct revocation_list *vouching = NULL;

	for (size_t i = 0; i < lists->n; i++) {
		const struct revocation_list *list = lists->list[i];

		if (is_superseded(lists, list))
			continue;
		if (names(list, certificate))
			return REASON_DEVICE_REVOKED;
		if (list->limit == CRL_IS_COMPLETE && (!vouching || list->this_update_sec > vouching->this_update_sec))
			vouching = list;
	}
	*ret_vouching = vouching;
	if (!vouching)
		return lists->n > 0 ? REASON_CRL_PARTIAL : REASON_NO_CRL;
	return is_stale(vouching, now_sec) ? REASON_CRL_STALE : REASON_ADMITTED;
}

/* Notes the questions that were asked about one certificate. */
static void note_questions(X509 *certificate, struct dependencies *rests_on)
{
	const X509_NAME *issuer = X509_get_issuer_name(certificate);

	dependencies_add(rests_on, list_id(issuer));
	dependencies_add(rests_on, entry_id(issuer, X509_get0_serialNumber(certificate)));
}

/* The most serious finding along a path counts: revoked, then stale, then partial, then missing. */
static int gravity(enum hallmark_reason reason)
{
	switch (reason) {
	case REASON_DEVICE_REVOKED:
		return 4;
	case REASON_CRL_STALE:
		return 3;
	case REASON_CRL_PARTIAL:
		return 2;
	case REASON_NO_CRL:
		return 1;
	default:
		return 0;
	}
}

/*
 * The path ends at an anchor, whoever certified that anchor. When its issuer is an anchor too, its lists are used: a
 * list that names the first anchor revokes all below it. It is not required that a list vouches for that anchor.
 */
static int judge_anchor(X509 *last, const struct anchors *anchors, int64_t now_sec, struct identity *id,
			enum hallmark_reason *gravest)
{
	for (size_t i = 0; i < anchors->n; i++) {
		X509 *ca = anchors->list[i].certificate;
		const struct revocation_list *list = NULL;
		struct lists_of lists;

		if (X509_cmp(ca, last) == 0 || X509_check_issued(ca, last) != X509_V_OK)
			continue;

		int r = find_lists(anchors, ca, &lists);

		if (r < 0)
			return r;
		note_questions(last, &id->rests_on);
		if (lists_check(&lists, last, now_sec, &list) == REASON_DEVICE_REVOKED &&
		    X509_verify(last, X509_get0_pubkey(ca)) > 0)
			*gravest = REASON_DEVICE_REVOKED;
	}
	return 0;
}

int revocation_judge(STACK_OF(X509) * path, const struct anchors *anchors, int64_t now_sec, struct identity *id)
{
	int n = sk_X509_num(path);
	enum hallmark_reason gravest = n > 1 ? REASON_ADMITTED : REASON_NO_CRL;

	for (int i = 0; i < n - 1; i++) {
		const struct revocation_list *list = NULL;
		struct lists_of lists;
		int r = find_lists(anchors, sk_X509_value(path, i + 1), &lists);

		if (r < 0)
			return r;

		note_questions(sk_X509_value(path, i), &id->rests_on);

		enum hallmark_reason reason = lists_check(&lists, sk_X509_value(path, i), now_sec, &list);

		if (gravity(reason) > gravity(gravest))
			gravest = reason;
		if (reason == REASON_ADMITTED && list->stale_refuse && list->next_update_sec < id->next_update_sec)
			id->next_update_sec = list->next_update_sec;
	}

	int r = n > 1 ? judge_anchor(sk_X509_value(path, n - 1), anchors, now_sec, id, &gravest) : 0;

	if (r < 0)
		return r;
	if (gravest == REASON_ADMITTED)
		id->revocation = check_passed();
	else
		id->revocation =
			gravity(gravest) <= gravity(REASON_CRL_PARTIAL) ? check_absent(gravest) : check_failed(gravest);
	return 0;
}

/* A list that ends before its predecessor shortens what depended on that. */
static bool ends_earlier(const struct revocation_list *list, const struct anchors *former)
{
	for (size_t i = 0; former && i < former->n_crls; i++)
		if (X509_NAME_cmp(X509_CRL_get_issuer(former->crls[i].crl), X509_CRL_get_issuer(list->crl)) == 0 &&
		    list->next_update_sec < former->crls[i].next_update_sec)
			return true;
	return false;
}

static int list_answers(struct revocation_list *list, const struct anchors *former, int64_t now_sec,
			struct answers *ret)
{
	const X509_NAME *issuer = X509_CRL_get_issuer(list->crl);
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list->crl);
	const uint8_t state[] = { is_stale(list, now_sec), list->stale_refuse, ends_earlier(list, former),
				  (uint8_t)list->limit };
	int r = answers_add(ret, list_id(issuer), BYTES(state));

	for (int i = 0; i < sk_X509_REVOKED_num(entries) && r == 0; i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		r = answers_add(ret, entry_id(issuer, X509_REVOKED_get0_serialNumber(entry)), bytes_of(NULL, 0));
	}
	return r;
}

int revocation_answers(const struct anchors *a, const struct anchors *former, int64_t now_sec, struct answers *ret)
{
	int r = 0;

	for (size_t i = 0; i < a->n_crls && r == 0; i++)
		r = is_followed(a, &a->crls[i]) ? 0 : list_answers(&a->crls[i], former, now_sec, ret);
	return r;
}
