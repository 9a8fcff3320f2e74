/* SPDX-License-Identifier: Apache-2.0 */
/* Places of devices: the kernel's neighbours and the ports on which its bridges learned MACs, through rtnetlink. */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

/* A neighbour as the answer describes it. */
struct neighbour {
	uint8_t mac[6];
	bool is_valid;
};

static int on_neighbour_attribute(const struct nlattr *attribute, void *userdata)
{
	struct neighbour *n = userdata;

	if (mnl_attr_get_type(attribute) != NDA_LLADDR || mnl_attr_get_payload_len(attribute) != sizeof(n->mac))
		return MNL_CB_OK;
	memcpy(n->mac, mnl_attr_get_payload(attribute), sizeof(n->mac));
	n->is_valid = true;
	return MNL_CB_OK;
}

static int on_neighbour(const struct nlmsghdr *message, void *userdata)
{
	static const uint16_t valid = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    !(header->ndm_state & valid))
		return MNL_CB_OK;
	return mnl_attr_parse(message, sizeof(*header), on_neighbour_attribute, userdata);
}

static struct ndmsg *request_begin(struct kernel *k, struct nlmsghdr *h, uint8_t family)
{
	struct ndmsg *header;

	h->nlmsg_type = RTM_GETNEIGH;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++k->route.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ndm_family = family;
	return header;
}

int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	struct neighbour found = { 0 };
	int r;

	request_begin(k, h, is_mapped ? AF_INET : AF_INET6)->ndm_ifindex = (int)ifindex;
	if (is_mapped)
		mnl_attr_put(h, NDA_DST, 4, &address->s6_addr[12]);
	else
		mnl_attr_put(h, NDA_DST, sizeof(*address), address);

	r = netlink_ask(&k->route, h, on_neighbour, &found);
	if (r < 0)
		return r;
	if (!found.is_valid)
		return -ENOENT;
	memcpy(ret_mac, found.mac, sizeof(found.mac));
	return 0;
}

/* What a bridge learned about a MAC. */
struct place {
	unsigned bridge, port;
	const uint8_t *mac;
	bool is_ambiguous; /* on two ports, in two VLANs */
};

/* Content of one answer. */
struct learned {
	uint8_t mac[6];
	uint32_t bridge;
};

static int on_learned_attribute(const struct nlattr *attribute, void *userdata)
{
	struct learned *l = userdata;

	if (mnl_attr_get_type(attribute) == NDA_LLADDR && mnl_attr_get_payload_len(attribute) == sizeof(l->mac))
		memcpy(l->mac, mnl_attr_get_payload(attribute), sizeof(l->mac));
	if (mnl_attr_get_type(attribute) == NDA_MASTER && mnl_attr_get_payload_len(attribute) == sizeof(l->bridge))
		l->bridge = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

/* The addresses of the bridge and its ports are permanent: no device has them. */
static int on_learned(const struct nlmsghdr *message, void *userdata)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);
	struct place *p = userdata;
	struct learned l = { 0 };

	if (message->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    header->ndm_family != AF_BRIDGE || (header->ndm_state & NUD_PERMANENT))
		return MNL_CB_OK;
	(void)mnl_attr_parse(message, sizeof(*header), on_learned_attribute, &l);
	if (l.bridge != p->bridge || memcmp(l.mac, p->mac, sizeof(l.mac)) != 0)
		return MNL_CB_OK;
	p->is_ambiguous |= p->port != 0 && p->port != (unsigned)header->ndm_ifindex;
	p->port = (unsigned)header->ndm_ifindex;
	return MNL_CB_OK;
}

static int place_to_name(const struct place *p, char ret_port[static IFNAMSIZ])
{
	if (p->port == 0 || p->port == p->bridge || p->is_ambiguous || !if_indextoname(p->port, ret_port))
		return -ENOENT;
	return 0;
}

int kernel_bridge_port_listed(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6],
			      char ret_port[static IFNAMSIZ])
{
	int r = -EINTR;

	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++) {
		uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
		struct place place = { .bridge = ifindex, .mac = mac };
		struct nlmsghdr *h = mnl_nlmsg_put_header(request);
		struct ifinfomsg *header; /* the header for clients that do not ask for strict checks */

		h->nlmsg_type = RTM_GETNEIGH;
		h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		h->nlmsg_seq = ++k->route.seq;
		header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
		header->ifi_family = AF_BRIDGE;
		mnl_attr_put_u32(h, IFLA_MASTER, ifindex);
		r = netlink_ask(&k->route, h, on_learned, &place);
		if (r == 0)
			return place_to_name(&place, ret_port);
	}
	return r;
}

/* A query for one MAC finds it only where it was learned outside of VLANs. */
int kernel_bridge_port(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6], char ret_port[static IFNAMSIZ])
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct place place = { .bridge = ifindex, .mac = mac };
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	int r;

	(void)request_begin(k, h, AF_BRIDGE);
	mnl_attr_put_u32(h, NDA_MASTER, ifindex);
	mnl_attr_put(h, NDA_LLADDR, 6, mac);
	r = netlink_ask(&k->route, h, on_learned, &place);
	if (r == -ENOENT)
		return kernel_bridge_port_listed(k, ifindex, mac, ret_port);
	return r < 0 ? r : place_to_name(&place, ret_port);
}
