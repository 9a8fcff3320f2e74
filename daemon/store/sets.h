/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed sets of trust material that were accepted last: registers, status lists, references, CRLs. They are kept
 * with sequence and time so that an older set never replaces a newer one, across restarts too. The caller has verified
 * the set.
 */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/set.h"

struct store;

/*
 * There is one set of each kind and identity. The identity stays the same from one issue to the next, such as issuer
 * and address.
 */
struct stored_set {
	enum set_kind kind;
	const char *identity;
	const char *path;   /* the file that it came from */
	int64_t sequence;   /* 0 for sets without a number */
	int64_t issued_sec; /* 0 for sets without this time */
	int64_t until_sec;
	struct bytes bytes; /* the set with its signature */
};

/*
 * Replaces the former set of that identity and, unless it is a CRL, any other set from its file. Returns 0; -ESTALE,
 * without any change, when its sequence or issue time is lower than the former one's; -EINVAL without kind or identity;
 * else a negative errno.
 */
int store_set_put(struct store *s, const struct stored_set *set);

/* Forgets the sets of that kind that came from a file. An older set may then be put. */
int store_set_remove_path(struct store *s, enum set_kind kind, const char *path);

/*
 * Calls on_set for each, ordered by kind and identity; on_set must not put or remove sets. Its argument is valid during
 * the call. Returns how many there were, or a negative errno.
 */
int store_sets_of(struct store *s, enum set_kind kind, const char *path,
		  void (*on_set)(const struct stored_set *set, void *userdata), void *userdata);
int store_sets_each(struct store *s, void (*on_set)(const struct stored_set *set, void *userdata), void *userdata);
