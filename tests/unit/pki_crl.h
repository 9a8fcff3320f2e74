/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs for tests, each of whose properties can be made wrong alone. */
#pragma once

#include <ctype.h>

#include "pki.h"

#define PKI_CRL_THIS      "20270101000000Z"
#define PKI_CRL_LATER     "20270201000000Z"
#define PKI_CRL_LATER_SEC INT64_C(1801440000)

/* Zeroed it is a good CRL of nobody's certificate; what differs is set. */
struct crl_request {
	const struct pki_node *revoked[2];
	const char *this_update, *next_update; /* NULL: PKI_CRL_THIS, PKI_CRL_LATER */
	bool no_next_update;
	int more;           /* further serials, from 1,000,000 on */
	int reason;         /* of each entry; CRL_REASON_UNSPECIFIED: none */
	const char *digest; /* NULL: SHA256 */
	const char *oid;    /* a further extension */
	bool oid_critical;
	const char *entry_oid; /* the same in the last entry */
	bool entry_oid_critical;
	bool version_1, bad_signature, as_pem;
	uint8_t number;         /* CRL number, 0 to 127; 0: none */
	const char *number_hex; /* or the extension's whole value */
	EVP_PKEY *use_key;      /* instead of the CA's */
	bool name_otherwise;    /* the CA's name in other bytes, which RFC 5280 section 7.1 calls the same */
};

static inline X509_EXTENSION *pki_extension(const char *oid, bool is_critical)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

	must(object && octets && ASN1_OCTET_STRING_set(octets, (const uint8_t *)"\x30\0", 2));

	X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, is_critical, octets);

	must(extension);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(object);
	return extension;
}

static inline void pki_crl_set_number(X509_CRL *crl, const struct crl_request *request)
{
	char hex[8];
	uint8_t der[32];
	const char *text = request->number_hex;
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

	(void)snprintf(hex, sizeof(hex), "0201%02x", request->number);
	if (!text && request->number > 0)
		text = hex;
	must(octets);
	if (text) {
		must(bytes_from_hex(text, der, strlen(text) / 2));
		must(ASN1_OCTET_STRING_set(octets, der, (int)strlen(text) / 2));

		X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_crl_number, 0, octets);

		must(extension && X509_CRL_add_ext(crl, extension, -1));
		X509_EXTENSION_free(extension);
	}
	ASN1_OCTET_STRING_free(octets);
}

static inline void pki_crl_add(X509_CRL *crl, const ASN1_INTEGER *serial, const struct crl_request *request)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *at = ASN1_TIME_new();

	must(entry && at && ASN1_TIME_set_string_X509(at, PKI_CRL_THIS));
	must(X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)(uintptr_t)serial));
	must(X509_REVOKED_set_revocationDate(entry, at));
	if (request->reason != CRL_REASON_UNSPECIFIED) {
		ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

		must(reason && ASN1_ENUMERATED_set(reason, request->reason));
		must(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) == 1);
		ASN1_ENUMERATED_free(reason);
	}
	if (request->entry_oid) {
		X509_EXTENSION *extension = pki_extension(request->entry_oid, request->entry_oid_critical);

		must(X509_REVOKED_add_ext(entry, extension, -1));
		X509_EXTENSION_free(extension);
	}
	must(X509_CRL_add0_revoked(crl, entry));
	ASN1_TIME_free(at);
}

static inline void pki_crl_set_times(X509_CRL *crl, const struct crl_request *request)
{
	ASN1_TIME *time = ASN1_TIME_new();

	must(time && ASN1_TIME_set_string_X509(time, request->this_update ? request->this_update : PKI_CRL_THIS));
	must(X509_CRL_set1_lastUpdate(crl, time));
	must(ASN1_TIME_set_string_X509(time, request->next_update ? request->next_update : PKI_CRL_LATER));
	must(request->no_next_update || X509_CRL_set1_nextUpdate(crl, time));
	ASN1_TIME_free(time);
}

static inline void pki_crl_sign(X509_CRL *crl, EVP_PKEY *key, const struct crl_request *request)
{
	const EVP_MD *digest = EVP_get_digestbyname(request->digest ? request->digest : "SHA256");
	const ASN1_BIT_STRING *signature = NULL;

	must(X509_CRL_sign(crl, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : digest) > 0);
	X509_CRL_get0_signature(crl, &signature, NULL);
	if (request->bad_signature)
		((uint8_t *)(uintptr_t)ASN1_STRING_get0_data(signature))[signature->length - 1] ^= 1;
}

/* As UTF8String where it was PrintableString, in capitals, and with a space before it. */
static inline void pki_crl_name_otherwise(X509_CRL *crl, const X509_NAME *ca)
{
	X509_NAME *name = X509_NAME_new();

	must(name);
	for (int i = 0; i < X509_NAME_entry_count(ca); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(ca, i);
		const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
		char text[64] = " ";

		must((size_t)ASN1_STRING_length(value) < sizeof(text) - 1);
		for (int k = 0; k < ASN1_STRING_length(value); k++)
			text[1 + k] = (char)toupper(ASN1_STRING_get0_data(value)[k]);
		must(X509_NAME_add_entry_by_OBJ(name, X509_NAME_ENTRY_get_object(entry), V_ASN1_UTF8STRING,
						(const uint8_t *)text, -1, -1, 0));
	}
	must(X509_CRL_set_issuer_name(crl, name));
	X509_NAME_free(name);
}

/* On the heap; free with free(). */
static inline uint8_t *pki_crl(const struct pki_node *ca, const struct crl_request *request, size_t *ret_n)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *p = NULL;

	must(crl && serial && bio && X509_CRL_set_version(crl, request->version_1 ? 0 : X509_CRL_VERSION_2));
	must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate)));
	if (request->name_otherwise)
		pki_crl_name_otherwise(crl, X509_get_subject_name(ca->certificate));
	pki_crl_set_times(crl, request);
	for (int i = 0; i < 2 && request->revoked[i]; i++)
		pki_crl_add(crl, X509_get0_serialNumber(request->revoked[i]->certificate), request);
	for (int i = 0; i < request->more; i++) {
		must(ASN1_INTEGER_set(serial, 1000000 + i));
		pki_crl_add(crl, serial, request);
	}
	if (request->oid) {
		X509_EXTENSION *extension = pki_extension(request->oid, request->oid_critical);

		must(X509_CRL_add_ext(crl, extension, -1));
		X509_EXTENSION_free(extension);
	}
	pki_crl_set_number(crl, request);
	pki_crl_sign(crl, request->use_key ? request->use_key : ca->key, request);
	must(request->as_pem ? PEM_write_bio_X509_CRL(bio, crl) : i2d_X509_CRL_bio(bio, crl));

	long n = BIO_get_mem_data(bio, &p);
	uint8_t *bytes = bytes_dup(bytes_of(p, (size_t)n));

	must(bytes);
	*ret_n = (size_t)n;
	BIO_free(bio);
	ASN1_INTEGER_free(serial);
	X509_CRL_free(crl);
	return bytes;
}
