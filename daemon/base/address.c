/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

const char *address_to_text(const struct in6_addr *address, char ret[static INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return inet_ntop(AF_INET, &address->s6_addr[12], ret, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, address, ret, INET6_ADDRSTRLEN);
}

struct in6_addr address_map(struct in_addr address)
{
	struct in6_addr ret = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&ret.s6_addr[12], &address, sizeof(address));
	return ret;
}

bool address_from_text(const char *text, struct in6_addr *ret)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return inet_pton(AF_INET6, text, ret) == 1;
	*ret = address_map(address);
	return true;
}
