/* SPDX-License-Identifier: Apache-2.0 */
/* Items as bytes, in both directions. */
#include "ipc/material_item.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

struct item_head {
	uint32_t kind, n_name, n_scope, n_identity, n_value, n_place;
};

int item_put(int fd, const struct item *item)
{
	const struct item_head head = {
		.kind = item->kind,
		.n_name = (uint32_t)item->name.n,
		.n_scope = (uint32_t)item->scope.n,
		.n_identity = (uint32_t)item->identity.n,
		.n_value = (uint32_t)item->value.n,
		.n_place = (uint32_t)item->place.n,
	};
	const struct bytes pieces[] = {
		bytes_of(&head, sizeof(head)), item->name, item->scope, item->identity, item->value, item->place
	};

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		int r = file_write(fd, pieces[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static struct bytes cut(struct bytes *rest, uint32_t n)
{
	struct bytes piece = bytes_of(rest->p, n);

	*rest = bytes_of(rest->p + n, rest->n - n);
	return piece;
}

int item_take(struct bytes *rest, struct item *ret)
{
	struct item_head head;

	if (rest->n < sizeof(head))
		return -EBADMSG;
	memcpy(&head, rest->p, sizeof(head));
	if ((uint64_t)sizeof(head) + head.n_name + head.n_scope + head.n_identity + head.n_value + head.n_place >
	    rest->n)
		return -EBADMSG;
	(void)cut(rest, sizeof(head));
	ret->kind = head.kind;
	ret->name = cut(rest, head.n_name);
	ret->scope = cut(rest, head.n_scope);
	ret->identity = cut(rest, head.n_identity);
	ret->value = cut(rest, head.n_value);
	ret->place = cut(rest, head.n_place);
	return 0;
}

enum set_kind item_set_kind(enum material_kind kind)
{
	switch (kind) {
	case MATERIAL_REGISTER:
		return SET_REGISTER;
	case MATERIAL_STATUS_LIST:
		return SET_STATUS_LIST;
	case MATERIAL_REFERENCE:
		return SET_REFERENCE;
	case MATERIAL_CRL:
		return SET_CRL;
	default:
		return SET_NONE;
	}
}

struct bytes material_map(int fd)
{
	off_t n = lseek(fd, 0, SEEK_END); /* a sandbox refuses fstat(3) */

	if (n <= 0)
		return bytes_of(NULL, 0);

	void *map = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? bytes_of(NULL, 0) : bytes_of(map, (size_t)n);
}

void material_unmap(struct bytes *map)
{
	if (map->p)
		(void)munmap((void *)(uintptr_t)map->p, map->n);
}
