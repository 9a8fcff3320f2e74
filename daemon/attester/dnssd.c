/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three questions: which instances there are (PTR), where each of them is (SRV), and the addresses of that host. The TXT
 * record says nothing that an attester needs, and is not asked for.
 */
#include "attester/dnssd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "hallmark/protocol.h"

struct service {
	struct dns_record record;
	size_t instance;            /* its number */
	unsigned turn;              /* how many of its origin come before it */
	struct dnssd_places places; /* first those that its origin names */
	size_t n_own;               /* how many these are */
};

/* All of four instances; then the best ones. */
struct services {
	struct service at[DNS_RECORDS_MAX * DNS_RECORDS_MAX];
	size_t n;
};

/* Silence about one name says nothing of the others: a server asks others what it does not know itself. */
static void ask(const struct dns_server *server, const char *name, int type, struct dns_records *ret, int *failure)
{
	int r = -ETIMEDOUT;

	*ret = (struct dns_records){ 0 };
	if (clock_monotonic_usec() < server->end_usec)
		r = server->ask(server->userdata, name, type, ret);
	if (r < 0)
		*failure = r;
}

static bool is_of_neighbour(const struct service *s, const struct dns_record *record)
{
	return s->record.by.any.sa_family != AF_UNSPEC && memcmp(&s->record.by, &record->by, sizeof(record->by)) == 0;
}

/* Who may fill the list alone: a neighbour with whatever instances; in a DNS server's domain, an instance. */
static bool is_same_origin(const struct service *a, const struct service *b)
{
	return a->record.by.any.sa_family != AF_UNSPEC ? is_of_neighbour(a, &b->record) : a->instance == b->instance;
}

static void add_services(const struct dns_records *found, size_t instance, struct services *services)
{
	for (size_t i = 0; i < found->n; i++)
		services->at[services->n++] = (struct service){ .record = found->at[i], .instance = instance };
}

static void count_turns(struct services *services)
{
	for (size_t i = 0; i < services->n; i++)
		for (size_t k = 0; k < services->n; k++) {
			struct service *a = &services->at[i], *b = &services->at[k];

			a->turn += is_same_origin(a, b) && (b->record.priority < a->record.priority ||
							    (b->record.priority == a->record.priority && k < i));
		}
}

static bool is_better(const struct service *a, const struct service *b)
{
	return a->turn != b->turn ? a->turn < b->turn : a->record.priority < b->record.priority;
}

/* The origins take turns, so that one with many services does not push out the others. */
static void rank(struct services *services)
{
	count_turns(services);
	for (size_t i = 1; i < services->n; i++) {
		const struct service service = services->at[i];
		size_t at = i;

		for (; at > 0 && is_better(&service, &services->at[at - 1]); at--)
			services->at[at] = services->at[at - 1];
		services->at[at] = service;
	}
	if (services->n > DNS_RECORDS_MAX)
		services->n = DNS_RECORDS_MAX;
}

static void find_services(const struct dns_server *server, const char *domain, struct services *services, int *failure)
{
	struct dns_records instances, found;
	size_t n = strlen(domain);
	char name[NS_MAXDNAME];

	n -= n > 0 && domain[n - 1] == '.';
	if ((size_t)snprintf(name, sizeof(name), "%s.%.*s", HALLMARK_SERVICE, (int)n, domain) >= sizeof(name))
		return;
	ask(server, name, ns_t_ptr, &instances, failure);
	for (size_t i = 0; i < instances.n; i++) {
		ask(server, instances.at[i].name, ns_t_srv, &found, failure);
		add_services(&found, i, services);
	}
	rank(services);
}

static void add_address(const struct dns_record *record, struct service *service)
{
	struct dnssd_places *places = &service->places;
	size_t at = is_of_neighbour(service, record) ? service->n_own++ : places->n;

	if (at >= DNSSD_PLACES_MAX)
		return;
	places->n += places->n < DNSSD_PLACES_MAX;
	for (size_t i = places->n - 1; i > at; i--)
		places->at[i] = places->at[i - 1];
	places->at[at] = record->address;
	if (record->address.any.sa_family == AF_INET)
		places->at[at].in.sin_port = htons(service->record.port);
	else
		places->at[at].in6.sin6_port = htons(service->record.port);
}

static void find_addresses(const struct dns_server *server, struct services *services, int *failure)
{
	static const int types[] = { ns_t_a, ns_t_aaaa };
	struct dns_records found;

	for (size_t t = 0; t < ARRAY_SIZE(types); t++)
		for (size_t i = 0; i < services->n; i++) {
			ask(server, services->at[i].record.name, types[t], &found, failure);
			for (size_t k = 0; k < found.n; k++)
				add_address(&found.at[k], &services->at[i]);
		}
}

/* The first address of each service, then the second ones. */
static void take_turns(const struct services *services, struct dnssd_places *places)
{
	for (size_t turn = 0; turn < DNSSD_PLACES_MAX; turn++)
		for (size_t i = 0; i < services->n && places->n < DNSSD_PLACES_MAX; i++)
			if (turn < services->at[i].places.n)
				places->at[places->n++] = services->at[i].places.at[turn];
}

int dnssd_find(const struct dns_server *server, const char *domain, struct dnssd_places *places)
{
	struct services services = { 0 };
	int failure = 0;

	find_services(server, domain, &services, &failure);
	find_addresses(server, &services, &failure);
	take_turns(&services, places);
	return places->n > 0 ? 0 : failure;
}
