/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <netinet/in.h>

/* The text of an IPv6 address, or of the IPv4 address that is mapped in it. Returns ret. */
const char *address_to_text(const struct in6_addr *address, char ret[static INET6_ADDRSTRLEN]);
