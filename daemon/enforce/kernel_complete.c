/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether our tables are as the ruleset defines them: our version, not dormant, with all rules, sets and guarded
 * interfaces.
 */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/cleanup.h"
#include "enforce/membership.h"
#include "enforce/nft_message.h"
#include "enforce/ruleset.h"

/* What one of our tables contains. */
struct census {
	int family;
	struct nft_sets sets;
	char comment[UINT8_MAX + 1]; /* lengths in userdata have 8 bits */
	uint32_t flags;
	uint32_t present; /* mask of those sets of this table that exist */
	size_t n_rules, n_interfaces;
};

static int on_table(const struct nlmsghdr *message, void *userdata)
{
	const struct nlattr *in[NFTA_TABLE_MAX + 1];
	struct census *c = userdata;

	if (!nft_attributes(message, in, ARRAY_SIZE(in)))
		return kernel_not_understood();
	c->flags = nft_number32(in[NFTA_TABLE_FLAGS]);
	(void)bytes_to_text(nft_comment(nft_bytes(in[NFTA_TABLE_USERDATA])), c->comment, sizeof(c->comment));
	return MNL_CB_OK;
}

static int on_set(const struct nlmsghdr *message, void *userdata)
{
	const struct nlattr *in[NFTA_SET_MAX + 1];
	struct census *c = userdata;

	if (!nft_attributes(message, in, ARRAY_SIZE(in)))
		return kernel_not_understood();
	for (size_t s = 0; s < c->sets.n; s++)
		if (c->sets.list[s].family == c->family &&
		    strcmp(c->sets.list[s].name, nft_text(in[NFTA_SET_NAME])) == 0)
			c->present |= UINT32_C(1) << s;
	return MNL_CB_OK;
}

static int on_rule(const struct nlmsghdr *message, void *userdata)
{
	struct census *c = userdata;

	(void)message;
	c->n_rules++;
	return MNL_CB_OK;
}

/* With patterns, each name is an interval, whose end the kernel reports as another element. */
static int on_interface(const struct told *told, void *userdata)
{
	struct census *c = userdata;

	c->n_interfaces += !told->is_end;
	return 0;
}

static int on_interfaces(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_interface, userdata);
}

static void forget_counts(void *userdata)
{
	struct census *c = userdata;

	c->n_rules = c->n_interfaces = 0;
}

static int ask(struct kernel *k, struct census *c, uint16_t type, const char *set, mnl_cb_t on_message)
{
	const struct query query = { .family = c->family,
				     .type = type,
				     .set = set,
				     .on_message = on_message,
				     .userdata = c,
				     .restart = forget_counts };

	return kernel_ask(k, &query);
}

static uint32_t sets_of_family(const struct nft_sets *sets, int family)
{
	uint32_t mask = 0;

	for (size_t s = 0; s < sets->n; s++)
		if (sets->list[s].family == family)
			mask |= UINT32_C(1) << s;
	return mask;
}

/* What one table must contain. */
struct wanted {
	size_t n_rules;
	const char *interfaces; /* the set of interfaces whose packets are filtered */
	size_t n_interfaces;
};

static int look_at(struct kernel *k, const struct ruleset_mark *mark, const struct wanted *w, struct census *c,
		   bool *ret)
{
	int q = ask(k, c, NFT_MSG_GETTABLE, NULL, on_table);

	*ret = false;
	if (q < 0 || strcmp(c->comment, mark->comment) != 0 || (c->flags & NFT_TABLE_F_DORMANT))
		return q;
	q = ask(k, c, NFT_MSG_GETSET, NULL, on_set);
	if (q < 0 || c->present != sets_of_family(&c->sets, c->family))
		return q;
	q = ask(k, c, NFT_MSG_GETRULE, NULL, on_rule);
	if (q < 0 || c->n_rules != w->n_rules)
		return q;
	q = ask(k, c, NFT_MSG_GETSETELEM, w->interfaces, on_interfaces);
	*ret = q == 0 && c->n_interfaces == w->n_interfaces;
	return q;
}

/* When the ruleset has no bridge table, none is read: the kernel may not support bridge tables at all. */
static int look_at_bridge(struct kernel *k, const struct ruleset *r, const struct ruleset_mark *mark, bool *ret)
{
	struct wanted wanted = { mark->n_bridge_rules, "excepted", r->n_trusted };
	struct census c = { .family = NFPROTO_BRIDGE };

	if (r->n_bridges == 0) {
		*ret = ask(k, &c, NFT_MSG_GETTABLE, NULL, on_table) < 0;
		return 0;
	}
	for (size_t i = 0; i < r->n_bridges; i++)
		wanted.n_interfaces += r->bridges[i].n_excepted;
	sets_of(r, &c.sets);
	return look_at(k, mark, &wanted, &c, ret);
}

int kernel_has_table(struct kernel *k)
{
	struct census c = { .family = NFPROTO_INET };
	int q = ask(k, &c, NFT_MSG_GETTABLE, NULL, on_table);

	return q == 0 ? 1 : q == -ENOENT ? 0 : q;
}

int kernel_has_tables(struct kernel *k, const struct ruleset *r)
{
	struct census c = { .family = NFPROTO_INET };
	bool is_complete = false;
	struct ruleset_mark mark;
	int q = ruleset_mark(r, &mark);

	if (q < 0 || k->is_idle)
		return q < 0 ? q : 1;
	sets_of(r, &c.sets);
	q = look_at(k, &mark, &(struct wanted){ mark.n_rules, "guarded", r->n_guarded }, &c, &is_complete);
	if (q == 0 && is_complete)
		q = look_at_bridge(k, r, &mark, &is_complete);
	return q == -ENOENT ? 0 : q < 0 ? q : is_complete;
}
