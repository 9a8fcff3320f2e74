/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "cleanup.h"

struct digest {
	EVP_MD_CTX *context;
	bool failed;
};

DEFINE_CLEANUP(struct digest *, digest_free);

/* Returns NULL when OpenSSL has none. */
static const EVP_MD *sha256(void)
{
	static EVP_MD *fetched; /* EVP_sha256() fetches by name at each use in OpenSSL 3.0 */

	if (!fetched)
		fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
	return fetched;
}

static const uint8_t *start_of(struct bytes b)
{
	return b.n > 0 ? b.p : (const uint8_t *)"";
}

int digest_sha256(struct bytes b, uint8_t ret[static SHA256_LEN])
{
	memset(ret, 0, SHA256_LEN);
	return sha256() && EVP_Digest(start_of(b), b.n, ret, NULL, sha256(), NULL) == 1 ? 0 : -EIO;
}

struct digest *digest_new(void)
{
	_cleanup_(digest_freep) struct digest *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->context = EVP_MD_CTX_new();
	if (!d->context)
		return NULL;
	d->failed = !sha256() || EVP_DigestInit_ex(d->context, sha256(), NULL) != 1;
	return TAKE_PTR(d);
}

void digest_free(struct digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->context);
	free(d);
}

static void put_raw(struct digest *d, struct bytes b)
{
	d->failed = d->failed || EVP_DigestUpdate(d->context, start_of(b), b.n) != 1;
}

void digest_put(struct digest *d, struct bytes field)
{
	const uint8_t length[4] = { (uint8_t)(field.n >> 24), (uint8_t)(field.n >> 16), (uint8_t)(field.n >> 8),
				    (uint8_t)field.n };

	d->failed = d->failed || field.n > UINT32_MAX;
	put_raw(d, BYTES(length));
	put_raw(d, field);
}

void digest_put_number(struct digest *d, int64_t number)
{
	uint8_t field[8];

	for (unsigned i = 0; i < sizeof(field); i++)
		field[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
	digest_put(d, BYTES(field));
}

int digest_end(struct digest *d, uint8_t ret[static SHA256_LEN])
{
	bool failed = d->failed || EVP_DigestFinal_ex(d->context, ret, NULL) != 1;

	d->failed = true;
	if (failed)
		memset(ret, 0, SHA256_LEN);
	return failed ? -EIO : 0;
}
