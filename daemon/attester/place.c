/* SPDX-License-Identifier: Apache-2.0 */
#include "attester/place.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>

#include "base/cleanup.h"
#include "token/evidence.h"

DEFINE_CLEANUP(struct ifaddrs *, freeifaddrs);

static const struct in6_addr *in6_of(const struct sockaddr *a)
{
	return &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
}

static const struct in_addr *in_of(const struct sockaddr *a)
{
	return &((const struct sockaddr_in *)(const void *)a)->sin_addr;
}

/* Returns how many bytes of it there are; 0: it is none of IP. */
static size_t copy_address(const struct sockaddr *a, uint8_t ret[static sizeof(struct in6_addr)])
{
	bool is_mapped = a->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6_of(a));

	if (a->sa_family != AF_INET && a->sa_family != AF_INET6)
		return 0;
	if (a->sa_family == AF_INET6 && !is_mapped) {
		memcpy(ret, in6_of(a), sizeof(struct in6_addr));
		return sizeof(struct in6_addr);
	}
	memcpy(ret, is_mapped ? (const void *)&in6_of(a)->s6_addr[12] : in_of(a), sizeof(struct in_addr));
	return sizeof(struct in_addr);
}

/* A link-local address can be on several interfaces, and its scope says on which. */
static bool is_scope_same(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != AF_INET6 || b->sa_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(in6_of(a)))
		return true;
	return ((const struct sockaddr_in6 *)(const void *)a)->sin6_scope_id ==
	       ((const struct sockaddr_in6 *)(const void *)b)->sin6_scope_id;
}

static const char *interface_of(const struct ifaddrs *list, const struct sockaddr *own, const struct place *p)
{
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		uint8_t address[sizeof(struct in6_addr)];

		if (i->ifa_addr && copy_address(i->ifa_addr, address) == p->n_address &&
		    memcmp(address, p->own, p->n_address) == 0 && is_scope_same(i->ifa_addr, own))
			return i->ifa_name;
	}
	return NULL;
}

static void find_link(const struct sockaddr *own, bool is_hidden, struct place *p)
{
	_cleanup_(freeifaddrsp) struct ifaddrs *list = NULL;
	const char *name = getifaddrs(&list) == 0 ? interface_of(list, own, p) : NULL;

	p->index = name ? if_nametoindex(name) : 0;
	for (const struct ifaddrs *i = list; name && !is_hidden && i; i = i->ifa_next) {
		const struct sockaddr_ll *link = (const void *)i->ifa_addr;

		if (!link || link->sll_family != AF_PACKET || strcmp(i->ifa_name, name) != 0 ||
		    link->sll_halen < HALLMARK_LINK_MIN || link->sll_halen > HALLMARK_LINK_MAX)
			continue;
		p->n_link = link->sll_halen;
		memcpy(p->link, link->sll_addr, p->n_link);
		return;
	}
}

/* A gateway on this machine, or a relay: the ends of that session say nothing of where the device is. */
static bool is_loopback(const struct place *p)
{
	return p->n_address == sizeof(struct in_addr) ?
		       p->own[0] == 127 :
		       memcmp(p->own, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
}

void place_find(const struct sockaddr *own, const struct sockaddr *gateway, bool is_hidden, struct place *ret)
{
	*ret = (struct place){ 0 };
	ret->n_address = copy_address(own, ret->own);
	if (ret->n_address == 0 || copy_address(gateway, ret->gateway) != ret->n_address || is_loopback(ret)) {
		*ret = (struct place){ 0 };
		return;
	}
	find_link(own, is_hidden, ret);
}

void place_towards(const union endpoint *to, struct place *ret)
{
	_cleanup_close_ int fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union endpoint own = { 0 };
	socklen_t n_own = sizeof(own);

	*ret = (struct place){ 0 };
	if (fd >= 0 && connect(fd, &to->any, endpoint_size(to)) == 0 && getsockname(fd, &own.any, &n_own) == 0)
		place_find(&own.any, &to->any, false, ret);
}

bool place_equals(const struct place *a, const struct place *b)
{
	return a->index == b->index && a->n_link == b->n_link && memcmp(a->link, b->link, a->n_link) == 0 &&
	       a->n_address == b->n_address && memcmp(a->own, b->own, a->n_address) == 0 &&
	       memcmp(a->gateway, b->gateway, a->n_address) == 0;
}

struct place_said place_said_of(const struct place *p)
{
	return (struct place_said){
		.link = bytes_of(p->link, p->n_link),
		.own = bytes_of(p->own, p->n_address),
		.gateway = bytes_of(p->gateway, p->n_address),
	};
}
