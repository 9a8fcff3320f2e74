/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/* Messages of nf_tables: what is read from one that is damaged, or of another version. Pure. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "base/cleanup.h"
#include "enforce/nft_message.h"

static struct bytes comment(const char *userdata, size_t n)
{
	return nft_comment(bytes_of(userdata, n));
}

static void test_comment(void **state)
{
	(void)state;
	assert_true(bytes_equal_string(comment("\0\4fix", 6), "fix"));
	assert_true(bytes_equal_string(comment("\1\4\0\0\0\1\0\4fix", 12), "fix")); /* behind something else */
	assert_true(bytes_equal_string(comment("\0\3fix", 5), "fix"));              /* it does not end */
	assert_int_equal(0, comment("\1\4\0\0\0\1", 6).n);                          /* there is none */
	assert_int_equal(0, comment("\0\5fix", 6).n);                               /* it is cut off */
	assert_int_equal(0, comment("\0", 1).n);
	assert_int_equal(0, comment("", 0).n);
}

static void test_message_and_attributes(void **state)
{
	uint64_t buffer[16];
	const struct nlattr *in[NFTA_TABLE_MAX + 1];
	struct nlmsghdr *h = nft_message(buffer, NFT_MSG_GETTABLE, NFPROTO_INET, NLM_F_ACK, 7);

	(void)state;
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, "hallmark");
	mnl_attr_put_u32(h, NFTA_TABLE_FLAGS, htonl(3));
	mnl_attr_put_u32(h, NFTA_TABLE_MAX + 1, 0); /* of a newer kernel */
	assert_int_equal(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, h->nlmsg_type);
	assert_int_equal(NLM_F_REQUEST | NLM_F_ACK, h->nlmsg_flags);
	assert_true(nft_attributes(h, in, ARRAY_SIZE(in)));
	assert_string_equal("hallmark", nft_text(in[NFTA_TABLE_NAME]));
	assert_int_equal(3, nft_number32(in[NFTA_TABLE_FLAGS]));
	assert_int_equal(0, nft_number64(in[NFTA_TABLE_FLAGS])); /* of another size */
	assert_string_equal("", nft_text(in[NFTA_TABLE_FLAGS]));
	assert_null(in[NFTA_TABLE_USERDATA]);
	assert_int_equal(0, nft_bytes(in[NFTA_TABLE_USERDATA]).n);

	h->nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg) - 1);
	assert_false(nft_attributes(h, in, ARRAY_SIZE(in)));
}

static void test_batch(void **state)
{
	uint64_t buffer[8];
	const struct nlmsghdr *h = (const void *)buffer;

	(void)state;
	assert_int_equal(NLMSG_LENGTH(sizeof(struct nfgenmsg)), nft_batch_mark(buffer, NFNL_MSG_BATCH_END));
	assert_int_equal(NFNL_MSG_BATCH_END, h->nlmsg_type);
	assert_int_equal(NFNL_SUBSYS_NFTABLES, ntohs(((const struct nfgenmsg *)mnl_nlmsg_get_payload(h))->res_id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comment),
		cmocka_unit_test(test_message_and_attributes),
		cmocka_unit_test(test_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
