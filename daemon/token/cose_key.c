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
#include "token/key_kind.h"

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
	const struct key_kind *kind = key_kind_of(key);
	uint8_t encoded[ENCODED_MAX];
	struct writer w = WRITER(encoded);
	int r;

	if (!kind)
		return -ENOTSUP;
	cbor_put_map(&w, kind->group ? 4 : 3);
	cbor_put_int(&w, KEY_TYPE);
	cbor_put_int(&w, kind->kty);
	cbor_put_int(&w, KEY_CURVE);
	cbor_put_int(&w, kind->crv);
	r = kind->group ? put_point(key, kind->coordinate_len, &w) : put_octets(key, kind->coordinate_len, &w);
	ERR_clear_error();
	return r < 0 ? r : digest_sha256(writer_bytes(&w), ret);
}
