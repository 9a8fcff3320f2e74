/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

/* The text of an IPv6 address, or of the IPv4 address that is mapped in it. Returns ret. */
const char *address_to_text(const struct in6_addr *address, char ret[static INET6_ADDRSTRLEN]);

/* An IPv4 address as IPv6 has it. */
struct in6_addr address_map(struct in_addr address);

/* The address of a text of either family, IPv4 as mapped. Returns false when it is none. */
bool address_from_text(const char *text, struct in6_addr *ret);
