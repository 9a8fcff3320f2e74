/* SPDX-License-Identifier: Apache-2.0 */
/* What all decisions are made with. A review replaces the members, so nobody may keep a copy of these pointers. */
#pragma once

#include <openssl/types.h>

#include "base/sessions.h"

struct in_force {
	struct config *config;   /* owned, as are the other members */
	EVP_PKEY *result_key;    /* signs results */
	int material_fd;         /* sealed trust material, which the judges have */
	int edge_fd;             /* the sealed certificate, key, limits and secret that the edges have */
	struct edge_share edges; /* no review replaces it */
};
