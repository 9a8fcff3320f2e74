/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a destination that a zone may reach → struct reach. There is no name lookup: hosts are addresses. */
#include "config/reader.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/ruleset.h"

/* Only digits: strtoul() would accept a sign and spaces. */
static bool digits_parse(const char *text, unsigned long least, unsigned long most, unsigned long *ret)
{
	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return false;
	*ret = strtoul(text, NULL, 10);
	return *ret >= least && *ret <= most;
}

/* "udp/53": both are needed. */
bool config_parse_service(const char *text, struct reach *ret)
{
	unsigned long port = 0;

	if (strncmp(text, "tcp/", 4) == 0)
		ret->protocol = IPPROTO_TCP;
	else if (strncmp(text, "udp/", 4) == 0)
		ret->protocol = IPPROTO_UDP;
	else
		return false;
	if (!digits_parse(text + 4, 1, UINT16_MAX, &port))
		return false;
	ret->port = (uint16_t)port;
	return true;
}

/* No bit of the address is set beyond the prefix: 10.0.0.5/8 is an error in one or the other. */
static bool prefix_covers(const uint8_t *address, size_t n_bits, size_t prefix)
{
	for (size_t bit = prefix; bit < n_bits; bit++)
		if (address[bit / 8] & (0x80u >> (bit % 8)))
			return false;
	return true;
}

/* "10.0.0.5" or "10.0.0.0/8". A prefix of length 0 is refused: it would reach other households too. */
static bool host_parse(char *text, struct reach *ret)
{
	uint8_t address[sizeof(struct in6_addr)] = { 0 };
	char normal[INET6_ADDRSTRLEN];
	char *slash = strchr(text, '/');
	int n;

	if (slash)
		*slash = '\0';
	ret->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ret->family, text, address) != 1 || !inet_ntop(ret->family, address, normal, sizeof(normal)))
		return false;

	const unsigned long n_bits = ret->family == AF_INET6 ? 128 : 32;
	unsigned long prefix = n_bits;

	if (slash && !digits_parse(slash + 1, 1, n_bits, &prefix))
		return false;
	if (prefix == n_bits)
		n = snprintf(ret->host, sizeof(ret->host), "%s", normal);
	else
		n = snprintf(ret->host, sizeof(ret->host), "%s/%lu", normal, prefix);
	return prefix_covers(address, n_bits, prefix) && n > 0 && (size_t)n < sizeof(ret->host);
}

bool config_parse_reach(const char *text, struct reach *ret)
{
	char host[sizeof(ret->host)];
	const size_t n = strcspn(text, " ");

	*ret = (struct reach){ 0 };
	if (strcmp(text, "internet") == 0) {
		ret->kind = REACH_INTERNET;
		return true;
	}
	if (strcmp(text, "segment") == 0) {
		ret->kind = REACH_SEGMENT;
		return true;
	}
	if (strncmp(text, "gateway:", 8) == 0) {
		ret->kind = REACH_GATEWAY;
		return config_parse_service(text + 8, ret);
	}
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	ret->kind = REACH_HOST;
	return host_parse(host, ret) && (text[n] == '\0' || config_parse_service(text + n + 1, ret));
}
