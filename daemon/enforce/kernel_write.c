/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes admissions to the kernel's sets: enforcement rules 5 and 6. Finds out which of them the kernel refuses.
 *
 * A transaction succeeds or fails as a whole. A refused one is halved until the refused owners are found. For each
 * refusal the kernel waits for all its readers, so the number of refusals is bounded. With full sets there would be one
 * for each owner, because not even the temporary element fits. So full sets are read back once; after that, only
 * existing elements are removed.
 */
#include "enforce/kernel_batch.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "enforce/kernel_answer.h"
#include "enforce/kernel_plan.h"
#include "enforce/ruleset.h"

#define REFUSALS_MAX 100 /* in one call: each bad owner of 2,000 takes eleven */
#define ALARM_USEC   UINT64_C(600000000)

_Static_assert(SETS_MAX <= BATCH_TOPICS, "one topic for each set");

/* What is to be written, and the progress. */
struct change {
	struct kernel *k;
	struct plan plan;
	int *errors;      /* owned: for each owner 0, or why it is not in force */
	uint32_t *order;  /* owned: the items of a batch, sorted by set */
	bool is_empty;    /* no set has an item, so none is removed first; what is full stays full */
	uint32_t crowded; /* mask of sets without room for all; the present items of these are known */
	uint32_t full;    /* mask of sets without room for even one */
	unsigned refusals_left;
	int hopeless; /* why nothing more is tried, or 0 */
};

static bool is_in(uint32_t mask, size_t set)
{
	return mask >> set & 1;
}

/* Whether it is known which items all these sets have. */
static bool are_known(const struct change *c, uint32_t sets)
{
	return c->is_empty || !(sets & ~c->crowded);
}

/* --- One transaction --- */

enum saying {
	SAY_PROBE, /* add for 1 s, so that the delete finds it, expired or not */
	SAY_DELETE,
	SAY_ADMIT, /* add with its own timeout */
};

static bool is_said(const struct change *c, const struct item *item, enum saying saying)
{
	if (saying == SAY_ADMIT)
		return item->entry.timeout_sec > 0;
	return item->is_present || !are_known(c, UINT32_C(1) << item->entry.set);
}

static void put_items(const struct change *c, struct batch *b, const uint32_t *order, size_t n, enum saying saying)
{
	size_t in_message = 0;

	for (size_t i = 0; i < n; i++) {
		const struct item *item = &c->plan.items[order[i]];
		const struct nft_set *set = &c->plan.sets.list[item->entry.set];
		uint64_t msec =
			saying == SAY_ADMIT ? (uint64_t)item->entry.timeout_sec * MSEC_PER_SEC : BATCH_PROBE_MSEC;

		if (!is_said(c, item, saying))
			continue;
		if (in_message == 0)
			batch_open(b, saying == SAY_DELETE ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM, set->family,
				   set->name, item->entry.set);
		batch_element(b, bytes_of(item->entry.key, item->entry.n_key), saying == SAY_DELETE ? 0 : msec,
			      (struct bytes){ 0 });
		if (++in_message == BATCH_ELEMENTS) {
			batch_close(b);
			in_message = 0;
		}
	}
	if (in_message > 0)
		batch_close(b);
}

/* Sorts the items of some owners by set: those of set s begin at ret_begin[s] in c->order. Returns how many. */
static size_t sort_by_set(const struct change *c, size_t begin, size_t end, size_t ret_begin[static SETS_MAX + 1])
{
	const struct plan *p = &c->plan;
	size_t at[SETS_MAX + 1] = { 0 }, n = 0;

	for (size_t i = p->first[begin]; i < p->first[end]; i++)
		at[p->items[i].entry.set] += !p->items[i].is_void;
	for (size_t s = 0; s <= p->sets.n; s++) {
		ret_begin[s] = n;
		n += s < p->sets.n ? at[s] : 0;
		at[s] = ret_begin[s];
	}
	for (size_t i = p->first[begin]; i < p->first[end]; i++)
		if (!p->items[i].is_void)
			c->order[at[p->items[i].entry.set]++] = (uint32_t)i;
	return n;
}

/*
 * The idempotent write of enforcement rule 6: remove each key from all sets, then add it to those that it belongs to.
 */
static void batch_fill(const struct change *c, struct batch *b, const size_t begin[static SETS_MAX + 1])
{
	for (size_t s = 0; s < c->plan.sets.n; s++) {
		put_items(c, b, c->order + begin[s], begin[s + 1] - begin[s], SAY_PROBE);
		put_items(c, b, c->order + begin[s], begin[s + 1] - begin[s], SAY_DELETE);
	}
	for (size_t s = 0; s < c->plan.sets.n; s++)
		put_items(c, b, c->order + begin[s], begin[s + 1] - begin[s], SAY_ADMIT);
}

static int send_owners(const struct change *c, size_t begin, size_t end, struct batch_answer *ret)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	size_t of_set[SETS_MAX + 1], n = sort_by_set(c, begin, end, of_set);
	int r;

	*ret = (struct batch_answer){ 0 };
	r = batch_begin(&b, 3 * (c->plan.sets.n + n / BATCH_ELEMENTS), 3 * n);
	if (r < 0)
		return r;
	batch_fill(c, &b, of_set);
	return batch_send(c->k, &b, ret);
}

/* --- Full sets --- */

/* Reads back one set. */
struct presence {
	struct plan *plan;
	uint8_t set;
};

static int on_present(const struct told *told, void *userdata)
{
	struct presence *p = userdata;
	struct set_entry e = { .set = p->set, .n_key = (uint8_t)told->key.n };
	struct item *item;

	if (told->key.n > KEY_MAX)
		return -1;
	memcpy(e.key, told->key.p, told->key.n);
	item = plan_find(p->plan, &e);
	if (item)
		item->is_present = true;
	return 0;
}

static int on_presence(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_present, userdata);
}

/*
 * A repeated dump may mark items that have just ended; adding them for 1 s first makes the delete succeed all the same.
 */
static int read_crowded(struct change *c, uint32_t crowded)
{
	for (size_t s = 0; s < c->plan.sets.n; s++) {
		struct presence p = { &c->plan, (uint8_t)s };
		const struct query query = { .family = c->plan.sets.list[s].family,
					     .type = NFT_MSG_GETSETELEM,
					     .set = c->plan.sets.list[s].name,
					     .on_message = on_presence,
					     .userdata = &p };
		int r = is_in(crowded & ~c->crowded, s) ? kernel_ask(c->k, &query) : 0;

		if (r < 0)
			return r;
	}
	c->crowded |= crowded;
	return 0;
}

static void raise_alarm(struct change *c, uint32_t full)
{
	uint64_t now_usec = clock_monotonic_usec();

	if (now_usec - c->k->alarm_usec > ALARM_USEC)
		c->k->alarmed = 0;
	for (size_t s = 0; s < c->plan.sets.n; s++) {
		const struct nft_set *set = &c->plan.sets.list[s];

		if (!is_in(full & ~c->k->alarmed, s))
			continue;
		log_error("set %s of table %s " TABLE_NAME " is full, devices are not admitted: raise network.set-size",
			  set->name, set_family_name(set));
		c->k->alarm_usec = now_usec;
	}
	c->k->alarmed |= full;
}

/* --- Refusals --- */

/* Keeps only the removals of these owners: refused additions are simply not made. */
static void keep_removals(struct change *c, size_t begin, size_t end)
{
	for (size_t i = c->plan.first[begin]; i < c->plan.first[end]; i++)
		if (c->plan.items[i].entry.timeout_sec > 0)
			c->plan.items[i].is_void = true;
}

static void set_errors(struct change *c, size_t begin, size_t end, int error)
{
	for (size_t i = begin; i < end; i++)
		if (c->errors[i] == 0)
			c->errors[i] = error;
}

/* Refuses owners that need a place in a full set, without asking the kernel again. */
static void refuse_newcomers(struct change *c, size_t begin, size_t end)
{
	for (size_t owner = begin; owner < end && c->full != 0; owner++) {
		bool is_refused = false;

		for (size_t i = c->plan.first[owner]; i < c->plan.first[owner + 1]; i++) {
			const struct item *item = &c->plan.items[i];

			if (!item->is_void && item->entry.timeout_sec > 0 && !item->is_present &&
			    is_in(c->full, item->entry.set))
				is_refused = true;
		}
		if (!is_refused)
			continue;
		set_errors(c, owner, owner + 1, -ENFILE);
		keep_removals(c, owner, owner + 1);
	}
}

static int try_owners(struct change *c, size_t begin, size_t end, struct batch_answer *ret)
{
	int r;

	refuse_newcomers(c, begin, end);
	r = send_owners(c, begin, end, ret);
	if (r == 0 || are_known(c, ret->full))
		return r;
	r = read_crowded(c, ret->full);
	return r < 0 ? r : send_owners(c, begin, end, ret);
}

/* These owners are not in force. Their removals still are, as far as the kernel accepts them. */
static void give_up(struct change *c, size_t begin, size_t end, int error, const struct batch_answer *a)
{
	struct batch_answer ignored;

	set_errors(c, begin, end, error);
	keep_removals(c, begin, end);
	for (size_t i = c->plan.first[begin]; i < c->plan.first[end]; i++)
		if (is_in(a->refused & ~a->full, c->plan.items[i].entry.set))
			c->plan.items[i].is_void = true;
	if (send_owners(c, begin, end, &ignored) < 0)
		log_warning("admissions were neither granted nor removed: %s", strerror(-error));
}

/*
 * Errors that halving does not help against: permission, missing table, lost answer. A half has fewer answers to lose.
 */
static bool is_hopeless(int error)
{
	return error == -EPERM || error == -ENOENT || error == -EAFNOSUPPORT || error == -EOPNOTSUPP ||
	       error == -ETIMEDOUT || error == -EINTR;
}

static void write_owners(struct change *c, size_t begin, size_t end)
{
	size_t middle = begin + (end - begin) / 2;
	struct batch_answer a;
	int r = c->hopeless < 0 ? c->hopeless : try_owners(c, begin, end, &a);

	if (r == 0)
		return;
	if (is_hopeless(r)) {
		c->hopeless = r;
		set_errors(c, begin, end, r);
	} else if (end - begin > 1 && c->refusals_left > 0) {
		c->refusals_left -= r != -EMSGSIZE; /* a message that is too long costs the kernel nothing */
		write_owners(c, begin, middle);
		write_owners(c, middle, end);
	} else {
		if (end - begin == 1)
			c->full |= a.full;
		give_up(c, begin, end, r, &a);
	}
}

static int first_error(const struct change *c)
{
	for (size_t i = 0; i < c->plan.n_owners; i++)
		if (c->errors[i] < 0)
			return c->errors[i];
	return 0;
}

static int write_change(struct change *c)
{
	size_t n = c->plan.n_owners;

	c->refusals_left = REFUSALS_MAX;
	c->order = malloc((c->plan.n_items + 1) * sizeof(c->order[0]));
	if (!c->order) {
		set_errors(c, 0, n, -ENOMEM);
		return -ENOMEM;
	}
	for (size_t done = 0; done < n; done += BATCH_CHANGES)
		write_owners(c, done, n - done < BATCH_CHANGES ? n : done + BATCH_CHANGES);
	if (c->full)
		raise_alarm(c, c->full);
	if (c->hopeless == -ENOENT) { /* when the table is gone, so is everything that was written before */
		memset(c->errors, 0, n * sizeof(c->errors[0]));
		set_errors(c, 0, n, -ENOENT);
	}
	return first_error(c);
}

static void change_done(struct change *c)
{
	plan_done(&c->plan);
	free(c->errors);
	free(c->order);
}

/* When this fails, the move or denial is not complete. */
static int follow_movers(struct change *c, const struct ruleset *r, struct element *elements, const bool *moves,
			 size_t n)
{
	size_t n_movers = 0;

	for (size_t i = 0; i < n; i++)
		n_movers += moves[i];
	if (n_movers == 0) /* there is nothing that could fail */
		return 0;

	_cleanup_free_ struct element *movers = calloc(n_movers, sizeof(movers[0]));
	int q = movers ? 0 : -ENOMEM;

	n_movers = 0;
	for (size_t i = 0; i < n && movers; i++)
		if (moves[i])
			movers[n_movers++] = elements[i];
	if (q == 0)
		q = kernel_follow(c->k, r, movers, n_movers);
	for (size_t i = 0; i < n && q < 0; i++)
		if (moves[i] && elements[i].error == 0)
			elements[i].error = q;
	return q;
}

int kernel_apply(struct kernel *k, const struct ruleset *r, struct element *elements, size_t n)
{
	_cleanup_(change_done) struct change c = { .k = k, .errors = calloc(n + 1, sizeof(c.errors[0])) };
	_cleanup_free_ bool *moves = calloc(n + 1, sizeof(moves[0]));
	int q = c.errors && moves ? plan_of_elements(&c.plan, r, k->seed, elements, n) : -ENOMEM, followed;

	if (q == 0)
		q = kernel_movers(k, r, elements, n, moves);
	for (size_t i = 0; i < n; i++)
		elements[i].error = q;
	if (q < 0)
		return q;
	for (size_t i = 0; i < n; i++)
		c.errors[i] = element_is_possible(r, &elements[i]) ? 0 : -EINVAL;
	q = write_change(&c);
	for (size_t i = 0; i < n; i++)
		elements[i].error = c.errors[i];
	if (q == -ENOENT) /* there is no table with answer sets */
		return q;
	followed = follow_movers(&c, r, elements, moves, n);
	return q < 0 ? q : followed;
}

/* The comparison with the kernel finds what it refused. */
int kernel_fill(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	_cleanup_(change_done) struct change c = { .k = k,
						   .is_empty = true,
						   .errors = calloc(n + 1, sizeof(c.errors[0])) };
	int q = c.errors ? plan_of_elements(&c.plan, r, k->seed, elements, n) : -ENOMEM;

	for (size_t i = 0; i < n && q == 0; i++)
		c.errors[i] = element_is_possible(r, &elements[i]) ? 0 : -EINVAL;
	if (q == 0)
		q = write_change(&c);
	if (q < 0)
		(void)log_errno(q, "cannot put all admissions into the new tables");
	return q;
}

int kernel_write(struct kernel *k, const struct ruleset *r, const struct set_entry *entries, size_t n, bool is_empty)
{
	_cleanup_(change_done) struct change c = { .k = k,
						   .is_empty = is_empty,
						   .errors = calloc(n + 1, sizeof(c.errors[0])) };
	int q = c.errors ? plan_of_entries(&c.plan, r, k->seed, entries, n) : -ENOMEM;

	k->knows_nobody |= is_empty;
	return q < 0 ? q : write_change(&c);
}
