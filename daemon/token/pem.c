/* SPDX-License-Identifier: Apache-2.0 */
/* Reads each block of a PEM file as what its name says. Nothing is used here; the decoders of each place decide. */
#include "token/pem.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "token/key_kind.h"

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
		[CONTENT_UNKNOWN] = TO_TRANSLATE("it holds another kind of PEM block, and a public key belongs here; write that with `openssl pkey "
				    "-in FILE -pubout`"),
		[CONTENT_REQUEST] = TO_TRANSLATE("it holds a certificate request, and a public key belongs here; write its key with `openssl req "
				    "-in FILE -noout -pubkey`"),
		[CONTENT_CRL] = TO_TRANSLATE("it holds a revocation list, and a public key belongs here"),
		[CONTENT_PRIVATE_KEY] = TO_TRANSLATE("it holds a private key, and a public key belongs here; write that with `openssl pkey -in FILE "
					"-pubout`, and replace the key when others may have read it"),
		[CONTENT_ENCRYPTED_KEY] = TO_TRANSLATE("it holds a private key, and a public key belongs here; write that with `openssl pkey -in FILE "
					  "-pubout`"),
	},
	[PEM_PRIVATE_KEY] = {
		[CONTENT_UNKNOWN] = TO_TRANSLATE("it holds another kind of PEM block, and a private key belongs here; convert it with `openssl pkey "
				    "-in FILE -out NEW`"),
		[CONTENT_CERTIFICATE] = TO_TRANSLATE("it holds a certificate, and a private key belongs here; name the file with the certificate's "
					"key"),
		[CONTENT_REQUEST] = TO_TRANSLATE("it holds a certificate request, and a private key belongs here; name the file with the key that "
				    "signed it"),
		[CONTENT_CRL] = TO_TRANSLATE("it holds a revocation list, and a private key belongs here"),
		[CONTENT_PUBLIC_KEY] = TO_TRANSLATE("it holds a public key, and a private key belongs here; name the file with the private one"),
		[CONTENT_ENCRYPTED_KEY] = TO_TRANSLATE("its private key has a passphrase, and nobody is asked for it; remove it with `openssl pkey "
					  "-in FILE -out NEW`"),
	},
	[PEM_CERTIFICATE] = {
		[CONTENT_UNKNOWN] = TO_TRANSLATE("it holds another kind of PEM block, and a certificate belongs here; name the file with the "
				    "certificate"),
		[CONTENT_REQUEST] = TO_TRANSLATE("it holds a certificate request, and a certificate belongs here; name the one that was issued for it"),
		[CONTENT_CRL] = TO_TRANSLATE("it holds a revocation list, and a certificate belongs here"),
		[CONTENT_PUBLIC_KEY] = TO_TRANSLATE("it holds a public key, and a certificate belongs here; have one issued for this key"),
		[CONTENT_PRIVATE_KEY] = TO_TRANSLATE("it holds a private key, and a certificate belongs here; name the certificate that was issued "
					"for this key"),
		[CONTENT_ENCRYPTED_KEY] = TO_TRANSLATE("it holds a private key, and a certificate belongs here; name the certificate that was issued "
					  "for this key"),
	},
	[PEM_CA] = {
		[CONTENT_UNKNOWN] = TO_TRANSLATE("it holds another kind of PEM block, and only CA certificates belong here; remove that block"),
		[CONTENT_REQUEST] = TO_TRANSLATE("it holds a certificate request, and only CA certificates belong here; name the one that was issued for it"),
		[CONTENT_CRL] = TO_TRANSLATE("it holds a revocation list, and only CA certificates belong here; lists go into crls"),
		[CONTENT_PUBLIC_KEY] = TO_TRANSLATE("it holds a public key, and only CA certificates belong here; keys of issuers go into issuers"),
		[CONTENT_PRIVATE_KEY] = TO_TRANSLATE("it holds a private key, and only CA certificates belong here; a CA's private key must not be on a "
					"gateway"),
		[CONTENT_ENCRYPTED_KEY] = TO_TRANSLATE("it holds a private key, and only CA certificates belong here; a CA's private key must not be on "
					  "a gateway"),
	},
};

/* --- The right thing, with a key or an extension that does not fit --- */

static const struct {
	const char *rsa, *curve;
} key_texts[_PEM_WANTED_MAX] = {
	[PEM_PUBLIC_KEY] = { TO_TRANSLATE("it is an RSA key, and RSA keys are not of the profile; the issuer signs "
					  "with P-256, "
					  "P-384 or Ed25519"),
			     TO_TRANSLATE(
				     "its key is not of the profile; the issuer signs with P-256, P-384 or Ed25519") },
	[PEM_PRIVATE_KEY] = { TO_TRANSLATE("it is an RSA key, and RSA keys are not of the profile; make one with "
					   "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"),
			      TO_TRANSLATE(
				      "its key is not of the profile, which has P-256, P-384 and Ed25519; make one "
				      "with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`") },
	[PEM_CERTIFICATE] = { TO_TRANSLATE("its key is RSA, and RSA keys are not of the profile; have one issued for a "
					   "key of P-256 "
					   "or P-384"),
			      TO_TRANSLATE(
				      "its key is not of the profile; have one issued for a key of P-256 or P-384") },
	[PEM_CA] = { TO_TRANSLATE("its key is RSA, and RSA keys are not of the profile; name the EC CA below it"),
		     TO_TRANSLATE("its key is not of the profile, which has P-256, P-384 and Ed25519; name the CA "
				  "below it that has "
				  "such a key") },
};

static const char *key_fault(const EVP_PKEY *key, enum pem_wanted wanted)
{
	if (!key || key_kind_of(key))
		return NULL;
	return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") ? key_texts[wanted].rsa :
									    key_texts[wanted].curve;
}

static X509 *certificate_of(const struct block *b)
{
	const unsigned char *p = b->der;

	return d2i_X509(NULL, &p, b->n);
}

static const char *damage_of_certificate(const struct block *b)
{
	_cleanup_(X509_freep) X509 *certificate = certificate_of(b);

	return certificate ? NULL : TO_TRANSLATE("a certificate in it is damaged; put an undamaged copy there");
}

static const char *certificate_fault(const struct block *b, enum pem_wanted wanted)
{
	_cleanup_(X509_freep) X509 *certificate = certificate_of(b);
	const char *fault = certificate ? key_fault(X509_get0_pubkey(certificate), wanted) :
					  TO_TRANSLATE("a certificate in it is damaged; put an undamaged copy there");

	if (fault || wanted != PEM_CA || X509_check_ca(certificate) == 1)
		return fault;
	return TO_TRANSLATE(
		"it is no CA certificate: it has no basicConstraints with CA:TRUE; name the CA that issued it");
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
	return key && key_is_sound(key) ? key_fault(key, wanted) :
					  TO_TRANSLATE("a key in it is damaged; put an undamaged copy there");
}

static const char *block_fault(const struct block *b, enum content content, enum pem_wanted wanted)
{
	if (content == CONTENT_ENCRYPTED_KEY)
		return misplaced[wanted][content];
	return content == CONTENT_CERTIFICATE ? certificate_fault(b, wanted) : bare_key_fault(b, content, wanted);
}

/* --- The file --- */

static bool belongs(enum content content, enum pem_wanted wanted)
{
	switch (wanted) {
	case PEM_PUBLIC_KEY:
		return content == CONTENT_PUBLIC_KEY || content == CONTENT_CERTIFICATE;
	case PEM_PRIVATE_KEY:
		return content == CONTENT_PRIVATE_KEY || content == CONTENT_ENCRYPTED_KEY;
	default:
		return content == CONTENT_CERTIFICATE;
	}
}

/* Returns 1, 0 at the end of the file, or -EBADMSG for a block that cannot be decoded. */
static int next_block(BIO *bio, struct block *ret)
{
	if (PEM_read_bio(bio, &ret->name, &ret->header, &ret->der, &ret->n) == 1)
		return 1;
	return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? 0 : -EBADMSG;
}

struct search {
	enum pem_wanted wanted;
	bool is_found;
	const char *fault;
	const char *other; /* what the first block of another kind is; a kind that is known before one that is not */
};

/* Of a key, one is wanted. Of a chain, each must be whole, and the first one's key counts. Each anchor counts. */
static bool look_at(struct search *s, const struct block *b)
{
	const enum content content = content_of(b);
	const bool is_above = s->is_found && s->wanted == PEM_CERTIFICATE;

	if (belongs(content, s->wanted)) {
		s->fault = is_above ? damage_of_certificate(b) : block_fault(b, content, s->wanted);
		s->is_found = true;
		return !s->fault && s->wanted != PEM_PUBLIC_KEY && s->wanted != PEM_PRIVATE_KEY;
	}
	if (!s->other || s->other == misplaced[s->wanted][CONTENT_UNKNOWN])
		s->other = misplaced[s->wanted][content];
	s->fault = s->wanted == PEM_CA ? s->other : NULL;
	return !s->fault;
}

static void search(struct search *s, BIO *bio)
{
	int r;

	do {
		_cleanup_(block_done) struct block b = { 0 };

		r = next_block(bio, &b);
		if (r < 0)
			s->fault = TO_TRANSLATE("a PEM block in it is damaged; put an undamaged copy there");
		else if (r > 0 && !look_at(s, &b))
			r = 0;
	} while (r > 0);
}

/* A SEQUENCE that is longer than 127 bytes, or that ends where the file does (X.690 section 8.1.3). */
static bool is_der(struct bytes file)
{
	return file.n > 2 && file.p[0] == 0x30 && (file.p[1] > 0x80 || file.p[1] + 2u == file.n);
}

const char *pem_fault(struct bytes pem, enum pem_wanted wanted, const char *otherwise)
{
	_cleanup_(BIO_free_allp) BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	struct search s = { .wanted = wanted };

	if (bio)
		search(&s, bio);
	ERR_clear_error();
	if (s.fault)
		return s.fault;
	if (s.is_found)
		return otherwise;
	if (s.other)
		return s.other;
	return is_der(pem) ? TO_TRANSLATE("it is in DER, not PEM; convert it with `openssl x509` or `openssl pkey`, "
					  "and -inform DER") :
			     TO_TRANSLATE("it holds nothing in PEM (\"-----BEGIN …\"); name the right file");
}

int pem_each(struct bytes pem, const char *name, int (*take)(struct bytes der, void *userdata), void *userdata)
{
	_cleanup_(BIO_free_allp) BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	int r = bio ? 1 : -ENOMEM, taken = 0;

	while (r > 0 && taken == 0) {
		_cleanup_(block_done) struct block b = { 0 };

		r = next_block(bio, &b);
		if (r > 0 && strcmp(b.name, name) == 0)
			taken = take(bytes_of(b.der, (size_t)b.n), userdata);
	}
	ERR_clear_error();
	return r < 0 ? r : taken;
}

int pem_key_decode(struct bytes pem, enum pem_wanted wanted, EVP_PKEY **ret, const char **reterr_fault)
{
	int r = wanted == PEM_PRIVATE_KEY ? key_decode_private(pem, ret) : key_decode_public(pem, ret);

	if (r < 0)
		*reterr_fault = pem_fault(pem, wanted, TO_TRANSLATE("its key cannot be used; put another one there"));
	return r;
}
