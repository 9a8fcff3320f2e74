/* SPDX-License-Identifier: Apache-2.0 */
/* An address and a port of UDP. Zeroed before it is set, so that equal ones have equal bytes. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

/* The largest comes first: `{ 0 }` zeroes no more than the first member of a union. */
union endpoint {
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	struct sockaddr any;
};

_Static_assert(sizeof(union endpoint) == sizeof(struct sockaddr_in6), "{ 0 } zeroes all of it");

static inline socklen_t endpoint_size(const union endpoint *e)
{
	return e->any.sa_family == AF_INET6 ? sizeof(e->in6) : sizeof(e->in);
}
