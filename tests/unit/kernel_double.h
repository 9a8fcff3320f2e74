/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the place of enforce/kernel*.c at link time: a kernel in which nothing happens. A test puts its own functions into
 * kernel_double for the calls that it is about; every other call answers what stands at its end below.
 */
#pragma once

#include <errno.h>

#include "enforce/answer.h"
#include "enforce/kernel.h"
#include "enforce/unknown.h"

struct kernel_double {
	int (*probe)(struct kernel_abilities *ret);
	const struct kernel_lack *lack; /* NULL: it has all */
	int (*check_ruleset)(void);
	int (*neighbour)(const struct in6_addr *address, uint8_t ret_mac[static 6]);
	int (*routes)(const struct in6_addr *address);
	int (*speaks)(const char *interface, const uint8_t mac[static 6], const struct in6_addr *address);
	int (*bridge_port)(const uint8_t mac[static 6], char ret_port[static IFNAMSIZ]);
	int (*speaks_on_port)(const char *port);
	int (*holders)(const struct in6_addr *address, unsigned *ret, size_t *ret_n);
	int (*apply)(struct element *elements, size_t n);
	int (*ensure_table)(const struct element *elements, size_t n, bool *ret_loaded);
	bool has_all;
	int (*prune_answers)(size_t n);
	void (*know)(const struct element *elements, size_t n);
	void (*forget)(const struct element *left);
	int (*write)(const struct ruleset *r, const struct set_entry *entries, size_t n);
	int (*list)(const struct ruleset *r, struct set_entry **ret, size_t *ret_n);
	int (*look_up)(const struct ruleset *r, const struct element *e, struct set_entry *ret);
	int (*opening)(struct opening *ret);
	int (*openings)(struct opening **ret, size_t *ret_n);
	int (*counts)(struct kernel_counts *ret);
	int (*unknown)(struct unknown **ret, size_t *ret_n);
	int (*neighbours)(struct sender **ret, size_t *ret_n);
	int (*refused)(struct asked **ret, size_t *ret_n);
};

static struct kernel_double kernel_double;

int kernel_new(const char *nft, struct kernel **ret)
{
	(void)nft;
	*ret = NULL;
	return kernel_double.probe ? 0 : -ENOSYS;
}

void kernel_free(struct kernel *k)
{
	(void)k;
}

int kernel_probe(const struct kernel *k, const struct ruleset *r, struct kernel_abilities *ret)
{
	(void)k, (void)r;
	return kernel_double.probe ? kernel_double.probe(ret) : -ENOSYS;
}

int kernel_lacks(const struct kernel *k, const struct ruleset *r, void (*f)(const struct kernel_lack *, void *),
		 void *userdata)
{
	(void)k, (void)r;
	if (kernel_double.lack)
		f(kernel_double.lack, userdata);
	return kernel_double.lack != NULL;
}

int kernel_has_table(struct kernel *k)
{
	(void)k;
	return -ENOSYS;
}

int kernel_check_ruleset(struct kernel *k, const struct ruleset *r)
{
	(void)k, (void)r;
	return kernel_double.check_ruleset ? kernel_double.check_ruleset() : -ENOSYS;
}

int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	(void)k, (void)ifindex;
	memset(ret_mac, 0, 6);
	return kernel_double.neighbour ? kernel_double.neighbour(address, ret_mac) : -ENOENT;
}

int kernel_routes(struct kernel *k, unsigned ifindex, const struct in6_addr *address)
{
	(void)k, (void)ifindex;
	return kernel_double.routes ? kernel_double.routes(address) : -ENOSYS;
}

int kernel_speaks(struct kernel *k, const char *interface, const uint8_t mac[static 6], const struct in6_addr *address,
		  uint64_t since_usec)
{
	(void)k, (void)since_usec;
	return kernel_double.speaks ? kernel_double.speaks(interface, mac, address) : -ENOSYS;
}

int kernel_speaks_on_port(struct kernel *k, const char *port, const uint8_t mac[static 6], uint64_t since_usec)
{
	(void)k, (void)mac, (void)since_usec;
	return kernel_double.speaks_on_port ? kernel_double.speaks_on_port(port) : -ENOSYS;
}

int kernel_holders(struct kernel *k, const struct in6_addr *address, unsigned *ret, size_t room, size_t *ret_n)
{
	(void)k, (void)room;
	*ret_n = 0;
	return kernel_double.holders ? kernel_double.holders(address, ret, ret_n) : 0;
}

int kernel_name_gateway(struct kernel *k, const struct ruleset *r)
{
	(void)k, (void)r;
	return 0;
}

int kernel_bridge_port(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6], char ret_port[static IFNAMSIZ])
{
	(void)k, (void)ifindex;
	ret_port[0] = '\0';
	return kernel_double.bridge_port ? kernel_double.bridge_port(mac, ret_port) : -ENOENT;
}

int kernel_apply(struct kernel *k, const struct ruleset *r, struct element *elements, size_t n)
{
	(void)k, (void)r;
	return kernel_double.apply ? kernel_double.apply(elements, n) : -ENOSYS;
}

/* kernel_double.ensure_table knows. */
int kernel_has_tables(struct kernel *k, const struct ruleset *r)
{
	(void)k, (void)r;
	return 0;
}

int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded)
{
	(void)k, (void)r;
	*ret_loaded = false;
	return kernel_double.ensure_table ? kernel_double.ensure_table(elements, n, ret_loaded) : 0;
}

bool kernel_has_all(const struct kernel *k)
{
	(void)k;
	return kernel_double.has_all;
}

int kernel_follow(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	(void)k, (void)r, (void)elements, (void)n;
	return 0;
}

int kernel_prune_answers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	(void)k, (void)r, (void)elements;
	return kernel_double.prune_answers ? kernel_double.prune_answers(n) : 0;
}

int kernel_know(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	(void)k, (void)r;
	if (kernel_double.know)
		kernel_double.know(elements, n);
	return 0;
}

int kernel_forget(struct kernel *k, const struct ruleset *r, const struct element *left)
{
	(void)k, (void)r;
	if (kernel_double.forget)
		kernel_double.forget(left);
	return 0;
}

int kernel_write(struct kernel *k, const struct ruleset *r, const struct set_entry *entries, size_t n, bool is_empty)
{
	(void)k, (void)is_empty;
	return kernel_double.write ? kernel_double.write(r, entries, n) : -ENOSYS;
}

int kernel_list(struct kernel *k, const struct ruleset *r, struct set_entry **ret, size_t *ret_n)
{
	(void)k;
	return kernel_double.list ? kernel_double.list(r, ret, ret_n) : -ENOSYS;
}

int kernel_look_up(struct kernel *k, const struct ruleset *r, const struct element *e, struct set_entry *ret)
{
	(void)k;
	return kernel_double.look_up ? kernel_double.look_up(r, e, ret) : -ENOENT;
}

int kernel_opening(struct kernel *k, const struct ruleset *r, struct opening *ret)
{
	(void)k, (void)r;
	return kernel_double.opening ? kernel_double.opening(ret) : 0;
}

int kernel_openings(struct kernel *k, const struct ruleset *r, struct opening **ret, size_t *ret_n)
{
	(void)k, (void)r;
	*ret = NULL;
	*ret_n = 0;
	return kernel_double.openings ? kernel_double.openings(ret, ret_n) : 0;
}

int kernel_unknown(struct kernel *k, const struct ruleset *r, struct unknown **ret, size_t *ret_n)
{
	(void)k, (void)r;
	*ret = NULL;
	*ret_n = 0;
	return kernel_double.unknown ? kernel_double.unknown(ret, ret_n) : 0;
}

int kernel_heard(struct kernel *k, bool (*is_meant)(const char *interface, const uint8_t mac[static 6], void *userdata),
		 void *userdata, struct unknown **ret, size_t *ret_n)
{
	(void)k, (void)is_meant, (void)userdata;
	*ret = NULL;
	*ret_n = 0;
	return 0;
}

int kernel_neighbours(struct kernel *k, struct sender **ret, size_t *ret_n)
{
	(void)k;
	*ret = NULL;
	*ret_n = 0;
	return kernel_double.neighbours ? kernel_double.neighbours(ret, ret_n) : 0;
}

int kernel_refused(struct kernel *k, const struct ruleset *r, struct asked **ret, size_t *ret_n)
{
	(void)k, (void)r;
	*ret = NULL;
	*ret_n = 0;
	return kernel_double.refused ? kernel_double.refused(ret, ret_n) : 0;
}

int kernel_counts(struct kernel *k, const struct ruleset *r, struct kernel_counts *ret)
{
	(void)k, (void)r;
	return kernel_double.counts ? kernel_double.counts(ret) : -ENOSYS;
}
