/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/* The sockets that devices attest over: our own, which of those that systemd passes are taken, and which one a sender reaches. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/listening.h"
#include "log_kit.h"

/* What a test passes as systemd does. */
struct passed {
	int n, family, type, only_v6;
	int port_more;   /* than the configuration says */
	unsigned wanted; /* edges */
	unsigned got;    /* sockets */
};

static int make_bound(const struct passed *p, uint16_t *port)
{
	struct sockaddr_in6 own = { .sin6_family = (sa_family_t)p->family, .sin6_port = htons(*port) };
	socklen_t size = p->family == AF_INET6 ? sizeof(own) : sizeof(struct sockaddr_in);
	int fd = socket(p->family, p->type | SOCK_CLOEXEC, 0);
	const int on = p->n > 1;

	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0);
	if (p->family == AF_INET6)
		must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &p->only_v6, sizeof(p->only_v6)) == 0);
	must(bind(fd, (struct sockaddr *)&own, size) == 0 && getsockname(fd, (struct sockaddr *)&own, &size) == 0);
	*port = ntohs(own.sin6_port); /* at the same place for IPv4 */
	return fd;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	must(getsockopt(fd, level, name, &value, &n) == 0);
	return value;
}

/* What an edge needs, and cannot set. */
static bool is_ready(int fd)
{
	return option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) == 1 && option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0 &&
	       (fcntl(fd, F_GETFL) & O_NONBLOCK) && (fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 own;
	socklen_t size = sizeof(own);

	must(getsockname(fd, (struct sockaddr *)&own, &size) == 0);
	return ntohs(own.sin6_port);
}

/* In a child, whose descriptors 3 and on are systemd's. Returns an exit status. */
static int be_started(const struct passed *p)
{
	int fds[EDGES_MAX], kept[8], n;
	uint16_t port = 0;
	char text[16];

	for (int i = 0; i < p->n; i++)
		must((kept[i] = fcntl(make_bound(p, &port), F_DUPFD, 100)) >= 0);
	for (int i = 0; i < p->n; i++)
		must(dup2(kept[i], SD_LISTEN_FDS_START + i) >= 0);
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	must(setenv("LISTEN_PID", text, 1) == 0);
	(void)snprintf(text, sizeof(text), "%d", p->n);
	must(setenv("LISTEN_FDS", text, 1) == 0);

	n = listening_open((uint16_t)(port + p->port_more), p->wanted, fds);
	if (getenv("LISTEN_FDS")) /* the next process would take it for its own */
		return 3;
	if (n == -EINVAL)
		return 1;
	for (int i = 0; i < n; i++)
		if (!is_ready(fds[i]) || port_of(fds[i]) != port)
			return 2;
	if (n != (int)p->got || fds[0] != SD_LISTEN_FDS_START)
		return 4;
	/* those that nobody reads are not kept open */
	return (int)p->got < p->n && fcntl(SD_LISTEN_FDS_START + p->n - 1, F_GETFD) >= 0 ? 5 : 0;
}

/* 0: taken, 1: refused. */
static int start_with(struct passed p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		exit(be_started(&p));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void refused(struct passed p, const char *line)
{
	listen_in();
	assert_int_equal(start_with(p), 1);
	assert_int_equal(count_said(line, true), 1);
}

static void test_what_systemd_passes(void **state)
{
	(void)state;
	assert_int_equal(start_with((struct passed){ 1, AF_INET6, SOCK_DGRAM, 0, 0, 1, 1 }), 0);
	refused((struct passed){ 1, AF_INET, SOCK_DGRAM, 0, 0, 1, 0 },
		"passed is not a UDP socket for IPv6 (ListenDatagram=");
	refused((struct passed){ 1, AF_INET6, SOCK_STREAM, 0, 0, 1, 0 },
		"passed is not a UDP socket for IPv6 (ListenDatagram=");
	refused((struct passed){ 1, AF_INET6, SOCK_DGRAM, 0, 1, 1, 0 }, ", as listen.port of the configuration");
	refused((struct passed){ 1, AF_INET6, SOCK_DGRAM, 1, 0, 1, 0 },
		"passed does not accept IPv4 (BindIPv6Only=both)");
}

static void test_as_many_as_systemd_passes(void **state)
{
	(void)state;
	assert_int_equal(start_with((struct passed){ 4, AF_INET6, SOCK_DGRAM, 0, 0, 4, 4 }), 0);
	assert_int_equal(start_with((struct passed){ 4, AF_INET6, SOCK_DGRAM, 0, 0, 2, 2 }), 0);
	assert_int_equal(start_with((struct passed){ 4, AF_INET6, SOCK_DGRAM, 0, 0, 1, 1 }), 0);
	assert_int_equal(start_with((struct passed){ 1, AF_INET6, SOCK_DGRAM, 0, 0, 3, 3 }), 0); /* beside it */
	refused((struct passed){ 2, AF_INET6, SOCK_DGRAM, 0, 1, 2, 0 }, ", as listen.port of the configuration");
}

/* The service manager's sockets are root's; beside them, the daemon's user may not open its own. */
static int be_started_as_another(void)
{
	static const struct passed one = { 1, AF_INET6, SOCK_DGRAM, 0, 0, 3, 1 };
	uint16_t port = 0;
	int first = make_bound(&one, &port), fds[EDGES_MAX], n;
	char text[16];

	if (setuid(65534) < 0)
		return 1;
	must(first == SD_LISTEN_FDS_START || dup2(first, SD_LISTEN_FDS_START) == SD_LISTEN_FDS_START);
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	must(setenv("LISTEN_PID", text, 1) == 0 && setenv("LISTEN_FDS", "1", 1) == 0);
	n = listening_open(port, 3, fds);
	return n == 1 && is_ready(fds[0]) ? 0 : 2;
}

static void test_beside_those_of_another_user(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	listen_in();
	pid = fork();
	if (pid == 0)
		exit(be_started_as_another());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(count_said("Edges: 1, not 3, because another socket on the port cannot be opened", true), 1);
}

static void test_our_own(void **state)
{
	int fds[EDGES_MAX], others[EDGES_MAX];
	uint16_t port;

	(void)state;
	must(unsetenv("LISTEN_FDS") == 0);
	assert_int_equal(listening_open(0, 1, fds), 1); /* any port that is free */
	assert_true(is_ready(fds[0]));
	port = port_of(fds[0]);

	listen_in();
	assert_int_equal(listening_open(port, 1, others), -EADDRINUSE);
	assert_int_equal(count_said("is another hallmarkd running?", true), 1);
	(void)close(fds[0]);
	assert_int_equal(listening_open(port, 3, fds), 3);
	listen_in();
	assert_int_equal(listening_open(port, 3, others), -EADDRINUSE); /* it does not share ours */
	assert_int_equal(count_said("is another hallmarkd running?", true), 1);
	for (int i = 0; i < 3; i++) {
		assert_true(is_ready(fds[i]));
		assert_int_equal(port_of(fds[i]), port);
		(void)close(fds[i]);
	}
}

static void test_how_many(void **state)
{
	(void)state;
	assert_int_equal(listening_wanted(16), 16);
	assert_in_range(listening_wanted(0), 1, 4);
}

/* From an own port to that port; of which of the sockets it can be read. */
static int reached(const int *fds, int n, const char *source, uint16_t port)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 }, to = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), found = -1;
	char byte;

	to.sin6_port = htons(port);
	must(inet_pton(AF_INET6, source, &from.sin6_addr) == 1);
	must(inet_pton(AF_INET6, strchr(source, '.') ? "::ffff:127.0.0.1" : "::1", &to.sin6_addr) == 1);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0);
	must(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1);
	for (int i = 0; i < n; i++)
		if (recv(fds[i], &byte, 1, MSG_DONTWAIT) == 1) {
			assert_int_equal(found, -1);
			found = i;
		}
	assert_true(found >= 0);
	(void)close(fd);
	return found;
}

/* There are no marks on the loopback: each address has one socket, from whichever port it sends, and not all have the same. */
static void test_a_sender_reaches_one_socket(void **state)
{
	int fds[EDGES_MAX], of[3] = { 0 };
	char source[32];
	uint16_t port;

	(void)state;
	assert_int_equal(listening_open(0, 3, fds), 3);
	port = port_of(fds[0]);
	for (int i = 1; i <= 60; i++) {
		(void)snprintf(source, sizeof(source), "::ffff:127.0.0.%d", i);
		int first = reached(fds, 3, source, port);

		of[first]++;
		for (int k = 0; k < 5; k++)
			assert_int_equal(reached(fds, 3, source, port), first);
	}
	for (int i = 0; i < 3; i++)
		assert_true(of[i] > 0);
	for (int k = 0, first = reached(fds, 3, "::1", port); k < 20; k++)
		assert_int_equal(reached(fds, 3, "::1", port), first);
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_systemd_passes),
		cmocka_unit_test(test_as_many_as_systemd_passes),
		cmocka_unit_test(test_beside_those_of_another_user),
		cmocka_unit_test(test_our_own),
		cmocka_unit_test(test_how_many),
		cmocka_unit_test(test_a_sender_reaches_one_socket),
	};

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
