/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of the private socket of `core`, in its event loop. */
#pragma once

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include "config/config.h"
#include "core/bus/bus.h"
#include "core/core.h"
#include "hallmark/bus.h"

static struct core core;

/* Until nothing is to be done any more. */
static inline void run_loop(void)
{
	while (sd_event_run(core.event, 0) > 0)
		;
}

static inline sd_bus *connect_client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sd_bus *bus = NULL;

	assert_true(strlen(core.in_force.config->control) < sizeof(address.sun_path));
	(void)strcpy(address.sun_path, core.in_force.config->control);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fd, fd) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	for (int i = 0; i < 100 && sd_bus_is_ready(bus) == 0; i++) {
		run_loop();
		assert_true(sd_bus_process(bus, NULL) >= 0);
	}
	assert_true(sd_bus_is_ready(bus) > 0);
	run_loop(); /* so that the other end is, too */
	return bus;
}
