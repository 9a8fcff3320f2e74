/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an appraisal asked the trust material: which CRL, which issuer, which entry of which status list. Each question
 * has a number that is the same in every process. When new material changes the answer to a question, exactly the
 * devices that asked it must be judged again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct bytes;

enum dependency_kind {
	DEPENDENCY_NONE = 0,
	DEPENDENCY_ANCHOR,       /* SHA-256 of a CA: whether it is configured */
	DEPENDENCY_ANCHORS,      /* no configured CA vouched; any new CA may */
	DEPENDENCY_CRL,          /* name of the CA, DER: whether there is a usable list */
	DEPENDENCY_CRL_ENTRY,    /* name of the CA and serial number, DER */
	DEPENDENCY_ISSUER,       /* `iss` */
	DEPENDENCY_STATUS,       /* issuer and uri: whether there is a usable list */
	DEPENDENCY_STATUS_ENTRY, /* issuer, uri and index */
	DEPENDENCY_REGISTER,     /* maker and model */
	DEPENDENCY_REFERENCE,    /* maker and model */
	DEPENDENCY_NUMBER,       /* issuer and number of a label: what the issuer's register states for it */
	DEPENDENCY_COMPLETE,     /* issuer: whether its register is complete */
	DEPENDENCY_CHOICE,       /* the rules that choose among labels */
};

#define DEPENDENCY_ALL   UINT64_C(0) /* matches every change: more questions than fit, or unknown */
#define DEPENDENCIES_MAX 64 /* two paths of five certificates, four submitted labels, register and reference need 48 */

/* The number of a question; DEPENDENCY_ALL when the digest cannot be computed. */
uint64_t dependency_id(enum dependency_kind kind, struct bytes a, struct bytes b, uint64_t index);

/* An unordered set of fixed size: a judge sends it to the core, and the store keeps it. */
#define DEPENDENCIES_FIELDS(ONE, MANY)                                                                                 \
	MANY(BYTES, uint64_t, ids, [DEPENDENCIES_MAX], n)                                                              \
	ONE(INT, uint8_t, n, 0, DEPENDENCIES_MAX)                                                                      \
	MANY(ZERO, uint8_t, reserved, [7])
RECORD(dependencies, DEPENDENCIES_FIELDS)

/* Adds each id once. When there is no room, the set becomes one that every change matches. */
void dependencies_add(struct dependencies *d, uint64_t id);
void dependencies_add_all(struct dependencies *d, const struct dependencies *from);

/* What one set of trust material answers. Several answers may have the same id. Zeroed, it is empty. */
struct answers {
	struct answer {
		uint64_t id, value;
	} * list; /* owned */
	size_t n, room;
};

void answers_done(struct answers *a);

/* `value` is the answer to the question, or represents it. Returns 0, -ENOMEM or -EIO. */
int answers_add(struct answers *a, uint64_t id, struct bytes value);

/*
 * The ids whose answers differ between the two, sorted. Sorts both as a side effect. Returns 0 and sets *ret (release
 * it with free()), or -ENOMEM.
 */
int answers_compare(struct answers *a, struct answers *b, uint64_t **ret, size_t *ret_n);

/* True when the id, or one of these, is among the n sorted ones. */
bool dependency_meets(uint64_t id, const uint64_t *ids, size_t n);
bool dependencies_meet(const struct dependencies *d, const uint64_t *ids, size_t n);
