/* SPDX-License-Identifier: Apache-2.0 */
#include "attester/gateway.h"

#include <errno.h>
#include <netdb.h>
#include <resolv.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attester/dnssd.h"
#include "attester/mdns.h"
#include "attester/router.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "hallmark/protocol.h"

#define DNS_WAIT_SEC   2 /* for each server, once: a network without DNS must not keep the device from asking elsewhere */
#define DNS_SILENT_SEC 1
#define SOURCE_SEC     10 /* for all questions of one source, but for the wait for the last answer */

DEFINE_CLEANUP(struct addrinfo *, freeaddrinfo);

int gateway_parse(const char *text, char *ret_host, size_t host_size, uint16_t *ret_port)
{
	const char *host = text, *end = text + strlen(text), *port = NULL;
	const char *colon = strchr(text, ':');

	*ret_port = HALLMARK_PORT;
	if (text[0] == '[') {
		host = text + 1;
		end = strchr(text, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return -EINVAL;
		port = end[1] == ':' ? end + 2 : NULL;
	} else if (colon && !strchr(colon + 1, ':')) {
		end = colon;
		port = colon + 1;
	}
	if (end == host || (size_t)(end - host) >= host_size)
		return -EINVAL;
	memcpy(ret_host, host, (size_t)(end - host));
	ret_host[end - host] = '\0';
	if (!port)
		return 0;

	char *rest;
	unsigned long number = strtoul(port, &rest, 10);

	if (*port < '0' || *port > '9' || *rest != '\0' || number < 1 || number > UINT16_MAX)
		return -EINVAL;
	*ret_port = (uint16_t)number;
	return 0;
}

static int resolve(const char *text, union endpoint *ret)
{
	_cleanup_(freeaddrinfop) struct addrinfo *found = NULL;
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG };
	char host[256], service[8];
	uint16_t port;
	int r;

	r = gateway_parse(text, host, sizeof(host), &port);
	if (r < 0) {
		log_error("--gateway \"%s\": not an address; give 192.0.2.1:5684, "
			  "[2001:db8::1]:5684 or fe80::1%%eth0",
			  text);
		return r;
	}

	(void)snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, &found);
	if (r != 0 || found->ai_addrlen > sizeof(*ret)) {
		log_error("--gateway \"%s\": %s", text, r != 0 ? gai_strerror(r) : "not an IP address");
		return -EHOSTUNREACH; /* the name or the interface may be available later */
	}

	memcpy(ret, found->ai_addr, found->ai_addrlen);
	return 0;
}

int gateways_add_told(struct gateways *g, const char *text)
{
	struct gateway gateway = { 0 };
	int r = resolve(text, &gateway.address);

	if (r < 0)
		return r;
	(void)snprintf(gateway.text, sizeof(gateway.text), "%s", text);
	g->at[g->n++] = gateway;
	return 0;
}

static void note(struct gateways *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct gateways *g, const char *format, ...)
{
	size_t n = strlen(g->looked);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(g->looked + n, sizeof(g->looked) - n, format, ap);
	va_end(ap);
}

static void write_address(const union endpoint *e, char *ret, size_t size)
{
	char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";

	(void)getnameinfo(&e->any, endpoint_size(e), host, sizeof(host), port, sizeof(port),
			  NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(ret, size, e->any.sa_family == AF_INET6 ? "[%.64s]:%.5s" : "%.64s:%.5s", host, port);
}

/* Adds it unless it is there, and notes it in both cases; when the source has had its share, neither. */
static void add(struct gateways *g, const union endpoint *address, const char *by)
{
	char text[80];

	write_address(address, text, sizeof(text));
	for (size_t i = 0; i < g->n; i++)
		if (memcmp(&g->at[i].address, address, sizeof(*address)) == 0) {
			note(g, " %s", text);
			return;
		}
	if (g->n == g->n_most)
		return;
	note(g, " %s", text);

	struct gateway *gateway = &g->at[g->n++];

	*gateway = (struct gateway){ .address = *address, .is_hint = true };
	(void)snprintf(gateway->text, sizeof(gateway->text), "%s (%.160s)", text, by);
}

static void look_at_routers(struct gateways *g)
{
	const struct routers routers = routers_find();
	const struct router_list *lists[] = { &routers.four, &routers.six };

	note(g, "the default router:");
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			add(g, &lists[l]->at[i].address, "the default router");
	if (routers.four.n + routers.six.n == 0)
		note(g, " none");
}

static int look_in_domain(struct gateways *g, const struct dns_server *server, const char *domain)
{
	struct dnssd_places places = { 0 };
	char by[192];
	int r = dnssd_find(server, domain, &places);

	(void)snprintf(by, sizeof(by), "DNS-SD, %.160s", domain);
	note(g, "; DNS-SD in %.160s:", domain);
	for (size_t i = 0; i < places.n; i++)
		add(g, &places.at[i], by);
	if (places.n == 0)
		note(g, r < 0 ? " no answer" : " none");
	return r;
}

/* The resolver calls a server that is silent and one that refuses by the same name; only the first costs time. */
static int ask_dns(void *userdata, const char *name, int type, struct dns_records *records)
{
	const uint64_t begun_usec = clock_monotonic_usec();
	struct __res_state *state = userdata;
	uint8_t reply[4096];
	int n = res_nquery(state, name, ns_c_in, type, reply, sizeof(reply));

	if (n < 0) {
		bool is_silent = clock_monotonic_usec() - begun_usec >= DNS_SILENT_SEC * USEC_PER_SEC;

		return state->res_h_errno == TRY_AGAIN && is_silent ? -EAGAIN : 0;
	}
	if ((size_t)n > sizeof(reply) || dns_answer_take(bytes_of(reply, (size_t)n), name, type, records) < 0)
		records->n = 0;
	return 0;
}

/* RFC 6762 section 3: names below "local" are of multicast DNS. */
static bool is_unicast_domain(const char *domain)
{
	size_t n = strlen(domain), n_local = strlen(MDNS_DOMAIN);

	if (n > 0 && domain[n - 1] == '.')
		n--;
	return n > 0 && !(n >= n_local && strncasecmp(domain + n - n_local, MDNS_DOMAIN, n_local) == 0 &&
			  (n == n_local || domain[n - n_local - 1] == '.'));
}

static uint64_t source_end_usec(void)
{
	return clock_monotonic_usec() + SOURCE_SEC * USEC_PER_SEC;
}

static void look_in_dns(struct gateways *g)
{
	struct __res_state state = { 0 };
	const struct dns_server server = { .ask = ask_dns, .userdata = &state, .end_usec = source_end_usec() };
	bool has_domain = false;
	int r = 0;

	if (res_ninit(&state) != 0)
		return;
	state.retrans = DNS_WAIT_SEC;
	state.retry = 1;
	state.options = (state.options | RES_IGNTC) & ~(unsigned long)RES_USEVC; /* over TCP it would wait forever */
	for (size_t i = 0; r == 0 && g->n < g->n_most && i < MAXDNSRCH && state.dnsrch[i]; i++) {
		if (!is_unicast_domain(state.dnsrch[i]))
			continue;
		has_domain = true;
		r = look_in_domain(g, &server, state.dnsrch[i]);
	}
	if (!has_domain)
		note(g, "; DNS-SD: no search domain");
	res_nclose(&state);
}

static void look_on_links(struct gateways *g)
{
	struct mdns mdns = mdns_open();
	const struct dns_server server = { .ask = mdns_ask, .userdata = &mdns, .end_usec = source_end_usec() };

	(void)look_in_domain(g, &server, MDNS_DOMAIN);
	mdns_close(&mdns);
}

void gateways_look(struct gateways *g, enum gateway_source source)
{
	static void (*const look[_GATEWAY_SOURCE_MAX])(struct gateways *) = {
		[GATEWAY_ROUTER] = look_at_routers,
		[GATEWAY_DNS] = look_in_dns,
		[GATEWAY_MDNS] = look_on_links,
	};

	g->n_most = g->n + GATEWAYS_OF_SOURCE;
	look[source](g);
}
