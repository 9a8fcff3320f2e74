/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a caller may have what it asks for, by the roles of the configuration. The one place that decides this for
 * both buses. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/roles.h"
#include "decide/order.h"

struct config;
struct verdict;

#define CALLER_GROUPS_MAX 1024 /* of a caller with more, the others give no role */

/* As the kernel or the system bus know it: groups are those that the process has, not those in the system's files. */
struct caller {
	uint32_t uid;
	uint32_t login_uid; /* who logged in, whatever su or sudo did since; CALLER_NO_LOGIN: nobody, or not known */
	uint32_t groups[CALLER_GROUPS_MAX];
	size_t n_groups;
};

#define CALLER_NO_LOGIN UINT32_MAX

/* What is not known yet is not limited: a caller without the verb can be refused before its device is looked for. */
struct wish {
	enum verb verb;
	const struct verdict *device; /* NULL: none, or not known yet */
	const struct order *order;    /* to be given; NULL: none, or not complete */
	const struct order *held;     /* of the device, which ends by this; NULL: none */
	const char *segment;          /* whose entries of the record are to be read; NULL: of no certain one */
	int64_t now_sec;
};

/* What stands against a wish, from what is farthest from it. */
enum limit {
	LIMIT_ROLE = 0, /* the caller has no role */
	LIMIT_VERB,
	LIMIT_SEGMENT, /* the device is elsewhere, or nowhere; or it is about another segment */
	LIMIT_ZONE,
	LIMIT_HELD, /* the order in force is not one that the role could give, so it may not end it */
	LIMIT_TIME,
	LIMIT_REASON,
	LIMIT_NONE, /* nothing: it is granted */
};

/* Static: "role", "verb", "segment", "zone", "order", "time", "reason"; "none" for any other. */
const char *limit_name(enum limit limit);

struct grant {
	enum limit limit;
	const struct role *role;  /* by which it is granted, or which comes nearest; NULL: root, or no role */
	const struct role *other; /* when it is refused: of somebody else, which would grant it; NULL: none */
};

/* Root may everything. Of several roles, one must grant the whole wish. */
bool access_grants(const struct config *config, const struct caller *caller, const struct wish *wish,
		   struct grant *ret);

/*
 * Where the caller may have the verb, by any of its roles. *ret is NULL when that is everywhere; else an array of names, sorted by
 * strcmp() and each there once, which are the configuration's; the caller frees the array. Returns 0 or -ENOMEM.
 */
int access_segments(const struct config *config, const struct caller *caller, enum verb verb, const char ***ret,
		    size_t *ret_n);

/* The verb that gives an order of this kind. */
enum verb verb_of_order(enum order_kind kind);
