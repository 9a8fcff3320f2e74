/* SPDX-License-Identifier: Apache-2.0 */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/ruleset.h"
#include "enforce/unknown.h"

#define KEY_BYTES 24 /* ifname, and a MAC that is padded to 8 */

struct reading {
	struct unknown *list;     /* owned */
	size_t n, room, n_before; /* n_before: of the table before this one */
	bool is_bridge;
};

static int grow(struct reading *r)
{
	const size_t room = r->room > 0 ? 2 * r->room : 64;
	struct unknown *grown;

	if (r->n < r->room)
		return 0;
	grown = reallocarray(r->list, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->list = grown;
	r->room = room;
	return 0;
}

static int on_element(const struct told *told, void *userdata)
{
	struct reading *r = userdata;
	const uint32_t left_sec = told_left_sec(told);
	struct unknown *u;

	if (told->key.n != KEY_BYTES || told->is_permanent || grow(r) < 0)
		return -1;
	u = &r->list[r->n++];
	*u = (struct unknown){ .is_port = r->is_bridge,
			       .silent_sec = left_sec < UNKNOWN_SEC ? UNKNOWN_SEC - left_sec : 0 };
	memcpy(u->interface, told->key.p, sizeof(u->interface) - 1);
	memcpy(u->mac, told->key.p + IFNAMSIZ, sizeof(u->mac));
	return 0;
}

static int on_elements(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_element, userdata);
}

static void on_restart(void *userdata)
{
	struct reading *r = userdata;

	r->n = r->n_before;
}

static int read_table(struct kernel *k, bool is_bridge, struct reading *to)
{
	const struct query query = { .family = is_bridge ? NFPROTO_BRIDGE : NFPROTO_INET,
				     .type = NFT_MSG_GETSETELEM,
				     .set = SET_UNKNOWN,
				     .on_message = on_elements,
				     .userdata = to,
				     .restart = on_restart };

	to->is_bridge = is_bridge;
	to->n_before = to->n;
	return kernel_ask(k, &query);
}

int kernel_unknown(struct kernel *k, const struct ruleset *r, struct unknown **ret, size_t *ret_n)
{
	struct reading reading = { 0 };
	int q = read_table(k, false, &reading);

	if (q == 0 && r->n_bridges > 0)
		q = read_table(k, true, &reading);
	if (q < 0) {
		free(reading.list);
		return q;
	}
	*ret = reading.list;
	*ret_n = reading.n;
	return 0;
}
