/* SPDX-License-Identifier: Apache-2.0 */
/* Reads each block of a PEM file as what its name says. Nothing is used here; the decoders of each place decide. */
#include "token/pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);

enum content {
	CONTENT_UNKNOWN = 0,
	CONTENT_CERTIFICATE,
	CONTENT_REQUEST,
	CONTENT_CRL,
	CONTENT_PUBLIC_KEY,
	CONTENT_PRIVATE_KEY,
	CONTENT_ENCRYPTED_KEY,
	_CONTENT_MAX,
};

struct block {
	char *name, *header; /* OpenSSL's */
	uint8_t *der;
	long n;
};

static void block_done(struct block *b)
{
	OPENSSL_free(b->name);
	OPENSSL_free(b->header);
	if (b->der)
		OPENSSL_clear_free(b->der, (size_t)b->n); /* it may be a private key */
}

static enum content content_of(const struct block *b)
{
	static const struct {
		const char *name;
		enum content content;
	} names[] = {
		{ PEM_STRING_X509, CONTENT_CERTIFICATE },         { PEM_STRING_X509_OLD, CONTENT_CERTIFICATE },
		{ PEM_STRING_X509_TRUSTED, CONTENT_CERTIFICATE }, { PEM_STRING_X509_REQ, CONTENT_REQUEST },
		{ PEM_STRING_X509_REQ_OLD, CONTENT_REQUEST },     { PEM_STRING_X509_CRL, CONTENT_CRL },
		{ PEM_STRING_PUBLIC, CONTENT_PUBLIC_KEY },        { PEM_STRING_RSA_PUBLIC, CONTENT_PUBLIC_KEY },
		{ PEM_STRING_PKCS8INF, CONTENT_PRIVATE_KEY },     { PEM_STRING_ECPRIVATEKEY, CONTENT_PRIVATE_KEY },
		{ PEM_STRING_RSA, CONTENT_PRIVATE_KEY },          { PEM_STRING_PKCS8, CONTENT_ENCRYPTED_KEY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(b->name, names[i].name) == 0)
			return names[i].content == CONTENT_PRIVATE_KEY && strstr(b->header, "ENCRYPTED") ?
				       CONTENT_ENCRYPTED_KEY :
				       names[i].content;
	return CONTENT_UNKNOWN;
}

/* --- The wrong thing --- */

static const char *const misplaced[_PEM_WANTED_MAX][_CONTENT_MAX] = {
	[PEM_PUBLIC_KEY] = {
		[CONTENT_REQUEST] = "it is a certificate request, and a public key belongs here; write its key with `openssl req "
				    "-in FILE -noout -pubkey`",
		[CONTENT_CRL] = "it is a revocation list, and a public key belongs here",
		[CONTENT_PRIVATE_KEY] = "it is a private key, and a public key belongs here; write that with `openssl pkey -in FILE "
					"-pubout`, and replace the key when others may have read it",
		[CONTENT_ENCRYPTED_KEY] = "it is a private key, and a public key belongs here; write that with `openssl pkey -in FILE "
					  "-pubout`",
	},
	[PEM_PRIVATE_KEY] = {
		[CONTENT_CERTIFICATE] = "it is a certificate, and a private key belongs here; name the file with the certificate's "
					"key",
		[CONTENT_REQUEST] = "it is a certificate request, and a private key belongs here; name the file with the key that "
				    "signed it",
		[CONTENT_CRL] = "it is a revocation list, and a private key belongs here",
		[CONTENT_PUBLIC_KEY] = "it is a public key, and a private key belongs here; name the file with the private one",
		[CONTENT_ENCRYPTED_KEY] = "its private key has a passphrase, and nobody is asked for it; remove it with `openssl pkey "
					  "-in FILE -out NEW`",
	},
	[PEM_CERTIFICATE] = {
		[CONTENT_REQUEST] = "it is a certificate request; name the certificate that was issued for it",
		[CONTENT_CRL] = "it is a revocation list, and a certificate belongs here",
		[CONTENT_PUBLIC_KEY] = "it is a public key, and a certificate belongs here; have one issued for this key",
		[CONTENT_PRIVATE_KEY] = "it is a private key, and a certificate belongs here; name the certificate that was issued "
					"for this key",
		[CONTENT_ENCRYPTED_KEY] = "it is a private key, and a certificate belongs here; name the certificate that was issued "
					  "for this key",
	},
	[PEM_CA] = {
		[CONTENT_REQUEST] = "it is a certificate request; name the CA certificate that was issued for it",
		[CONTENT_CRL] = "it is a revocation list, and a CA certificate belongs here; lists go into crls",
		[CONTENT_PUBLIC_KEY] = "it is a public key, and a CA certificate belongs here; keys of issuers go into issuers",
		[CONTENT_PRIVATE_KEY] = "it is a private key, and a CA certificate belongs here; a CA's private key must not be on a "
					"gateway",
		[CONTENT_ENCRYPTED_KEY] = "it is a private key, and a CA certificate belongs here; a CA's private key must not be on "
					  "a gateway",
	},
};

/* --- The right thing, with a key or an extension that does not fit --- */

#define NEW_KEY "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"

static const struct {
	const char *rsa, *curve;
} key_texts[_PEM_WANTED_MAX] = {
	[PEM_PUBLIC_KEY] = { "it is an RSA key, and RSA keys are not of the profile; the issuer signs with P-256, "
			     "P-384 or Ed25519",
			     "its key is not of the profile; the issuer signs with P-256, P-384 or Ed25519" },
	[PEM_PRIVATE_KEY] = { "it is an RSA key, and RSA keys are not of the profile; " NEW_KEY,
			      "its key is not of the profile, which has P-256, P-384 and Ed25519; " NEW_KEY },
	[PEM_CERTIFICATE] = { "its key is RSA, and RSA keys are not of the profile; have one issued for a key of P-256 "
			      "or P-384",
			      "its key is not of the profile; have one issued for a key of P-256 or P-384" },
	[PEM_CA] = { "its key is RSA, and RSA keys are not of the profile; name the EC CA below it",
		     "its key is not of the profile, which has P-256, P-384 and Ed25519; name the CA below it that has "
		     "such a key" },
};

static bool is_of_profile(const EVP_PKEY *key)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "ED25519"))
		return true;
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       (strcmp(group, SN_X9_62_prime256v1) == 0 || strcmp(group, SN_secp384r1) == 0);
}

static const char *key_fault(const EVP_PKEY *key, enum pem_wanted wanted)
{
	if (!key || is_of_profile(key))
		return NULL;
	return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") ? key_texts[wanted].rsa :
									    key_texts[wanted].curve;
}

static const char *certificate_fault(const struct block *b, enum pem_wanted wanted)
{
	const unsigned char *p = b->der;
	_cleanup_(X509_freep) X509 *certificate = d2i_X509(NULL, &p, b->n);
	const char *fault = certificate ? key_fault(X509_get0_pubkey(certificate), wanted) :
					  "its certificate is damaged; fetch it again";

	if (fault || wanted != PEM_CA || X509_check_ca(certificate) == 1)
		return fault;
	return "it is no CA certificate: it has no basicConstraints with CA:TRUE; name the CA that issued it";
}

static const char *bare_key_fault(const struct block *b, enum content content, enum pem_wanted wanted)
{
	const unsigned char *p = b->der;
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;

	if (content == CONTENT_PRIVATE_KEY)
		key = d2i_AutoPrivateKey(NULL, &p, b->n);
	else if (strcmp(b->name, PEM_STRING_RSA_PUBLIC) == 0)
		return key_texts[wanted].rsa;
	else
		key = d2i_PUBKEY(NULL, &p, b->n);
	return key ? key_fault(key, wanted) : "its key is damaged; write it again";
}

static const char *block_fault(const struct block *b, enum content content, enum pem_wanted wanted)
{
	if (misplaced[wanted][content])
		return misplaced[wanted][content];
	return content == CONTENT_CERTIFICATE ? certificate_fault(b, wanted) : bare_key_fault(b, content, wanted);
}

/* Of a key, one is wanted, and of a chain, the first one counts; each anchor of a file counts. */
const char *pem_fault(struct bytes pem, enum pem_wanted wanted, const char *otherwise)
{
	_cleanup_(BIO_free_allp) BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	const char *fault = NULL;
	bool is_found = false;

	while (bio && !fault && (!is_found || wanted == PEM_CA)) {
		_cleanup_(block_done) struct block b = { 0 };

		if (PEM_read_bio(bio, &b.name, &b.header, &b.der, &b.n) != 1)
			break;

		const enum content content = content_of(&b);

		if (content == CONTENT_UNKNOWN) /* as EC PARAMETERS before a key */
			continue;
		is_found = true;
		fault = block_fault(&b, content, wanted);
	}
	ERR_clear_error();
	if (!is_found)
		fault = pem.n > 0 && pem.p[0] == 0x30 ? "it is in DER; convert it to PEM with `openssl x509` or "
							"`openssl pkey`, and -inform DER" :
							"it holds nothing in PEM (\"-----BEGIN …\")";
	return fault ? fault : otherwise;
}
