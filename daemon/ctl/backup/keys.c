/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/backup/keys.h"

#include <errno.h>
#include <limits.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/log.h"

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(CMS_ContentInfo *, CMS_ContentInfo_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);

static BIO *open_bytes(struct bytes b)
{
	return b.n <= INT_MAX ? BIO_new_mem_buf(b.p, (int)b.n) : NULL;
}

/* A copy of what was written to memory, which is wiped. */
static int take_written(BIO *memory, struct bytes *ret)
{
	char *p = NULL;
	const long n = BIO_get_mem_data(memory, &p);
	uint8_t *copy = n > 0 ? bytes_dup(bytes_of(p, (size_t)n)) : NULL;

	if (n > 0)
		OPENSSL_cleanse(p, (size_t)n);
	if (!copy)
		return log_errno(-ENOMEM, "keys");
	*ret = bytes_of(copy, (size_t)n);
	return 0;
}

/* --- To the recipient --- */

/* OpenSSL's defaults are SHA-1 and PKCS #1 v1.5. */
static bool choose_method(CMS_RecipientInfo *to)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(to);

	if (!ctx)
		return false;
	if (CMS_RecipientInfo_type(to) == CMS_RECIPINFO_AGREE)
		return EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) > 0;
}

static CMS_ContentInfo *encrypt(struct bytes plain, X509 *certificate)
{
	const unsigned flags = CMS_BINARY | CMS_PARTIAL;
	_cleanup_(BIO_free_allp) BIO *in = open_bytes(plain);
	_cleanup_(CMS_ContentInfo_freep) CMS_ContentInfo *cms =
		in ? CMS_encrypt(NULL, in, EVP_aes_256_gcm(), flags) : NULL;
	CMS_RecipientInfo *to = cms ? CMS_add1_recipient_cert(cms, certificate, CMS_KEY_PARAM | CMS_USE_KEYID) : NULL;

	if (cms && !to) /* a certificate without a key identifier */
		to = CMS_add1_recipient_cert(cms, certificate, CMS_KEY_PARAM);
	if (!to || !choose_method(to) || CMS_final(cms, in, NULL, flags) != 1)
		return NULL;
	return TAKE_PTR(cms);
}

static X509 *load_certificate(const char *path)
{
	_cleanup_(BIO_free_allp) BIO *file = BIO_new_file(path, "r");
	X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

	if (!file)
		(void)log_errno(-errno, "%s", path);
	else if (!certificate)
		log_error("%s: no certificate in PEM; make one for the key that shall read the backup's keys: openssl "
			  "req "
			  "-x509 -key KEY.pem -subj /CN=backup -days 3650 -out CERT.pem",
			  path);
	ERR_clear_error();
	return certificate;
}

int keys_seal(struct bytes plain, const char *certificate_path, struct bytes *ret)
{
	_cleanup_(X509_freep) X509 *certificate = load_certificate(certificate_path);
	_cleanup_(BIO_free_allp) BIO *out = BIO_new(BIO_s_mem());
	const int type = certificate ? EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) : EVP_PKEY_NONE;
	_cleanup_(CMS_ContentInfo_freep) CMS_ContentInfo *cms = NULL;

	if (!certificate)
		return -EINVAL;
	if (type != EVP_PKEY_EC && type != EVP_PKEY_RSA) {
		log_error("%s: nothing can be encrypted to this kind of key; give a certificate with an EC or RSA key",
			  certificate_path);
		return -ENOTSUP;
	}
	cms = encrypt(plain, certificate);
	ERR_clear_error();
	if (!out || !cms || i2d_CMS_bio(out, cms) != 1) {
		log_error("%s: OpenSSL cannot encrypt to this certificate; give another one with an EC (P-256) or RSA "
			  "key",
			  certificate_path);
		return -EIO;
	}
	return take_written(out, ret);
}

/* --- By the recipient --- */

static EVP_PKEY *load_key(const char *path)
{
	_cleanup_(BIO_free_allp) BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;

	if (!file)
		(void)log_errno(-errno, "%s", path);
	else if (!key)
		log_error("%s: no private key in PEM, or another passphrase; give the key whose certificate --keys-for "
			  "named",
			  path);
	ERR_clear_error();
	return key;
}

int keys_open(struct bytes sealed, const char *key_path, struct bytes *ret)
{
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = load_key(key_path);
	_cleanup_(BIO_free_allp) BIO *in = open_bytes(sealed), *out = BIO_new(BIO_s_mem());
	_cleanup_(CMS_ContentInfo_freep) CMS_ContentInfo *cms = in ? d2i_CMS_bio(in, NULL) : NULL;
	bool is_open;

	if (!key)
		return -EINVAL;
	if (!cms || !out) {
		ERR_clear_error();
		log_error("the keys in this backup are damaged; take another copy");
		return -EBADMSG;
	}
	is_open = CMS_decrypt(cms, key, NULL, NULL, out, CMS_BINARY) == 1;
	ERR_clear_error();
	if (is_open)
		return take_written(out, ret);
	log_error("%s: the keys in this backup were encrypted for another key; give the one whose certificate "
		  "--keys-for named",
		  key_path);
	return -EACCES;
}
