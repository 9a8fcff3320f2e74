/* SPDX-License-Identifier: Apache-2.0 */
/* Definition of struct anchors. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct anchor {
	X509 *certificate; /* owned */
	uint8_t hash[SHA256_LEN];
	char name[48];
};

struct anchors {
	X509_STORE *store; /* owned; has all verification parameters except the time */
	struct anchor *list;
	size_t n;
	struct known_cas *known_cas;  /* owned; of paths that ended in one of `list` */
	struct revocation_list *crls; /* owned */
	size_t n_crls;
	int64_t latest_sec;  /* no new CRL may have a later issue time; 0: no limit */
	bool is_remembering; /* what is added was accepted before */
};

/* Returns NULL when no configured anchor has that hash. */
const struct anchor *anchors_find(const struct anchors *a, const uint8_t hash[static SHA256_LEN]);
