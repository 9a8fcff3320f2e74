/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check 2: the profile of a device's certificate. It checks one certificate at a time; chain.c checks who signed it,
 * and device_names.c reads the names in it.
 */
#include "identity/certificate.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/bytes.h"
#include "base/check_result.h"
#include "base/clock.h"
#include "base/digest.h"
#include "hallmark/reason.h"
#include "identity/asn1_bytes.h"
#include "identity/device_names.h"
#include "identity/identity.h"
#include "identity/period.h"

#define EXTENSIONS_MAX 32 /* in one certificate: bounds the search for duplicates; device certificates have about ten */

/* The contents of an object identifier for which OpenSSL 3.0 has no number. */
static const uint8_t oid_tcb_info[] = { 0x67, 0x81, 5, 5, 4, 1 }; /* TCG DICE, 2.23.133.5.4.1 */

static void openssl_free(unsigned char *p)
{
	OPENSSL_free(p);
}

DEFINE_CLEANUP(unsigned char *, openssl_free);

/*
 * A point that is on its curve and not at infinity (SEC 1 section 3.2.2): if the key is the point at infinity, anybody
 * can make signatures that verify. A key that OpenSSL cannot read counts as sound here; the profile refuses it
 * elsewhere.
 */
static bool is_key_sound(const X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	EVP_PKEY_CTX *context;
	bool sound;

	if (!key || !EVP_PKEY_is_a(key, "EC"))
		return true;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	sound = context && EVP_PKEY_public_check_quick(context) == 1;
	EVP_PKEY_CTX_free(context);
	return sound;
}

int certificate_decode(struct bytes der, X509 **ret)
{
	const unsigned char *p = der.p;
	_cleanup_(X509_freep) X509 *certificate = d2i_X509(NULL, &p, (long)der.n);
	_cleanup_(openssl_freep) unsigned char *again = NULL;

	if (!certificate || !is_key_sound(certificate))
		return -EBADMSG;

	/* Only DER: another encoding of the same certificate would have another hash. */
	int n = i2d_X509(certificate, &again);

	if (n < 0 || !bytes_equal(bytes_of(again, (size_t)n), der))
		return -EBADMSG;
	*ret = TAKE_PTR(certificate);
	return 0;
}

int certificate_hash(const X509 *certificate, uint8_t ret[static SHA256_LEN])
{
	return X509_digest(certificate, EVP_sha256(), ret, NULL) ? 0 : -EIO;
}

int certificate_device(const X509 *certificate, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(openssl_freep) unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);

	if (n < 0)
		return -EIO;
	return digest_sha256(bytes_of(spki, (size_t)n), ret);
}

bool certificate_key_fits(const X509 *certificate)
{
	X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *object = NULL;
	const void *curve = NULL;
	int type = 0;

	if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(certificate)))
		return false;
	X509_ALGOR_get0(&object, &type, &curve, algorithm);
	if (OBJ_obj2nid(object) == NID_ED25519)
		return true;
	if (OBJ_obj2nid(object) != NID_X9_62_id_ecPublicKey || type != V_ASN1_OBJECT)
		return false;

	int nid = OBJ_obj2nid(curve);

	return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1;
}

bool signature_fits(int nid)
{
	switch (nid) {
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
	case NID_ED25519:
		return true;
	default:
		return false;
	}
}

/*
 * Extensions that the profile understands. CRL distribution points and policies may be critical; they do not change the
 * meaning.
 */
static bool extension_is_known(const ASN1_OBJECT *object)
{
	switch (OBJ_obj2nid(object)) {
	case NID_key_usage:
	case NID_subject_alt_name:
	case NID_basic_constraints:
	case NID_name_constraints:
	case NID_certificate_policies:
	case NID_crl_distribution_points:
	case NID_ext_key_usage:
		return true;
	default:
		return object_is(object, BYTES(oid_tcb_info));
	}
}

/* Those which RFC 5280 has for CAs alone (sections 4.2.1.5, .11 and .14). Path validation processes them. */
static bool extension_is_of_ca(const ASN1_OBJECT *object)
{
	switch (OBJ_obj2nid(object)) {
	case NID_policy_mappings:
	case NID_policy_constraints:
	case NID_inhibit_any_policy:
		return true;
	default:
		return false;
	}
}

/*
 * RFC 5280 section 4.2: one instance of each extension, and no critical one that is not processed.
 */
static enum hallmark_reason extensions_check(X509 *certificate, bool is_ca)
{
	int n = X509_get_ext_count(certificate);

	if (n > EXTENSIONS_MAX || X509_get_extension_flags(certificate) & EXFLAG_INVALID)
		return REASON_CERTIFICATE_MALFORMED;

	for (int i = 0; i < n; i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);
		ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);

		if (X509_get_ext_by_OBJ(certificate, object, i) >= 0)
			return REASON_CERTIFICATE_MALFORMED;
		if (X509_EXTENSION_get_critical(extension) && !extension_is_known(object) &&
		    !(is_ca && extension_is_of_ca(object)))
			return REASON_CERTIFICATE_EXTENSION;
	}
	return REASON_ADMITTED;
}

enum hallmark_reason certificate_check_ca(X509 *certificate)
{
	if (X509_get_version(certificate) != X509_VERSION_3 || X509_check_ca(certificate) != 1)
		return REASON_CHAIN_CA;

	switch (extensions_check(certificate, true)) {
	case REASON_ADMITTED:
		return REASON_ADMITTED;
	case REASON_CERTIFICATE_EXTENSION:
		return REASON_CHAIN_EXTENSION;
	default:
		return REASON_CHAIN_CA;
	}
}

int64_t certificate_not_after(const X509 *certificate)
{
	const ASN1_TIME *not_after = X509_get0_notAfter(certificate);
	struct tm tm;

	if (bytes_equal_string(string_bytes(not_after), "99991231235959Z"))
		return TIME_FOREVER;
	return ASN1_TIME_to_tm(not_after, &tm) ? (int64_t)timegm(&tm) : 0;
}

static enum hallmark_reason profile_check(X509 *leaf, int64_t now_sec)
{
	if (X509_get_version(leaf) != X509_VERSION_3)
		return REASON_CERTIFICATE_VERSION;
	if (!certificate_key_fits(leaf))
		return REASON_CERTIFICATE_KEY;
	if (!signature_fits(X509_get_signature_nid(leaf)))
		return REASON_CERTIFICATE_SIGNATURE;

	enum hallmark_reason reason = extensions_check(leaf, false);

	if (reason != REASON_ADMITTED)
		return reason;
	if (X509_get_extension_flags(leaf) & EXFLAG_CA || X509_check_ca(leaf) != 0)
		return REASON_CERTIFICATE_CA;
	if (!(X509_get_key_usage(leaf) & X509v3_KU_DIGITAL_SIGNATURE)) /* all bits when the extension is absent */
		return REASON_CERTIFICATE_KEY_USAGE;
	return period_check(leaf, now_sec);
}

int certificate_judge(X509 *leaf, int64_t now_sec, struct identity *id)
{
	enum hallmark_reason reason = profile_check(leaf, now_sec);
	int r = device_names_read(leaf, id);

	if (r < 0 && r != -EBADMSG)
		return r;
	if (r == -EBADMSG)
		reason = REASON_CERTIFICATE_MALFORMED;
	id->certificate = reason == REASON_ADMITTED ? check_passed() : check_failed(reason);
	return 0;
}
