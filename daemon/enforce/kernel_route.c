/* SPDX-License-Identifier: Apache-2.0 */
/* Where packets to an address go: the same question as `fib saddr . iif oif` in the rules, through rtnetlink. */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

/* One route, and whether one of its next hops uses the given interface. */
struct route {
	unsigned ifindex;
	bool leads_there;
};

static int on_attribute(const struct nlattr *attribute, void *userdata)
{
	struct route *r = userdata;
	struct rtnexthop *hop; /* RTNH_NEXT() does not accept const */
	int left;

	if (mnl_attr_get_type(attribute) == RTA_OIF && mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
		r->leads_there |= mnl_attr_get_u32(attribute) == r->ifindex;
	if (mnl_attr_get_type(attribute) != RTA_MULTIPATH)
		return MNL_CB_OK;
	hop = mnl_attr_get_payload(attribute);
	left = mnl_attr_get_payload_len(attribute);
	for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		r->leads_there |= (unsigned)hop->rtnh_ifindex == r->ifindex;
	return MNL_CB_OK;
}

/* An address of the gateway itself is not routed to an interface. */
static int on_route(const struct nlmsghdr *message, void *userdata)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    header->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	return mnl_attr_parse(message, sizeof(*header), on_attribute, userdata);
}

int kernel_routes(struct kernel *k, unsigned ifindex, const struct in6_addr *address)
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	const bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	struct route route = { .ifindex = ifindex };
	struct rtmsg *header;
	int r;

	if (IN6_IS_ADDR_LINKLOCAL(address))
		return 1;
	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++k->route.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->rtm_family = is_mapped ? AF_INET : AF_INET6;
	header->rtm_dst_len = is_mapped ? 32 : 128;
	header->rtm_flags = RTM_F_FIB_MATCH; /* returns all next hops, where there are several */
	if (is_mapped)
		mnl_attr_put(h, RTA_DST, 4, &address->s6_addr[12]);
	else
		mnl_attr_put(h, RTA_DST, sizeof(*address), address);

	r = netlink_ask(&k->route, h, on_route, &route);
	if (r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EACCES || r == -EINVAL)
		return 0; /* there is no route, or an unreachable or prohibit route */
	return r < 0 ? r : route.leads_there;
}
