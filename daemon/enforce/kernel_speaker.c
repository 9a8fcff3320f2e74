/* SPDX-License-Identifier: Apache-2.0 */
/* Whose datagrams come from an address, as the rules of our own table have noted it. */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

static int on_noted(const struct nlmsghdr *message, void *userdata)
{
	(void)message;
	(void)userdata;
	return MNL_CB_OK;
}

/* The key of one that speaks, or without a MAC of an address that is spoken for. */
static struct bytes speaker_key(const char *interface, const uint8_t *mac, const struct in6_addr *address,
				uint8_t ret[static KEY_MAX])
{
	const bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	const struct bytes source = bytes_of(address->s6_addr + (is_mapped ? 12 : 0), is_mapped ? 4 : 16);
	size_t n = IFNAMSIZ;

	memset(ret, 0, KEY_MAX);
	memcpy(ret, interface, strnlen(interface, IFNAMSIZ - 1));
	if (mac) {
		memcpy(ret + n, mac, 6);
		n += 8;
	}
	memcpy(ret + n, source.p, source.n);
	return bytes_of(ret, n + source.n);
}

int kernel_speaks(struct kernel *k, const char *interface, const uint8_t mac[static 6], const struct in6_addr *address,
		  uint64_t since_usec)
{
	const bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	uint8_t key[KEY_MAX];
	struct query query = { .family = NFPROTO_INET,
			       .type = NFT_MSG_GETSETELEM,
			       .set = is_mapped ? "speaks4" : "speaks6",
			       .key = speaker_key(interface, mac, address, key),
			       .on_message = on_noted };
	int r;

	if (since_usec <= k->loaded_usec)
		return -EAGAIN;
	r = kernel_ask(k, &query);
	if (r != -ENOENT)
		return r < 0 ? r : 1;
	query.set = is_mapped ? "spoken4" : "spoken6";
	query.key = speaker_key(interface, NULL, address, key);
	return kernel_ask(k, &query);
}
