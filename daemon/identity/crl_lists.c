/* SPDX-License-Identifier: Apache-2.0 */
/* Which CRLs are held: each bound to the CA that has its name and whose key signed it, and each in the order of its kind. */
#include "identity/crl_lists.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "identity/anchors.h"
#include "identity/certificate.h"
#include "identity/crl.h"
#include "identity/identity.h"

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

static bool has_name_of(const struct revocation_list *list, X509 *ca)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(ca)) == 0;
}

int crl_signer_of(X509 *ca, uint8_t ret[static SHA256_LEN])
{
	int r = certificate_device(ca, ret);

	if (r < 0)
		return r;
	return X509_get_key_usage(ca) & X509v3_KU_CRL_SIGN ? 1 : 0; /* all bits when the extension is absent */
}

bool crl_is_of(struct revocation_list *list, X509 *ca, const uint8_t signer[static SHA256_LEN])
{
	return has_name_of(list, ca) && is_signed_by(list, ca, signer);
}

static int find_signer(const struct anchors *a, struct revocation_list *list)
{
	uint8_t signer[SHA256_LEN];

	for (size_t i = 0; i < a->n && !list->is_configured; i++) {
		X509 *ca = a->list[i].certificate;
		int r = has_name_of(list, ca) ? crl_signer_of(ca, signer) : 0;

		if (r < 0)
			return r;
		list->is_configured = r > 0 && is_signed_by(list, ca, signer);
	}
	return 0;
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
bool crl_supersedes(const struct revocation_list *later, const struct revocation_list *list)
{
	return !is_aside(later) && is_newer(later, list) &&
	       (later->limit == CRL_IS_COMPLETE || is_of_one_scope(later, list));
}

/* A list that no configured CA signed has no known successor. */
bool crl_is_followed(const struct anchors *a, const struct revocation_list *list)
{
	for (size_t i = 0; i < a->n_crls; i++)
		if (is_of_one_ca(&a->crls[i], list) && crl_supersedes(&a->crls[i], list))
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
	if (a->is_remembering && crl_is_followed(a, list)) /* a list of everything has replaced it */
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
	int r = crl_read(in, &list);

	if (r < 0)
		return r;
	if (a->latest_sec > 0 && !a->is_remembering && list.this_update_sec > a->latest_sec)
		list.limit = CRL_IS_EARLY;
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

void crl_lists_free(struct anchors *a)
{
	for (size_t i = 0; i < a->n_crls; i++)
		X509_CRL_free(a->crls[i].crl);
	free(a->crls);
}
