/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 → texts. What the texts mean for a device is judged elsewhere. */
#include "identity/describe.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "base/bytes.h"
#include "identity/certificate.h"
#include "identity/crl.h"
#include "identity/period.h"

DEFINE_CLEANUP(X509_CRL *, X509_CRL_free);
DEFINE_CLEANUP(BIGNUM *, BN_free);
DEFINE_CLEANUP(BIO *, BIO_free_all);

void name_to_text(const X509_NAME *name, char *ret, size_t size)
{
	_cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
	int n = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_read(bio, ret, (int)size - 1);
	ret[n > 0 ? n : 0] = '\0';
}

static void put_serial(const ASN1_INTEGER *serial, char ret[static SERIAL_SIZE])
{
	_cleanup_(BN_freep) BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;

	(void)snprintf(ret, SERIAL_SIZE, "%s", hex ? hex : "");
	OPENSSL_free(hex);
}

static int64_t seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
}

static void put_key(const X509 *certificate, char *ret, size_t size)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	size_t n = 0;

	ret[0] = '\0';
	if (!key || EVP_PKEY_get_group_name(key, ret, size, &n) == 1)
		return;
	(void)snprintf(ret, size, "%s", EVP_PKEY_get0_type_name(key) ? EVP_PKEY_get0_type_name(key) : "unknown");
}

int certificate_describe(struct bytes der, struct certificate_text *ret)
{
	_cleanup_(X509_freep) X509 *certificate = NULL;
	int r;

	*ret = (struct certificate_text){ 0 };
	r = certificate_decode(der, &certificate);
	if (r < 0)
		return r;

	name_to_text(X509_get_subject_name(certificate), ret->subject, sizeof(ret->subject));
	name_to_text(X509_get_issuer_name(certificate), ret->issuer, sizeof(ret->issuer));
	put_serial(X509_get0_serialNumber(certificate), ret->serial);
	put_key(certificate, ret->key, sizeof(ret->key));
	ret->not_before_sec = seconds_of(X509_get0_notBefore(certificate));
	ret->not_after_sec = certificate_not_after(certificate);
	(void)period_fault(certificate, ret->fault);
	ret->is_ca = X509_check_ca(certificate) == 1;
	return certificate_hash(certificate, ret->hash);
}

int crl_describe(struct bytes in, struct crl_text *ret)
{
	_cleanup_(X509_CRL_freep) X509_CRL *crl = NULL;
	int r = crl_decode(in, &crl);

	*ret = (struct crl_text){ 0 };
	if (r < 0)
		return r;

	name_to_text(X509_CRL_get_issuer(crl), ret->issuer, sizeof(ret->issuer));
	ret->this_update_sec = seconds_of(X509_CRL_get0_lastUpdate(crl));
	ret->next_update_sec = seconds_of(X509_CRL_get0_nextUpdate(crl));
	ret->limit = crl_limit_of(crl);

	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);

	ret->n_revoked = sk_X509_REVOKED_num(revoked) > 0 ? (size_t)sk_X509_REVOKED_num(revoked) : 0;
	for (size_t i = 0; i < ret->n_revoked && i < CRL_SERIALS_MAX; i++)
		put_serial(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, (int)i)), ret->revoked[i]);
	return 0;
}
