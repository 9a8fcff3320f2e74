/* SPDX-License-Identifier: Apache-2.0 */
/* Writes elements directly as attributes: an object for each element would cost more time than the kernel's own work. */
#include "enforce/kernel_batch.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/nft_message.h"
#include "enforce/ruleset.h"

#define ELEMENT_BYTES                                                                                                  \
	72 /* bytes of one element at most: a key of 44 and a timeout. MESSAGE_BYTES has room for the userdata of one */
#define TRIES 3

int batch_begin(struct batch *b, size_t n_messages, size_t n_elements)
{
	*b = (struct batch){ .p = malloc((n_messages + 2) * MESSAGE_BYTES + n_elements * ELEMENT_BYTES),
			     .topics = malloc(n_messages + 1) };
	if (!b->p || !b->topics)
		return -ENOMEM;
	b->n = nft_batch_mark(b->p, NFNL_MSG_BATCH_BEGIN);
	return 0;
}

void batch_done(struct batch *b)
{
	free(b->p);
	free(b->topics);
	*b = (struct batch){ 0 };
}

void batch_open(struct batch *b, uint16_t type, int family, const char *set, uint8_t topic)
{
	uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;

	b->open = nft_message(b->p + b->n, type, family, flags, 0);
	mnl_attr_put_strz(b->open, NFTA_SET_ELEM_LIST_TABLE, TABLE_NAME);
	mnl_attr_put_strz(b->open, NFTA_SET_ELEM_LIST_SET, set);
	b->list = mnl_attr_nest_start(b->open, NFTA_SET_ELEM_LIST_ELEMENTS);
	b->topics[b->n_messages++] = topic;
}

void batch_close(struct batch *b)
{
	mnl_attr_nest_end(b->open, b->list);
	b->n += NLMSG_ALIGN(b->open->nlmsg_len);
}

void batch_element(struct batch *b, struct bytes key, uint64_t timeout_msec, struct bytes userdata)
{
	struct nlattr *element = mnl_attr_nest_start(b->open, NFTA_LIST_ELEM);
	struct nlattr *value = mnl_attr_nest_start(b->open, NFTA_SET_ELEM_KEY);

	mnl_attr_put(b->open, NFTA_DATA_VALUE, key.n, key.p);
	mnl_attr_nest_end(b->open, value);
	if (timeout_msec > 0)
		mnl_attr_put_u64(b->open, NFTA_SET_ELEM_TIMEOUT, htobe64(timeout_msec));
	if (userdata.n > 0)
		mnl_attr_put(b->open, NFTA_SET_ELEM_USERDATA, userdata.n, userdata.p);
	mnl_attr_nest_end(b->open, element);
}

void batch_remove(struct batch *b, int family, const char *set, struct bytes key)
{
	batch_open(b, NFT_MSG_NEWSETELEM, family, set, 0);
	batch_element(b, key, BATCH_PROBE_MSEC, (struct bytes){ 0 });
	batch_close(b);
	batch_open(b, NFT_MSG_DELSETELEM, family, set, 0);
	batch_element(b, key, 0, (struct bytes){ 0 });
	batch_close(b);
}

void batch_table(struct batch *b, uint16_t type, int family)
{
	struct nlmsghdr *h = nft_message(b->p + b->n, type, family, 0, 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, TABLE_NAME);
	b->open = h;
	b->topics[b->n_messages++] = 0;
	b->n += NLMSG_ALIGN(h->nlmsg_len);
}

/* Gives all messages new numbers, so that answers to an earlier try are not taken for answers to this one. */
static void number(struct kernel *k, struct batch *b)
{
	int left = (int)b->n;

	b->begin_seq = k->nf.seq + 1;
	for (struct nlmsghdr *h = (void *)b->p; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		h->nlmsg_seq = ++k->nf.seq;
}

static void note_error(struct batch_answer *a, uint8_t topic, int error)
{
	uint32_t bit = UINT32_C(1) << topic;

	if (a->refused & bit)
		return;
	a->refused |= bit;
	if (error == -ENFILE)
		a->full |= bit;
	if (a->error == 0 || a->error == -ENFILE || error == -ENOENT)
		a->error = error;
}

/*
 * Reads one answer. The kernel answers each message that it refuses, in their order, and the last one in any case. An error with
 * the number of the batch begin is for the whole batch: permission, memory, commit. Returns 1 when it answers the last message, 0
 * when it answers another or is for something else, or the negative errno of the whole batch.
 */
static int acknowledge(const struct batch *b, const struct nlmsghdr *h, struct batch_answer *a)
{
	uint32_t which = h->nlmsg_seq - b->begin_seq;
	const struct nlmsgerr *e;

	if (h->nlmsg_type != NLMSG_ERROR || which > b->n_messages || mnl_nlmsg_get_payload_len(h) < sizeof(*e))
		return 0;
	e = mnl_nlmsg_get_payload(h);
	if (which == 0)
		return e->error;
	if (e->error < 0)
		note_error(a, b->topics[which - 1], e->error);
	return which == b->n_messages;
}

static int await_answers(struct kernel *k, const struct batch *b, struct batch_answer *a)
{
	for (bool is_over = false; !is_over;) {
		ssize_t n = netlink_receive(&k->nf);
		int left = (int)n;

		if (n < 0)
			return (int)n;
		for (const struct nlmsghdr *h = (const void *)k->nf.answer; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			int r = acknowledge(b, h, a);

			if (r < 0)
				return r;
			is_over |= r > 0;
		}
	}
	return a->error;
}

static int try_once(struct kernel *k, struct batch *b, struct batch_answer *ret)
{
	*ret = (struct batch_answer){ 0 };
	number(k, b);
	/*
	 * ENOBUFS: too long for the kernel to copy. That is handled like a message that does not fit into the buffer.
	 */
	if (mnl_socket_sendto(k->nf.socket, b->p, b->n) < 0)
		return errno == ENOBUFS ? -EMSGSIZE : -errno;
	return await_answers(k, b, ret);
}

int batch_send(struct kernel *k, struct batch *b, struct batch_answer *ret)
{
	*ret = (struct batch_answer){ 0 };
	if (b->n_messages == 0 || k->is_idle)
		return 0;
	b->open->nlmsg_flags |= NLM_F_ACK;
	b->n += nft_batch_mark(b->p + b->n, NFNL_MSG_BATCH_END);
	for (int i = 0; i < TRIES; i++) {
		ret->error = try_once(k, b, ret);
		if (ret->error != -ENOBUFS && ret->error != -ETIMEDOUT)
			break;
		netlink_drain(&k->nf);
	}
	return ret->error;
}
