/* SPDX-License-Identifier: Apache-2.0 */
#include "attester/router.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/cleanup.h"
#include "hallmark/protocol.h"

/* One default route of a dump. */
struct route {
	struct router via;
	int index; /* of the interface */
};

static void take_router(sa_family_t family, struct rtattr *a, union endpoint *ret)
{
	*ret = (union endpoint){ 0 };
	if (family == AF_INET && RTA_PAYLOAD(a) == sizeof(ret->in.sin_addr)) {
		ret->in.sin_port = htons(HALLMARK_PORT);
		memcpy(&ret->in.sin_addr, RTA_DATA(a), sizeof(ret->in.sin_addr));
	} else if (family == AF_INET6 && RTA_PAYLOAD(a) == sizeof(ret->in6.sin6_addr)) {
		ret->in6.sin6_port = htons(HALLMARK_PORT);
		memcpy(&ret->in6.sin6_addr, RTA_DATA(a), sizeof(ret->in6.sin6_addr));
	} else {
		return;
	}
	ret->any.sa_family = family;
}

/* Returns the attributes of the first of several paths, or NULL. */
static struct rtattr *take_attributes(sa_family_t family, struct rtattr *a, int n, struct route *route)
{
	struct rtattr *paths = NULL;

	for (; RTA_OK(a, n); a = RTA_NEXT(a, n)) {
		if (a->rta_type == RTA_GATEWAY)
			take_router(family, a, &route->via.address);
		else if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) >= sizeof(route->index))
			memcpy(&route->index, RTA_DATA(a), sizeof(route->index));
		else if (a->rta_type == RTA_PRIORITY && RTA_PAYLOAD(a) >= sizeof(route->via.metric))
			memcpy(&route->via.metric, RTA_DATA(a), sizeof(route->via.metric));
		else if (a->rta_type == RTA_MULTIPATH)
			paths = a;
	}
	return paths;
}

static void take_first_path(sa_family_t family, struct rtattr *paths, struct route *route)
{
	struct rtnexthop *first = RTA_DATA(paths);
	int n = (int)RTA_PAYLOAD(paths);

	if (n < (int)sizeof(*first) || !RTNH_OK(first, n))
		return;
	route->index = first->rtnh_ifindex;
	(void)take_attributes(family, RTNH_DATA(first), first->rtnh_len - (int)sizeof(*first), route);
}

/* Behind those with a metric as good; the worst goes when there are too many. */
static void add_router(const struct router *router, struct router_list *list)
{
	size_t at = list->n;

	while (at > 0 && list->at[at - 1].metric > router->metric)
		at--;
	if (at == ROUTERS_MAX)
		return;
	list->n += list->n < ROUTERS_MAX;
	for (size_t i = list->n - 1; i > at; i--)
		list->at[i] = list->at[i - 1];
	list->at[at] = *router;
}

static void take_route(struct nlmsghdr *m, struct routers *routers)
{
	struct rtmsg *head = NLMSG_DATA(m);
	struct route route = { 0 };
	struct rtattr *paths;

	if (m->nlmsg_type != RTM_NEWROUTE || m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->rtm_dst_len != 0 ||
	    head->rtm_table != RT_TABLE_MAIN || head->rtm_type != RTN_UNICAST ||
	    (head->rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0)
		return;
	paths = take_attributes(head->rtm_family, RTM_RTA(head), (int)RTM_PAYLOAD(m), &route);
	if (paths)
		take_first_path(head->rtm_family, paths, &route);
	if (route.via.address.any.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&route.via.address.in6.sin6_addr))
		route.via.address.in6.sin6_scope_id = (uint32_t)route.index;
	if (route.via.address.any.sa_family != AF_UNSPEC)
		add_router(&route.via, head->rtm_family == AF_INET ? &routers->four : &routers->six);
}

/* Returns false at the end of the dump. */
static bool take_dump(int fd, struct routers *routers)
{
	union {
		struct nlmsghdr message;
		char bytes[32768]; /* the kernel's largest part of a dump */
	} buffer;
	int64_t n = recv(fd, &buffer, sizeof(buffer), 0); /* signed: NLMSG_NEXT() may go below 0 */

	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (struct nlmsghdr *m = &buffer.message; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
		if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
			return false;
		take_route(m, routers);
	}
	return true;
}

static void find_of(int fd, sa_family_t family, struct routers *routers)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
	} request = { .head = { .nlmsg_len = sizeof(request),
				.nlmsg_type = RTM_GETROUTE,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		      .route = { .rtm_family = (unsigned char)family } };

	if (send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request))
		while (take_dump(fd, routers))
			;
}

struct routers routers_find(void)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct routers routers = { 0 };

	if (fd >= 0) {
		find_of(fd, AF_INET, &routers);
		find_of(fd, AF_INET6, &routers);
	}
	return routers;
}

bool routers_equal(const struct routers *a, const struct routers *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}
