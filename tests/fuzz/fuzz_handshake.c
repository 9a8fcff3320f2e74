/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/* Messages of a handshake → what they prove: the input is cut into the messages and the CertificateVerify behind them. */
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "identity/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static EVP_PKEY *key;
	struct handshake h = { 0 };
	struct handshake_proof proof;

	if (!key)
		key = EVP_EC_gen("P-256");
	if (n < 2)
		return 0;

	size_t cut = ((size_t)in[0] << 8 | in[1]) % (n - 1);

	h.messages = bytes_of(in + 2, cut);
	h.certificate_verify = bytes_of(in + 2 + cut, n - 2 - cut);

	int r = handshake_verify(&h, key, &proof);

	if (r != -EBADMSG && r != -EKEYREJECTED)
		abort(); /* no input is our fault, and nobody has the key */
	return 0;
}
