/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* Decodes, and verifies with a key that nobody has: no input may be valid. */
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "token/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static EVP_PKEY *keys[3];
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct sign1 token;

	if (!keys[0]) {
		keys[0] = EVP_EC_gen("P-256");
		keys[1] = EVP_EC_gen("P-384");
		keys[2] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	if (sign1_decode(bytes_of(p, n), HALLMARK_TOKEN_MAX, &token) < 0)
		return 0;
	for (int i = 0; i < 3; i++)
		if (sign1_verify(&token, keys[i], &result) < 0 || result == SIGN1_VALID)
			__builtin_trap();
	return 0;
}
