/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon of known answers at a private socket, for the tests of ctl/: a child for each connection, where an assertion would
 * be lost; so it exits instead.
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "hallmark/bus.h"
#include "token_kit.h"

/* In the child. */
static inline void sent(int r)
{
	if (r < 0)
		_exit(99);
}

/* Answers at a connected socket until the other end leaves. */
static inline _Noreturn void daemon_serve(int fd, const sd_bus_vtable *vtable)
{
	sd_bus *bus = NULL;
	sd_id128_t id = SD_ID128_MAKE(40, 91, ff, a2, a5, e8, 4d, b0, 91, 38, 5b, c2, 7b, 8c, ff, 7c);

	sent(sd_bus_new(&bus));
	sent(sd_bus_set_fd(bus, fd, fd));
	sent(sd_bus_set_server(bus, 1, id));
	sent(sd_bus_add_object_vtable(bus, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, vtable, NULL));
	sent(sd_bus_start(bus));
	for (;;) {
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0)
			_exit(r == -ECONNRESET || r == -ENOTCONN ? 0 : 98);
	}
}

static inline pid_t daemon_start(const char *path, const sd_bus_vtable *vtable)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t server;

	assert_true(strlen(path) < sizeof(address.sun_path));
	(void)strcpy(address.sun_path, path);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	server = fork();
	assert_true(server >= 0);
	while (server == 0) {
		int fd = accept(listener, NULL, NULL);

		if (fork() == 0)
			daemon_serve(fd, vtable);
		(void)close(fd);
	}
	(void)close(listener);
	return server;
}

static inline void daemon_stop(pid_t server)
{
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_int_equal(waitpid(server, NULL, 0), server);
}
