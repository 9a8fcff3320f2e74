/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/serve/edge_material.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "ipc/material_item.h"

DEFINE_CLEANUP(struct edge_material *, edge_material_free);

void edge_material_free(struct edge_material *m)
{
	if (!m)
		return;
	material_unmap(&m->map);
	free(m);
}

/* In the order in which the core puts them. */
int edge_material_open(int fd, struct edge_material **ret)
{
	_cleanup_(edge_material_freep) struct edge_material *m = calloc(1, sizeof(*m));
	struct item certificate, key, limits;
	struct bytes rest;

	if (!m)
		return -ENOMEM;
	m->map = material_map(fd);
	if (!m->map.p)
		return -EIO;
	rest = m->map;
	if (item_take(&rest, &certificate) < 0 || certificate.kind != MATERIAL_CERTIFICATE ||
	    item_take(&rest, &key) < 0 || key.kind != MATERIAL_KEY || item_take(&rest, &limits) < 0 ||
	    limits.kind != MATERIAL_LIMITS || limits.value.n != sizeof(m->limits) || rest.n > 0)
		return -EBADMSG;
	m->certificate = certificate.value;
	m->key = key.value;
	memcpy(&m->limits, limits.value.p, sizeof(m->limits));
	*ret = TAKE_PTR(m);
	return 0;
}
