/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider that passes on what OpenSSL's own one has, but of the keys and decoders only some, in a library context where it is
 * the only one.
 */
#include "base/algorithms.h"

#include <errno.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

#define NAME "hallmark"

static const char *const kinds[] = { "EC", "ED25519", "RSA", "X25519" };

static OSSL_PROVIDER *whole; /* in OpenSSL's first library context */
static OSSL_ALGORITHM keys[ARRAY_SIZE(kinds) + 1], decoders[ARRAY_SIZE(kinds) + 1]; /* the last one ends the list */

static const OSSL_ALGORITHM *query(void *context, int operation, int *ret_no_cache)
{
	(void)context;
	*ret_no_cache = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return keys;
	case OSSL_OP_DECODER:
		return decoders;
	default:
		return OSSL_PROVIDER_query_operation(whole, operation, ret_no_cache);
	}
}

/* Groups of TLS. */
static int get_capabilities(void *context, const char *capability, OSSL_CALLBACK *callback, void *userdata)
{
	(void)context;
	return OSSL_PROVIDER_get_capabilities(whole, capability, callback, userdata);
}

static int begin(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *offered, const OSSL_DISPATCH **ret,
		 void **ret_context)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities },
		{ 0, NULL },
	};

	(void)core;
	(void)offered;
	*ret = functions;
	*ret_context = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

/* An algorithm has several names, as in "EC:id-ecPublicKey:1.2.840.10045.2.1". */
static bool is_of_kind(const OSSL_ALGORITHM *a, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(a->algorithm_names, kind, n) == 0 &&
	       (a->algorithm_names[n] == ':' || a->algorithm_names[n] == '\0');
}

/* The first of each kind that has the property, into ret. False when one is lacking. */
static bool keep(int operation, const char *property, OSSL_ALGORITHM ret[static ARRAY_SIZE(kinds)])
{
	int no_cache = 0;
	const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole, operation, &no_cache);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const OSSL_ALGORITHM *a = all;

		while (a && a->algorithm_names &&
		       !(is_of_kind(a, kinds[i]) && strstr(a->property_definition, property)))
			a++;
		if (!a || !a->algorithm_names)
			return false;
		ret[i] = *a;
	}
	return true;
}

int algorithms_narrow(void)
{
	static OSSL_LIB_CTX *context; /* for as long as the process lives */

	whole = OSSL_PROVIDER_load(NULL, "default");
	context = OSSL_LIB_CTX_new();
	if (!whole || !context)
		return -EIO;
	if (!keep(OSSL_OP_KEYMGMT, "", keys) || !keep(OSSL_OP_DECODER, "structure=SubjectPublicKeyInfo", decoders))
		return -ENOTSUP;
	if (OSSL_PROVIDER_add_builtin(context, NAME, begin) != 1 || !OSSL_PROVIDER_load(context, NAME))
		return -EIO;
	(void)OSSL_LIB_CTX_set0_default(context);
	return 0;
}
