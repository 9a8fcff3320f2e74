/* SPDX-License-Identifier: Apache-2.0 */
/* One CRL: decoded, how much of its CA's revocations it has (RFC 5280 section 5), and when it was issued. */
#include "identity/crl.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/language.h"
#include "identity/certificate.h"
#include "identity/describe.h"
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

int crl_decode(struct bytes in, X509_CRL **ret)
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

static const char *const limit_texts[_CRL_LIMIT_MAX] = {
	[CRL_IS_COMPLETE] = TO_TRANSLATE("it is complete"),
	[CRL_IS_DELTA] = TO_TRANSLATE("it is a delta: it contains only changes"),
	[CRL_HAS_SCOPE] = TO_TRANSLATE("its issuingDistributionPoint limits it to a part of its CA's revocations"),
	[CRL_IS_OF_ATTRIBUTES] = TO_TRANSLATE("it is for attribute certificates, not for devices"),
	[CRL_HAS_CRITICAL] = TO_TRANSLATE("it has a critical extension that is not known here"),
	[CRL_HAS_OTHERS_ENTRY] = TO_TRANSLATE("an entry is of another CA (certificateIssuer)"),
	[CRL_HAS_CRITICAL_ENTRY] = TO_TRANSLATE("an entry has a critical extension that is not known here"),
	[CRL_IS_VERSION_1] = TO_TRANSLATE("it is of version 1"),
	[CRL_HAS_NO_END] = TO_TRANSLATE("it does not say when the next one is due (nextUpdate)"),
	[CRL_HAS_BAD_NUMBER] = TO_TRANSLATE("its number cannot be read"),
	[CRL_IS_BESIDE] = TO_TRANSLATE("the installed list of this CA is newer by its time or its number (crl-older)"),
	[CRL_IS_EARLY] = TO_TRANSLATE("it was issued after the gateway's present time (crl-not-yet)"),
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
static enum crl_limit entries_limit(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		if (X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) >= 0)
			return CRL_HAS_OTHERS_ENTRY;
		if (X509_REVOKED_get_ext_by_critical(entry, 1, -1) >= 0)
			return CRL_HAS_CRITICAL_ENTRY;
	}
	return CRL_IS_COMPLETE;
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
enum crl_limit crl_limit_of(X509_CRL *crl)
{
	const enum crl_limit of_entries = entries_limit(crl);
	uint64_t number;

	if (is_of_attributes(crl))
		return CRL_IS_OF_ATTRIBUTES;
	if (has_extension(crl, NID_delta_crl))
		return CRL_IS_DELTA;
	if (has_extension(crl, NID_issuing_distribution_point))
		return CRL_HAS_SCOPE;
	if (X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0)
		return CRL_HAS_CRITICAL;
	if (of_entries != CRL_IS_COMPLETE)
		return of_entries;
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

int crl_read(struct bytes in, struct revocation_list *ret)
{
	int r = crl_decode(in, &ret->crl);

	if (r < 0)
		return r;
	if (!signature_fits(X509_CRL_get_signature_nid(ret->crl)) || !read_times(ret))
		return -EBADMSG;
	ret->limit = crl_limit_of(ret->crl);
	ret->is_delta = has_extension(ret->crl, NID_delta_crl);
	ret->is_of_attributes = ret->limit == CRL_IS_OF_ATTRIBUTES;
	(void)read_number(ret->crl, &ret->mark.sequence); /* stays 0 when it cannot be read */
	return read_scope(ret->crl, ret->scope);
}

/* --- Why one is refused --- */

_Static_assert(CRL_BYTES_MAX == 4194304 && CRLS_MAX == 64, "the texts below say so");

/* What was decoded, or not. RFC 5280 sections 5.1.1.2 and 5.1.2.4. */
static const char *content_fault(struct bytes in)
{
	_cleanup_(X509_CRL_freep) X509_CRL *crl = NULL;
	int64_t sec;
	const int r = crl_decode(in, &crl);

	ERR_clear_error();
	if (r < 0 && is_pem(in))
		return TO_TRANSLATE("it holds no revocation list in PEM (\"-----BEGIN X509 CRL-----\"), or a damaged "
				    "one; put the list of the makers' CA there, undamaged");
	if (r < 0)
		return TO_TRANSLATE("it is neither a revocation list in PEM nor exactly one in DER; put the list of "
				    "the makers' CA there, undamaged");
	if (!signature_fits(X509_CRL_get_signature_nid(crl)))
		return TO_TRANSLATE("it is signed with an algorithm that is not of the profile; have the CA sign it "
				    "with ECDSA and SHA-256, SHA-384 or SHA-512, or with Ed25519");
	if (!read_time(X509_CRL_get0_lastUpdate(crl), &sec))
		return TO_TRANSLATE("its thisUpdate is not a time; have the CA issue it again");
	if (X509_CRL_get0_nextUpdate(crl) && !read_time(X509_CRL_get0_nextUpdate(crl), &sec))
		return TO_TRANSLATE("its nextUpdate is not a time; have the CA issue it again");
	return NULL;
}

const char *crl_fault(int error, struct bytes in)
{
	switch (error) {
	case -ESTALE:
		return TO_TRANSLATE(
			"a revocation list that is as new or newer is installed; install the next one (crl-older)");
	case -E2BIG:
		if (in.n > CRL_BYTES_MAX)
			return TO_TRANSLATE("it has more than 4194304 bytes; have the CA issue a smaller one");
		return TO_TRANSLATE("there are more than 64 lists; name fewer");
	case -ENOTUNIQ:
		return CRL_SEVERAL;
	case -EBADMSG:
		return content_fault(in);
	default:
		return NULL;
	}
}

int crl_lifted(struct bytes before, struct bytes after, uint32_t *ret)
{
	_cleanup_(X509_CRL_freep) X509_CRL *former = NULL, *crl = NULL;
	int r = crl_decode(before, &former);

	*ret = 0;
	if (r == 0)
		r = crl_decode(after, &crl);
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
