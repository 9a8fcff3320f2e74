/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a PEM file is not what belongs in its place. A key and its certificate may be in one file, in either order: the place takes
 * its own blocks out of it. Only among anchors every block counts.
 */
#pragma once

#include <openssl/types.h>

#include "base/bytes.h"

enum pem_wanted {
	PEM_PUBLIC_KEY, /* or a certificate with it */
	PEM_PRIVATE_KEY,
	PEM_CERTIFICATE, /* with its chain */
	PEM_CA,          /* one or more */
	_PEM_WANTED_MAX,
};

/*
 * Returns what is wrong with the file, and the remedy, as "it holds a public key, and …; …": a damaged block, another kind of
 * block, DER, nothing in PEM, or a key that is not of the profile. Returns `otherwise` when none of this is so.
 */
const char *pem_fault(struct bytes pem, enum pem_wanted wanted, const char *otherwise);

/*
 * Calls `take` for each block of that name (as "CERTIFICATE"), in the order of the file, until one returns other than 0; other
 * blocks are passed over. Returns 0, what `take` returned, or -EBADMSG for a damaged block.
 */
int pem_each(struct bytes pem, const char *name, int (*take)(struct bytes der, void *userdata), void *userdata);

/*
 * Reads a key of the profile (PEM_PUBLIC_KEY, PEM_PRIVATE_KEY); release it with EVP_PKEY_free(). Returns 0, or -EBADMSG or
 * -ENOTSUP with what is wrong, as above.
 */
int pem_key_decode(struct bytes pem, enum pem_wanted wanted, EVP_PKEY **ret, const char **reterr_fault);
