/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>

int digest_sha256(struct bytes b, uint8_t ret[static SHA256_LEN])
{
	static EVP_MD *sha256; /* EVP_sha256() fetches by name at each use in OpenSSL 3.0 */

	memset(ret, 0, SHA256_LEN);
	if (!sha256)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256 || EVP_Digest(b.n > 0 ? b.p : (const uint8_t *)"", b.n, ret, NULL, sha256, NULL) != 1)
		return -EIO;
	return 0;
}
