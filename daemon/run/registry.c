/* SPDX-License-Identifier: Apache-2.0 */
/* Two search trees (tsearch(3)) over the same entries, and a queue of those that were never admitted. */
#include "run/registry.h"

#include <errno.h>
#include <search.h>
#include <sys/queue.h>

#include "base/cleanup.h"

struct known {
	struct verdict verdict; /* first: the trees and callers see this */
	TAILQ_ENTRY(known) refused;
	bool in_refused;
};

TAILQ_HEAD(refused_list, known);

struct registry {
	void *by_device, *by_ueid;
	struct refused_list refused; /* oldest first */
	size_t n, n_refused;
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

static struct verdict *find(const struct verdict *key, void *const *tree, int (*compare)(const void *, const void *))
{
	struct verdict **node = tfind(key, tree, compare);

	return node ? *node : NULL;
}

struct registry *registry_new(void)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (r)
		TAILQ_INIT(&r->refused);
	return r;
}

static void keep(void *entry)
{
	(void)entry; /* the other tree owns it */
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	tdestroy(r->by_ueid, keep);
	tdestroy(r->by_device, free);
	free(r);
}

struct verdict *registry_find(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct verdict key;

	memcpy(key.facts.device, device, SHA256_LEN);
	return find(&key, &r->by_device, compare_devices);
}

bool registry_was_admitted(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	const struct known *k = (const struct known *)registry_find(r, device);

	return k && !k->in_refused;
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

static void leave_refused(struct registry *r, struct known *e)
{
	if (!e->in_refused)
		return;
	TAILQ_REMOVE(&r->refused, e, refused);
	e->in_refused = false;
	r->n_refused--;
}

/* A device that was admitted before stays out of the queue: it is known to be real. */
static void join_refused(struct registry *r, struct known *e)
{
	TAILQ_INSERT_TAIL(&r->refused, e, refused);
	e->in_refused = true;
	r->n_refused++;
	if (r->n_refused <= REGISTRY_REFUSED_MAX)
		return;

	struct known *oldest = TAILQ_FIRST(&r->refused);

	leave_refused(r, oldest);
	(void)tdelete(oldest, &r->by_device, compare_devices);
	r->n--;
	free(oldest);
}

/* The UEID now belongs to this entry; whoever had it before keeps its verdict and loses the name. */
static int own_ueid(struct registry *r, struct known *e)
{
	struct verdict **node;

	if (e->verdict.facts.n_ueid == 0)
		return 0;
	node = tsearch(e, &r->by_ueid, compare_ueids);
	if (!node)
		return -ENOMEM;
	*node = &e->verdict;
	return 0;
}

static void disown_ueid(struct registry *r, const struct known *e)
{
	if (registry_ueid_owner(r, bytes_of(e->verdict.facts.ueid, e->verdict.facts.n_ueid)) == &e->verdict)
		(void)tdelete(e, &r->by_ueid, compare_ueids);
}

static int insert(struct registry *r, const struct verdict *v, struct known **ret)
{
	_cleanup_free_ struct known *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->verdict = *v;
	if (!tsearch(e, &r->by_device, compare_devices))
		return -ENOMEM;
	r->n++;
	*ret = TAKE_PTR(e);
	return 0;
}

int registry_put(struct registry *r, const struct verdict *v)
{
	struct known *e = (struct known *)registry_find(r, v->facts.device);
	bool is_new = !e;

	if (is_new) {
		int k = insert(r, v, &e);

		if (k < 0)
			return k;
	} else {
		/* a refusal may claim any UEID: an entry's name changes only with an admission */
		disown_ueid(r, e);
		e->verdict = *v;
	}

	if (v->decision.zone == ZONE_QUARANTINE) {
		bool was_refused = !is_new && e->in_refused;

		leave_refused(r, e);
		if (is_new || was_refused)
			join_refused(r, e);
		return 0;
	}
	leave_refused(r, e);
	return own_ueid(r, e);
}

size_t registry_count(const struct registry *r)
{
	return r->n;
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

uint8_t verdict_zone(const struct verdict *v, int64_t now_sec)
{
	return now_sec < v->decision.expiry.at_sec ? v->decision.zone : ZONE_QUARANTINE;
}

struct element verdict_element(const struct verdict *v, int64_t now_sec)
{
	struct element e = { .zone = verdict_zone(v, now_sec) };
	int64_t left_sec = v->decision.expiry.at_sec - now_sec;

	memcpy(e.interface, v->interface, sizeof(e.interface));
	memcpy(e.mac, v->mac, sizeof(e.mac));
	if (e.zone != ZONE_QUARANTINE)
		e.timeout_sec = left_sec < UINT32_MAX ? (uint32_t)left_sec : UINT32_MAX;
	return e;
}
