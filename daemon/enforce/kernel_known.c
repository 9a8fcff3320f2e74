/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known senders, whose datagrams pass when others flood the daemon. No admission depends on them: they are written in
 * batches of their own, and a full set undoes nothing.
 */
#include "enforce/kernel_batch.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define PLACES_MAX   200 /* in one batch, where former ones are removed */
#define REFUSALS_MAX 20
#define ALARM_USEC   UINT64_C(600000000)

struct sender_key {
	char place[IFNAMSIZ];
	uint8_t mac[8]; /* padded */
};

static struct sender_key key_of(const char *place, const struct element *e)
{
	struct sender_key key = { 0 };

	(void)strncpy(key.place, place, sizeof(key.place) - 1);
	memcpy(key.mac, e->mac, sizeof(e->mac));
	return key;
}

/* It is removed first in any case: older kernels keep the former timeout of an element that exists. */
static void put_place(struct batch *b, int family, const char *place, const struct element *e, bool is_known)
{
	const struct sender_key key = key_of(place, e);
	const struct bytes bytes = bytes_of(&key, sizeof(key));

	batch_remove(b, family, SET_KNOWN, bytes);
	if (!is_known)
		return;
	batch_open(b, NFT_MSG_NEWSETELEM, family, SET_KNOWN, 0);
	batch_element(b, bytes, (uint64_t)e->known_sec * MSEC_PER_SEC, (struct bytes){ 0 });
	batch_close(b);
}

static int send_places(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
		       bool are_known)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int q = batch_begin(&b, 6 * n, 6 * n);

	for (size_t i = 0; i < n && q == 0; i++) {
		const struct element *e = &elements[i];

		if (are_known && e->known_sec == 0)
			continue;
		put_place(&b, NFPROTO_INET, e->interface, e, are_known);
		if (r->n_bridges > 0 && e->port[0])
			put_place(&b, NFPROTO_BRIDGE, e->port, e, are_known);
	}
	return q < 0 ? q : batch_send(k, &b, &answer);
}

/* All in one message: the set is empty. */
static void put_first(struct batch *b, int family, const struct element *elements, size_t n)
{
	bool is_open = false;

	for (size_t i = 0; i < n; i++) {
		const struct element *e = &elements[i];
		const struct sender_key key = key_of(family == NFPROTO_BRIDGE ? e->port : e->interface, e);

		if (e->known_sec == 0 || !key.place[0])
			continue;
		if (!is_open)
			batch_open(b, NFT_MSG_NEWSETELEM, family, SET_KNOWN, 0);
		is_open = true;
		batch_element(b, bytes_of(&key, sizeof(key)), (uint64_t)e->known_sec * MSEC_PER_SEC,
			      (struct bytes){ 0 });
	}
	if (is_open)
		batch_close(b);
}

static int send_first(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int q = batch_begin(&b, 2, 2 * n);

	if (q < 0)
		return q;
	put_first(&b, NFPROTO_INET, elements, n);
	if (r->n_bridges > 0)
		put_first(&b, NFPROTO_BRIDGE, elements, n);
	return batch_send(k, &b, &answer);
}

/* A full set refuses new senders; those that are in it get their time. */
static int write_places(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			unsigned *refusals_left)
{
	const size_t half = n / 2;
	int q = k->knows_nobody ? send_first(k, r, elements, n) : send_places(k, r, elements, n, true), first;

	if (q != -ENFILE || n < 2 || *refusals_left == 0)
		return q;
	--*refusals_left;
	first = write_places(k, r, elements, half, refusals_left);
	q = write_places(k, r, elements + half, n - half, refusals_left);
	return first < 0 ? first : q;
}

static void raise_alarm(struct kernel *k)
{
	const uint64_t now_usec = clock_monotonic_usec();

	if (k->known_alarm_usec > 0 && now_usec - k->known_alarm_usec < ALARM_USEC)
		return;
	k->known_alarm_usec = now_usec;
	log_warning("set " SET_KNOWN " of table " TABLE_NAME " is full: during a flood, devices that it does not hold "
		    "are served as new ones: raise network.set-size");
}

int kernel_know(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	const size_t most = k->knows_nobody ? BATCH_ELEMENTS : PLACES_MAX;
	unsigned refusals_left = REFUSALS_MAX;
	int error = 0;

	for (size_t done = 0; done < n && error != -ENOENT; done += most) {
		const size_t some = n - done < most ? n - done : most;
		int q = write_places(k, r, elements + done, some, &refusals_left);

		error = error < 0 && q != -ENOENT ? error : q;
	}
	k->knows_nobody = false;
	if (error == -ENFILE)
		raise_alarm(k);
	return error;
}

int kernel_forget(struct kernel *k, const struct ruleset *r, const struct element *left)
{
	return send_places(k, r, left, 1, false);
}
