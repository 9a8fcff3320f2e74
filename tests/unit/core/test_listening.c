/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/* The socket that devices attest over: one of our own, and which of those that systemd passes is taken. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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
	int port_more; /* than the configuration says */
};

static int bound(const struct passed *p, uint16_t *ret_port)
{
	struct sockaddr_in6 own = { .sin6_family = (sa_family_t)p->family };
	socklen_t size = p->family == AF_INET6 ? sizeof(own) : sizeof(struct sockaddr_in);
	int fd = socket(p->family, p->type | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	if (p->family == AF_INET6)
		must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &p->only_v6, sizeof(p->only_v6)) == 0);
	must(bind(fd, (struct sockaddr *)&own, size) == 0 && getsockname(fd, (struct sockaddr *)&own, &size) == 0);
	*ret_port = ntohs(own.sin6_port); /* at the same place for IPv4 */
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

/* In a child, whose descriptors 3 and on are systemd's. Returns an exit status. */
static int be_started(const struct passed *p)
{
	char text[16];
	uint16_t port;
	int fd = bound(p, &port), opened;

	must(dup2(fd, SD_LISTEN_FDS_START) == SD_LISTEN_FDS_START);
	for (int i = 1; i < p->n; i++)
		must(dup2(fd, SD_LISTEN_FDS_START + i) >= 0);
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	must(setenv("LISTEN_PID", text, 1) == 0);
	(void)snprintf(text, sizeof(text), "%d", p->n);
	must(setenv("LISTEN_FDS", text, 1) == 0);

	opened = listening_open((uint16_t)(port + p->port_more));
	if (getenv("LISTEN_FDS")) /* the next process would take it for its own */
		return 3;
	if (opened == -EINVAL)
		return 1;
	return opened == SD_LISTEN_FDS_START && is_ready(opened) ? 0 : 2;
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
	assert_int_equal(start_with((struct passed){ 1, AF_INET6, SOCK_DGRAM, 0, 0 }), 0);
	refused((struct passed){ 1, AF_INET, SOCK_DGRAM, 0, 0 },
		"passed is not a UDP socket for IPv6 (ListenDatagram=");
	refused((struct passed){ 1, AF_INET6, SOCK_STREAM, 0, 0 },
		"passed is not a UDP socket for IPv6 (ListenDatagram=");
	refused((struct passed){ 1, AF_INET6, SOCK_DGRAM, 0, 1 }, ", as listen.port of the configuration");
	refused((struct passed){ 1, AF_INET6, SOCK_DGRAM, 1, 0 }, "passed does not accept IPv4 (BindIPv6Only=both)");
	refused((struct passed){ 2, AF_INET6, SOCK_DGRAM, 0, 0 }, "systemd passed 2 sockets, and hallmarkd serves one");
}

static void test_our_own(void **state)
{
	struct sockaddr_in6 own;
	socklen_t size = sizeof(own);
	int fd;

	(void)state;
	must(unsetenv("LISTEN_FDS") == 0);
	fd = listening_open(0); /* any port that is free */
	assert_true(fd >= 0);
	assert_true(is_ready(fd));
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &size), 0);

	listen_in();
	assert_int_equal(listening_open(ntohs(own.sin6_port)), -EADDRINUSE);
	assert_int_equal(count_said("is another hallmarkd running?", true), 1);
	(void)close(fd);
	fd = listening_open(ntohs(own.sin6_port));
	assert_true(fd >= 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_systemd_passes),
		cmocka_unit_test(test_our_own),
	};

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
