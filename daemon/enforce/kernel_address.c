/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the gateway's interfaces have an address, through rtnetlink. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "enforce/kernel_inside.h"

struct holders {
	struct in6_addr address;
	size_t n_address; /* bytes of it */
	unsigned *list;
	size_t n, room;
};

/* What one answer says: of two ends the local one is the interface's own. */
struct assigned {
	const void *address, *local;
	size_t n_address;
};

static int on_attribute(const struct nlattr *attribute, void *userdata)
{
	struct assigned *a = userdata;

	if (mnl_attr_get_payload_len(attribute) != a->n_address)
		return MNL_CB_OK;
	if (mnl_attr_get_type(attribute) == IFA_ADDRESS)
		a->address = mnl_attr_get_payload(attribute);
	if (mnl_attr_get_type(attribute) == IFA_LOCAL)
		a->local = mnl_attr_get_payload(attribute);
	return MNL_CB_OK;
}

static int on_address(const struct nlmsghdr *message, void *userdata)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	struct holders *h = userdata;
	struct assigned a = { .n_address = h->n_address };
	const void *own;

	if (message->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return MNL_CB_OK;
	(void)mnl_attr_parse(message, sizeof(*header), on_attribute, &a);
	own = a.local ? a.local : a.address;
	if (own && memcmp(own, &h->address, h->n_address) == 0 && h->n < h->room)
		h->list[h->n++] = header->ifa_index;
	return MNL_CB_OK;
}

static int ask(struct kernel *k, struct holders *holders)
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	struct ifaddrmsg *header;

	h->nlmsg_type = RTM_GETADDR;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++k->route.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ifa_family = holders->n_address == sizeof(struct in_addr) ? AF_INET : AF_INET6;
	holders->n = 0;
	return netlink_ask(&k->route, h, on_address, holders);
}

int kernel_holders(struct kernel *k, const struct in6_addr *address, unsigned *ret, size_t room, size_t *ret_n)
{
	struct holders holders = { .list = ret, .room = room, .address = *address, .n_address = sizeof(*address) };
	int r = -EINTR;

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		holders.n_address = sizeof(struct in_addr);
		memcpy(&holders.address, &address->s6_addr[12], holders.n_address);
	}
	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++)
		r = ask(k, &holders);
	*ret_n = r < 0 ? 0 : holders.n;
	return r;
}
