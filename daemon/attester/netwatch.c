/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel tells of links, addresses and routes (rtnetlink(7)), also when a router's advertisement only renews one.
 * So what counts is whether the place that evidence would state now is another one, or the interface had lost its
 * carrier.
 */
#include "attester/netwatch.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/log.h"

DEFINE_CLEANUP(struct ifaddrs *, freeifaddrs);

#define SETTLE_MSEC 1000  /* a new link gets its address, and an address its route, within this */
#define FLAP_MSEC   10000 /* a gateway takes six submissions a minute (docs/protocol.md section 3.1) */

static uint64_t now_msec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct netwatch netwatch_open(bool is_search)
{
	const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
					    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
							 RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	struct netwatch w = { .is_search = is_search, .is_lost = true };

	w.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (w.fd >= 0 && bind(w.fd, (const struct sockaddr *)(const void *)&groups, sizeof(groups)) < 0)
		netwatch_close(&w);
	if (w.fd < 0)
		log_warning(
			"Cannot listen to changes of links and addresses: %s. After one the device attests at its next "
			"renewal only",
			strerror(errno));
	return w;
}

void netwatch_close(struct netwatch *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

static void take_message(struct netwatch *w, struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);

	if (message->nlmsg_type != RTM_NEWLINK)
		return;
	for (size_t i = 0; i < w->n_ways; i++) {
		struct way *way = &w->ways[i];

		if ((unsigned)link->ifi_index != way->place.index)
			continue;
		way->is_down = (link->ifi_flags & IFF_RUNNING) == 0;
		way->was_down |= way->is_down;
	}
}

/* Messages that were lost (ENOBUFS) are news as well: the place is looked at. */
static void take_messages(struct netwatch *w)
{
	union {
		struct nlmsghdr message;
		char bytes[16384];
	} buffer;
	int64_t n; /* signed: NLMSG_NEXT() may go below 0 */

	while ((n = recv(w->fd, &buffer, sizeof(buffer), 0)) > 0 || (n < 0 && (errno == ENOBUFS || errno == EINTR)))
		for (struct nlmsghdr *m = &buffer.message; n > 0 && NLMSG_OK(m, n); m = NLMSG_NEXT(m, n))
			take_message(w, m);
}

/* Of those on links that are up; in whatever order the kernel has them. */
static uint64_t sum_addresses(void)
{
	_cleanup_(freeifaddrsp) struct ifaddrs *all = NULL;
	uint64_t sum = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		struct {
			union endpoint address;
			uint32_t index;
		} one = { 0 };
		uint8_t digest[SHA256_LEN];
		uint64_t part;

		if (!a->ifa_addr || (a->ifa_flags & IFF_RUNNING) == 0 ||
		    (a->ifa_addr->sa_family != AF_INET && a->ifa_addr->sa_family != AF_INET6))
			continue;
		one.address.any.sa_family = a->ifa_addr->sa_family;
		memcpy(&one.address, a->ifa_addr, endpoint_size(&one.address));
		one.index = if_nametoindex(a->ifa_name);
		if (digest_sha256(bytes_of(&one, sizeof(one)), digest) < 0)
			continue;
		memcpy(&part, digest, sizeof(part));
		sum += part;
	}
	return sum;
}

void netwatch_begin(struct netwatch *w)
{
	if (w->fd < 0)
		return;
	take_messages(w);
	if (w->is_search) {
		w->routers = routers_find();
		w->addresses = sum_addresses();
	}
	for (size_t i = 0; i < w->n_ways; i++) {
		struct way way = { .to = w->ways[i].to };

		place_towards(&way.to, &way.place);
		w->ways[i] = way;
	}
}

/* The places are those of the time when each was tried; what the kernel has told since is still unread. */
void netwatch_note(struct netwatch *w, const struct gateways *gateways)
{
	w->is_lost = gateways->n == 0 || (w->is_search && !gateways->is_found);
	w->n_ways = gateways->n;
	for (size_t i = 0; i < gateways->n; i++)
		w->ways[i] = (struct way){ .to = gateways->at[i].address, .place = gateways->at[i].place };
}

enum sight { SIGHT_SAME = 0, SIGHT_NONE, SIGHT_MOVED };

/* There may be no way now: then another message will come. */
static enum sight look_at(const struct way *way)
{
	struct place now;

	place_towards(&way->to, &now);
	if (now.n_address == 0 || (way->is_down && now.index == way->place.index))
		return SIGHT_NONE;
	return way->was_down || !place_equals(&now, &way->place) ? SIGHT_MOVED : SIGHT_SAME;
}

static enum sight look_at_ways(const struct netwatch *w)
{
	enum sight most = SIGHT_SAME;

	for (size_t i = 0; most < SIGHT_MOVED && i < w->n_ways; i++) {
		enum sight sight = look_at(&w->ways[i]);

		most = sight > most ? sight : most;
	}
	return most;
}

static enum sight look_at_routers(const struct netwatch *w)
{
	const struct routers now = routers_find();

	if (routers_equal(&now, &w->routers))
		return SIGHT_SAME;
	return now.four.n + now.six.n > 0 ? SIGHT_MOVED : SIGHT_NONE;
}

static enum sight look(struct netwatch *w)
{
	enum sight ways = look_at_ways(w), routers = SIGHT_SAME;

	if (w->is_lost && (!w->is_search || sum_addresses() != w->addresses))
		ways = SIGHT_MOVED;
	w->has_moved = ways == SIGHT_MOVED;
	if (w->is_search)
		routers = look_at_routers(w);
	return routers > ways ? routers : ways;
}

/* Sleeps until that time of CLOCK_BOOTTIME. Returns true earlier when the kernel tells something. */
static bool sleep_until(int fd, uint64_t at_msec)
{
	const struct itimerspec at = { .it_value = { .tv_sec = (time_t)(at_msec / 1000),
						     .tv_nsec = (long)(at_msec % 1000) * 1000000 } };
	_cleanup_close_ int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	struct pollfd fds[] = { { .fd = timer, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

	if (timer < 0 || timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) < 0) {
		(void)clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at.it_value, NULL);
		return false;
	}
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	return fds[1].revents != 0;
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

bool netwatch_wait(struct netwatch *w, uint64_t msec)
{
	const uint64_t end_msec = now_msec() + msec;
	uint64_t look_msec = UINT64_MAX; /* when what was told has settled */

	for (uint64_t now = now_msec(); now < end_msec; now = now_msec()) {
		if (now >= look_msec) {
			enum sight sight = look(w);

			look_msec = UINT64_MAX;
			if (sight != SIGHT_NONE)
				w->quiet_until_msec = now + FLAP_MSEC;
			if (sight == SIGHT_MOVED)
				return true;
		}
		if (!sleep_until(w->fd, end_msec < look_msec ? end_msec : look_msec))
			continue;
		take_messages(w);
		if (look_msec == UINT64_MAX)
			look_msec = later_of(now_msec() + SETTLE_MSEC, w->quiet_until_msec);
	}
	return false;
}
