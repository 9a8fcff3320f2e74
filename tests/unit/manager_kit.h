/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager is told, read from a socket that stands in its place. */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pki.h"

#define MANAGER_PATIENCE_MSEC 60000 /* what another process has not told by then does not come */

static int manager = -1;

/* This process and its children tell it from now on; close(manager) ends that. */
static inline void manager_start(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[32];
	int n = snprintf(name, sizeof(name), "@hallmark-test-%d", (int)getpid());

	memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(bind(manager, (const struct sockaddr *)&address,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0);
	must(setenv("NOTIFY_SOCKET", name, 1) == 0);
}

/* What came since the last look, all of it. */
static inline const char *told(void)
{
	static char text[2048];
	size_t n = 0;
	ssize_t got;

	while ((got = recv(manager, text + n, sizeof(text) - n - 2, MSG_DONTWAIT)) > 0) {
		n += (size_t)got;
		text[n++] = '\n';
	}
	text[n] = '\0';
	return text;
}

/* Takes messages up to one that contains `part`. Returns false when it does not come. */
static inline bool is_told(const char *part)
{
	struct pollfd p = { .fd = manager, .events = POLLIN };
	char text[1024];
	ssize_t n;

	while (poll(&p, 1, MANAGER_PATIENCE_MSEC) == 1) {
		n = recv(manager, text, sizeof(text) - 1, 0);
		must(n >= 0);
		text[n] = '\0';
		if (strstr(text, part))
			return true;
	}
	return false;
}
