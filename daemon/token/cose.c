/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE_Sign1: headers, Sig_structure, signatures with three kinds of key. Who owns the key and what the payload says is
 * not known here.
 */
#include "token/cose.h"

#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "token/cbor.h"
#include "token/key_kind.h"

/* COSE header parameters: RFC 9052 section 3.1, RFC 9596, RFC 9360. */
enum header_label {
	HEADER_ALG = 1,
	HEADER_CRIT = 2,
	HEADER_KID = 4,
	HEADER_TYP = 16,
	HEADER_X5CHAIN = 33,
	HEADER_X5T = 34,
};

#define TAG_SIGN1          18    /* RFC 9052 section 2 */
#define TAG_CWT            61    /* RFC 8392 section 6 */
#define HASH_SHA256        (-16) /* RFC 9054 section 2.1 */
#define PROTECTED_MAX      512   /* bytes that we write: typ, kid and x5t, with reserve */
#define SIG_STRUCTURE_HEAD 64    /* bytes besides header and payload: at most 38 */
#define SIGNATURE_MAX      96    /* bytes of r and s of P-384 */
#define SPKI_HEAD_MAX      32    /* bytes of SubjectPublicKeyInfo before the key: at most 26 */
#define SPKI_KEY_MAX       97    /* bytes of an uncompressed point of P-384 */

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free);
DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(X509 *, X509_free);

static void openssl_freep(unsigned char **p)
{
	OPENSSL_free(*p);
}

/* An unknown algorithm, or one given as text, stays COSE_NONE and fits no key. */
static int read_algorithm(struct cbor_cursor *c, struct sign1 *ret)
{
	int64_t number;

	if (cbor_peek(c) == CBOR_TSTR)
		return cbor_skip(c, NULL);

	int r = cbor_int(c, &number);
	if (r < 0)
		return -EBADMSG;

	if (key_kind_has(number))
		ret->algorithm = (enum cose_algorithm)number;
	return 0;
}

/* RFC 9596: a media type or a content format. A text longer than our types stays "", a larger number 0. */
static int read_typ(struct cbor_cursor *c, struct sign1 *ret)
{
	uint64_t format;

	if (cbor_text(c, ret->typ, sizeof(ret->typ)) == 0)
		return 0;
	if (cbor_uint(c, UINT16_MAX, &format) < 0)
		return cbor_skip(c, NULL);
	ret->typ_format = (uint16_t)format;
	return 0;
}

static int read_kid(struct cbor_cursor *c, struct sign1 *ret)
{
	return cbor_bstr(c, &ret->kid);
}

static int read_x5t(struct cbor_cursor *c, struct sign1 *ret)
{
	int64_t hash;
	size_t n;

	if (cbor_array(c, &n) < 0 || n != 2 || cbor_int(c, &hash) < 0 || hash != HASH_SHA256 ||
	    cbor_bstr(c, &ret->x5t) < 0 || ret->x5t.n != SHA256_LEN)
		return -EBADMSG;
	return 0;
}

/* RFC 9360 section 2: one certificate as a byte string, two or more as an array. */
static int read_x5chain(struct cbor_cursor *c, struct sign1 *ret)
{
	size_t n = 1, total = 0;

	if (cbor_peek(c) != CBOR_BSTR && (cbor_array(c, &n) < 0 || n < 2))
		return -EBADMSG;
	if (n > HALLMARK_CHAIN_MAX)
		return -E2BIG;

	for (size_t i = 0; i < n; i++) {
		if (cbor_bstr(c, &ret->x5chain[i]) < 0 || ret->x5chain[i].n == 0)
			return -EBADMSG;
		total += ret->x5chain[i].n;
	}
	if (total > HALLMARK_CHAIN_BYTES_MAX)
		return -E2BIG;
	ret->n_x5chain = n;
	return 0;
}

static bool map_has(struct bytes encoded_map, struct bytes encoded_key)
{
	struct cbor_cursor c = cbor_cursor_of(encoded_map);
	size_t n = 0;

	if (cbor_map(&c, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct bytes key;

		if (cbor_skip(&c, &key) < 0 || cbor_skip(&c, NULL) < 0)
			return false;
		if (bytes_equal(key, encoded_key))
			return true;
	}
	return false;
}

static bool is_understood(int64_t label);

/* RFC 9052 section 3.1: each label in crit must be protected, present and understood. */
static int read_crit(struct cbor_cursor *c, struct sign1 *ret)
{
	size_t n;

	if (cbor_array(c, &n) < 0 || n == 0)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		struct cbor_cursor at = *c;
		struct bytes encoded;
		int64_t label;

		if (cbor_skip(c, &encoded) < 0 || cbor_int(&at, &label) < 0 || !is_understood(label) ||
		    !map_has(ret->protected_header, encoded))
			return -EBADMSG;
	}
	return 0;
}

static const struct header_parameter {
	int64_t label;
	bool protected_only;
	int (*read)(struct cbor_cursor *c, struct sign1 *ret);
} parameters[] = {
	{ HEADER_ALG, true, read_algorithm }, { HEADER_CRIT, true, read_crit },        { HEADER_KID, false, read_kid },
	{ HEADER_TYP, true, read_typ },       { HEADER_X5CHAIN, false, read_x5chain }, { HEADER_X5T, false, read_x5t },
};

static const struct header_parameter *parameter_of(int64_t label)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		if (parameters[i].label == label)
			return &parameters[i];
	return NULL;
}

static bool is_understood(int64_t label)
{
	return parameter_of(label);
}

static int read_parameter(struct cbor_cursor *c, bool is_protected, struct sign1 *ret)
{
	struct cbor_cursor key = *c;
	struct bytes encoded;
	int64_t label;

	int r = cbor_skip(c, &encoded);
	if (r < 0)
		return r;

	if (!is_protected && map_has(ret->protected_header, encoded))
		return -EBADMSG;

	const struct header_parameter *p = cbor_int(&key, &label) < 0 ? NULL : parameter_of(label);

	if (!p)
		return cbor_skip(c, NULL);
	if (p->protected_only && !is_protected)
		return -EBADMSG;
	return p->read(c, ret);
}

static int read_header(struct cbor_cursor *c, bool is_protected, struct sign1 *ret)
{
	size_t n;

	int r = cbor_map(c, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_parameter(c, is_protected, ret);
	return r;
}

static int read_protected(struct sign1 *ret)
{
	static const uint8_t alg[] = { HEADER_ALG };
	struct cbor_cursor c = cbor_cursor_of(ret->protected_header);

	int r = cbor_check(ret->protected_header);
	if (r < 0)
		return r;

	if (!map_has(ret->protected_header, BYTES(alg)))
		return -EBADMSG;
	return read_header(&c, true, ret);
}

static int read_tags(struct cbor_cursor *c)
{
	struct cbor_item tag = { 0 };
	bool cwt = false;

	while (cbor_peek(c) == CBOR_TAG) { /* at most 61 and 18 */
		int r = cbor_next(c, &tag);
		if (r < 0)
			return r;
		if (tag.number == TAG_SIGN1)
			return 0;
		if (tag.number != TAG_CWT || cwt)
			return -EBADMSG;
		cwt = true;
	}
	return cwt ? -EBADMSG : 0; /* RFC 8392 section 6: 61 is followed by a COSE tag */
}

int sign1_decode(struct bytes in, size_t size_max, struct sign1 *ret)
{
	struct cbor_cursor c = cbor_cursor_of(in);
	struct sign1 token = { 0 };
	size_t n;

	if (in.n > size_max)
		return -E2BIG;

	int r = cbor_check(in);
	if (r < 0)
		return r;
	if (read_tags(&c) < 0 || cbor_array(&c, &n) < 0 || n != 4 || cbor_bstr(&c, &token.protected_header) < 0)
		return -EBADMSG;

	r = read_protected(&token);
	if (r < 0)
		return r;
	r = read_header(&c, false, &token);
	if (r < 0)
		return r;
	if (cbor_bstr(&c, &token.payload) < 0 || cbor_bstr(&c, &token.signature) < 0)
		return -EBADMSG;

	r = cbor_check(token.payload);
	if (r < 0)
		return r;
	*ret = token;
	return 0;
}

/* RFC 9052 section 4.4. Returns 0, or -ENOMEM; release *ret with free(). */
static int sig_structure(struct bytes protected_header, struct bytes payload, uint8_t **ret, size_t *ret_n)
{
	size_t cap = protected_header.n + payload.n + SIG_STRUCTURE_HEAD;
	uint8_t *p = malloc(cap);
	struct writer w = writer_of(p, cap);

	if (!p)
		return -ENOMEM;

	cbor_put_array(&w, 4);
	cbor_put_tstr(&w, "Signature1");
	cbor_put_bstr(&w, protected_header);
	cbor_put_bstr(&w, (struct bytes){ 0 }); /* no external data */
	cbor_put_bstr(&w, payload);
	*ret = p;
	*ret_n = w.n;
	return 0;
}

/* r and s of equal length → the DER that OpenSSL needs. Returns 0 or -EIO; release *ret. */
static int ecdsa_to_der(struct bytes raw, unsigned char **ret, size_t *ret_n)
{
	int half = (int)(raw.n / 2);
	BIGNUM *r = BN_bin2bn(raw.p, half, NULL), *s = BN_bin2bn(raw.p + half, half, NULL);
	_cleanup_(ECDSA_SIG_freep) ECDSA_SIG *signature = ECDSA_SIG_new();

	if (!r || !s || !signature || ECDSA_SIG_set0(signature, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return -EIO;
	}

	int n = i2d_ECDSA_SIG(signature, ret);
	if (n <= 0)
		return -EIO;
	*ret_n = (size_t)n;
	return 0;
}

/* DER from OpenSSL → r and s, each half of n bytes. */
static int ecdsa_to_raw(struct bytes der, uint8_t *ret, size_t n)
{
	const unsigned char *p = der.p;
	int half = (int)(n / 2);
	_cleanup_(ECDSA_SIG_freep) ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &p, (long)der.n);

	if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature), ret, half) != half ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(signature), ret + half, half) != half)
		return -EIO;
	return 0;
}

static int verify(const struct key_kind *kind, EVP_PKEY *key, const struct sign1 *token, enum sign1_result *ret)
{
	_cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	_cleanup_(openssl_freep) unsigned char *der = NULL;
	_cleanup_free_ uint8_t *signed_bytes = NULL;
	struct bytes signature = token->signature;
	size_t n;

	int r = sig_structure(token->protected_header, token->payload, &signed_bytes, &n);
	if (r < 0)
		return r;
	if (kind->group) {
		r = ecdsa_to_der(token->signature, &der, &signature.n);
		if (r < 0)
			return r;
		signature.p = der;
	}

	if (!ctx || EVP_DigestVerifyInit_ex(ctx, NULL, kind->digest, NULL, NULL, key, NULL) != 1)
		return -EIO;

	/* A crafted signature (a point at infinity) gives -1 here too. That is invalid too, and no fault of ours. */
	if (EVP_DigestVerify(ctx, signature.p, signature.n, signed_bytes, n) == 1)
		*ret = SIGN1_VALID;
	return 0;
}

int sign1_verify(const struct sign1 *token, EVP_PKEY *key, enum sign1_result *ret)
{
	const struct key_kind *kind = key_kind_of(key);

	*ret = SIGN1_BAD_ALGORITHM;
	if (!kind || (token->algorithm != kind->algorithm && token->algorithm != kind->also))
		return 0;

	*ret = SIGN1_BAD_SIGNATURE;
	if (token->signature.n != kind->signature_len)
		return 0;

	int r = verify(kind, key, token, ret);
	ERR_clear_error();
	return r;
}

static void put_protected(const struct sign1_header *header, enum cose_algorithm algorithm, struct writer *w)
{
	bool typ = header->typ, kid = header->kid.n > 0, x5t = header->x5t.n > 0;

	cbor_put_map(w, 1u + typ + kid + x5t);
	cbor_put_int(w, HEADER_ALG);
	cbor_put_int(w, algorithm);
	if (kid) {
		cbor_put_int(w, HEADER_KID);
		cbor_put_bstr(w, header->kid);
	}
	if (typ) {
		cbor_put_int(w, HEADER_TYP);
		cbor_put_tstr(w, header->typ);
	}
	if (x5t) {
		cbor_put_int(w, HEADER_X5T);
		cbor_put_array(w, 2);
		cbor_put_int(w, HASH_SHA256);
		cbor_put_bstr(w, header->x5t);
	}
}

static void put_unprotected(const struct sign1_header *header, struct writer *w)
{
	cbor_put_map(w, header->n_x5chain > 0);
	if (header->n_x5chain == 0)
		return;

	cbor_put_int(w, HEADER_X5CHAIN);
	if (header->n_x5chain > 1)
		cbor_put_array(w, header->n_x5chain);
	for (size_t i = 0; i < header->n_x5chain; i++)
		cbor_put_bstr(w, header->x5chain[i]);
}

static int sign(const struct key_kind *kind, EVP_PKEY *key, struct bytes message, uint8_t ret[static SIGNATURE_MAX])
{
	_cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[2 * SIGNATURE_MAX]; /* DER is longer than r and s */
	size_t n = sizeof(signature);

	if (!ctx || EVP_DigestSignInit_ex(ctx, NULL, kind->digest, NULL, NULL, key, NULL) != 1 ||
	    EVP_DigestSign(ctx, signature, &n, message.p, message.n) != 1)
		return -EIO;
	if (kind->group)
		return ecdsa_to_raw(bytes_of(signature, n), ret, kind->signature_len);
	memcpy(ret, signature, kind->signature_len);
	return 0;
}

int sign1_sign(const struct sign1_header *header, struct bytes payload, EVP_PKEY *key, struct writer *w)
{
	const struct key_kind *kind = key_kind_of(key);
	uint8_t protected_header[PROTECTED_MAX], signature[SIGNATURE_MAX];
	struct writer p = WRITER(protected_header);
	_cleanup_free_ uint8_t *message = NULL;
	size_t n;

	if (!kind)
		return -ENOTSUP;
	put_protected(header, kind->algorithm, &p);
	if (p.overflow)
		return -E2BIG;

	int r = sig_structure(writer_bytes(&p), payload, &message, &n);
	if (r < 0)
		return r;
	r = sign(kind, key, bytes_of(message, n), signature);
	ERR_clear_error();
	if (r < 0)
		return r;

	cbor_put_tag(w, TAG_SIGN1);
	cbor_put_array(w, 4);
	cbor_put_bstr(w, writer_bytes(&p));
	put_unprotected(header, w);
	cbor_put_bstr(w, payload);
	cbor_put_bstr(w, bytes_of(signature, kind->signature_len));
	return w->overflow ? -E2BIG : 0;
}

/*
 * Gives the same as i2d_PUBKEY() in a tenth of the time; false for a key in another form, such as a compressed point.
 */
static bool spki_of(EVP_PKEY *key, struct writer *w)
{
	const struct key_kind *kind = key_kind_of(key);
	uint8_t head[SPKI_HEAD_MAX], public_key[SPKI_KEY_MAX];
	size_t n = 0;

	if (!kind ||
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, public_key, sizeof(public_key), &n) != 1 ||
	    n != kind->public_len)
		return false;

	size_t head_len = strlen(kind->spki_head) / 2;

	if (!bytes_from_hex(kind->spki_head, head, head_len))
		return false;
	writer_put(w, bytes_of(head, head_len));
	writer_put(w, bytes_of(public_key, n));
	return true;
}

int key_id(EVP_PKEY *key, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(openssl_freep) unsigned char *der = NULL;
	uint8_t spki[SPKI_HEAD_MAX + SPKI_KEY_MAX];
	struct writer w = WRITER(spki);

	if (spki_of(key, &w))
		return digest_sha256(writer_bytes(&w), ret);

	int n = i2d_PUBKEY(key, &der);
	ERR_clear_error();
	if (n <= 0)
		return -EIO;
	return digest_sha256(bytes_of(der, (size_t)n), ret);
}

static int no_password(char *ret, int size, int writing, void *userdata)
{
	(void)ret, (void)size, (void)writing, (void)userdata;
	return -1; /* OpenSSL would ask on the terminal */
}

static EVP_PKEY *read_public(BIO *in)
{
	return PEM_read_bio_PUBKEY(in, NULL, no_password, NULL);
}

static EVP_PKEY *read_private(BIO *in)
{
	return PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
}

static EVP_PKEY *read_certificate(BIO *in)
{
	_cleanup_(X509_freep) X509 *certificate = PEM_read_bio_X509(in, NULL, no_password, NULL);

	return certificate ? X509_get_pubkey(certificate) : NULL;
}

/* Returns 0, -EBADMSG, -ENOTSUP or -ENOMEM. */
static int key_decode(struct bytes pem, EVP_PKEY *(*read)(BIO *), EVP_PKEY **ret)
{
	_cleanup_(BIO_free_allp) BIO *in = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = in ? read(in) : NULL;

	ERR_clear_error();
	if (!key)
		return -EBADMSG;
	if (!key_kind_of(key))
		return -ENOTSUP;
	if (!key_is_sound(key))
		return -EBADMSG;
	*ret = TAKE_PTR(key);
	return 0;
}

int key_decode_private(struct bytes pem, EVP_PKEY **ret)
{
	return key_decode(pem, read_private, ret);
}

int key_decode_public(struct bytes pem, EVP_PKEY **ret)
{
	static EVP_PKEY *(*const readers[])(BIO *) = { read_public, read_certificate };
	int r = -EBADMSG;

	for (size_t i = 0; r == -EBADMSG && i < ARRAY_SIZE(readers); i++)
		r = key_decode(pem, readers[i], ret);
	return r;
}
