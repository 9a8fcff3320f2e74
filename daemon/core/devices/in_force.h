/* SPDX-License-Identifier: Apache-2.0 */
/* What all decisions are made with. A reload puts another of each in its place, and nobody keeps a copy of these pointers. */
#pragma once

#include <openssl/types.h>

struct in_force {
	struct config *config; /* owned, as the others are */
	EVP_PKEY *result_key;  /* signs results */
	int material_fd;       /* trust material, sealed: what the worker has */
};
