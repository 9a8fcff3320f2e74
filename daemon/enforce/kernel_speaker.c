/* SPDX-License-Identifier: Apache-2.0 */
/* Which MAC sends the datagrams from an address, and on which port a MAC sends, as the rules of our tables noted. */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "enforce/membership.h"

static int on_noted(const struct nlmsghdr *message, void *userdata)
{
	(void)message;
	(void)userdata;
	return MNL_CB_OK;
}

/* The parts of a key; names and MACs are padded. */
struct key {
	uint8_t bytes[KEY_MAX];
	size_t n;
};

static void key_put(struct key *key, const void *p, size_t n, size_t padded)
{
	memcpy(key->bytes + key->n, p, n);
	key->n += padded;
}

/* The sets of one table, by name, with the key for each. */
struct question {
	int family;
	const char *speaks, *spoken;
	struct key speaker, source;
};

static int ask(struct kernel *k, const struct question *q, uint64_t since_usec)
{
	struct query query = { .family = q->family,
			       .type = NFT_MSG_GETSETELEM,
			       .set = q->speaks,
			       .key = bytes_of(q->speaker.bytes, q->speaker.n),
			       .on_message = on_noted };
	int r;

	if (since_usec <= k->loaded_usec)
		return -EAGAIN;
	r = kernel_ask(k, &query);
	if (r != -ENOENT)
		return r < 0 ? r : 1;
	query.set = q->spoken;
	query.key = bytes_of(q->source.bytes, q->source.n);
	return kernel_ask(k, &query);
}

int kernel_speaks(struct kernel *k, const char *interface, const uint8_t mac[static 6], const struct in6_addr *address,
		  uint64_t since_usec)
{
	const bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	const size_t at = is_mapped ? 12 : 0, n = sizeof(*address) - at;
	struct question q = { .family = NFPROTO_INET,
			      .speaks = is_mapped ? "speaks4" : "speaks6",
			      .spoken = is_mapped ? "spoken4" : "spoken6" };

	key_put(&q.speaker, interface, strnlen(interface, IFNAMSIZ - 1), IFNAMSIZ);
	key_put(&q.speaker, mac, 6, 8);
	key_put(&q.speaker, address->s6_addr + at, n, n);
	key_put(&q.source, interface, strnlen(interface, IFNAMSIZ - 1), IFNAMSIZ);
	key_put(&q.source, address->s6_addr + at, n, n);
	return ask(k, &q, since_usec);
}

int kernel_speaks_on_port(struct kernel *k, const char *port, const uint8_t mac[static 6], uint64_t since_usec)
{
	struct question q = { .family = NFPROTO_BRIDGE, .speaks = "speaks", .spoken = "spoken" };

	key_put(&q.speaker, port, strnlen(port, IFNAMSIZ - 1), IFNAMSIZ);
	key_put(&q.speaker, mac, 6, 8);
	key_put(&q.source, mac, 6, 6);
	return ask(k, &q, since_usec);
}
