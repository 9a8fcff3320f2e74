/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check 4 (RFC 5280 section 6.3): what the CRLs that are held say of a path. Each CRL revokes what it names. Only a
 * complete CRL shows that a certificate is not revoked. Nothing is fetched.
 */
#include "identity/revocation.h"

#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/timekeeper.h"
#include "identity/anchors.h"
#include "identity/crl.h"
#include "identity/crl_lists.h"
#include "identity/identity.h"

/* The lists of one CA. */
struct lists_of {
	const struct revocation_list *list[CRLS_MAX];
	size_t n;
};

/* Returns 0 or -EIO. */
static int find_lists(const struct anchors *a, X509 *ca, struct lists_of *ret)
{
	uint8_t signer[SHA256_LEN];
	int r = crl_signer_of(ca, signer);

	ret->n = 0;
	for (size_t i = 0; r > 0 && i < a->n_crls; i++)
		if (crl_is_of(&a->crls[i], ca, signer))
			ret->list[ret->n++] = &a->crls[i];
	return r < 0 ? r : 0;
}

static bool is_superseded(const struct lists_of *lists, const struct revocation_list *list)
{
	for (size_t i = 0; i < lists->n; i++)
		if (crl_supersedes(lists->list[i], list))
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
	return list->stale_refuse &&
	       (!time_has_come(list->this_update_sec, now_sec) || now_sec >= list->next_update_sec);
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
		r = crl_is_followed(a, &a->crls[i]) ? 0 : list_answers(&a->crls[i], former, now_sec, ret);
	return r;
}
