/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of sealed trust material: a sequence of { kind, four lengths, four byte strings }. Private to material*.c.
 */
#pragma once

#include "base/bytes.h"
#include "base/set.h"

enum material_kind {
	MATERIAL_NONE = 0,
	MATERIAL_CERTIFICATE,
	MATERIAL_KEY,
	MATERIAL_LIMITS,
	MATERIAL_ANCHOR,
	MATERIAL_ISSUER,
	MATERIAL_REGISTER,
	MATERIAL_CRL,
	MATERIAL_STATUS_LIST,
	MATERIAL_MAKERS,        /* of the issuer before it */
	MATERIAL_SCHEME_ITSELF, /* the issuer before it is */
	MATERIAL_REFERENCE,
	MATERIAL_HOME, /* these as the configuration holds them */
	MATERIAL_SCHEMES,
	MATERIAL_ARRANGEMENTS,
	MATERIAL_POLICY,
	MATERIAL_KNOWN, /* the file behind it holds what was accepted last; it has an identity, as all that is remembered */
};

/* One with an identity is remembered: its file held it before. It stands behind what the file holds now. */
struct item {
	enum material_kind kind;
	struct bytes name, scope, identity, value;
};

int item_put(int fd, const struct item *item);

/* Takes the next off `rest`, which it borrows from. Returns 0, or -EBADMSG at the end and for what is no item. */
int item_take(struct bytes *rest, struct item *ret);

/* The set that an item of this kind is, or SET_NONE. */
enum set_kind item_set_kind(enum material_kind kind);

/* Bytes that material_unmap() releases; p is NULL when there are none. */
struct bytes material_map(int fd);
void material_unmap(struct bytes *map);
