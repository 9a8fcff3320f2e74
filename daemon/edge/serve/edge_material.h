/* SPDX-License-Identifier: Apache-2.0 */
/* What the core gives an edge (core/act/material.h). */
#pragma once

#include "base/bytes.h"
#include "base/sessions.h"

struct edge_material {
	struct bytes map;              /* owned mapping */
	struct bytes certificate, key; /* PEM; borrowed from map */
	struct edge_limits limits;
	const uint8_t *cookie_secret; /* COOKIE_SECRET_LEN bytes; borrowed from map */
};

/* Returns 0, or -ENOMEM, -EIO, or -EBADMSG when it is not exactly these four. Release with edge_material_free(). */
int edge_material_open(int fd, struct edge_material **ret);
void edge_material_free(struct edge_material *m);
