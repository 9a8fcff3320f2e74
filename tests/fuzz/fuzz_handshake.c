/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/* dictionary: handshake */
/*
 * Messages of a handshake → the device's certificates, and what they prove: the input is cut into the messages and the
 * CertificateVerify behind them.
 */
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "identity/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

/* Certificates are parts of the messages, and none is in another. */
static void read_chain(const struct handshake *h)
{
	const uint8_t *at = h->messages.p, *end = h->messages.p + h->messages.n;
	struct bytes chain[HALLMARK_CHAIN_MAX];
	size_t n;

	if (handshake_chain(h, chain, &n) < 0)
		return;
	if (n == 0 || n > HALLMARK_CHAIN_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (chain[i].p < at || chain[i].n > (size_t)(end - chain[i].p))
			abort();
		at = chain[i].p + chain[i].n;
	}
}

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

	read_chain(&h);

	int r = handshake_verify(&h, key, &proof);

	if (r != -EBADMSG && r != -EKEYREJECTED)
		abort(); /* no input is our fault, and nobody has the key */
	return 0;
}
