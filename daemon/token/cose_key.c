/* SPDX-License-Identifier: Apache-2.0 */
/* A public key as a COSE_Key (RFC 9053 section 7), for its thumbprint. */
#include <errno.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "token/cbor.h"
#include "token/cose.h"

/* Parameters of a COSE_Key, RFC 9052 section 7.1 and RFC 9053 section 7. */
enum key_parameter {
	KEY_TYPE = 1,
	KEY_CURVE = -1,
	KEY_X = -2,
	KEY_Y = -3,
};

#define COORDINATE_MAX 48  /* bytes: P-384 */
#define ENCODED_MAX    128 /* bytes of the whole key: at most 108 */

DEFINE_CLEANUP(BIGNUM *, BN_free);

static const struct cose_curve {
	const char *type, *group; /* OpenSSL's names; group is NULL for Ed25519 */
	int kty, crv;
	size_t size; /* of a coordinate */
} curves[] = {
	{ "EC", "prime256v1", 2, 1, 32 },
	{ "EC", "secp384r1", 2, 2, 48 },
	{ "ED25519", NULL, 1, 6, 32 },
};

static const struct cose_curve *curve_of(EVP_PKEY *key)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (EVP_PKEY_is_a(key, curves[i].type) && (!curves[i].group || strcmp(curves[i].group, group) == 0))
			return &curves[i];
	return NULL;
}

/* Works for each form of the key, also a compressed point. */
static int put_coordinate(EVP_PKEY *key, const char *name, size_t size, struct writer *w)
{
	_cleanup_(BN_freep) BIGNUM *number = NULL;
	uint8_t bytes[COORDINATE_MAX];

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1 || BN_bn2binpad(number, bytes, (int)size) != (int)size)
		return -EIO;
	cbor_put_bstr(w, bytes_of(bytes, size));
	return 0;
}

static int put_point(EVP_PKEY *key, size_t size, struct writer *w)
{
	int r;

	cbor_put_int(w, KEY_X);
	r = put_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, size, w);
	cbor_put_int(w, KEY_Y);
	return r < 0 ? r : put_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, size, w);
}

static int put_octets(EVP_PKEY *key, size_t size, struct writer *w)
{
	uint8_t octets[COORDINATE_MAX];
	size_t n = 0;

	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets), &n) != 1 || n != size)
		return -EIO;
	cbor_put_int(w, KEY_X);
	cbor_put_bstr(w, bytes_of(octets, n));
	return 0;
}

/* The members of a key that RFC 9679 section 4 uses, in the order of RFC 8949 section 4.2.1. */
int key_thumbprint(EVP_PKEY *key, uint8_t ret[static SHA256_LEN])
{
	const struct cose_curve *curve = curve_of(key);
	uint8_t encoded[ENCODED_MAX];
	struct writer w = WRITER(encoded);
	int r;

	if (!curve)
		return -ENOTSUP;
	cbor_put_map(&w, curve->group ? 4 : 3);
	cbor_put_int(&w, KEY_TYPE);
	cbor_put_int(&w, curve->kty);
	cbor_put_int(&w, KEY_CURVE);
	cbor_put_int(&w, curve->crv);
	r = curve->group ? put_point(key, curve->size, &w) : put_octets(key, curve->size, &w);
	ERR_clear_error();
	return r < 0 ? r : digest_sha256(writer_bytes(&w), ret);
}
