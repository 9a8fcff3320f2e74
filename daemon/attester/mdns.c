/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question goes to the group from a port of this process alone, so the answers come to it alone. Random number and
 * port are all that an answer shows; who answers is proved by the handshake.
 */
#include "attester/mdns.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <resolv.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define MDNS_PORT  5353
#define TRIES      2
#define WAIT_MSEC  700 /* RFC 6762 section 6: answers may wait 120 ms, and Wi-Fi keeps multicast for sleeping stations */
#define LINKS_MAX  64
#define ANSWER_MAX 9000 /* RFC 6762 section 17 */

DEFINE_CLEANUP(struct if_nameindex *, if_freenameindex);

struct question {
	const char *name;
	int type;
	uint8_t message[NS_PACKETSZ];
	size_t n;
};

struct mdns mdns_open(void)
{
	return (struct mdns){ .four = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
			      .six = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) };
}

void mdns_close(struct mdns *m)
{
	closep(&m->four);
	closep(&m->six);
	m->four = m->six = -1;
}

static bool question_init(struct question *q, const char *name, int type)
{
	struct __res_state none = { 0 };
	int n = res_nmkquery(&none, ns_o_query, name, ns_c_in, type, NULL, 0, NULL, q->message,
			     (int)sizeof(q->message));

	if (n < NS_HFIXEDSZ || getrandom(q->message, sizeof(uint16_t), 0) != sizeof(uint16_t))
		return false;
	q->message[2] &= (uint8_t)~1u; /* no recursion is desired: RFC 6762 section 18.6 */
	q->name = name;
	q->type = type;
	q->n = (size_t)n;
	return true;
}

/* Not into tunnels: their other end is on no link of this device. */
static bool is_link(int fd, const char *name)
{
	struct ifreq request = { 0 };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & (IFF_UP | IFF_MULTICAST | IFF_LOOPBACK | IFF_POINTOPOINT)) ==
		       (IFF_UP | IFF_MULTICAST);
}

static void send_four(int fd, int index, const struct question *q)
{
	const struct sockaddr_in group = { .sin_family = AF_INET,
					   .sin_port = htons(MDNS_PORT),
					   .sin_addr.s_addr = htonl(0xe00000fb) };
	const struct ip_mreqn from = { .imr_ifindex = index };

	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof(from)) == 0)
		(void)sendto(fd, q->message, q->n, 0, (const struct sockaddr *)(const void *)&group, sizeof(group));
}

static void send_six(int fd, unsigned index, const struct question *q)
{
	const struct sockaddr_in6 group = { .sin6_family = AF_INET6,
					    .sin6_port = htons(MDNS_PORT),
					    .sin6_addr.s6_addr = { 0xff, 0x02, [15] = 0xfb },
					    .sin6_scope_id = index };

	(void)sendto(fd, q->message, q->n, 0, (const struct sockaddr *)(const void *)&group, sizeof(group));
}

/* A link where it cannot be sent has nobody to answer. */
static void send_question(const struct mdns *m, const struct question *q)
{
	_cleanup_(if_freenameindexp) struct if_nameindex *links = if_nameindex();

	for (size_t i = 0; links && i < LINKS_MAX && links[i].if_index > 0; i++) {
		if (!is_link(m->four >= 0 ? m->four : m->six, links[i].if_name))
			continue;
		if (m->four >= 0)
			send_four(m->four, (int)links[i].if_index, q);
		if (m->six >= 0)
			send_six(m->six, links[i].if_index, q);
	}
}

/* A link-local address is on the link that the answer came from; IPv4 does not say which that was. */
static void set_scopes(const union endpoint *from, struct dns_records *records)
{
	size_t n = 0;

	for (size_t i = 0; i < records->n; i++) {
		struct sockaddr_in6 *address = &records->at[i].address.in6;

		if (address->sin6_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) {
			if (from->any.sa_family != AF_INET6 || from->in6.sin6_scope_id == 0)
				continue;
			address->sin6_scope_id = from->in6.sin6_scope_id;
		}
		records->at[n++] = records->at[i];
	}
	records->n = n;
}

static bool receive(int fd, const struct question *q, struct dns_records *ret, union endpoint *ret_from)
{
	uint8_t message[ANSWER_MAX];
	socklen_t n_from = sizeof(*ret_from);
	ssize_t n;

	*ret = (struct dns_records){ 0 };
	*ret_from = (union endpoint){ 0 };
	n = recvfrom(fd, message, sizeof(message), 0, &ret_from->any, &n_from);
	if (n < NS_HFIXEDSZ || memcmp(message, q->message, sizeof(uint16_t)) != 0 ||
	    dns_answer_take(bytes_of(message, (size_t)n), q->name, q->type, ret) < 0)
		return false;
	ret_from->in.sin_port = 0; /* at the same place in both versions of IP */
	set_scopes(ret_from, ret);
	return true;
}

/* One record from each neighbour: whoever says more than one leaves room for what others say. */
static void take_answer(int fd, const struct question *q, struct dns_records *records)
{
	struct dns_records said;
	union endpoint from;

	if (!receive(fd, q, &said, &from))
		return;
	for (size_t i = 0; i < records->n; i++)
		if (memcmp(&records->at[i].by, &from, sizeof(from)) == 0)
			return;
	for (size_t i = 0; i < said.n; i++) {
		said.at[i].by = from;
		if (dns_records_add(records, &said.at[i]))
			return;
	}
}

/* The first answer may be anybody's: others are waited for, too. */
static void collect(const struct mdns *m, const struct question *q, struct dns_records *records)
{
	const uint64_t end_usec = clock_monotonic_usec() + WAIT_MSEC * 1000;
	struct pollfd fds[] = { { .fd = m->four, .events = POLLIN }, { .fd = m->six, .events = POLLIN } };

	while (records->n < DNS_RECORDS_MAX) {
		uint64_t now_usec = clock_monotonic_usec();

		if (now_usec >= end_usec || poll(fds, ARRAY_SIZE(fds), (int)((end_usec - now_usec) / 1000 + 1)) <= 0)
			return;
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			if (fds[i].revents != 0)
				take_answer(fds[i].fd, q, records);
	}
}

int mdns_ask(void *mdns, const char *name, int type, struct dns_records *records)
{
	const struct mdns *m = mdns;
	struct question q;

	if ((m->four < 0 && m->six < 0) || !question_init(&q, name, type))
		return 0;
	for (unsigned i = 0; i < TRIES && records->n == 0; i++) {
		send_question(m, &q);
		collect(m, &q, records);
	}
	return 0;
}
