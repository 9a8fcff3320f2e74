/* SPDX-License-Identifier: Apache-2.0 */
/* Configured vendor CAs, decoded once, in our own store. The system's trust store is not used. */
#include "identity/anchors.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "hallmark/reason.h"
#include "identity/certificate.h"
#include "identity/crl_lists.h"
#include "identity/identity.h"
#include "identity/known_cas.h"
#include "identity/revocation.h"

static void openssl_free(void *p)
{
	OPENSSL_free(p);
}

DEFINE_CLEANUP(struct anchors *, anchors_free);
DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(char *, openssl_free);

/*
 * A configured CA need not be a root. The purpose is not checked: an IDevID has no extended key usage. The set of known
 * extensions is the profile's, not OpenSSL's. Policies are processed (RFC 5280 section 6.1): a CA may demand them of
 * what is below it. We demand none: the initial policy set is anyPolicy, which OpenSSL takes only when it is named.
 */
static int store_set_parameters(X509_STORE *store)
{
	(void)X509_STORE_set_flags(store,
				   X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_IGNORE_CRITICAL | X509_V_FLAG_POLICY_CHECK);
	(void)X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	(void)X509_STORE_set_depth(store, PATH_MAX_CERTIFICATES - 2); /* without leaf and anchor */
	return X509_VERIFY_PARAM_add0_policy(X509_STORE_get0_param(store), OBJ_nid2obj(NID_any_policy)) ? 0 : -ENOMEM;
}

struct anchors *anchors_new(void)
{
	_cleanup_(anchors_freep) struct anchors *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->store = X509_STORE_new();
	a->known_cas = known_cas_new();
	if (!a->store || !a->known_cas || store_set_parameters(a->store) < 0)
		return NULL;
	return TAKE_PTR(a);
}

void anchors_free(struct anchors *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		X509_free(a->list[i].certificate);
	free(a->list);
	crl_lists_free(a);
	known_cas_free(a->known_cas);
	X509_STORE_free(a->store);
	free(a);
}

const struct anchor *anchors_find(const struct anchors *a, const uint8_t hash[static SHA256_LEN])
{
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(a->list[i].hash, hash, SHA256_LEN) == 0)
			return &a->list[i];
	return NULL;
}

static int add(struct anchors *a, const char *name, struct bytes der)
{
	_cleanup_(X509_freep) X509 *certificate = NULL;
	struct anchor anchor = { 0 };
	int r = certificate_decode(der, &certificate);

	if (r < 0)
		return r;
	if (!certificate_key_fits(certificate) || certificate_check_ca(certificate) != REASON_ADMITTED)
		return -EBADMSG;
	r = certificate_hash(certificate, anchor.hash);
	if (r < 0)
		return r;
	if (anchors_find(a, anchor.hash))
		return 0;

	struct anchor *list = reallocarray(a->list, a->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	a->list = list;
	if (!X509_STORE_add_cert(a->store, certificate))
		return -ENOMEM;
	(void)snprintf(anchor.name, sizeof(anchor.name), "%s", name);
	anchor.certificate = TAKE_PTR(certificate);
	a->list[a->n++] = anchor;
	return 0;
}

/* Reads the next block of a PEM file. Returns 1, 0 at its end, or a negative errno. */
static int add_block(struct anchors *a, const char *name, BIO *pem)
{
	_cleanup_(openssl_freep) char *kind = NULL, *header = NULL, *der = NULL;
	long n = 0;

	if (!PEM_read_bio(pem, &kind, &header, (unsigned char **)&der, &n))
		return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? 0 : -EBADMSG;
	if (strcmp(kind, PEM_STRING_X509) != 0)
		return -EBADMSG;

	int r = add(a, name, bytes_of(der, (size_t)n));

	return r < 0 ? r : 1;
}

int anchors_add(struct anchors *a, const char *name, struct bytes pem)
{
	_cleanup_(BIO_freep) BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	int n = 0, r = 1;

	if (!bio)
		return -ENOMEM;
	for (;;) {
		r = add_block(a, name, bio);
		if (r <= 0)
			break;
		n++;
	}
	ERR_clear_error();
	if (r < 0)
		return r;
	return n > 0 ? n : -EBADMSG;
}

int anchors_answers(const struct anchors *a, const struct anchors *former, int64_t now_sec, struct answers *ret)
{
	const struct bytes none = bytes_of(NULL, 0);
	int r = 0;

	for (size_t i = 0; i < a->n && r == 0; i++) {
		const struct anchor *anchor = &a->list[i];

		r = answers_add(ret, dependency_id(DEPENDENCY_ANCHOR, BYTES(anchor->hash), none, 0),
				bytes_of_string(anchor->name));
		if (r == 0)
			r = answers_add(ret, dependency_id(DEPENDENCY_ANCHORS, none, none, 0), BYTES(anchor->hash));
	}
	return r < 0 ? r : revocation_answers(a, former, now_sec, ret);
}
