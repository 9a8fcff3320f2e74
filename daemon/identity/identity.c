/* SPDX-License-Identifier: Apache-2.0 */
/* Combines the judgements on certificate and path. Leaves the error queue of OpenSSL empty. */
#include "identity/identity.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "identity/anchors.h"
#include "identity/certificate.h"
#include "identity/chain.h"
#include "identity/handshake.h"
#include "identity/known_cas.h"

static void presented_free(STACK_OF(X509) * certificates)
{
	sk_X509_pop_free(certificates, X509_free);
}

DEFINE_CLEANUP(STACK_OF(X509) *, presented_free);
DEFINE_CLEANUP(struct identity *, identity_free);

void identity_free(struct identity *id)
{
	if (!id)
		return;
	EVP_PKEY_free(id->key);
	free(id);
}

static int limits_check(const struct bytes *chain_der, size_t n_chain)
{
	size_t n = 0;

	if (n_chain == 0)
		return -EBADMSG;
	if (n_chain > HALLMARK_CHAIN_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n_chain; i++) {
		if (chain_der[i].n > HALLMARK_CHAIN_BYTES_MAX - n)
			return -E2BIG;
		n += chain_der[i].n;
	}
	return 0;
}

/* Decoding is expensive: a configured CA, or one that is known from another device, is not decoded again. */
static int decode_ca(struct bytes der, const struct anchors *anchors, X509 **ret)
{
	uint8_t hash[SHA256_LEN];
	int r = digest_sha256(der, hash);

	if (r < 0)
		return r;

	const struct anchor *anchor = anchors_find(anchors, hash);
	X509 *decoded = anchor ? anchor->certificate : known_cas_find(anchors->known_cas, hash);

	if (!decoded)
		return certificate_decode(der, ret);
	if (!X509_up_ref(decoded))
		return -EIO;
	*ret = decoded;
	return 0;
}

static int push(STACK_OF(X509) * certificates, X509 **certificate)
{
	if (!sk_X509_push(certificates, *certificate))
		return -ENOMEM;
	*certificate = NULL;
	return 0;
}

static int judge_leaf(struct bytes der, int64_t now_sec, STACK_OF(X509) * presented, struct identity *id)
{
	_cleanup_(X509_freep) X509 *leaf = NULL;
	int r = certificate_decode(der, &leaf);

	if (r < 0)
		return r;
	id->key = X509_get_pubkey(leaf);
	if (!id->key)
		return -EBADMSG;
	r = certificate_device(leaf, id->device);
	if (r < 0)
		return r;
	r = digest_sha256(der, id->path[0]);
	if (r < 0)
		return r;

	id->n_path = 1;
	id->not_after_sec = certificate_not_after(leaf);
	id->revocation = check_absent(REASON_NO_CRL);
	id->next_update_sec = TIME_FOREVER;
	r = certificate_judge(leaf, now_sec, id);
	return r < 0 ? r : push(presented, &leaf);
}

/* A CA whose key does not fit the profile is not an issuer here: nothing is ever verified with it. */
static int add_ca(struct bytes der, const struct anchors *anchors, STACK_OF(X509) * presented)
{
	_cleanup_(X509_freep) X509 *ca = NULL;
	int r = decode_ca(der, anchors, &ca);

	if (r < 0)
		return r;
	return certificate_key_fits(ca) ? push(presented, &ca) : 0;
}

/*
 * Notes each CA of the path: one that becomes an anchor shortens the path. A path that did not end in an anchor may do
 * so once others are configured.
 */
static void note_anchors(struct identity *id)
{
	for (size_t i = 1; i < id->n_path; i++)
		dependencies_add(&id->rests_on,
				 dependency_id(DEPENDENCY_ANCHOR, BYTES(id->path[i]), bytes_of(NULL, 0), 0));
	if (id->chain.state != CHECK_PASSED)
		dependencies_add(&id->rests_on,
				 dependency_id(DEPENDENCY_ANCHORS, bytes_of(NULL, 0), bytes_of(NULL, 0), 0));
}

static int judge(const struct bytes *chain_der, size_t n_chain, const struct anchors *anchors, int64_t now_sec,
		 struct identity *id)
{
	_cleanup_(presented_freep) STACK_OF(X509) *presented = sk_X509_new_reserve(NULL, HALLMARK_CHAIN_MAX);

	if (!presented)
		return -ENOMEM;

	int r = judge_leaf(chain_der[0], now_sec, presented, id);

	for (size_t i = 1; i < n_chain && r >= 0; i++) {
		r = add_ca(chain_der[i], anchors, presented);
		if (r == -EBADMSG) {
			id->chain = check_failed(REASON_CHAIN_BROKEN);
			return 0;
		}
	}
	return r < 0 ? r : chain_verify(presented, anchors, now_sec, id);
}

int identity_verify(const struct bytes *chain_der, size_t n_chain, const struct anchors *anchors, int64_t now_sec,
		    struct identity **ret)
{
	int r = limits_check(chain_der, n_chain);

	if (r < 0)
		return r;

	_cleanup_(identity_freep) struct identity *id = calloc(1, sizeof(*id));

	if (!id)
		return -ENOMEM;
	r = judge(chain_der, n_chain, anchors, now_sec, id);
	ERR_clear_error();
	if (r < 0)
		return r;
	note_anchors(id);
	*ret = TAKE_PTR(id);
	return 0;
}

/* What comes of it says nothing: a CA need not have signed itself. */
int identity_prepare(const struct anchors *a)
{
	for (size_t i = 0; i < a->n; i++)
		(void)X509_verify(a->list[i].certificate, X509_get0_pubkey(a->list[i].certificate));
	ERR_clear_error();
	return handshake_prepare();
}

bool identity_same_anchor(const struct identity *a, const struct identity *b)
{
	if (a->chain.state == CHECK_PASSED && b->chain.state == CHECK_PASSED &&
	    memcmp(a->path[a->n_path - 1], b->path[b->n_path - 1], SHA256_LEN) == 0)
		return true;

	for (size_t i = 1; i < b->n_path; i++)
		if (a->n_path > 1 && memcmp(a->path[1], b->path[i], SHA256_LEN) == 0)
			return true;
	return false;
}
