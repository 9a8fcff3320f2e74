/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules learn and forget addresses by themselves; this makes them forget at once when an admission ends, and keeps what
 * they learned when the tables are loaded again.
 */
#include "enforce/kernel_near.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/kernel_batch.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define PADDED_MAC   8 /* as in a key of several fields */
#define HELD_KEY_MAX (PADDED_MAC + sizeof(struct in6_addr))

/* --- Devices on ports, by MAC --- */

/* One element for each MAC: one that admits it, if any does. */
struct devices {
	const struct element **list; /* owned */
	size_t n;
};

static void devices_done(struct devices *d)
{
	free(d->list);
}

static int on_sort(const void *a, const void *b)
{
	const struct element *const *x = a, *const *y = b;
	const int order = memcmp((*x)->mac, (*y)->mac, sizeof((*x)->mac));

	return order != 0 ? order : ((*x)->zone == ZONE_QUARANTINE) - ((*y)->zone == ZONE_QUARANTINE);
}

static int on_search(const void *mac, const void *member)
{
	const struct element *const *e = member;

	return memcmp(mac, (*e)->mac, sizeof((*e)->mac));
}

static int devices_of(struct devices *d, const struct element *elements, size_t n)
{
	size_t n_all = 0;

	d->list = calloc(n + 1, sizeof(d->list[0]));
	if (!d->list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (elements[i].port[0])
			d->list[n_all++] = &elements[i];
	qsort(d->list, n_all, sizeof(d->list[0]), on_sort);
	for (size_t i = 0; i < n_all; i++)
		if (d->n == 0 || on_search(d->list[i]->mac, &d->list[d->n - 1]) != 0)
			d->list[d->n++] = d->list[i];
	return 0;
}

static const struct element *devices_find(const struct devices *d, const uint8_t mac[static 6])
{
	const struct element **found = bsearch(mac, d->list, d->n, sizeof(d->list[0]), on_search);

	return found ? *found : NULL;
}

/* --- Reading --- */

struct held {
	uint8_t key[HELD_KEY_MAX]; /* MAC and address */
	uint8_t n_key;
	uint32_t left_sec;
};

/* The held addresses of one family that are wanted: of devices in quarantine, or of the others. */
struct holdings {
	struct devices devices;
	bool are_ended;
	struct held *list; /* owned */
	size_t n, capacity;
};

static void holdings_done(struct holdings *h)
{
	devices_done(&h->devices);
	free(h->list);
}

static bool is_wanted(const struct holdings *h, const uint8_t mac[static 6])
{
	const struct element *e = devices_find(&h->devices, mac);

	return e && (e->zone == ZONE_QUARANTINE) == h->are_ended;
}

static int on_held(const struct told *told, void *userdata)
{
	struct holdings *h = userdata;
	struct held *held;

	if (told->key.n <= PADDED_MAC || told->key.n > HELD_KEY_MAX)
		return -1;
	if (!is_wanted(h, told->key.p) || (told->left_msec == 0 && !h->are_ended))
		return 0;
	if (h->n == h->capacity) {
		const size_t capacity = h->capacity > 0 ? 2 * h->capacity : 64;
		struct held *grown = reallocarray(h->list, capacity, sizeof(*grown));

		if (!grown)
			return -1;
		h->list = grown;
		h->capacity = capacity;
	}
	held = &h->list[h->n++];
	held->n_key = (uint8_t)told->key.n;
	held->left_sec = told_left_sec(told);
	memcpy(held->key, told->key.p, told->key.n);
	return 0;
}

static int on_message(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_held, userdata);
}

static void forget_read(void *userdata)
{
	struct holdings *h = userdata;

	h->n = 0;
}

static int read_held(struct kernel *k, struct holdings *h, bool is_six)
{
	const struct query query = { .family = NFPROTO_BRIDGE,
				     .type = NFT_MSG_GETSETELEM,
				     .set = is_six ? "held6" : "held4",
				     .on_message = on_message,
				     .userdata = h,
				     .restart = forget_read };

	h->n = 0;
	return kernel_ask(k, &query);
}

/* --- Forgetting --- */

static int send_some(struct kernel *k, const struct held *list, size_t n, bool is_six)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int r = batch_begin(&b, 4 * n, 4 * n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const struct bytes key = bytes_of(list[i].key, list[i].n_key);

		batch_remove(&b, NFPROTO_BRIDGE, is_six ? "held6" : "held4", key);
		batch_remove(&b, NFPROTO_BRIDGE, is_six ? "taken6" : "taken4",
			     bytes_of(key.p + PADDED_MAC, key.n - PADDED_MAC));
	}
	return batch_send(k, &b, &answer);
}

static int release_family(struct kernel *k, struct holdings *h, bool is_six)
{
	int r = read_held(k, h, is_six);

	for (size_t done = 0; done < h->n && r == 0; done += BATCH_CHANGES)
		r = send_some(k, h->list + done, h->n - done < BATCH_CHANGES ? h->n - done : BATCH_CHANGES, is_six);
	return r;
}

static bool any_is_ended(const struct element *elements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (elements[i].port[0] && elements[i].zone == ZONE_QUARANTINE)
			return true;
	return false;
}

int kernel_release_held(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	_cleanup_(holdings_done) struct holdings h = { .are_ended = true };
	int q;

	if (r->n_bridges == 0 || r->binding != BINDING_MAC || !any_is_ended(elements, n))
		return 0;
	q = devices_of(&h.devices, elements, n);
	if (q == 0)
		q = release_family(k, &h, false);
	return q < 0 ? q : release_family(k, &h, true);
}

/* --- Keeping --- */

static uint8_t set_index(const struct nft_sets *sets, enum membership_kind kind)
{
	uint8_t s = 0;

	while (s < sets->n - 1 && sets->list[s].kind != kind)
		s++;
	return s;
}

static bool has_no_mac(enum membership_kind kind)
{
	return kind == SET_CLAIMED4 || kind == SET_CLAIMED6;
}

/* Keys have the form of those of addresses that a device attested from. */
static void put_key(const struct nft_sets *sets, const struct held *held, enum membership_kind kind, FILE *text)
{
	const size_t skipped = has_no_mac(kind) ? PADDED_MAC : 0;
	struct set_entry e = { .set = set_index(sets, kind), .n_key = (uint8_t)(held->n_key - skipped) };
	char key[KEY_TEXT_SIZE];

	memcpy(e.key, held->key + skipped, e.n_key);
	(void)fputs(entry_key_to_text(sets, &e, key), text);
}

/* An address stays taken a little longer than held. */
static void put_all(const struct nft_sets *sets, const struct holdings *h, const char *set, enum membership_kind kind,
		    FILE *text)
{
	for (size_t i = 0; i < h->n; i++) {
		if (i == 0)
			(void)fprintf(text, "add element bridge " TABLE_NAME " %s { ", set);
		else
			(void)fputs(",\n\t", text);
		put_key(sets, &h->list[i], kind, text);
		(void)fprintf(text, " timeout %us", h->list[i].left_sec + has_no_mac(kind));
	}
	if (h->n > 0)
		(void)fputs(" }\n", text);
}

int kernel_keep_held(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, FILE *text)
{
	_cleanup_(holdings_done) struct holdings h = { 0 };
	struct nft_sets sets;
	int q = 0;

	if (r->n_bridges == 0 || r->binding != BINDING_MAC)
		return 0;
	sets_of(r, &sets);
	q = devices_of(&h.devices, elements, n);
	if (q == 0)
		q = read_held(k, &h, false);
	if (q == 0) {
		put_all(&sets, &h, "held4", SET_OWN4, text);
		put_all(&sets, &h, "taken4", SET_CLAIMED4, text);
		q = read_held(k, &h, true);
	}
	if (q == 0) {
		put_all(&sets, &h, "held6", SET_OWN6, text);
		put_all(&sets, &h, "taken6", SET_CLAIMED6, text);
	}
	return q == -ENOENT ? 0 : q; /* no such tables yet */
}
