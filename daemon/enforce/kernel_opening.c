/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway opened by its operator: one element in a set that matches every packet. The kernel ends it, even if the
 * daemon dies.
 */
#include "enforce/kernel_batch.h"

#include <errno.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if_arp.h>
#include <string.h>

#include "base/cleanup.h"
#include "enforce/ruleset.h"

#define SET_OPENED     "opened"
#define PROBE_MSEC     1000
#define USERDATA_BYTES (2 + OPENING_REASON_SIZE) /* type, length and the reason with its terminator */

static const int families[] = { NFPROTO_INET, NFPROTO_BRIDGE };

static size_t n_tables(const struct ruleset *r)
{
	return r->n_bridges > 0 ? 2 : 1;
}

static const uint16_t everything = ARPHRD_ETHER; /* iface_type has host byte order */

static void put_element(struct batch *b, size_t table, uint16_t type, uint64_t timeout_msec, struct bytes userdata)
{
	batch_open(b, type, families[table], SET_OPENED, (uint8_t)table);
	batch_element(b, bytes_of(&everything, sizeof(everything)), timeout_msec, userdata);
	batch_close(b);
}

/* Encodes the comment as nft does. nft prints it in quotes, so it must not contain any. Returns its size. */
static size_t comment_of(const struct opening *opening, uint8_t ret[static USERDATA_BYTES])
{
	size_t n = strnlen(opening->reason, OPENING_REASON_SIZE - 1);

	if (n == 0)
		return 0;
	ret[0] = NFTNL_UDATA_SET_ELEM_COMMENT;
	ret[1] = (uint8_t)(n + 1);
	for (size_t i = 0; i < n; i++)
		ret[2 + i] = opening->reason[i] == '"' ? '\'' : (uint8_t)opening->reason[i];
	ret[2 + n] = '\0';
	return 2 + n + 1;
}

/* Removes it from all tables, then adds it again when there is an opening: enforcement rule 6. */
static int write_opening(struct kernel *k, const struct ruleset *r, const struct opening *opening)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	uint8_t userdata[USERDATA_BYTES];
	struct batch_answer answer;
	size_t n = 0;
	int q = batch_begin(&b, 3 * n_tables(r), 3 * n_tables(r));

	if (q < 0)
		return q;
	if (opening)
		n = comment_of(opening, userdata);
	for (size_t i = 0; i < n_tables(r); i++) {
		put_element(&b, i, NFT_MSG_NEWSETELEM, PROBE_MSEC, (struct bytes){ 0 });
		put_element(&b, i, NFT_MSG_DELSETELEM, 0, (struct bytes){ 0 });
		if (opening)
			put_element(&b, i, NFT_MSG_NEWSETELEM, (uint64_t)opening->left_sec * MSEC_PER_SEC,
				    bytes_of(userdata, n));
	}
	return batch_send(k, &b, &answer);
}

int kernel_open(struct kernel *k, const struct ruleset *r, const struct opening *opening)
{
	const struct bytes reason = bytes_of(opening->reason, strnlen(opening->reason, OPENING_REASON_SIZE));

	if (opening->left_sec == 0 || reason.n == OPENING_REASON_SIZE || !bytes_are_text(reason))
		return -EINVAL;
	return write_opening(k, r, opening);
}

int kernel_close(struct kernel *k, const struct ruleset *r)
{
	return write_opening(k, r, NULL);
}

/* --- Reading it back --- */

struct reading {
	struct opening opening;
	bool is_open;
};

static int on_comment(const struct nftnl_udata *attribute, void *userdata)
{
	struct opening *o = userdata;

	if (nftnl_udata_type(attribute) == NFTNL_UDATA_SET_ELEM_COMMENT)
		(void)bytes_to_text(bytes_of(nftnl_udata_get(attribute),
					     strnlen(nftnl_udata_get(attribute), nftnl_udata_len(attribute))),
				    o->reason, sizeof(o->reason));
	return 0;
}

/* Open in one table counts as open; the longest time counts. */
static int on_opened(const struct told *told, void *userdata)
{
	uint32_t left_sec = told->is_permanent ? UINT32_MAX : told_left_sec(told);
	struct reading *reading = userdata;

	if (left_sec == 0 || (reading->is_open && left_sec <= reading->opening.left_sec))
		return 0;
	*reading = (struct reading){ .opening.left_sec = left_sec, .is_open = true };
	if (told->userdata.n > 0)
		(void)nftnl_udata_parse(told->userdata.p, (uint32_t)told->userdata.n, on_comment, &reading->opening);
	return 0;
}

static int on_message(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_opened, userdata);
}

int kernel_opening(struct kernel *k, const struct ruleset *r, struct opening *ret)
{
	struct reading reading = { 0 };
	size_t n_there = 0;

	for (size_t i = 0; i < n_tables(r); i++) {
		const struct query query = { .family = families[i],
					     .type = NFT_MSG_GETSETELEM,
					     .set = SET_OPENED,
					     .on_message = on_message,
					     .userdata = &reading };
		int q = kernel_ask(k, &query);

		if (q < 0 && q != -ENOENT)
			return q;
		n_there += q == 0;
	}
	if (n_there == 0)
		return -ENOENT;
	*ret = reading.opening;
	return reading.is_open;
}
