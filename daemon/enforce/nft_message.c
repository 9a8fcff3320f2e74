/* SPDX-License-Identifier: Apache-2.0 */
#include "enforce/nft_message.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

static struct nlmsghdr *put_head(void *p, uint16_t type, int family, uint16_t resource)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(p);
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(h, sizeof(*head));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST;
	head->nfgen_family = (uint8_t)family;
	head->version = NFNETLINK_V0;
	head->res_id = htons(resource);
	return h;
}

struct nlmsghdr *nft_message(void *p, uint16_t type, int family, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr *h = put_head(p, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), family, 0);

	h->nlmsg_flags |= flags;
	h->nlmsg_seq = seq;
	return h;
}

size_t nft_batch_mark(void *p, uint16_t type)
{
	return NLMSG_ALIGN(put_head(p, type, AF_UNSPEC, NFNL_SUBSYS_NFTABLES)->nlmsg_len);
}

/* --- Reading --- */

struct table {
	const struct nlattr **attributes;
	size_t n;
};

static int note(const struct nlattr *attribute, void *userdata)
{
	const struct table *t = userdata;

	if (mnl_attr_get_type(attribute) < t->n)
		t->attributes[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

bool nft_attributes(const struct nlmsghdr *message, const struct nlattr **ret, size_t n)
{
	struct table t = { ret, n };

	memset(ret, 0, n * sizeof(*ret));
	return mnl_nlmsg_get_payload_len(message) >= sizeof(struct nfgenmsg) &&
	       mnl_attr_parse(message, sizeof(struct nfgenmsg), note, &t) == MNL_CB_OK;
}

bool nft_attributes_in(const struct nlattr *attribute, const struct nlattr **ret, size_t n)
{
	struct table t = { ret, n };

	memset(ret, 0, n * sizeof(*ret));
	return attribute && mnl_attr_parse_nested(attribute, note, &t) == MNL_CB_OK;
}

struct bytes nft_bytes(const struct nlattr *attribute)
{
	if (!attribute)
		return (struct bytes){ 0 };
	return bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
}

const char *nft_text(const struct nlattr *attribute)
{
	return attribute && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(attribute) : "";
}

uint32_t nft_number32(const struct nlattr *attribute)
{
	return attribute && mnl_attr_validate(attribute, MNL_TYPE_U32) == 0 ? ntohl(mnl_attr_get_u32(attribute)) : 0;
}

uint64_t nft_number64(const struct nlattr *attribute)
{
	return attribute && mnl_attr_validate(attribute, MNL_TYPE_U64) == 0 ? be64toh(mnl_attr_get_u64(attribute)) : 0;
}

struct bytes nft_comment(struct bytes userdata)
{
	const uint8_t *p = userdata.p;

	for (size_t at = 0; userdata.n - at >= 2;) {
		const size_t n = p[at + 1];

		if (n > userdata.n - at - 2)
			break;
		if (p[at] == NFT_COMMENT)
			return bytes_of(p + at + 2, strnlen((const char *)p + at + 2, n));
		at += 2 + n;
	}
	return (struct bytes){ 0 };
}
