/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the contents of our tables from the kernel: elements and counters. Changes nothing. */
#include "enforce/kernel_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/nft_message.h"
#include "enforce/ruleset.h"

static void put_key(struct nlmsghdr *h, struct bytes key)
{
	struct nlattr *elements = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	struct nlattr *element = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	struct nlattr *nested = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);

	mnl_attr_put(h, NFTA_DATA_VALUE, key.n, key.p);
	mnl_attr_nest_end(h, nested);
	mnl_attr_nest_end(h, element);
	mnl_attr_nest_end(h, elements);
}

int kernel_ask(struct kernel *k, const struct query *query)
{
	const bool is_single = query->type == NFT_MSG_GETTABLE || query->key.n > 0;
	const uint16_t flags = is_single ? NLM_F_ACK : NLM_F_DUMP;
	int r = k->is_idle ? 0 : -EINTR;

	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++) {
		uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
		struct nlmsghdr *h = nft_message(request, query->type, query->family, flags, ++k->nf.seq);

		/* The table attribute of sets, rules, objects and elements has the same number. */
		mnl_attr_put_strz(h, NFTA_TABLE_NAME, TABLE_NAME);
		if (query->set)
			mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, query->set);
		if (query->key.n > 0)
			put_key(h, query->key);
		if (query->type == NFT_MSG_GETOBJ)
			mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htonl(query->object));
		if (i > 0 && query->restart)
			query->restart(query->userdata);
		r = netlink_ask(&k->nf, h, query->on_message, query->userdata);
	}
	return r;
}

int kernel_not_understood(void)
{
	errno = EBADMSG;
	return MNL_CB_ERROR;
}

/* --- Elements --- */

struct telling {
	int (*f)(const struct told *, void *);
	void *userdata;
};

static int on_element(const struct nlattr *element, void *userdata)
{
	const struct telling *t = userdata;
	const struct nlattr *in[NFTA_SET_ELEM_MAX + 1], *key[NFTA_DATA_MAX + 1];

	if (!nft_attributes_in(element, in, ARRAY_SIZE(in)))
		return MNL_CB_ERROR;
	if (!in[NFTA_SET_ELEM_KEY])
		return MNL_CB_OK; /* it stands for all others; none of ours does */
	if (!nft_attributes_in(in[NFTA_SET_ELEM_KEY], key, ARRAY_SIZE(key)))
		return MNL_CB_ERROR;

	const struct told told = { .key = nft_bytes(key[NFTA_DATA_VALUE]),
				   .is_permanent = !in[NFTA_SET_ELEM_EXPIRATION],
				   .is_end = nft_number32(in[NFTA_SET_ELEM_FLAGS]) & NFT_SET_ELEM_INTERVAL_END,
				   .left_msec = nft_number64(in[NFTA_SET_ELEM_EXPIRATION]),
				   .userdata = nft_bytes(in[NFTA_SET_ELEM_USERDATA]) };

	return t->f(&told, t->userdata) < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

int kernel_each_told(const struct nlmsghdr *message, int (*f)(const struct told *, void *), void *userdata)
{
	const struct nlattr *in[NFTA_SET_ELEM_LIST_MAX + 1];
	struct telling t = { f, userdata };

	if (!nft_attributes(message, in, ARRAY_SIZE(in)))
		return kernel_not_understood();
	if (in[NFTA_SET_ELEM_LIST_ELEMENTS] &&
	    mnl_attr_parse_nested(in[NFTA_SET_ELEM_LIST_ELEMENTS], on_element, &t) != MNL_CB_OK)
		return kernel_not_understood();
	return MNL_CB_OK;
}

uint32_t told_left_sec(const struct told *told)
{
	uint64_t sec = (told->left_msec + MSEC_PER_SEC - 1) / MSEC_PER_SEC;

	return sec > UINT32_MAX ? UINT32_MAX : (uint32_t)sec;
}

/* Entries in the order in which they arrive. */
struct listing {
	struct set_entry *entries; /* owned */
	size_t n, capacity;
	size_t n_before; /* of the sets before this one */
	uint8_t set;
};

static int listing_grow(struct listing *l)
{
	size_t capacity = l->capacity > 0 ? 2 * l->capacity : 64;
	struct set_entry *grown;

	if (l->n < l->capacity)
		return 0;
	grown = reallocarray(l->entries, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->entries = grown;
	l->capacity = capacity;
	return 0;
}

/* An element with no time left is about to end. */
static int on_listed_element(const struct told *told, void *userdata)
{
	struct listing *l = userdata;
	struct set_entry *e;

	if (!told->is_permanent && told->left_msec == 0)
		return 0;
	if (told->key.n == 0 || told->key.n > KEY_MAX || listing_grow(l) < 0)
		return -1;
	e = &l->entries[l->n++];
	*e = (struct set_entry){ .set = l->set,
				 .n_key = (uint8_t)told->key.n,
				 .timeout_sec = told->is_permanent ? 0 : told_left_sec(told) };
	memcpy(e->key, told->key.p, told->key.n);
	return 0;
}

static int on_listed(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_listed_element, userdata);
}

static void on_relisted(void *userdata)
{
	struct listing *l = userdata;

	l->n = l->n_before;
}

int kernel_list(struct kernel *k, const struct ruleset *r, struct set_entry **ret, size_t *ret_n)
{
	struct listing l = { 0 };
	struct nft_sets sets;

	sets_of(r, &sets);
	for (size_t s = 0; s < sets.n; s++) {
		const struct query query = { .family = sets.list[s].family,
					     .type = NFT_MSG_GETSETELEM,
					     .set = sets.list[s].name,
					     .on_message = on_listed,
					     .userdata = &l,
					     .restart = on_relisted };
		int q;

		l.set = (uint8_t)s;
		l.n_before = l.n;
		q = kernel_ask(k, &query);
		if (q < 0) {
			free(l.entries);
			return q;
		}
	}
	*ret = l.entries;
	*ret_n = l.n;
	return 0;
}

/* One element: it is not found when it is about to end. */
struct look {
	struct set_entry *entry;
	bool is_found;
};

static int on_looked_up_element(const struct told *told, void *userdata)
{
	struct look *look = userdata;

	look->is_found = told->is_permanent || told->left_msec > 0;
	look->entry->timeout_sec = told->is_permanent ? 0 : told_left_sec(told);
	return 0;
}

static int on_looked_up(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_looked_up_element, userdata);
}

int kernel_look_up(struct kernel *k, const struct ruleset *r, const struct element *e, struct set_entry *ret)
{
	struct set_entry entries[SETS_MAX];
	struct look look = { .entry = ret };
	struct nft_sets sets;
	size_t n;

	sets_of(r, &sets);
	n = element_entries(&sets, e, entries);
	for (size_t i = 0; i < n && !look.is_found; i++) {
		const struct nft_set *set = &sets.list[entries[i].set];
		const struct query query = { .family = set->family,
					     .type = NFT_MSG_GETSETELEM,
					     .set = set->name,
					     .key = bytes_of(entries[i].key, entries[i].n_key),
					     .on_message = on_looked_up,
					     .userdata = &look };

		if (set->kind != SET_ZONE || set->family != NFPROTO_INET)
			continue;
		*ret = entries[i];

		const int q = kernel_ask(k, &query);

		if (q < 0 && q != -ENOENT)
			return q;
	}
	return look.is_found ? 0 : -ENOENT;
}

/* --- Counters --- */

struct counting {
	const struct policy *policy;
	struct kernel_counts *sum, now; /* of the former tables, and of this one */
};

/* The rest of a name after its prefix, or NULL. */
static const char *behind(const char *name, const char *beginning)
{
	size_t n = strlen(beginning);

	return strncmp(name, beginning, n) == 0 ? name + n : NULL;
}

static struct kernel_count *count_of(struct counting *c, const char *name)
{
	if (strcmp(name, "n_layer2") == 0)
		return &c->now.layer2;
	if (strcmp(name, "n_opened") == 0)
		return &c->now.opened;
	if (strcmp(name, "n_speaker") == 0)
		return &c->now.speaker;
	if (strcmp(name, "n_source") == 0)
		return &c->now.source;
	if (strcmp(name, "n_excess_sender") == 0)
		return &c->now.excess_sender;
	if (strcmp(name, "n_excess_port") == 0)
		return &c->now.excess_port;
	if (strcmp(name, "n_excess_full") == 0)
		return &c->now.excess_full;
	if (strcmp(name, "n_unguarded") == 0)
		return &c->now.unguarded;
	if (strcmp(name, "n_unnamed") == 0)
		return &c->now.unnamed;
	for (uint8_t z = 0; z < c->policy->n_zones; z++) {
		const char *rest = behind(name, "n_");

		rest = rest ? behind(rest, c->policy->zones[z].name) : NULL;
		if (!rest)
			continue;
		if (strcmp(rest, "_passed") == 0)
			return &c->now.zones[z].passed;
		if (strcmp(rest, "_dropped") == 0)
			return &c->now.zones[z].dropped;
		if (strcmp(rest, "_monitored") == 0)
			return &c->now.zones[z].monitored;
	}
	return NULL;
}

static int on_counter(const struct nlmsghdr *message, void *userdata)
{
	const struct nlattr *in[NFTA_OBJ_MAX + 1], *counter[NFTA_COUNTER_MAX + 1];
	struct counting *c = userdata;
	struct kernel_count *count;

	if (!nft_attributes(message, in, ARRAY_SIZE(in)) ||
	    !nft_attributes_in(in[NFTA_OBJ_DATA], counter, ARRAY_SIZE(counter)))
		return kernel_not_understood();
	count = count_of(c, nft_text(in[NFTA_OBJ_NAME]));
	if (count) {
		count->packets += nft_number64(counter[NFTA_COUNTER_PACKETS]);
		count->bytes += nft_number64(counter[NFTA_COUNTER_BYTES]);
	}
	return MNL_CB_OK;
}

static void on_recounted(void *userdata)
{
	struct counting *c = userdata;

	c->now = *c->sum;
}

int kernel_counts(struct kernel *k, const struct ruleset *r, struct kernel_counts *ret)
{
	const int families[] = { NFPROTO_INET, NFPROTO_BRIDGE };
	struct counting c = { .policy = r->policy, .sum = ret };

	*ret = (struct kernel_counts){ 0 };
	for (size_t i = 0; i < (r->n_bridges > 0 ? 2U : 1U); i++) {
		const struct query query = { .family = families[i],
					     .type = NFT_MSG_GETOBJ,
					     .object = NFT_OBJECT_COUNTER,
					     .on_message = on_counter,
					     .userdata = &c,
					     .restart = on_recounted };
		int q = kernel_ask(k, &query);

		if (q < 0)
			return q;
		*ret = c.now;
	}
	return 0;
}
