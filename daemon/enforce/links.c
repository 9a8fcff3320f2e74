/* SPDX-License-Identifier: Apache-2.0 */
/* Uses rtnetlink, not /sys: in a container, /sys may show another network namespace. Needs no privilege. */
#include "enforce/links.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "enforce/netlink.h"

#define BUFFER_BYTES   (1024 * 1024) /* of the socket. After an overflow the list is read again */
#define DATAGRAM_BYTES 65536
#define LIST_TRIES     8
#define GROWTH         64

/* IFLA_BR_FDB_MAX_LEARNED, which headers before Linux 6.7 lack. */
#define BRIDGE_MAX_LEARNED (IFLA_BR_MCAST_QUERIER_STATE + 2)

struct links {
	struct netlink asking;      /* for lists, with request and answer */
	struct mnl_socket *telling; /* owned; receives notifications */
	struct link *list;          /* owned */
	size_t n, size;
	link_function tell; /* set while links_read() runs; NULL: changes are not reported */
	void *userdata;
	int error;                                            /* the first error while reading */
	uint64_t datagram[DATAGRAM_BYTES / sizeof(uint64_t)]; /* aligned for libmnl */
};

DEFINE_CLEANUP(struct links *, links_free);

void links_free(struct links *l)
{
	if (!l)
		return;
	if (l->telling)
		(void)mnl_socket_close(l->telling);
	netlink_close(&l->asking);
	free(l->list);
	free(l);
}

/* --- The list --- */

static struct link *find(const struct links *l, unsigned index)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].index == index)
			return &l->list[i];
	return NULL;
}

static void tell(const struct links *l, const struct link *before, const struct link *now)
{
	if (l->tell)
		l->tell(before, now, l->userdata);
}

static int add(struct links *l, const struct link *now)
{
	if (l->n == l->size) {
		struct link *more = reallocarray(l->list, l->size + GROWTH, sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->list = more;
		l->size += GROWTH;
	}
	l->list[l->n++] = *now;
	tell(l, NULL, now);
	return 0;
}

/* The last entry moves to the free place. */
static void take_out(struct links *l, struct link *gone)
{
	const struct link before = *gone;

	*gone = l->list[--l->n];
	tell(l, &before, NULL);
}

static int note(struct links *l, const struct link *now)
{
	struct link *known = find(l, now->index);
	struct link before;

	if (!known)
		return add(l, now);
	before = *known;
	*known = *now;
	if (strcmp(before.name, now->name) != 0 || before.master != now->master || strcmp(before.mac, now->mac) != 0 ||
	    before.has_carrier != now->has_carrier)
		tell(l, &before, now);
	return 0;
}

/* --- Messages of the kernel --- */

struct described {
	struct link link;
	bool is_abroad, is_vlan; /* the parent device is in another namespace */
};

static int on_bridge(const struct nlattr *attribute, void *userdata)
{
	struct described *d = userdata;

	if (mnl_attr_get_type(attribute) == BRIDGE_MAX_LEARNED && mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
		d->link.learns_without_limit = mnl_attr_get_u32(attribute) == 0;
	return MNL_CB_OK;
}

/* The kernel says the kind before its data. */
static int on_info(const struct nlattr *attribute, void *userdata)
{
	struct described *d = userdata;
	const char *kind = mnl_attr_get_str(attribute);

	if (mnl_attr_get_type(attribute) == IFLA_INFO_DATA && d->link.is_bridge)
		return mnl_attr_parse_nested(attribute, on_bridge, d);
	if (mnl_attr_get_type(attribute) != IFLA_INFO_KIND || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return MNL_CB_OK;
	d->link.is_bridge = strcmp(kind, "bridge") == 0;
	d->link.is_vrf = strcmp(kind, "vrf") == 0;
	d->is_vlan = strcmp(kind, "vlan") == 0;
	return MNL_CB_OK;
}

static void note_mac(struct link *link, const struct nlattr *attribute)
{
	if (mnl_attr_get_payload_len(attribute) == 6)
		(void)mac_to_text(mnl_attr_get_payload(attribute), link->mac);
}

static int on_attribute(const struct nlattr *attribute, void *userdata)
{
	struct described *d = userdata;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0 &&
		    mnl_attr_get_payload_len(attribute) <= IFNAMSIZ)
			(void)strcpy(d->link.name, mnl_attr_get_str(attribute));
		break;
	case IFLA_ADDRESS:
		note_mac(&d->link, attribute);
		break;
	case IFLA_MASTER:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			d->link.master = mnl_attr_get_u32(attribute);
		break;
	case IFLA_LINK:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			d->link.trunk = mnl_attr_get_u32(attribute);
		break;
	case IFLA_LINK_NETNSID:
		d->is_abroad = true;
		break;
	case IFLA_LINKINFO:
		(void)mnl_attr_parse_nested(attribute, on_info, d);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* AF_BRIDGE messages report a port's role in its bridge; ours are about interfaces and their masters. */
static int on_message(const struct nlmsghdr *message, void *userdata)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	struct described d = { .is_vlan = false };
	struct links *l = userdata;
	struct link *known;

	if ((message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header) || header->ifi_family != AF_UNSPEC)
		return MNL_CB_OK;
	known = find(l, (unsigned)header->ifi_index);
	if (message->nlmsg_type == RTM_DELLINK) {
		if (known)
			take_out(l, known);
		return MNL_CB_OK;
	}
	(void)mnl_attr_parse(message, sizeof(*header), on_attribute, &d);
	if (d.link.name[0] == '\0')
		return MNL_CB_OK;
	d.link.index = (unsigned)header->ifi_index;
	d.link.is_loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
	d.link.has_carrier = (header->ifi_flags & IFF_RUNNING) != 0;
	d.link.trunk = d.is_vlan && !d.is_abroad ? d.link.trunk : 0;
	d.link.is_seen = true;
	if (l->error == 0)
		l->error = note(l, &d.link);
	return MNL_CB_OK;
}

static int ask_for_list(struct links *l)
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	struct ifinfomsg *header;

	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++l->asking.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ifi_family = AF_UNSPEC;
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_ask(&l->asking, h, on_message, l);
}

/*
 * A list that changed while it was read may be incomplete. An interface is gone only when it is missing from a complete
 * list.
 */
static int read_list(struct links *l)
{
	int r = -EINTR;

	for (int i = 0; i < LIST_TRIES && r == -EINTR; i++) {
		for (size_t k = 0; k < l->n; k++)
			l->list[k].is_seen = false;
		r = ask_for_list(l);
	}
	for (size_t k = l->n; r == 0 && k-- > 0;)
		if (!l->list[k].is_seen)
			take_out(l, &l->list[k]);
	return r < 0 ? r : l->error;
}

/* --- Interface of links.h --- */

static int open_telling(struct links *l)
{
	const int size = BUFFER_BYTES;
	int group = RTNLGRP_LINK;

	l->telling = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!l->telling || mnl_socket_bind(l->telling, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(l->telling, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	(void)setsockopt(links_fd(l), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return 0;
}

int links_new(struct links **ret)
{
	_cleanup_(links_freep) struct links *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	r = netlink_open(&l->asking, NETLINK_ROUTE);
	if (r == 0)
		r = open_telling(l); /* before the list, so that no change in between is missed */
	if (r == 0)
		r = read_list(l);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

int links_fd(const struct links *l)
{
	return mnl_socket_get_fd(l->telling);
}

static int read_all(struct links *l)
{
	bool is_lost = false;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(l->telling, l->datagram, sizeof(l->datagram));

		if (n < 0 && (errno == ENOBUFS || errno == ENOSPC))
			is_lost = true;
		else if (n <= 0)
			break;
		else
			(void)mnl_cb_run(l->datagram, (size_t)n, 0, 0, on_message, l);
	}
	return is_lost ? read_list(l) : l->error;
}

int links_read(struct links *l, link_function tell_change, void *userdata)
{
	int r;

	l->tell = tell_change;
	l->userdata = userdata;
	l->error = 0;
	r = read_all(l);
	l->tell = NULL;
	return r;
}

const struct link *links_list(const struct links *l, size_t *ret_n)
{
	*ret_n = l->n;
	return l->list;
}

const struct link *links_by_index(const struct links *l, unsigned index)
{
	return find(l, index);
}

const struct link *links_by_name(const struct links *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->list[i].name, name) == 0)
			return &l->list[i];
	return NULL;
}
