/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A seal that is accepted has all that a reader compares. */
#include <errno.h>

#include "base/bytes.h"
#include "token/cose.h"
#include "token/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sign1 token;
	struct seal seal;

	int r = seal_decode(bytes_of(p, n), &token, &seal);
	if (r < 0 && r != -EBADMSG && r != -E2BIG)
		__builtin_trap();
	if (r == 0 && (seal.gateway[0] == '\0' || seal.sha256.n != SHA256_LEN || seal.n_bytes < 1 ||
		       (seal.sequence > 0 && seal.head.n != SHA256_LEN)))
		__builtin_trap();
	return 0;
}
