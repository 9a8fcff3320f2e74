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

static bool take(struct bytes *rest, enum material_kind kind, struct bytes *ret)
{
	struct item item;

	if (item_take(rest, &item) < 0 || item.kind != kind)
		return false;
	*ret = item.value;
	return true;
}

/* In the order in which the core puts them. */
int edge_material_open(int fd, struct edge_material **ret)
{
	_cleanup_(edge_material_freep) struct edge_material *m = calloc(1, sizeof(*m));
	struct bytes rest, limits, secret;

	if (!m)
		return -ENOMEM;
	m->map = material_map(fd);
	if (!m->map.p)
		return -EIO;
	rest = m->map;
	if (!take(&rest, MATERIAL_CERTIFICATE, &m->certificate) || !take(&rest, MATERIAL_KEY, &m->key) ||
	    !take(&rest, MATERIAL_LIMITS, &limits) || limits.n != sizeof(m->limits) ||
	    !take(&rest, MATERIAL_COOKIE_SECRET, &secret) || secret.n != COOKIE_SECRET_LEN || rest.n > 0)
		return -EBADMSG;
	memcpy(&m->limits, limits.p, sizeof(m->limits));
	m->cookie_secret = secret.p;
	*ret = TAKE_PTR(m);
	return 0;
}
