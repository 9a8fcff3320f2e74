/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has: our table and its elements through nfnetlink, neighbours through rtnetlink. Nothing is changed. */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define DUMP_RETRIES 8

DEFINE_CLEANUP(struct nftnl_set *, nftnl_set_free);
DEFINE_CLEANUP(struct nftnl_table *, nftnl_table_free);

/* A request about our table, or about one set of it. */
struct query {
	uint16_t type;
	const char *set; /* or NULL */
	mnl_cb_t on_message;
	void *userdata;
	size_t *n; /* what on_message counts; set back when a dump is repeated */
};

static int ask_table(struct kernel *k, const struct query *query)
{
	uint16_t flags = query->type == NFT_MSG_GETTABLE ? NLM_F_ACK : NLM_F_DUMP;
	size_t before = *query->n;
	int r = -EINTR;

	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++) {
		uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
		struct nlmsghdr *h =
			nftnl_nlmsg_build_hdr((char *)request, query->type, NFPROTO_INET, flags, ++k->nf.seq);

		/* The attribute of a set's, rule's and element's table has the same number. */
		mnl_attr_put_strz(h, NFTA_TABLE_NAME, TABLE_NAME);
		if (query->set)
			mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, query->set);
		*query->n = before;
		r = netlink_ask(&k->nf, h, query->on_message, query->userdata);
	}
	return r;
}

static int not_understood(void)
{
	errno = EBADMSG;
	return MNL_CB_ERROR;
}

/* What is there of our table. */
struct census {
	const struct policy *policy;
	char comment[UINT8_MAX + 1]; /* attributes of user data have lengths of 8 bits */
	uint32_t flags;
	uint32_t zones; /* mask of those whose set is there */
	size_t n;       /* of the objects asked for */
};

static int on_table_userdata(const struct nftnl_udata *attribute, void *userdata)
{
	struct census *c = userdata;

	if (nftnl_udata_type(attribute) == NFTNL_UDATA_TABLE_COMMENT)
		memcpy(c->comment, nftnl_udata_get(attribute), nftnl_udata_len(attribute));
	return 0;
}

static int on_table(const struct nlmsghdr *message, void *userdata)
{
	_cleanup_(nftnl_table_freep) struct nftnl_table *table = nftnl_table_alloc();
	struct census *c = userdata;
	const void *attributes;
	uint32_t n = 0;

	if (!table || nftnl_table_nlmsg_parse(message, table) < 0)
		return not_understood();
	c->flags = nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS);
	attributes = nftnl_table_get_data(table, NFTNL_TABLE_USERDATA, &n);
	if (attributes)
		(void)nftnl_udata_parse(attributes, n, on_table_userdata, c);
	return MNL_CB_OK;
}

static int on_set(const struct nlmsghdr *message, void *userdata)
{
	_cleanup_(nftnl_set_freep) struct nftnl_set *set = nftnl_set_alloc();
	struct census *c = userdata;

	if (!set || nftnl_set_nlmsg_parse(message, set) < 0)
		return not_understood();
	for (uint8_t z = ZONE_QUARANTINE + 1; z < c->policy->n_zones; z++) {
		char name[SET_NAME_SIZE];

		zone_set_name(c->policy, z, name);
		if (strcmp(name, nftnl_set_get_str(set, NFTNL_SET_NAME)) == 0)
			c->zones |= 1u << z;
	}
	return MNL_CB_OK;
}

static int on_rule(const struct nlmsghdr *message, void *userdata)
{
	struct census *c = userdata;

	(void)message;
	c->n++;
	return MNL_CB_OK;
}

static int on_counted_element(struct nftnl_set_elem *element, void *userdata)
{
	struct census *c = userdata;

	(void)element;
	c->n++;
	return 0;
}

static int for_each_element(const struct nlmsghdr *message, int (*f)(struct nftnl_set_elem *, void *), void *userdata)
{
	_cleanup_(nftnl_set_freep) struct nftnl_set *set = nftnl_set_alloc();

	if (!set || nftnl_set_elems_nlmsg_parse(message, set) < 0 || nftnl_set_elem_foreach(set, f, userdata) < 0)
		return not_understood();
	return MNL_CB_OK;
}

static int on_guarded(const struct nlmsghdr *message, void *userdata)
{
	return for_each_element(message, on_counted_element, userdata);
}

/* Our version, awake, with all rules, zones and guarded interfaces: else somebody changed it. */
int kernel_table_is_complete(struct kernel *k, const struct ruleset *r, bool *ret)
{
	struct census c = { .policy = r->policy };
	const struct query table = { NFT_MSG_GETTABLE, NULL, on_table, &c, &c.n };
	const struct query sets = { NFT_MSG_GETSET, NULL, on_set, &c, &c.n };
	const struct query rules = { NFT_MSG_GETRULE, NULL, on_rule, &c, &c.n };
	const struct query guarded = { NFT_MSG_GETSETELEM, "guarded", on_guarded, &c, &c.n };
	uint32_t zones = ((1u << r->policy->n_zones) - 1) & ~(1u << ZONE_QUARANTINE);
	struct ruleset_mark mark;
	int q = ruleset_mark(r, &mark);

	if (q < 0)
		return q;
	q = ask_table(k, &table);
	if (q < 0 || strcmp(c.comment, mark.comment) != 0 || (c.flags & NFT_TABLE_F_DORMANT))
		return q;
	q = ask_table(k, &sets);
	if (q < 0 || c.zones != zones)
		return q;
	q = ask_table(k, &rules);
	if (q < 0 || c.n != mark.n_rules)
		return q;
	c.n = 0;
	q = ask_table(k, &guarded);
	if (q == 0)
		*ret = c.n == r->n_guarded;
	return q;
}

/* Elements as they come in. */
struct listing {
	struct element *elements; /* owned */
	size_t n, capacity;
	uint8_t zone;
};

static int listing_grow(struct listing *l)
{
	size_t capacity = l->capacity > 0 ? 2 * l->capacity : 64;
	struct element *grown;

	if (l->n < l->capacity)
		return 0;
	grown = reallocarray(l->elements, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->elements = grown;
	l->capacity = capacity;
	return 0;
}

/* Without an expiration the kernel will never forget it; with one of 0 ms it is about to. */
static uint32_t remaining_sec(struct nftnl_set_elem *element)
{
	uint64_t sec;

	if (!nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_EXPIRATION))
		return 0;
	sec = (nftnl_set_elem_get_u64(element, NFTNL_SET_ELEM_EXPIRATION) + MSEC_PER_SEC - 1) / MSEC_PER_SEC;
	if (sec == 0)
		return 1;
	return sec > UINT32_MAX ? UINT32_MAX : (uint32_t)sec;
}

static int on_listed_element(struct nftnl_set_elem *element, void *userdata)
{
	struct listing *l = userdata;
	uint32_t size = 0;
	const uint8_t *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
	struct element *e;

	if (!key || size < IFNAMSIZ + sizeof(e->mac) || listing_grow(l) < 0)
		return -1;
	e = &l->elements[l->n++];
	*e = (struct element){ .zone = l->zone, .timeout_sec = remaining_sec(element) };
	memcpy(e->interface, key, IFNAMSIZ - 1);
	memcpy(e->mac, key + IFNAMSIZ, sizeof(e->mac));
	return 0;
}

static int on_listed(const struct nlmsghdr *message, void *userdata)
{
	return for_each_element(message, on_listed_element, userdata);
}

int kernel_list(struct kernel *k, const struct policy *policy, struct element **ret, size_t *ret_n)
{
	struct listing l = { 0 };

	for (uint8_t z = ZONE_QUARANTINE + 1; z < policy->n_zones; z++) {
		char set[SET_NAME_SIZE];
		const struct query elements = { NFT_MSG_GETSETELEM, set, on_listed, &l, &l.n };
		int r;

		l.zone = z;
		zone_set_name(policy, z, set);
		r = ask_table(k, &elements);
		if (r < 0) {
			free(l.elements);
			return r;
		}
	}
	*ret = l.elements;
	*ret_n = l.n;
	return 0;
}

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

int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	struct neighbour found = { 0 };
	struct ndmsg *header;
	int r;

	h->nlmsg_type = RTM_GETNEIGH;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++k->route.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ndm_family = is_mapped ? AF_INET : AF_INET6;
	header->ndm_ifindex = (int)ifindex;
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
