/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>

const char *address_to_text(const struct in6_addr *address, char ret[static INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return inet_ntop(AF_INET, &address->s6_addr[12], ret, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, address, ret, INET6_ADDRSTRLEN);
}
