/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/backup/running.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"

static bool somebody_listens(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	return fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

/* Without SO_REUSEPORT, only one who is alone gets it. Nothing is received: the socket is closed at once. */
static bool is_taken(const struct sockaddr *address, socklen_t n)
{
	_cleanup_close_ int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && bind(fd, address, n) < 0 && errno == EADDRINUSE;
}

static bool port_is_taken(uint16_t port)
{
	const struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	return port > 0 && (is_taken((const struct sockaddr *)&any4, sizeof(any4)) ||
			    is_taken((const struct sockaddr *)&any6, sizeof(any6)));
}

bool gateway_is_running(const char *control, uint16_t port)
{
	return somebody_listens(control) || port_is_taken(port);
}
