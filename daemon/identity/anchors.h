/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct anchors. Private to identity/. */
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
	X509_STORE *store; /* owned; with the parameters of every verification but its time */
	struct anchor *list;
	size_t n;
	struct revocation_list *crls; /* owned */
	size_t n_crls;
	int64_t latest_sec;  /* no new CRL may be issued later; 0: any */
	bool is_remembering; /* what is added was accepted before */
};

/* Returns NULL when the certificate of that hash is no configured anchor. */
const struct anchor *anchors_find(const struct anchors *a, const uint8_t hash[static SHA256_LEN]);
