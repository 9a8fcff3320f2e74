/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_kind.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

static const struct key_kind key_kinds[] = {
	{ "EC", "prime256v1", "SHA256", 64, COSE_ESP256, COSE_ES256,
	  "3059301306072a8648ce3d020106082a8648ce3d030107034200", 65, 2, 1, 32 },
	{ "EC", "secp384r1", "SHA384", 96, COSE_ESP384, COSE_ES384, "3076301006072a8648ce3d020106052b81040022036200",
	  97, 2, 2, 48 },
	{ "ED25519", NULL, NULL, 64, COSE_ED25519, COSE_EDDSA, "302a300506032b6570032100", 32, 1, 6, 32 },
};

const struct key_kind *key_kind_of(const EVP_PKEY *key)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(key_kinds); i++) {
		const struct key_kind *kind = &key_kinds[i];

		if (EVP_PKEY_is_a(key, kind->type) && (!kind->group || strcmp(kind->group, group) == 0))
			return kind;
	}
	return NULL;
}

bool key_kind_has(int64_t algorithm)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_kinds); i++)
		if (algorithm == key_kinds[i].algorithm || algorithm == key_kinds[i].also)
			return true;
	return false;
}

bool key_is_sound(EVP_PKEY *key)
{
	_cleanup_(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	return !EVP_PKEY_is_a(key, "EC") || (context && EVP_PKEY_public_check_quick(context) == 1);
}
