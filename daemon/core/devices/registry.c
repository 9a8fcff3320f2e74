/* SPDX-License-Identifier: Apache-2.0 */
/* Three search trees (tsearch(3)) over the same entries, rings of those at one place, and a queue of devices that were never admitted. */
#include "core/devices/registry.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/signed_inputs.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/reason.h"

struct known {
	struct verdict verdict; /* first member: the trees and callers see this */
	struct used_beacon used;
	TAILQ_ENTRY(known) stranger;
	struct known *next_here; /* at its place, in a ring: itself when it is alone; NULL: it is at no place */
	bool is_stranger;        /* in that queue: was never admitted */
	uint8_t *signed_bytes;   /* owned; for a stranger, the bytes that `inputs` borrows */
	struct signed_inputs inputs;
};

#define STRANGER_BYTES_MAX 8192 /* of one stranger: a chain, evidence and two labels need half of that */

TAILQ_HEAD(stranger_list, known);

struct registry {
	void *by_device, *by_ueid, *by_place;
	struct stranger_list strangers; /* oldest first */
	size_t n, n_strangers;
	uint64_t editions;
};

static int compare_devices(const void *a, const void *b)
{
	const struct verdict *x = a, *y = b;

	return memcmp(x->facts.device, y->facts.device, SHA256_LEN);
}

static int compare_ueids(const void *a, const void *b)
{
	const struct verdict *x = a, *y = b;

	if (x->facts.n_ueid != y->facts.n_ueid)
		return x->facts.n_ueid < y->facts.n_ueid ? -1 : 1;
	return memcmp(x->facts.ueid, y->facts.ueid, x->facts.n_ueid);
}

static int compare_places(const void *a, const void *b)
{
	const struct verdict *x = a, *y = b;
	int order = strcmp(x->interface, y->interface);

	return order != 0 ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
}

static struct verdict *find(const struct verdict *key, void *const *tree, int (*compare)(const void *, const void *))
{
	struct verdict **node = tfind(key, tree, compare);

	return node ? *node : NULL;
}

struct registry *registry_new(void)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (r)
		TAILQ_INIT(&r->strangers);
	return r;
}

static void keep(void *entry)
{
	(void)entry; /* the other tree owns it */
}

static void release(void *entry)
{
	struct known *k = entry;

	free(k->signed_bytes);
	free(k);
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	tdestroy(r->by_ueid, keep);
	tdestroy(r->by_place, keep);
	tdestroy(r->by_device, release);
	free(r);
}

struct verdict *registry_find(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct verdict key;

	memcpy(key.facts.device, device, SHA256_LEN);
	return find(&key, &r->by_device, compare_devices);
}

const struct verdict *registry_ueid_owner(const struct registry *r, struct bytes ueid)
{
	struct verdict key;

	if (ueid.n == 0 || ueid.n > UEID_MAX)
		return NULL;
	key.facts.n_ueid = (uint8_t)ueid.n;
	memcpy(key.facts.ueid, ueid.p, ueid.n);
	return find(&key, &r->by_ueid, compare_ueids);
}

const struct verdict *registry_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6])
{
	struct verdict key;

	(void)snprintf(key.interface, sizeof(key.interface), "%s", interface);
	memcpy(key.mac, mac, sizeof(key.mac));
	return find(&key, &r->by_place, compare_places);
}

size_t registry_each_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6],
			      void (*visit)(const struct verdict *v, void *userdata), void *userdata)
{
	const struct known *first = (const struct known *)registry_at_place(r, interface, mac), *k = first;
	size_t n = 0;

	for (; k && (n == 0 || k != first); k = k->next_here, n++)
		visit(&k->verdict, userdata);
	return n;
}

/* Makes the tree find this entry under its key. */
static int take_name(void **tree, struct known *k, int (*compare)(const void *, const void *))
{
	struct verdict **node = tsearch(k, tree, compare);

	if (!node)
		return -ENOMEM;
	*node = &k->verdict;
	return 0;
}

static void leave_name(void **tree, const struct known *k, int (*compare)(const void *, const void *))
{
	if (find(&k->verdict, tree, compare) == &k->verdict)
		(void)tdelete(k, tree, compare);
}

/* The tree has the latest at a place; the others are behind it. */
static int take_place(struct registry *r, struct known *k)
{
	struct known *there = (struct known *)find(&k->verdict, &r->by_place, compare_places);
	int e = take_name(&r->by_place, k, compare_places);

	if (e < 0)
		return e;
	k->next_here = there ? there->next_here : k;
	if (there)
		there->next_here = k;
	return 0;
}

static void leave_place(struct registry *r, struct known *k)
{
	struct known *before = k;
	struct verdict **node;

	if (!k->next_here)
		return;
	while (before->next_here != k)
		before = before->next_here;
	node = tfind(&k->verdict, &r->by_place, compare_places);
	if (before == k)
		(void)tdelete(k, &r->by_place, compare_places);
	else if (node && *node == &k->verdict)
		*node = &before->verdict;
	before->next_here = k->next_here;
	k->next_here = NULL;
}

/* A device that an operator admitted although its UEID is not proved must not keep the genuine device out. */
static bool may_hold_ueid(const struct verdict *v)
{
	return v->facts.n_ueid > 0 && (v->decision.reason != REASON_OPERATOR_ALLOWED || verdict_is_proved(v));
}

/*
 * Only admitted or monitored devices have entries by UEID and place: a denied device may claim any UEID, and has no
 * place.
 */
static int take_names(struct registry *r, struct known *k)
{
	bool is_admitted = k->verdict.decision.zone != ZONE_QUARANTINE;
	int e = 0;

	if (!is_admitted && !k->verdict.monitored_until_sec)
		return 0;
	if (is_admitted && may_hold_ueid(&k->verdict))
		e = take_name(&r->by_ueid, k, compare_ueids);
	return e < 0 ? e : take_place(r, k);
}

static void leave_names(struct registry *r, struct known *k)
{
	leave_name(&r->by_ueid, k, compare_ueids);
	leave_place(r, k);
}

static void drop_inputs(struct known *k)
{
	free(k->signed_bytes);
	k->signed_bytes = NULL;
}

static void leave_strangers(struct registry *r, struct known *k)
{
	drop_inputs(k);
	if (!k->is_stranger)
		return;
	TAILQ_REMOVE(&r->strangers, k, stranger);
	k->is_stranger = false;
	r->n_strangers--;
}

static void forget(struct registry *r, struct known *k)
{
	leave_strangers(r, k);
	leave_names(r, k);
	(void)tdelete(k, &r->by_device, compare_devices);
	r->n--;
	free(k);
}

static void join_strangers(struct registry *r, struct known *k)
{
	TAILQ_INSERT_TAIL(&r->strangers, k, stranger);
	k->is_stranger = true;
	r->n_strangers++;
	if (r->n_strangers > REGISTRY_REFUSED_MAX)
		forget(r, TAILQ_FIRST(&r->strangers));
}

static int insert(struct registry *r, const struct verdict *v, struct known **ret)
{
	_cleanup_free_ struct known *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->verdict = *v;
	if (!tsearch(k, &r->by_device, compare_devices))
		return -ENOMEM;
	r->n++;
	*ret = TAKE_PTR(k);
	return 0;
}

int registry_put(struct registry *r, const struct verdict *v)
{
	struct known *k = (struct known *)registry_find(r, v->facts.device);

	if (!k) {
		int e = insert(r, v, &k);

		if (e < 0)
			return e;
	} else {
		leave_strangers(r, k);
		leave_names(r, k);
		k->verdict = *v;
	}
	k->verdict.edition = ++r->editions;
	if (!v->was_admitted)
		join_strangers(r, k);
	return take_names(r, k);
}

static struct bytes keep_bytes(uint8_t *room, size_t *at, struct bytes b)
{
	struct bytes kept = bytes_of(room + *at, b.n);

	if (b.n > 0)
		memcpy(room + *at, b.p, b.n);
	*at += b.n;
	return kept;
}

static size_t count_bytes(const struct signed_inputs *inputs)
{
	size_t n = inputs->evidence.n;

	for (size_t i = 0; i < inputs->n_chain; i++)
		n += inputs->chain[i].n;
	for (size_t i = 0; i < inputs->n_labels; i++)
		n += inputs->labels[i].n;
	return n;
}

void registry_keep_inputs(struct registry *r, const uint8_t device[static SHA256_LEN],
			  const struct signed_inputs *inputs)
{
	struct known *k = (struct known *)registry_find(r, device);
	size_t n = count_bytes(inputs), at = 0;

	if (!k || !k->is_stranger || n == 0 || n > STRANGER_BYTES_MAX)
		return;
	drop_inputs(k);
	k->signed_bytes = malloc(n);
	if (!k->signed_bytes)
		return;
	k->inputs = *inputs;
	k->inputs.evidence = keep_bytes(k->signed_bytes, &at, inputs->evidence);
	for (size_t i = 0; i < inputs->n_chain; i++)
		k->inputs.chain[i] = keep_bytes(k->signed_bytes, &at, inputs->chain[i]);
	for (size_t i = 0; i < inputs->n_labels; i++)
		k->inputs.labels[i] = keep_bytes(k->signed_bytes, &at, inputs->labels[i]);
}

const struct signed_inputs *registry_inputs(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	const struct known *k = (const struct known *)registry_find(r, device);

	return k && k->signed_bytes ? &k->inputs : NULL;
}

struct used_beacon *registry_used(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known *k = (struct known *)registry_find(r, device);

	return k ? &k->used : NULL;
}

void registry_remove(struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known *k = (struct known *)registry_find(r, device);

	if (k)
		forget(r, k);
}

size_t registry_count(const struct registry *r)
{
	return r->n;
}

size_t registry_count_admitted(const struct registry *r)
{
	return r->n - r->n_strangers;
}

struct visit {
	void (*visit)(struct verdict *v, void *userdata);
	void *userdata;
};

static void visit_node(const void *node, VISIT which, void *closure)
{
	const struct visit *v = closure;

	if (which == postorder || which == leaf)
		v->visit(*(struct verdict *const *)node, v->userdata);
}

void registry_each(const struct registry *r, void (*visit)(struct verdict *v, void *userdata), void *userdata)
{
	struct visit v = { .visit = visit, .userdata = userdata };

	twalk_r(r->by_device, visit_node, &v);
}

struct zone_counts {
	int64_t now_sec;
	uint32_t *n;
};

static void count_zone(struct verdict *v, void *userdata)
{
	struct zone_counts *counts = userdata;

	counts->n[verdict_zone(v, counts->now_sec)]++;
}

void registry_count_zones(const struct registry *r, int64_t now_sec, uint32_t ret[static ZONES_MAX])
{
	struct zone_counts counts = { now_sec, ret };

	memset(ret, 0, ZONES_MAX * sizeof(ret[0]));
	registry_each(r, count_zone, &counts);
}
