/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the benches, by number: the same ones in make_store and in load. */
#pragma once

#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "base/digest.h"
#include "pki.h"
#include "token/evidence.h"

#define DEVICE_MAC_LEN  6
#define DEVICE_UEID_LEN 17

static inline void device_put_number(uint32_t number, uint8_t ret[static 4])
{
	for (unsigned i = 0; i < 4; i++)
		ret[i] = (uint8_t)(number >> 8 * (3 - i));
}

static inline void device_mac(uint32_t number, uint8_t ret[static DEVICE_MAC_LEN])
{
	ret[0] = 2;
	ret[1] = 0;
	device_put_number(number, ret + 2);
}

/* In the network of the gateway. */
static inline struct in6_addr device_address(const struct in6_addr *gateway, uint32_t number)
{
	struct in6_addr address = *gateway;

	address.s6_addr[8] = 0x10;
	device_put_number(number + 1, address.s6_addr + 12);
	return address;
}

static inline void device_ueid(uint32_t number, uint8_t ret[static DEVICE_UEID_LEN])
{
	memset(ret, 0, DEVICE_UEID_LEN);
	ret[0] = 1;
	device_put_number(number, ret + DEVICE_UEID_LEN - 4);
}

/* P-256, of the number alone. */
static inline EVP_PKEY *device_key(uint32_t number)
{
	uint8_t seed[4], secret[SHA256_LEN], point[65];
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *public = EC_POINT_new(group);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	BIGNUM *scalar;

	device_put_number(number, seed);
	must(digest_sha256(BYTES(seed), secret) == 0);
	scalar = BN_bin2bn(secret, sizeof(secret), NULL);
	must(scalar && EC_POINT_mul(group, public, scalar, NULL, NULL, NULL) == 1);
	must(EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point), NULL) ==
	     sizeof(point));
	must(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
	     OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1 &&
	     OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1);
	params = OSSL_PARAM_BLD_to_param(build);
	must(params && EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	EC_POINT_free(public);
	EC_GROUP_free(group);
	BN_free(scalar);
	return key;
}

/* Key and certificate. Release it with pki_done(). */
static inline struct pki_node device_issue(const struct pki_node *maker, uint32_t number)
{
	uint8_t ueid[DEVICE_UEID_LEN];
	char serial[2 * sizeof(ueid) + 1];
	EVP_PKEY *key = device_key(number);
	struct pki_node node;

	device_ueid(number, ueid);
	bytes_to_hex(BYTES(ueid), serial);
	node = pki_issue(maker, &(struct pki_request){ .number = 1000L + number, .serial = serial, .use_key = key });
	EVP_PKEY_free(key);
	return node;
}

/* Where it says that it is. All are borrowed. */
static inline struct place_said device_place(const uint8_t mac[static DEVICE_MAC_LEN], const struct in6_addr *own,
					     const struct in6_addr *gateway)
{
	return (struct place_said){ .link = bytes_of(mac, DEVICE_MAC_LEN),
				    .own = BYTES(own->s6_addr),
				    .gateway = BYTES(gateway->s6_addr) };
}

/* What each of them says of itself, but for handle, UEID and place. */
static inline struct evidence device_evidence(void)
{
	return (struct evidence){
		.n_nonces = 1,
		.product = { .maker = "pen:32473",
			     .model = "WP-100",
			     .swversion = "1.0.0",
			     .swversion_scheme = VERSION_MULTIPARTNUMERIC },
		.debug = DEBUG_DISABLED_PERMANENTLY,
	};
}
