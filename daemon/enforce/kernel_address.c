/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the gateway's interfaces, through rtnetlink. */
#include "enforce/kernel_batch.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/cleanup.h"
#include "enforce/answer.h"
#include "enforce/ruleset.h"

#define NAMED_MAX 512 /* on guarded interfaces; more are noted when the gateway uses them */

/* Whoever asks: is called for each address of one family. */
struct search {
	size_t n_address; /* bytes of an address */
	void (*on_address)(unsigned ifindex, const uint8_t *address, void *userdata);
	void (*restart)(void *userdata); /* a dump is repeated: discard what was found */
	void *userdata;
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

static int on_message(const struct nlmsghdr *message, void *userdata)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct search *search = userdata;
	struct assigned a = { .n_address = search->n_address };
	const void *own;

	if (message->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return MNL_CB_OK;
	(void)mnl_attr_parse(message, sizeof(*header), on_attribute, &a);
	own = a.local ? a.local : a.address;
	if (own)
		search->on_address(header->ifa_index, own, search->userdata);
	return MNL_CB_OK;
}

static int ask(struct kernel *k, struct search *search)
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	struct ifaddrmsg *header;

	h->nlmsg_type = RTM_GETADDR;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++k->route.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ifa_family = search->n_address == sizeof(struct in_addr) ? AF_INET : AF_INET6;
	search->restart(search->userdata);
	return netlink_ask(&k->route, h, on_message, search);
}

static int ask_until_whole(struct kernel *k, struct search *search)
{
	int r = -EINTR;

	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++)
		r = ask(k, search);
	return r;
}

/* --- Who has an address --- */

struct holders {
	struct in6_addr address;
	size_t n_address;
	unsigned *list;
	size_t n, room;
};

static void add_holder(unsigned ifindex, const uint8_t *address, void *userdata)
{
	struct holders *h = userdata;

	if (memcmp(address, &h->address, h->n_address) == 0 && h->n < h->room)
		h->list[h->n++] = ifindex;
}

static void forget_holders(void *userdata)
{
	struct holders *h = userdata;

	h->n = 0;
}

int kernel_holders(struct kernel *k, const struct in6_addr *address, unsigned *ret, size_t room, size_t *ret_n)
{
	struct holders holders = { .list = ret, .room = room, .address = *address, .n_address = sizeof(*address) };
	struct search search = { .on_address = add_holder, .restart = forget_holders, .userdata = &holders };
	int r;

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		holders.n_address = sizeof(struct in_addr);
		memcpy(&holders.address, &address->s6_addr[12], holders.n_address);
	}
	search.n_address = holders.n_address;
	r = ask_until_whole(k, &search);
	*ret_n = r < 0 ? 0 : holders.n;
	return r;
}

/* --- The gateway's addresses, for the table bridge --- */

struct named {
	const struct ruleset *ruleset;
	size_t n_address, n;
	uint8_t list[NAMED_MAX][sizeof(struct in6_addr)];
};

static void add_named(unsigned ifindex, const uint8_t *address, void *userdata)
{
	struct named *named = userdata;
	char interface[IF_NAMESIZE];

	if (named->n < NAMED_MAX && if_indextoname(ifindex, interface) && ruleset_guards(named->ruleset, interface))
		memcpy(named->list[named->n++], address, named->n_address);
}

static void forget_named(void *userdata)
{
	struct named *named = userdata;

	named->n = 0;
}

/* Removes each and adds it again: older kernels keep the former timeout of an element that exists. */
static int write_named(struct kernel *k, const struct named *named)
{
	const char *set = named->n_address == sizeof(struct in_addr) ? "gateway4" : "gateway6";
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int r = batch_begin(&b, 3 * named->n, 3 * named->n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < named->n; i++) {
		const struct bytes key = bytes_of(named->list[i], named->n_address);

		batch_remove(&b, NFPROTO_BRIDGE, set, key);
		batch_open(&b, NFT_MSG_NEWSETELEM, NFPROTO_BRIDGE, set, 0);
		batch_element(&b, key, (uint64_t)ANSWERED_SEC * MSEC_PER_SEC, (struct bytes){ 0 });
		batch_close(&b);
	}
	return batch_send(k, &b, &answer);
}

int kernel_name_gateway(struct kernel *k, const struct ruleset *r)
{
	static const size_t lengths[] = { sizeof(struct in_addr), sizeof(struct in6_addr) };
	struct named named = { .ruleset = r };
	struct search search = { .on_address = add_named, .restart = forget_named, .userdata = &named };
	int q = 0;

	for (size_t i = 0; r->n_bridges > 0 && i < ARRAY_SIZE(lengths) && q >= 0; i++) {
		named.n_address = search.n_address = lengths[i];
		q = ask_until_whole(k, &search);
		if (q >= 0 && named.n > 0)
			q = write_named(k, &named);
	}
	return q;
}
