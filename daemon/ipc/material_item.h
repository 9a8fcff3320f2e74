/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of sealed trust material: a sequence of { kind, five lengths, five byte strings }. Private to material*.c.
 */
#pragma once

#include "base/bytes.h"
#include "base/set.h"

enum material_kind {
	MATERIAL_NONE = 0,
	MATERIAL_CERTIFICATE, /* these four are the edge's, and in no trust material */
	MATERIAL_KEY,
	MATERIAL_LIMITS,
	MATERIAL_COOKIE_SECRET,
	MATERIAL_ANCHOR,
	MATERIAL_ISSUER,
	MATERIAL_REGISTER,
	MATERIAL_CRL,
	MATERIAL_STATUS_LIST,
	MATERIAL_MAKERS,        /* of the issuer in the item before */
	MATERIAL_SCHEME_ITSELF, /* the issuer in the item before is the scheme itself */
	MATERIAL_REFERENCE,
	MATERIAL_HOME, /* this and the next ones in the form of the configuration */
	MATERIAL_SCHEMES,
	MATERIAL_ARRANGEMENTS,
	MATERIAL_POLICY,
	MATERIAL_KNOWN, /* the next file holds what was accepted last; it has an identity, like every remembered item */
};

/*
 * An item with an identity is remembered: its file held it before. It follows the item with the file's present content.
 */
struct item {
	enum material_kind kind;
	struct bytes name, scope, identity, value;
	struct bytes
		place; /* of an anchor or issuer: where the configuration names it, and its file. For messages only */
};

int item_put(int fd, const struct item *item);

/*
 * Takes the next item from `rest`, and borrows from it. Returns 0, or -EBADMSG at the end and for what is not an item.
 */
int item_take(struct bytes *rest, struct item *ret);

/* The kind of set in an item of this kind, or SET_NONE. */
enum set_kind item_set_kind(enum material_kind kind);

/* Bytes that material_unmap() releases; p is NULL when there are none. */
struct bytes material_map(int fd);
void material_unmap(struct bytes *map);
