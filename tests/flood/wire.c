/* SPDX-License-Identifier: Apache-2.0 */
/* One AF_PACKET socket for both ways; sendmmsg() of a batch. */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define BATCH         64
#define FRAME_MAX     (ETH_HLEN + 40 + 8 + DATAGRAM_MAX)
#define HOPS          255
#define RECEIVE_BYTES (4 << 20)

struct arp {
	uint8_t format[8];
	uint8_t sender_mac[MAC_LEN];
	uint8_t sender[4];
	uint8_t target_mac[MAC_LEN];
	uint8_t target[4];
};

/* A neighbour advertisement, RFC 4861 section 4.4, with the option of a target's link-layer address. */
struct advertisement {
	struct nd_neighbor_advert head;
	uint8_t option[2];
	uint8_t mac[MAC_LEN];
};

struct wire {
	int fd;
	struct host gateway;
	bool is_ipv4;
	uint64_t sent;
	unsigned n;
	struct mmsghdr headers[BATCH];
	struct iovec iovecs[BATCH];
	uint8_t frames[BATCH][FRAME_MAX];
};

DEFINE_CLEANUP(struct wire *, wire_free);

static uint32_t sum(const void *p, size_t n, uint32_t total)
{
	const uint8_t *b = p;

	for (size_t i = 0; i + 1 < n; i += 2)
		total += (uint32_t)b[i] << 8 | b[i + 1];
	return n % 2 ? total + ((uint32_t)b[n - 1] << 8) : total;
}

static uint16_t checksum(uint32_t total)
{
	while (total >> 16)
		total = (total >> 16) + (total & 0xffff);
	return htons((uint16_t)~total);
}

/* --- Out --- */

static uint8_t *put(uint8_t *at, const void *p, size_t n)
{
	memcpy(at, p, n);
	return at + n;
}

static uint8_t *put_ethernet(uint8_t *at, const uint8_t to[static MAC_LEN], const uint8_t from[static MAC_LEN],
			     uint16_t type)
{
	const uint16_t field = htons(type);

	at = put(put(at, to, MAC_LEN), from, MAC_LEN);
	return put(at, &field, sizeof(field));
}

static uint8_t *put_ipv4(uint8_t *at, const struct host *from, const struct host *to, size_t n)
{
	struct iphdr ip = { .version = 4,
			    .ihl = 5,
			    .tot_len = htons((uint16_t)(sizeof(ip) + n)),
			    .ttl = HOPS,
			    .protocol = IPPROTO_UDP };

	memcpy(&ip.saddr, &from->address.s6_addr[12], 4);
	memcpy(&ip.daddr, &to->address.s6_addr[12], 4);
	ip.check = checksum(sum(&ip, sizeof(ip), 0));
	return put(at, &ip, sizeof(ip));
}

static uint8_t *put_ipv6(uint8_t *at, const struct host *from, const struct host *to, uint8_t protocol, size_t n)
{
	struct ip6_hdr ip = { .ip6_src = from->address, .ip6_dst = to->address };

	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_plen = htons((uint16_t)n);
	ip.ip6_nxt = protocol;
	ip.ip6_hlim = HOPS;
	return put(at, &ip, sizeof(ip));
}

static uint32_t pseudo_sum(const struct host *from, const struct host *to, uint8_t protocol, size_t n)
{
	return sum(&from->address, 16, sum(&to->address, 16, (uint32_t)protocol + (uint32_t)n));
}

static void send_batch(struct wire *w)
{
	unsigned done = 0;

	while (done < w->n) {
		int n = sendmmsg(w->fd, w->headers + done, w->n - done, 0);

		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			break;
		done += n > 0 ? (unsigned)n : 0;
	}
	w->n = 0;
}

static void take_frame(struct wire *w, size_t n)
{
	w->iovecs[w->n++].iov_len = n;
	if (w->n == BATCH)
		send_batch(w);
}

void wire_flush(struct wire *w)
{
	if (w->n > 0)
		send_batch(w);
}

void wire_put(struct wire *w, const struct host *from, struct bytes payload)
{
	if (payload.n > DATAGRAM_MAX)
		return;

	const struct host *to = &w->gateway;
	const size_t n = sizeof(struct udphdr) + payload.n;
	struct udphdr udp = { .source = htons(from->port), .dest = htons(to->port), .len = htons((uint16_t)n) };
	uint8_t *begin = w->frames[w->n];
	uint8_t *at = put_ethernet(begin, to->mac, from->mac, w->is_ipv4 ? ETH_P_IP : ETH_P_IPV6);

	if (w->is_ipv4) { /* without a checksum, RFC 768 */
		at = put_ipv4(at, from, to, n);
	} else {
		at = put_ipv6(at, from, to, IPPROTO_UDP, n);
		udp.check = checksum(
			sum(&udp, sizeof(udp), sum(payload.p, payload.n, pseudo_sum(from, to, IPPROTO_UDP, n))));
	}
	at = put(put(at, &udp, sizeof(udp)), payload.p, payload.n);
	w->sent++;
	take_frame(w, (size_t)(at - begin));
}

/* --- In --- */

static struct in6_addr mapped(const uint8_t address[static 4])
{
	struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&a.s6_addr[12], address, 4);
	return a;
}

static void on_arp(struct wire *w, struct bytes in, wire_find *find, void *userdata)
{
	static const uint8_t question[8] = { 0, 1, 8, 0, 6, 4, 0, 1 }, answer[8] = { 0, 1, 8, 0, 6, 4, 0, 2 };
	const struct host *host;
	struct arp arp, reply;
	struct in6_addr target;
	uint8_t *begin = w->frames[w->n];

	if (in.n < sizeof(arp))
		return;
	memcpy(&arp, in.p, sizeof(arp));
	target = mapped(arp.target);
	if (memcmp(arp.format, question, sizeof(question)) != 0 || !(host = find(&target, userdata)))
		return;
	memcpy(reply.format, answer, sizeof(answer));
	memcpy(reply.sender_mac, host->mac, MAC_LEN);
	memcpy(reply.sender, arp.target, 4);
	memcpy(reply.target_mac, arp.sender_mac, MAC_LEN);
	memcpy(reply.target, arp.sender, 4);
	take_frame(w, (size_t)(put(put_ethernet(begin, arp.sender_mac, host->mac, ETH_P_ARP), &reply, sizeof(reply)) -
			       begin));
}

static void on_solicitation(struct wire *w, const struct in6_addr *asker, struct bytes in, wire_find *find,
			    void *userdata)
{
	const struct host to = { .address = *asker };
	const struct host *host;
	struct nd_neighbor_solicit question;
	struct advertisement reply = { .head.nd_na_type = ND_NEIGHBOR_ADVERT, .option = { ND_OPT_TARGET_LINKADDR, 1 } };
	uint8_t *begin = w->frames[w->n], *at;

	if (in.n < sizeof(question))
		return;
	memcpy(&question, in.p, sizeof(question));
	if (question.nd_ns_type != ND_NEIGHBOR_SOLICIT || !(host = find(&question.nd_ns_target, userdata)))
		return;
	reply.head.nd_na_flags_reserved = ND_NA_FLAG_SOLICITED | ND_NA_FLAG_OVERRIDE;
	reply.head.nd_na_target = host->address;
	memcpy(reply.mac, host->mac, MAC_LEN);
	reply.head.nd_na_cksum =
		checksum(sum(&reply, sizeof(reply), pseudo_sum(host, &to, IPPROTO_ICMPV6, sizeof(reply))));
	at = put_ethernet(begin, w->gateway.mac, host->mac, ETH_P_IPV6);
	at = put_ipv6(at, host, &to, IPPROTO_ICMPV6, sizeof(reply));
	take_frame(w, (size_t)(put(at, &reply, sizeof(reply)) - begin));
}

static void on_udp(const struct wire *w, const struct in6_addr *to, struct bytes in, wire_find *find,
		   wire_arrived *arrived, void *userdata)
{
	struct udphdr udp;
	const struct host *host;

	if (in.n < sizeof(udp))
		return;
	memcpy(&udp, in.p, sizeof(udp));
	host = udp.source == htons(w->gateway.port) ? find(to, userdata) : NULL;
	if (!host)
		return;

	struct host exact = *host;

	exact.port = ntohs(udp.dest);
	arrived(&exact, bytes_of(in.p + sizeof(udp), in.n - sizeof(udp)), userdata);
}

static void on_frame(struct wire *w, struct bytes in, wire_find *find, wire_arrived *arrived, void *userdata)
{
	struct iphdr ip;
	struct ip6_hdr ip6;

	if (in.n < ETH_HLEN)
		return;

	const uint16_t type = (uint16_t)(in.p[12] << 8 | in.p[13]);
	struct bytes rest = bytes_of(in.p + ETH_HLEN, in.n - ETH_HLEN);

	if (type == ETH_P_ARP) {
		on_arp(w, rest, find, userdata);
	} else if (type == ETH_P_IP && rest.n >= sizeof(ip)) {
		memcpy(&ip, rest.p, sizeof(ip));

		const struct in6_addr to = mapped((const uint8_t *)&ip.daddr);

		if (ip.protocol == IPPROTO_UDP)
			on_udp(w, &to, bytes_of(rest.p + sizeof(ip), rest.n - sizeof(ip)), find, arrived, userdata);
	} else if (type == ETH_P_IPV6 && rest.n >= sizeof(ip6)) {
		memcpy(&ip6, rest.p, sizeof(ip6));
		rest = bytes_of(rest.p + sizeof(ip6), rest.n - sizeof(ip6));
		if (ip6.ip6_nxt == IPPROTO_ICMPV6)
			on_solicitation(w, &ip6.ip6_src, rest, find, userdata);
		else if (ip6.ip6_nxt == IPPROTO_UDP)
			on_udp(w, &ip6.ip6_dst, rest, find, arrived, userdata);
	}
}

void wire_receive(struct wire *w, wire_find *find, wire_arrived *arrived, void *userdata)
{
	uint8_t frame[2048];

	for (unsigned i = 0; i < 4 * BATCH; i++) {
		ssize_t n = recv(w->fd, frame, sizeof(frame), MSG_DONTWAIT);

		if (n < 0)
			return;
		on_frame(w, bytes_of(frame, (size_t)n), find, arrived, userdata);
	}
}

void wire_wait(struct wire *w, int timeout_msec)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	(void)poll(&p, 1, timeout_msec);
}

uint64_t wire_sent(const struct wire *w)
{
	return w->sent;
}

/* --- Setup --- */

static int open_interface(int fd, const char *interface)
{
	const int yes = 1, bytes = RECEIVE_BYTES;
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_ALL),
				       .sll_ifindex = (int)if_nametoindex(interface) };
	struct packet_mreq all = { .mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC };

	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

int wire_new(const char *interface, const struct host *gateway, struct wire **ret)
{
	_cleanup_(wire_freep) struct wire *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->gateway = *gateway;
	w->is_ipv4 = IN6_IS_ADDR_V4MAPPED(&gateway->address);
	for (unsigned i = 0; i < BATCH; i++) {
		w->iovecs[i].iov_base = w->frames[i];
		w->headers[i].msg_hdr = (struct msghdr){ .msg_iov = &w->iovecs[i], .msg_iovlen = 1 };
	}
	w->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return -errno;
	r = open_interface(w->fd, interface);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	(void)close(w->fd);
	free(w);
}
