/* SPDX-License-Identifier: Apache-2.0 */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/ruleset.h"
#include "enforce/unknown.h"

/* Bytes of a key: the interface's name, and the others padded to words. */
#define MAC_AT      IFNAMSIZ
#define PROTOCOL_AT (MAC_AT + 8)
#define PORT_AT     (PROTOCOL_AT + 4)

/* A list that grows while a dump is read. */
struct reading {
	void *list;               /* owned */
	size_t size;              /* of an item */
	size_t n, room, n_before; /* n_before: of the sets before this one */
	bool is_bridge;
};

/* Room for one more; NULL: there is no memory. */
static void *add(struct reading *r)
{
	const size_t room = r->room > 0 ? 2 * r->room : 64;

	if (r->n == r->room) {
		void *grown = reallocarray(r->list, room, r->size);

		if (!grown)
			return NULL;
		r->list = grown;
		r->room = room;
	}
	return (uint8_t *)r->list + r->size * r->n++;
}

static int on_unknown(const struct told *told, void *userdata)
{
	struct reading *r = userdata;
	const uint32_t left_sec = told_left_sec(told);
	struct unknown *u = told->key.n != PROTOCOL_AT || told->is_permanent ? NULL : add(r);

	if (!u)
		return -1;
	*u = (struct unknown){ .is_port = r->is_bridge,
			       .silent_sec = left_sec < UNKNOWN_SEC ? UNKNOWN_SEC - left_sec : 0 };
	memcpy(u->interface, told->key.p, sizeof(u->interface) - 1);
	memcpy(u->mac, told->key.p + MAC_AT, sizeof(u->mac));
	return 0;
}

static int on_refusal(const struct told *told, void *userdata)
{
	const bool has_port = told->key.n == PORT_AT + 4;
	struct asked *f = !has_port && told->key.n != PORT_AT ? NULL : add(userdata);

	if (!f)
		return -1;
	*f = (struct asked){ .protocol = told->key.p[PROTOCOL_AT] };
	memcpy(f->interface, told->key.p, sizeof(f->interface) - 1);
	memcpy(f->mac, told->key.p + MAC_AT, sizeof(f->mac));
	if (has_port)
		f->port = (uint16_t)(told->key.p[PORT_AT] << 8 | told->key.p[PORT_AT + 1]);
	return 0;
}

static int on_unknowns(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_unknown, userdata);
}

static int on_refusals(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_refusal, userdata);
}

static void on_restart(void *userdata)
{
	struct reading *r = userdata;

	r->n = r->n_before;
}

/* One set of both tables, or of the only one. */
static int read_set(struct kernel *k, const struct ruleset *ruleset, const char *set, mnl_cb_t on_message,
		    struct reading *r)
{
	struct query query = { .family = NFPROTO_INET,
			       .type = NFT_MSG_GETSETELEM,
			       .set = set,
			       .on_message = on_message,
			       .userdata = r,
			       .restart = on_restart };
	int q;

	r->is_bridge = false;
	r->n_before = r->n;
	q = kernel_ask(k, &query);
	if (q < 0 || ruleset->n_bridges == 0)
		return q;
	r->is_bridge = true;
	r->n_before = r->n;
	query.family = NFPROTO_BRIDGE;
	return kernel_ask(k, &query);
}

int kernel_unknown(struct kernel *k, const struct ruleset *r, struct unknown **ret, size_t *ret_n)
{
	struct reading reading = { .size = sizeof(**ret) };
	int q = read_set(k, r, SET_UNKNOWN, on_unknowns, &reading);

	if (q < 0) {
		free(reading.list);
		return q;
	}
	*ret = reading.list;
	*ret_n = reading.n;
	return 0;
}

int kernel_refused(struct kernel *k, const struct ruleset *r, struct asked **ret, size_t *ret_n)
{
	struct reading reading = { .size = sizeof(**ret) };
	int q = read_set(k, r, SET_REFUSED, on_refusals, &reading);

	if (q == 0)
		q = read_set(k, r, SET_REFUSED_OTHER, on_refusals, &reading);
	if (q < 0) {
		free(reading.list);
		return q;
	}
	*ret = reading.list;
	*ret_n = reading.n;
	return 0;
}
