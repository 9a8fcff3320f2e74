/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce */
/*
 * kernel_scale N [bridged]: what the kernel's side of N admissions costs, in the network namespace that it is started in:
 * all admitted, renewed and taken out, in transactions of one turn's size and as large as they get; and read back. Prints a
 * line for each: name, milliseconds, milliseconds of CPU (the kernel's work for us is in it).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define NFT       "/usr/sbin/nft"
#define TRUSTED   1
#define TURN_SIZE 64
#define LIFE_SEC  3600

#define must(x)                                                                                                        \
	do {                                                                                                           \
		if (!(x)) {                                                                                            \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                  \
			exit(EXIT_FAILURE);                                                                            \
		}                                                                                                      \
	} while (0)

static struct policy policy = { .zones = { { "quarantine" }, { "trusted" }, { "restricted" } }, .n_zones = 3 };
static char guarded[][IFNAMSIZ] = { "port1", "br0" }, ports[][IFNAMSIZ] = { "port2" };
static struct bridge bridge = { .name = "br0", .ports = ports, .n_ports = 1 };
static struct ruleset ruleset = {
	.policy = &policy,
	.zones = { [TRUSTED] = { .reach = { { .kind = REACH_INTERNET } }, .n_reach = 1 } },
	.guarded = guarded,
	.n_guarded = 2,
	.port = 5684,
	.new_flows_per_sec = 5,
};

static double cpu_ms(void)
{
	struct rusage u;

	must(getrusage(RUSAGE_SELF, &u) == 0);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void fill(struct element *elements, size_t n, uint8_t zone)
{
	for (size_t i = 0; i < n; i++) {
		elements[i] = (struct element){ .mac = { 2, 0, (uint8_t)(i >> 24), (uint8_t)(i >> 16),
							 (uint8_t)(i >> 8), (uint8_t)i },
						.zone = zone,
						.timeout_sec = zone == ZONE_QUARANTINE ? 0 : LIFE_SEC };
		elements[i].address4.s_addr = htonl(0x0a000000 + (uint32_t)i);
		elements[i].address6.s6_addr[0] = 0xfd;
		memcpy(&elements[i].address6.s6_addr[10], elements[i].mac, sizeof(elements[i].mac));
		memcpy(elements[i].interface, guarded[ruleset.n_bridges], IFNAMSIZ);
		if (ruleset.n_bridges > 0)
			memcpy(elements[i].port, ports[0], IFNAMSIZ);
	}
}

static void apply(struct kernel *k, const char *name, uint8_t zone, size_t n, size_t at_a_time)
{
	_cleanup_free_ struct element *elements = calloc(n, sizeof(*elements));

	must(elements);
	fill(elements, n, zone);

	double cpu = cpu_ms();
	uint64_t begin_usec = clock_monotonic_usec();

	for (size_t i = 0; i < n; i += at_a_time)
		must(kernel_apply(k, &ruleset, &elements[i], n - i < at_a_time ? n - i : at_a_time) == 0);
	(void)printf("%s %.1f %.1f\n", name, (double)(clock_monotonic_usec() - begin_usec) / 1e3, cpu_ms() - cpu);
}

static void read_back(struct kernel *k, size_t n)
{
	_cleanup_free_ struct set_entry *entries = NULL;
	size_t found = 0;
	double cpu = cpu_ms();
	uint64_t begin_usec = clock_monotonic_usec();

	must(kernel_list(k, &ruleset, &entries, &found) == 0);
	(void)printf("read-back %.1f %.1f\n", (double)(clock_monotonic_usec() - begin_usec) / 1e3, cpu_ms() - cpu);
	must(found >= n);
}

int main(int argc, char **argv)
{
	struct kernel *k = NULL;
	bool loaded;

	must(argc >= 2);

	size_t n = (size_t)strtoul(argv[1], NULL, 10);

	if (argc > 2) {
		ruleset.bridges = &bridge;
		ruleset.n_bridges = 1;
	}
	ruleset.set_size = (uint32_t)(2 * n);
	must(n > 0 && kernel_new(NFT, &k) == 0 && kernel_ensure_table(k, &ruleset, NULL, 0, &loaded) == 0);
	apply(k, "admit-by-turns", TRUSTED, n, TURN_SIZE);
	apply(k, "renew-by-turns", TRUSTED, n, TURN_SIZE);
	read_back(k, n);
	apply(k, "demote-by-turns", ZONE_QUARANTINE, n, TURN_SIZE);
	apply(k, "admit-at-once", TRUSTED, n, n);
	apply(k, "renew-at-once", TRUSTED, n, n);
	apply(k, "demote-at-once", ZONE_QUARANTINE, n, n);
	kernel_free(k);
	return EXIT_SUCCESS;
}
