/* SPDX-License-Identifier: Apache-2.0 */
/* Who sent something from quarantine lately, as the kernel's tables have noted it. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel;
struct ruleset;
struct sender;

#define SET_UNKNOWN "unknown" /* in both tables */
#define UNKNOWN_SEC 10800U    /* after its last packet */

#define SET_REFUSED       "refused"       /* TCP and UDP; in both tables, as the next one */
#define SET_REFUSED_OTHER "refused_other" /* all else */
#define REFUSAL_SEC       3600U           /* after the last packet of its kind */

/* Whether or not a device was judged there. */
struct unknown {
	char interface[IFNAMSIZ]; /* a guarded one; a bridge, where the packet was routed; or a port, where it crossed the bridge */
	uint8_t mac[6];
	bool is_port;
	uint32_t silent_sec; /* since its last packet */
};

/* In no order; release *ret with free(). Returns 0, also where no table is changed and so nothing is noted, or a negative errno. */
int kernel_unknown(struct kernel *k, const struct ruleset *r, struct unknown **ret, size_t *ret_n);

/*
 * The same of devices in a zone, which are not noted as unknown: those that sent something through the gateway within ANSWERED_SEC, and
 * that are meant. One may occur several times.
 */
int kernel_heard(struct kernel *k, bool (*is_meant)(const char *interface, const uint8_t mac[static 6], void *userdata),
		 void *userdata, struct unknown **ret, size_t *ret_n);

/* The addresses of all neighbours, with interface and MAC, in no order; release *ret with free(). Returns 0 or a negative errno. */
int kernel_neighbours(struct kernel *k, struct sender **ret, size_t *ret_n);

/* What something in quarantine was refused, or would be if that were not monitored. */
struct asked {
	char interface[IFNAMSIZ]; /* as in struct unknown */
	uint8_t mac[6];
	uint8_t protocol;
	uint16_t port; /* of the destination: TCP and UDP; else 0 */
};

/* As kernel_unknown(). */
int kernel_refused(struct kernel *k, const struct ruleset *r, struct asked **ret, size_t *ret_n);
