/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators have ordered of single devices, at most one order for each. In columns of their own, so that no change
 * of a verdict's layout loses one.
 */
#pragma once

#include "store/store.h"

#define ORDER_REASON_SIZE 96
#define ORDER_MAX_SEC     (31 * 86400) /* of an exception: it is to be thought about again */

/* The numbers stand in the file. Zero is no. */
enum order_kind {
	ORDER_NONE = 0,
	ORDER_QUARANTINE = 1, /* whatever it proves */
	ORDER_ALLOW = 2,      /* into a zone, whatever its label lacks */
	ORDER_MONITOR = 3,    /* what its zone drops is let pass, and counted */
	_ORDER_MAX,
};

/* Static: "quarantine", "allow", "monitor"; "none" for what is none. */
const char *order_kind_name(enum order_kind kind);

struct order {
	uint8_t device[SHA256_LEN];
	enum order_kind kind;
	char zone[ZONE_NAME_SIZE]; /* of ORDER_ALLOW, by name; else "" */
	int64_t since_sec;
	int64_t until_sec;              /* 0: until it is released; only ORDER_QUARANTINE */
	char reason[ORDER_REASON_SIZE]; /* may be "" only with ORDER_QUARANTINE */
	uint32_t uid;                   /* of who gave it */
	uint8_t boot[16];               /* of the machine: its times move with what sets the clock in this boot */
};

/* Whether it is one that may be kept: kind, times and texts are within their bounds. */
bool order_is_sound(const struct order *o);

/* Replaces the device's former one. Returns 0; -EINVAL for one that is not sound; else a negative errno. */
int store_order_put(struct store *s, const struct order *o);

int store_order_remove(struct store *s, const uint8_t device[static SHA256_LEN]);

/* Calls on_order for each. One that is not sound is skipped and logged. Returns how many were given, or a negative errno. */
int store_orders_each(struct store *s, void (*on_order)(const struct order *o, void *userdata), void *userdata);
