/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKI for tests: CAs and device certificates, each of whose properties can be made wrong alone.
 * Nodes own their certificate and key: release them with pki_done(). Times of certificates are
 * texts, as "20270115080000Z".
 */
#pragma once

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define PKI_NOW_SEC       1800000000 /* 2027-01-15 08:00:00 UTC: within the default dates */
#define PKI_NOT_BEFORE    "20200101000000Z"
#define PKI_NOT_AFTER     "20400101000000Z"
#define PKI_NOT_AFTER_SEC INT64_C(2208988800)

enum pki_key { PKI_P256 = 0, PKI_P384, PKI_ED25519, PKI_RSA, PKI_P521, PKI_P256_EXPLICIT };

/* Zeroed it is a good device certificate without a name of the device; what differs is set. */
struct pki_request {
	const char *name; /* common name; NULL: "device" */
	long number;      /* of the certificate; 0: the next one */
	enum pki_key key;
	EVP_PKEY *use_key;   /* instead of a new one; borrowed */
	const char *serial;  /* subject serialNumber */
	const char *serial2; /* a second one */
	const char *hw_type; /* hardwareModuleName */
	struct bytes hw_serial;
	bool hw_twice;
	struct bytes permanent, permanent2;         /* PermanentIdentifier, DER */
	const char *matter_vendor, *matter_product; /* attributes of the subject */
	const char *mud_url;
	const char *alt_name; /* as in openssl's x509v3_config */
	bool ca;
	int path_length;       /* 0: none; n: n - 1 */
	const char *key_usage; /* as in openssl's x509v3_config; NULL: the usual; "": no extension */
	const char *extended_key_usage;
	const char *name_constraints;
	struct {
		int nid;
		const char *value; /* as in openssl's x509v3_config */
	} conf[2];                 /* further extensions */
	const char *not_before, *not_after;
	const char *digest; /* NULL: SHA256, or what the key asks for */
	const char *oid;    /* a further extension, holding NULL */
	bool oid_critical, oid_twice;
	int more_extensions; /* that mean nothing */
	bool no_constraints; /* without basic constraints */
	bool version_1;      /* without extensions */
	bool version_2;      /* with them all the same */
	bool bad_signature;
};

struct pki_node {
	X509 *certificate;
	EVP_PKEY *key;
	uint8_t *der;
	size_t n;
};

/* Not assert(): what it is asked has effects. */
static inline void must(bool is_true)
{
	if (!is_true)
		abort();
}

static inline void pki_done(struct pki_node *node)
{
	X509_free(node->certificate);
	EVP_PKEY_free(node->key);
	OPENSSL_free(node->der);
	*node = (struct pki_node){ 0 };
}

static inline struct bytes pki_der(const struct pki_node *node)
{
	return bytes_of(node->der, node->n);
}

static inline EVP_PKEY *pki_key_explicit(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	must(ctx && EVP_PKEY_keygen_init(ctx) > 0);
	must(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) > 0);
	must(EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_EXPLICIT_CURVE) > 0);
	must(EVP_PKEY_keygen(ctx, &key) > 0);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static inline EVP_PKEY *pki_key_new(enum pki_key kind)
{
	EVP_PKEY *key = NULL;

	switch (kind) {
	case PKI_P256:
		key = EVP_EC_gen("P-256");
		break;
	case PKI_P384:
		key = EVP_EC_gen("P-384");
		break;
	case PKI_P521:
		key = EVP_EC_gen("P-521");
		break;
	case PKI_ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case PKI_RSA:
		key = EVP_RSA_gen(2048);
		break;
	case PKI_P256_EXPLICIT:
		key = pki_key_explicit();
		break;
	}
	must(key);
	return key;
}

static inline void pki_add_text(X509_NAME *name, int nid, const char *text)
{
	if (text)
		must(X509_NAME_add_entry_by_NID(name, nid, V_ASN1_PRINTABLESTRING, (const unsigned char *)text, -1, -1,
						0));
}

static inline void pki_add_attribute(X509_NAME *name, const char *oid, const char *text)
{
	if (text)
		must(X509_NAME_add_entry_by_txt(name, oid, V_ASN1_UTF8STRING, (const unsigned char *)text, -1, -1, 0));
}

static inline void pki_add(X509 *certificate, X509_EXTENSION *extension)
{
	must(extension && X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

static inline void pki_add_conf(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	CONF *conf = NCONF_new(NULL); /* policies may stand in a section, so OpenSSL insists on a file of them */

	must(conf != NULL);
	X509V3_set_ctx(&context, NULL, certificate, NULL, NULL, 0);
	X509V3_set_nconf(&context, conf);
	if (value && value[0])
		pki_add(certificate, X509V3_EXT_nconf_nid(conf, &context, nid, value));
	NCONF_free(conf);
}

static inline void pki_add_raw(X509 *certificate, const char *oid, bool critical, struct bytes value)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

	must(object && octets && ASN1_OCTET_STRING_set(octets, value.p, (int)value.n));
	pki_add(certificate, X509_EXTENSION_create_by_OBJ(NULL, object, critical, octets));
	ASN1_OBJECT_free(object);
	ASN1_OCTET_STRING_free(octets);
}

static inline GENERAL_NAME *pki_other_name(const char *oid, struct bytes der)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_STRING *sequence = ASN1_STRING_type_new(V_ASN1_SEQUENCE);

	must(name && value && ASN1_STRING_set(sequence, der.p, (int)der.n));
	ASN1_TYPE_set(value, V_ASN1_SEQUENCE, sequence);
	must(GENERAL_NAME_set0_othername(name, OBJ_txt2obj(oid, 1), value));
	return name;
}

/*
 * SEQUENCE { hwType, hwSerialNum } as the value of an otherName (RFC 4108 section 5); short lengths
 * only.
 */
static inline GENERAL_NAME *pki_hardware_module_name(const struct pki_request *request)
{
	uint8_t der[128] = { 0x30 }, *p = der + 2;
	ASN1_OBJECT *type = OBJ_txt2obj(request->hw_type, 1);

	must(type && request->hw_serial.n < 70);
	must(i2d_ASN1_OBJECT(type, &p) > 0);
	*p++ = 0x04;
	*p++ = (uint8_t)request->hw_serial.n;
	if (request->hw_serial.n > 0)
		memcpy(p, request->hw_serial.p, request->hw_serial.n);
	p += request->hw_serial.n;
	der[1] = (uint8_t)(p - der - 2);
	ASN1_OBJECT_free(type);
	return pki_other_name("1.3.6.1.5.5.7.8.4", bytes_of(der, (size_t)(p - der)));
}

static inline void pki_add_names(X509 *certificate, const struct pki_request *request)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (int i = 0; request->hw_type && i < (request->hw_twice ? 2 : 1); i++)
		must(sk_GENERAL_NAME_push(names, pki_hardware_module_name(request)));
	if (request->permanent.n > 0)
		must(sk_GENERAL_NAME_push(names, pki_other_name("1.3.6.1.5.5.7.8.3", request->permanent)));
	if (request->permanent2.n > 0)
		must(sk_GENERAL_NAME_push(names, pki_other_name("1.3.6.1.5.5.7.8.3", request->permanent2)));
	must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1);
	GENERAL_NAMES_free(names);
}

static inline void pki_add_mud_url(X509 *certificate, const char *url)
{
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	unsigned char *der = NULL;

	must(text && ASN1_STRING_set(text, url, -1));

	int n = i2d_ASN1_IA5STRING(text, &der);

	pki_add_raw(certificate, "1.3.6.1.5.5.7.1.25", false, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	ASN1_IA5STRING_free(text);
}

static inline void pki_add_extensions(X509 *certificate, const struct pki_request *request)
{
	static const uint8_t null[] = { 5, 0 };
	char constraints[48] = "critical,CA:TRUE";

	if (request->path_length > 0)
		(void)snprintf(constraints, sizeof(constraints), "critical,CA:TRUE,pathlen:%d",
			       request->path_length - 1);
	if (!request->no_constraints)
		pki_add_conf(certificate, NID_basic_constraints, request->ca ? constraints : "CA:FALSE");

	const char *usual = request->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";

	pki_add_conf(certificate, NID_key_usage, request->key_usage ? request->key_usage : usual);
	pki_add_conf(certificate, NID_ext_key_usage, request->extended_key_usage);
	pki_add_conf(certificate, NID_name_constraints, request->name_constraints);
	pki_add_conf(certificate, NID_subject_alt_name, request->alt_name);
	for (size_t i = 0; i < sizeof(request->conf) / sizeof(request->conf[0]); i++)
		pki_add_conf(certificate, request->conf[i].nid, request->conf[i].value);
	if (request->hw_type || request->permanent.n > 0)
		pki_add_names(certificate, request);
	if (request->mud_url)
		pki_add_mud_url(certificate, request->mud_url);
	for (int i = 0; i < request->more_extensions; i++) {
		char oid[48];

		(void)snprintf(oid, sizeof(oid), "1.3.6.1.4.1.32473.99.%d", i + 1);
		pki_add_raw(certificate, oid, false, BYTES(null));
	}
	for (int i = 0; request->oid && i < (request->oid_twice ? 2 : 1); i++)
		pki_add_raw(certificate, request->oid, request->oid_critical, BYTES(null));
}

/* As it is: X509_sign() of OpenSSL 3.5 makes a version 3 of whatever has extensions. */
static inline void pki_sign_version_2(X509 *certificate, EVP_PKEY *key, const EVP_MD *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const ASN1_BIT_STRING *place = NULL;
	uint8_t *signed_part = NULL, signature[256];
	size_t n_signature = sizeof(signature);
	int n;

	must(X509_set_version(certificate, X509_VERSION_2));
	n = i2d_re_X509_tbs(certificate, &signed_part);
	must(n > 0 && EVP_DigestSignInit(context, NULL, digest, NULL, key) == 1);
	must(EVP_DigestSign(context, signature, &n_signature, signed_part, (size_t)n) == 1);
	X509_get0_signature(&place, NULL, certificate);
	must(ASN1_STRING_set((ASN1_STRING *)(uintptr_t)place, signature, (int)n_signature));
	EVP_MD_CTX_free(context);
	OPENSSL_free(signed_part);
}

static inline void pki_sign(X509 *certificate, EVP_PKEY *key, const struct pki_request *request)
{
	const EVP_MD *digest = EVP_get_digestbyname(request->digest ? request->digest : "SHA256");

	if (EVP_PKEY_is_a(key, "ED25519"))
		digest = NULL;
	must(X509_sign(certificate, key, digest) > 0);
	if (request->version_2)
		pki_sign_version_2(certificate, key, digest);
	if (!request->bad_signature)
		return;

	const ASN1_BIT_STRING *signature = NULL;

	X509_get0_signature(&signature, NULL, certificate);
	((uint8_t *)(uintptr_t)ASN1_STRING_get0_data(signature))[signature->length - 1] ^= 1;
}

/* Issuer NULL: self-signed. */
static inline struct pki_node pki_issue(const struct pki_node *issuer, const struct pki_request *request)
{
	static long number;
	struct pki_node node = { .certificate = X509_new(), .key = request->use_key };
	X509 *certificate = node.certificate;

	if (node.key)
		EVP_PKEY_up_ref(node.key);
	else
		node.key = pki_key_new(request->key);
	must(X509_set_version(certificate, request->version_1 ? X509_VERSION_1 : X509_VERSION_3));
	must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), request->number ? request->number : ++number));
	must(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate),
				       request->not_before ? request->not_before : PKI_NOT_BEFORE));
	must(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate),
				       request->not_after ? request->not_after : PKI_NOT_AFTER));
	must(X509_set_pubkey(certificate, node.key));

	X509_NAME *subject = X509_get_subject_name(certificate);

	pki_add_text(subject, NID_commonName, request->name ? request->name : "device");
	pki_add_text(subject, NID_serialNumber, request->serial);
	pki_add_text(subject, NID_serialNumber, request->serial2);
	pki_add_attribute(subject, "1.3.6.1.4.1.37244.2.1", request->matter_vendor);
	pki_add_attribute(subject, "1.3.6.1.4.1.37244.2.2", request->matter_product);
	must(X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate) : subject));
	if (!request->version_1)
		pki_add_extensions(certificate, request);
	pki_sign(certificate, issuer ? issuer->key : node.key, request);

	node.n = (size_t)i2d_X509(certificate, &node.der);
	return node;
}

/* After the certificate itself was changed. */
static inline void pki_sign_again(struct pki_node *node, const struct pki_node *issuer)
{
	OPENSSL_free(node->der);
	node->der = NULL;
	pki_sign(node->certificate, issuer->key, &(struct pki_request){ 0 });
	node->n = (size_t)i2d_X509(node->certificate, &node->der);
}

/* PEM texts on the heap; free with free(). */
static inline char *pki_text(BIO *bio)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);
	char *text = strndup(p, (size_t)n);

	BIO_free(bio);
	must(text);
	return text;
}

static inline char *pki_certificate_pem(const struct pki_node *node)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_X509(bio, node->certificate));
	return pki_text(bio);
}

static inline char *pki_public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_PUBKEY(bio, key));
	return pki_text(bio);
}

static inline char *pki_private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
	return pki_text(bio);
}
