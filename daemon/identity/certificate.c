/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check 2: the profile of a device's certificate, and the names in it. It checks one certificate at a time; chain.c
 * checks who signed it.
 */
#include "identity/certificate.h"

#include <errno.h>
#include <openssl/asn1t.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/bytes.h"
#include "base/check_result.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/timekeeper.h"
#include "hallmark/reason.h"
#include "identity/identity.h"

#define EXTENSIONS_MAX 32 /* in one certificate: bounds the search for duplicates; device certificates have about ten */

/* Contents of object identifiers for which OpenSSL 3.0 has no number. */
static const uint8_t oid_hardware_module_name[] = { 0x2b, 6, 1, 5, 5, 7, 8, 4 }; /* RFC 4108 section 5 */
static const uint8_t oid_mud_url[] = { 0x2b, 6, 1, 5, 5, 7, 1, 25 };             /* RFC 8520 section 11 */
static const uint8_t oid_tcb_info[] = { 0x67, 0x81, 5, 5, 4, 1 };                /* TCG DICE, 2.23.133.5.4.1 */

typedef struct {
	ASN1_OBJECT *type;
	ASN1_OCTET_STRING *serial;
} HARDWARE_MODULE_NAME;

ASN1_SEQUENCE(HARDWARE_MODULE_NAME) =
	{
		ASN1_SIMPLE(HARDWARE_MODULE_NAME, type, ASN1_OBJECT),
		ASN1_SIMPLE(HARDWARE_MODULE_NAME, serial, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(HARDWARE_MODULE_NAME)

		static void hardware_module_name_free(HARDWARE_MODULE_NAME * name)
{
	ASN1_item_free((ASN1_VALUE *)name, ASN1_ITEM_rptr(HARDWARE_MODULE_NAME));
}

static void openssl_free(unsigned char *p)
{
	OPENSSL_free(p);
}

DEFINE_CLEANUP(HARDWARE_MODULE_NAME *, hardware_module_name_free);
DEFINE_CLEANUP(GENERAL_NAMES *, GENERAL_NAMES_free);
DEFINE_CLEANUP(ASN1_IA5STRING *, ASN1_IA5STRING_free);
DEFINE_CLEANUP(unsigned char *, openssl_free);

static bool object_is(const ASN1_OBJECT *object, struct bytes oid)
{
	return bytes_equal(bytes_of(OBJ_get0_data(object), OBJ_length(object)), oid);
}

static struct bytes string_bytes(const ASN1_STRING *s)
{
	return bytes_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

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

/*
 * RFC 5280 section 4.2: one instance of each extension, and no critical one that is not processed.
 */
static enum hallmark_reason extensions_check(X509 *certificate)
{
	int n = X509_get_ext_count(certificate);

	if (n > EXTENSIONS_MAX || X509_get_extension_flags(certificate) & EXFLAG_INVALID)
		return REASON_CERTIFICATE_MALFORMED;

	for (int i = 0; i < n; i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);
		ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);

		if (X509_get_ext_by_OBJ(certificate, object, i) >= 0)
			return REASON_CERTIFICATE_MALFORMED;
		if (X509_EXTENSION_get_critical(extension) && !extension_is_known(object))
			return REASON_CERTIFICATE_EXTENSION;
	}
	return REASON_ADMITTED;
}

bool certificate_is_ca(X509 *certificate)
{
	return X509_get_version(certificate) == X509_VERSION_3 && X509_check_ca(certificate) == 1 &&
	       extensions_check(certificate) == REASON_ADMITTED;
}

int64_t certificate_not_after(const X509 *certificate)
{
	const ASN1_TIME *not_after = X509_get0_notAfter(certificate);
	struct tm tm;

	if (bytes_equal_string(string_bytes(not_after), "99991231235959Z"))
		return TIME_FOREVER;
	return ASN1_TIME_to_tm(not_after, &tm) ? (int64_t)timegm(&tm) : 0;
}

bool certificate_has_begun(const X509 *certificate, int64_t now_sec)
{
	time_t latest = (time_t)(now_sec + TIME_SLACK_SEC);

	return X509_cmp_time(X509_get0_notBefore(certificate), &latest) < 0;
}

/* notAfter itself is already past the end, as OpenSSL treats it for CAs. */
static bool is_current(const X509 *certificate, int64_t now_sec)
{
	time_t now = (time_t)now_sec;

	return certificate_has_begun(certificate, now_sec) && X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

static enum hallmark_reason profile_check(X509 *leaf, int64_t now_sec)
{
	if (X509_get_version(leaf) != X509_VERSION_3)
		return REASON_CERTIFICATE_VERSION;
	if (!certificate_key_fits(leaf))
		return REASON_CERTIFICATE_KEY;
	if (!signature_fits(X509_get_signature_nid(leaf)))
		return REASON_CERTIFICATE_SIGNATURE;

	enum hallmark_reason reason = extensions_check(leaf);

	if (reason != REASON_ADMITTED)
		return reason;
	if (X509_get_extension_flags(leaf) & EXFLAG_CA || X509_check_ca(leaf) != 0)
		return REASON_CERTIFICATE_CA;
	if (!(X509_get_key_usage(leaf) & X509v3_KU_DIGITAL_SIGNATURE)) /* all bits when the extension is absent */
		return REASON_CERTIFICATE_KEY_USAGE;
	if (!is_current(leaf, now_sec))
		return REASON_CERTIFICATE_DATE;
	return REASON_ADMITTED;
}

/*
 * Subject serialNumber, at most once (IEEE 802.1AR-2018 section 8.6). Returns false when it is not a text of at most 64
 * bytes.
 */
static bool read_serial(const X509 *leaf, struct identity *id)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = X509_NAME_get_index_by_NID(subject, NID_serialNumber, -1);

	if (at < 0)
		return true;
	if (X509_NAME_get_index_by_NID(subject, NID_serialNumber, at) >= 0)
		return false;

	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	_cleanup_(openssl_freep) unsigned char *text = NULL;
	int n = ASN1_STRING_to_UTF8(&text, value);

	return n >= 0 && bytes_to_text(bytes_of(text, (size_t)n), id->serial, sizeof(id->serial));
}

static bool decode_hardware_module_name(const ASN1_TYPE *value, struct identity *id)
{
	if (id->hw_type[0] || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
		return false;

	const unsigned char *p = ASN1_STRING_get0_data(value->value.sequence);
	const unsigned char *end = p + ASN1_STRING_length(value->value.sequence);
	_cleanup_(hardware_module_name_freep) HARDWARE_MODULE_NAME *name =
		(HARDWARE_MODULE_NAME *)ASN1_item_d2i(NULL, &p, end - p, ASN1_ITEM_rptr(HARDWARE_MODULE_NAME));

	if (!name || p != end)
		return false;

	struct bytes serial = string_bytes(name->serial);
	int n = OBJ_obj2txt(id->hw_type, sizeof(id->hw_type), name->type, 1);

	if (n <= 0 || (size_t)n >= sizeof(id->hw_type) || serial.n > sizeof(id->hw_serial))
		return false;
	if (serial.n > 0)
		memcpy(id->hw_serial, serial.p, serial.n);
	id->n_hw_serial = serial.n;
	return true;
}

/* Returns false when there is more than one hardwareModuleName, or one that does not fit. */
static bool read_hardware_module_name(const X509 *leaf, struct identity *id)
{
	_cleanup_(GENERAL_NAMES_freep) GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_OTHERNAME)
			continue;
		if (!object_is(name->d.otherName->type_id, BYTES(oid_hardware_module_name)))
			continue;
		if (!decode_hardware_module_name(name->d.otherName->value, id))
			return false;
	}
	return true;
}

/* No decision depends on this claim: an unreadable one is left out. */
static void read_mud_url(const X509 *leaf, struct identity *id)
{
	for (int i = 0; i < X509_get_ext_count(leaf); i++) {
		X509_EXTENSION *extension = X509_get_ext(leaf, i);

		if (!object_is(X509_EXTENSION_get_object(extension), BYTES(oid_mud_url)))
			continue;

		struct bytes value = string_bytes(X509_EXTENSION_get_data(extension));
		const unsigned char *p = value.p;
		_cleanup_(ASN1_IA5STRING_freep) ASN1_IA5STRING *url = d2i_ASN1_IA5STRING(NULL, &p, (long)value.n);

		if (url && p == value.p + value.n)
			(void)bytes_to_text(string_bytes(url), id->mud_url, sizeof(id->mud_url));
		return;
	}
}

void certificate_judge(X509 *leaf, int64_t now_sec, struct identity *id)
{
	enum hallmark_reason reason = profile_check(leaf, now_sec);
	bool is_readable = read_serial(leaf, id) && read_hardware_module_name(leaf, id);

	read_mud_url(leaf, id);
	if (!is_readable)
		reason = REASON_CERTIFICATE_MALFORMED;
	id->certificate = reason == REASON_ADMITTED ? check_passed() : check_failed(reason);
}
