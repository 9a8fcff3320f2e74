/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an appraisal asked the trust material: which CRL, which issuer, which entry of which status list. Each question has
 * a number that is the same in every process, so that those whose answers changed with new material name the devices
 * that must be judged again, and no others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;

enum dependency_kind {
	DEPENDENCY_NONE = 0,
	DEPENDENCY_ANCHOR,       /* SHA-256 of a CA: whether it is configured */
	DEPENDENCY_ANCHORS,      /* no configured CA vouched: any new one may */
	DEPENDENCY_CRL,          /* name of the CA, DER: whether there is a list, and may be relied on */
	DEPENDENCY_CRL_ENTRY,    /* name of the CA and serial number, DER */
	DEPENDENCY_ISSUER,       /* `iss` */
	DEPENDENCY_STATUS,       /* issuer and uri: whether there is a list, and may be relied on */
	DEPENDENCY_STATUS_ENTRY, /* issuer, uri and index */
	DEPENDENCY_REGISTER,     /* maker and model */
	DEPENDENCY_REFERENCE,    /* maker and model */
	DEPENDENCY_NUMBER,       /* issuer and number of a label: what the issuer's register says of it */
	DEPENDENCY_COMPLETE,     /* issuer: whether its register is complete */
	DEPENDENCY_CHOICE,       /* the rules by which labels are chosen and settled */
};

#define DEPENDENCY_ALL   UINT64_C(0) /* matches every change: asked more than is kept, or not to be known */
#define DEPENDENCIES_MAX 64          /* two paths of five, four labels that were sent, register and reference need 48 */

/* The number of a question; DEPENDENCY_ALL when there is no digest to be had. */
uint64_t dependency_id(enum dependency_kind kind, struct bytes a, struct bytes b, uint64_t index);

/* A set without order, of fixed size: it crosses from the worker to the core and is kept in the store. */
struct dependencies {
	uint64_t ids[DEPENDENCIES_MAX];
	uint8_t n;
};

/* Once each. One more than there is room for makes the set one that every change matches. */
void dependencies_add(struct dependencies *d, uint64_t id);
void dependencies_add_all(struct dependencies *d, const struct dependencies *from);

/* What one set of trust material answers: many may stand under one id. Zeroed, it is empty. */
struct answers {
	struct answer {
		uint64_t id, value;
	} * list; /* owned */
	size_t n, room;
};

void answers_done(struct answers *a);

/* The value is the question's answer, or what stands for it. Returns 0, -ENOMEM or -EIO. */
int answers_add(struct answers *a, uint64_t id, struct bytes value);

/*
 * The ids under which the two do not say the same, sorted; both are sorted on the way. Returns 0 and sets *ret, to be freed
 * with free(), or -ENOMEM.
 */
int answers_compare(struct answers *a, struct answers *b, uint64_t **ret, size_t *ret_n);

/* True when one of the ids is among the n sorted ones. */
bool dependencies_meet(const struct dependencies *d, const uint64_t *ids, size_t n);
