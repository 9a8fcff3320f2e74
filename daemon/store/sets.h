/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed sets of trust material that were accepted last: registers, status lists, references, CRLs. They are remembered
 * with their sequence and time so that an older one never takes the place of a newer one, across restarts too. That a set
 * is good is the caller's word.
 */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/set.h"

struct store;

/* Of one kind there is one set of an identity: what stays the same from one issue to the next, as issuer and address. */
struct stored_set {
	enum set_kind kind;
	const char *identity;
	const char *path;   /* the file that it came from */
	int64_t sequence;   /* 0 for sets that are not numbered */
	int64_t issued_sec; /* 0 for sets that do not say */
	int64_t until_sec;
	struct bytes bytes; /* the set, signature and all */
};

/*
 * Puts it in the place of the identity's former one, and of whatever else came from its file unless it is a CRL. Returns 0; -ESTALE, and changes nothing, when its sequence or its time
 * of issue is before that one's; -EINVAL without a kind or an identity; else a negative errno.
 */
int store_set_put(struct store *s, const struct stored_set *set);

/* Forgets the sets of that kind that came from a file. An older one may come after it. */
int store_set_remove_path(struct store *s, enum set_kind kind, const char *path);

/*
 * Calls on_set for each, ordered by kind and identity; it must not put or remove sets. What it is given is valid during the
 * call. Returns how many there were, or a negative errno.
 */
int store_sets_of(struct store *s, enum set_kind kind, const char *path,
		  void (*on_set)(const struct stored_set *set, void *userdata), void *userdata);
int store_sets_each(struct store *s, void (*on_set)(const struct stored_set *set, void *userdata), void *userdata);
