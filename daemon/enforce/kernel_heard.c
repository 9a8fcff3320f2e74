/* SPDX-License-Identifier: Apache-2.0 */
/* The rules note the addresses that devices send from (enforce/answer.h), for as long as they get answers. */
#include "enforce/kernel_inside.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "enforce/answer.h"
#include "enforce/unknown.h"

#define PLACE_BYTES 24 /* ifname, and a MAC that is padded to 8; the address is behind them */

struct hearing {
	bool (*is_meant)(const char *interface, const uint8_t mac[static 6], void *userdata);
	void *userdata;
	struct unknown *list; /* owned */
	size_t n, room, n_before;
};

static int add(struct hearing *h, const struct unknown *u)
{
	const size_t room = h->room > 0 ? 2 * h->room : 64;

	if (h->n == h->room) {
		struct unknown *grown = reallocarray(h->list, room, sizeof(*grown));

		if (!grown)
			return -1;
		h->list = grown;
		h->room = room;
	}
	h->list[h->n++] = *u;
	return 0;
}

static int on_element(const struct told *told, void *userdata)
{
	const uint32_t left_sec = told_left_sec(told);
	struct unknown u = { .silent_sec = left_sec < ANSWERED_SEC ? ANSWERED_SEC - left_sec : 0 };
	struct hearing *h = userdata;

	if (told->key.n < PLACE_BYTES)
		return -1;
	memcpy(u.interface, told->key.p, sizeof(u.interface) - 1);
	memcpy(u.mac, told->key.p + IFNAMSIZ, sizeof(u.mac));
	return told->is_permanent || !h->is_meant(u.interface, u.mac, h->userdata) ? 0 : add(h, &u);
}

static int on_elements(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_element, userdata);
}

static void on_restart(void *userdata)
{
	struct hearing *h = userdata;

	h->n = h->n_before;
}

int kernel_heard(struct kernel *k, bool (*is_meant)(const char *interface, const uint8_t mac[static 6], void *userdata),
		 void *userdata, struct unknown **ret, size_t *ret_n)
{
	static const char *const sets[] = { "from4", "from6" };
	struct hearing h = { .is_meant = is_meant, .userdata = userdata };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sets) && r == 0; i++) {
		const struct query query = { .family = NFPROTO_INET,
					     .type = NFT_MSG_GETSETELEM,
					     .set = sets[i],
					     .on_message = on_elements,
					     .userdata = &h,
					     .restart = on_restart };

		h.n_before = h.n;
		r = kernel_ask(k, &query);
	}
	if (r < 0) {
		free(h.list);
		return r;
	}
	*ret = h.list;
	*ret_n = h.n;
	return 0;
}
