/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets of six gateways, each with what stands in its sets. */
#pragma once

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "enforce/kernel.h"

static struct policy policy = {
	.zones = { { "quarantine" }, { "trusted" }, { "restricted" } },
	.n_zones = 3,
};

#define NAMES(...) copy_names((const char *const[]){ __VA_ARGS__, NULL })

static char (*copy_names(const char *const *names))[IFNAMSIZ]
{
	size_t n = 0;

	while (names[n])
		n++;

	char(*copy)[IFNAMSIZ] = calloc(n, sizeof(*copy));

	assert_non_null(copy);
	for (size_t i = 0; i < n; i++)
		(void)strncpy(copy[i], names[i], IFNAMSIZ - 1);
	return copy;
}

/* Takes the names over. */
static void add_segment(struct ruleset *r, char (*names)[IFNAMSIZ], size_t n)
{
	r->segments = reallocarray(r->segments, r->n_segments + 1, sizeof(*r->segments));
	assert_non_null(r->segments);
	r->segments[r->n_segments] = (struct segment){ .interfaces = names, .n_interfaces = n };
	r->n_segments++;
}

static void add_bridge(struct ruleset *r, const char *name, char (*ports)[IFNAMSIZ], size_t n)
{
	r->bridges = reallocarray(r->bridges, r->n_bridges + 1, sizeof(*r->bridges));
	assert_non_null(r->bridges);
	r->bridges[r->n_bridges] = (struct bridge){ .ports = ports, .n_ports = n };
	(void)strncpy(r->bridges[r->n_bridges].name, name, IFNAMSIZ - 1);
	r->n_bridges++;
}

/* Takes the names over. */
static void add_excepted(struct ruleset *r, char (*names)[IFNAMSIZ], size_t n)
{
	r->bridges[r->n_bridges - 1].excepted = names;
	r->bridges[r->n_bridges - 1].n_excepted = n;
}

static void add_reach(struct ruleset *r, uint8_t zone, struct reach reach)
{
	r->zones[zone].reach[r->zones[zone].n_reach++] = reach;
}

static void add_server(struct ruleset *r, const struct server *server, const uint16_t *segments, size_t n)
{
	r->servers = reallocarray(r->servers, r->n_servers + 1, sizeof(*r->servers));
	assert_non_null(r->servers);
	r->servers[r->n_servers] = *server;
	r->servers[r->n_servers].segments = calloc(n + 1, sizeof(*segments));
	assert_non_null(r->servers[r->n_servers].segments);
	for (size_t i = 0; i < n; i++)
		r->servers[r->n_servers].segments[i] = segments[i];
	r->servers[r->n_servers].n_segments = n;
	r->n_servers++;
}

static struct in6_addr address6(const char *text)
{
	struct in6_addr ret;

	assert_int_equal(inet_pton(AF_INET6, text, &ret), 1);
	return ret;
}

/* A home with one net. */
static struct ruleset home(void)
{
	return (struct ruleset){
		.policy = &policy,
		.guarded = NAMES("lan0"),
		.n_guarded = 1,
		.port = 5684,
		.new_flows_per_sec = 10,
		.set_size = 1024,
	};
}

static void add_every_reach(struct ruleset *r)
{
	add_reach(r, 1, (struct reach){ .kind = REACH_INTERNET });
	add_reach(r, 1, (struct reach){ .kind = REACH_SEGMENT });
	add_reach(r, 1, (struct reach){ .kind = REACH_GATEWAY, .protocol = IPPROTO_UDP, .port = 5353 });
	add_reach(r, 1, (struct reach){ .kind = REACH_GATEWAY, .protocol = IPPROTO_TCP });
	add_reach(r, 2,
		  (struct reach){ .kind = REACH_HOST,
				  .family = AF_INET,
				  .host = "203.0.113.10",
				  .protocol = IPPROTO_TCP,
				  .port = 443 });
	add_reach(r, 2, (struct reach){ .kind = REACH_HOST, .family = AF_INET6, .host = "2001:db8:5::/48" });
	add_reach(r, 2, (struct reach){ .kind = REACH_HOST, .family = AF_INET6, .host = "2001:db8::1", .port = 53 });
	add_reach(r, 2,
		  (struct reach){
			  .kind = REACH_HOST, .family = AF_INET, .host = "198.51.100.0/24", .protocol = IPPROTO_UDP });
	add_reach(r, 0,
		  (struct reach){ .kind = REACH_HOST,
				  .family = AF_INET,
				  .host = "203.0.113.11",
				  .protocol = IPPROTO_TCP,
				  .port = 443 });
}

/*
 * Households with two interfaces, with one, and with all VLANs of a trunk; three servers, one of them behind an uplink; what is
 * trusted; a limit; every kind of reach.
 */
static struct ruleset apartment(void)
{
	static const uint16_t all_but_first[] = { 1, 2 };
	struct ruleset r = {
		.policy = &policy,
		.guarded = NAMES("hh101a", "hh101b", "hh102.7", "trunk.*"),
		.n_guarded = 4,
		.uplinks = NAMES("wan0", "wwan0"),
		.n_uplinks = 2,
		.trusted = NAMES("wg*", "mgmt0"),
		.n_trusted = 2,
		.port = 5684,
		.operator_port = 22,
		.new_flows_per_sec = 20,
		.set_size = 4096,
		.zones[1].packets_per_sec = 2000,
	};

	add_segment(&r, NAMES("hh101a", "hh101b"), 2);
	add_segment(&r, NAMES("hh102.7"), 1);
	add_segment(&r, NAMES("trunk.3*", "trunk.40"), 2);
	add_every_reach(&r);
	add_server(&r,
		   &(struct server){ .interface = "srv0",
				     .host = { .kind = REACH_HOST, .family = AF_INET, .host = "10.0.0.5" },
				     .services = { { .protocol = IPPROTO_TCP, .port = 443 },
						   { .protocol = IPPROTO_UDP, .port = 5683 } },
				     .n_services = 2 },
		   all_but_first, 2);
	add_server(&r,
		   &(struct server){ .interface = "srv0",
				     .host = { .kind = REACH_HOST, .family = AF_INET6, .host = "fd00::/64" },
				     .services = { { .protocol = IPPROTO_TCP, .port = 8443 } },
				     .n_services = 1 },
		   NULL, 0);
	add_server(&r,
		   &(struct server){ .interface = "wwan0",
				     .host = { .kind = REACH_HOST, .family = AF_INET, .host = "192.0.2.9" },
				     .services = { { .protocol = IPPROTO_TCP, .port = 8443 } },
				     .n_services = 1 },
		   NULL, 0);
	return r;
}

/* Two households on the ports of one bridge; the second one's devices hang on a hypervisor. Its uplink side is excepted. */
static struct ruleset bridged(void)
{
	struct ruleset r = home();

	free(r.guarded);
	r.guarded = NAMES("lan0", "br0");
	r.n_guarded = 2;
	r.uplinks = NAMES("wan0");
	r.n_uplinks = 1;
	r.zones[2].packets_per_sec = 50;
	r.zones[1].has_border_routers = true;
	add_bridge(&r, "br0", NAMES("port1", "port2", "port3", "tap*"), 4);
	add_excepted(&r, NAMES("eth1"), 1);
	add_segment(&r, NAMES("port1", "port2"), 2);
	add_segment(&r, NAMES("tap*"), 1);
	add_reach(&r, 1, (struct reach){ .kind = REACH_INTERNET });
	add_reach(&r, 1, (struct reach){ .kind = REACH_SEGMENT });
	add_reach(&r, 2, (struct reach){ .kind = REACH_INTERNET });
	return r;
}

/* The same, where all is only watched. */
static struct ruleset watched(void)
{
	struct ruleset r = bridged();

	for (uint8_t z = 0; z < policy.n_zones; z++)
		r.zones[z].is_monitored = true;
	return r;
}

/* The same, where one zone and quarantine are only watched. */
static struct ruleset partly_watched(void)
{
	struct ruleset r = bridged();

	r.zones[ZONE_QUARANTINE].is_monitored = true;
	r.zones[2].is_monitored = true;
	return r;
}

/* The same, where addresses are bound. */
static struct ruleset bound(void)
{
	struct ruleset r = bridged();

	r.binding = BINDING_IP;
	add_reach(&r, 1, (struct reach){ .kind = REACH_GATEWAY, .protocol = IPPROTO_TCP, .port = 8080 });
	return r;
}

static char *render_open(const struct ruleset *r, const struct element *elements, size_t n,
			 const struct opening *opening)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	const struct openings openings = { opening, opening ? 1 : 0 };

	assert_non_null(out);
	assert_int_equal(ruleset_render(r, elements, n, &openings, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *render(const struct ruleset *r, const struct element *elements, size_t n)
{
	return render_open(r, elements, n, NULL);
}
