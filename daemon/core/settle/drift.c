/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides are sorted entries of sets; an entry without a match is a discrepancy. */
#include "core/settle/drift.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/settler.h"
#include "core/settle/tables.h"
#include "core/tell/refusals.h"
#include "core/tell/teller.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

#define SETTLE_TRIES 3
#define ENDING_SEC   2
#define SLACK_SEC    3 /* two clocks in whole seconds, one of which may be slewed: up to two apart, and one by rounding */

/* What the registry wants, what the kernel has, and where they differ. */
struct comparison {
	struct element *elements; /* owned; all admissions */
	size_t n_elements;
	struct discrepancy *list; /* owned */
	size_t n;
	bool is_empty; /* the kernel has no admission of any device */
};

static void comparison_done(struct comparison *c)
{
	free(c->elements);
	free(c->list);
}

/* The registry's entries, by set and key, each once. */
static int want_entries(const struct comparison *c, const struct nft_sets *sets, struct set_entry **ret, size_t *ret_n)
{
	struct set_entry *wanted = malloc((c->n_elements * sets->n + 1) * sizeof(*wanted));
	size_t n = 0;

	if (!wanted)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_elements; i++) {
		struct set_entry entries[SETS_MAX];
		size_t n_entries = element_entries(sets, &c->elements[i], entries);

		for (size_t k = 0; k < n_entries; k++)
			if (entries[k].timeout_sec > 0)
				wanted[n++] = entries[k];
	}
	*ret_n = entries_merge(wanted, n);
	*ret = wanted;
	return 0;
}

/* Whether the present entry, with its remaining time, can come from our own write. */
static bool is_own(uint32_t late_sec, const struct discrepancy *d)
{
	if (!d->is_present)
		return d->wanted.timeout_sec <= SLACK_SEC;
	return d->present_sec > 0 && d->present_sec <= (uint64_t)d->wanted.timeout_sec + late_sec + SLACK_SEC;
}

static void note_present(uint32_t late_sec, struct set_entry *wanted, size_t n_wanted, const struct set_entry *present,
			 struct discrepancy *list, size_t *n)
{
	struct set_entry *w = n_wanted > 0 ? bsearch(present, wanted, n_wanted, sizeof(*w), entry_compare) : NULL;
	struct discrepancy d = { .is_present = true, .present_sec = present->timeout_sec };

	if (w && w->timeout_sec == 0)
		return; /* looked at already: a dump may have an entry twice while the kernel makes its set larger or smaller */
	if (w && present->timeout_sec > 0 && present->timeout_sec <= (uint64_t)w->timeout_sec + SLACK_SEC) {
		w->timeout_sec = 0; /* as it should be */
		return;
	}
	d.wanted = w ? *w : *present;
	if (!w)
		d.wanted.timeout_sec = 0;
	else
		w->timeout_sec = 0;
	d.is_own = is_own(late_sec, &d);
	list[(*n)++] = d;
}

/* Whether it is the admission of a place, which other sets and tables have as well. */
static bool is_admission(const struct nft_sets *sets, uint8_t set)
{
	return sets->list[set].kind == SET_ZONE && strcmp(set_family_name(&sets->list[set]), "inet") == 0;
}

/* Reads what there must be and what there is, and keeps how many that are. Where nothing is enforced, there is nothing. */
static int read_both(struct settler *settler, struct comparison *c, struct set_entry **ret, size_t *ret_n)
{
	struct admission_counts *counts = &settler->tables.counts;
	struct nft_sets sets;
	int r = tables_collect(settler, admissions_now(settler), &c->elements, &c->n_elements);

	*counts = (struct admission_counts){ 0 };
	for (size_t i = 0; r == 0 && i < c->n_elements; i++) {
		const struct element *e = &c->elements[i];

		if (e->zone != ZONE_QUARANTINE && (i == 0 || element_compare_places(e - 1, e) != 0))
			counts->desired[e->zone]++;
	}
	if (r < 0 || settler->tables.has_no_enforcement)
		return r;
	r = kernel_list(settler->kernel, &settler->in_force->config->ruleset, ret, ret_n);
	if (r < 0)
		return r;
	sets_of(&settler->in_force->config->ruleset, &sets);
	for (size_t i = 0; i < *ret_n; i++)
		counts->enforced[sets.list[(*ret)[i].set].zone] += is_admission(&sets, (*ret)[i].set);
	counts->counted_usec = clock_monotonic_usec();
	return 0;
}

int drift_count(struct settler *settler, struct admission_counts *ret)
{
	const struct tables *t = &settler->tables;
	const bool is_kept = t->counts.counted_usec > 0 && registry_count(settler->registry) > DRIFT_COUNTED_MAX;
	_cleanup_(comparison_done) struct comparison c = { 0 };
	_cleanup_free_ struct set_entry *present = NULL;
	size_t n = 0;
	int r = is_kept ? 0 : read_both(settler, &c, &present, &n);

	*ret = t->counts;
	return r;
}

/* Compares all entries. Release with comparison_done(). */
static int compare(struct settler *settler, struct comparison *ret)
{
	_cleanup_free_ struct set_entry *wanted = NULL, *present = NULL;
	struct discrepancy *list;
	size_t n_wanted = 0, n_present = 0, n = 0;
	struct nft_sets sets;
	int r = read_both(settler, ret, &present, &n_present);

	sets_of(&settler->in_force->config->ruleset, &sets);
	if (r == 0)
		r = want_entries(ret, &sets, &wanted, &n_wanted);
	if (r < 0)
		return r;
	list = malloc((n_wanted + n_present + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n_present; i++)
		note_present(settler->tables.late_sec, wanted, n_wanted, &present[i], list, &n);
	for (size_t i = 0; i < n_wanted; i++)
		if (wanted[i].timeout_sec > 0) {
			list[n] = (struct discrepancy){ .wanted = wanted[i] };
			list[n].is_own = is_own(settler->tables.late_sec, &list[n]);
			n++;
		}
	ret->list = list;
	ret->n = n;
	ret->is_empty = n_present == 0;
	return 0;
}

int drift_find(struct settler *settler, struct discrepancy **ret, size_t *ret_n)
{
	_cleanup_(comparison_done) struct comparison c = { 0 };
	size_t kept = 0;
	int r = compare(settler, &c);

	for (size_t i = 0; r == 0 && i < c.n; i++)
		if (!c.list[i].is_own)
			c.list[kept++] = c.list[i];
	*ret = TAKE_PTR(c.list);
	*ret_n = kept;
	return r;
}

static void tell(struct settler *settler, const struct discrepancy *list, size_t n)
{
	size_t n_own = 0, n_back = 0, n_strays = 0;
	struct nft_sets sets;

	sets_of(&settler->in_force->config->ruleset, &sets);
	for (size_t i = 0; i < n; i++) {
		n_own += list[i].is_own;
		if (list[i].is_own || !is_admission(&sets, list[i].wanted.set))
			continue;
		n_back += list[i].wanted.timeout_sec > 0;
		n_strays += list[i].wanted.timeout_sec == 0;
	}
	if (n_own == n)
		return;
	settler->tables.drifts++;
	journal_event(
		LOG_NOTICE, HALLMARK_MESSAGE_RESTORED,
		"The kernel's tables were corrected: %zu missing admissions or exceptions restored for their remaining "
		"time, %zu that nothing allows removed",
		n_back, n_strays);
}

static int mend(struct settler *settler, const struct comparison *c)
{
	const struct ruleset *ruleset = &settler->in_force->config->ruleset;
	_cleanup_free_ struct set_entry *entries = malloc((c->n + 1) * sizeof(*entries));
	int r;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++)
		entries[i] = c->list[i].wanted;
	r = kernel_write(settler->kernel, ruleset, entries, c->n, c->is_empty);
	if (r < 0)
		return r;
	memcpy(settler->tables.counts.enforced, settler->tables.counts.desired, sizeof(settler->tables.counts.desired));
	tell(settler, c->list, c->n);
	return 0;
}

/* Addresses of admissions that others removed, or that ended unnoticed, get no answers either. */
static int prune_answers(struct settler *settler, const struct comparison *c)
{
	return kernel_prune_answers(settler->kernel, &settler->in_force->config->ruleset, c->elements, c->n_elements);
}

/* Sets how many entries differed. At the start, and where tables were loaded meanwhile, known senders are written as well. */
static int mend_once(struct settler *settler, bool is_start, size_t *ret_n)
{
	_cleanup_(comparison_done) struct comparison c = { 0 };
	uint64_t reckoned_usec = clock_monotonic_usec();
	int pruned, r = settler->tables.has_no_enforcement ? 0 : compare(settler, &c);

	*ret_n = c.n;
	if (r == 0 && c.n > 0)
		r = mend(settler, &c);
	if (r == 0 && c.elements && (is_start || c.is_empty))
		(void)kernel_know(settler->kernel, &settler->in_force->config->ruleset, c.elements, c.n_elements);
	if (r == 0) /* everything is as it should be, except for the delay of our own writes */
		settler->tables.late_sec = 0;
	if (r == 0 && c.n > 0)
		tables_note_write(&settler->tables, reckoned_usec);
	pruned = settler->tables.has_no_enforcement || !c.elements ?
			 0 :
			 prune_answers(settler, &c); /* also when a set was full */
	if (r == 0)
		r = pruned;
	settler->tables.is_drifting = r < 0;
	settler->tables.is_crowded = r == -ENFILE;
	if (r == 0)
		refusals_settle(settler->teller, settler->registry);
	return r;
}

int drift_mend(struct settler *settler)
{
	size_t n;

	return mend_once(settler, false, &n);
}

/* Both clocks count seconds: an entry may end between writing and reading. */
static bool is_ending(const struct discrepancy *d)
{
	bool is_permanent = d->is_present && d->present_sec == 0;

	return !is_permanent && d->present_sec <= ENDING_SEC && d->wanted.timeout_sec <= ENDING_SEC;
}

/* Returns how many entries differ, or a negative errno; *ret is the set of the first one. */
static int count_wrong(struct settler *settler, const char **ret)
{
	_cleanup_free_ struct discrepancy *list = NULL;
	struct nft_sets sets;
	size_t n = 0;
	int r = drift_find(settler, &list, &n), n_wrong = 0;

	sets_of(&settler->in_force->config->ruleset, &sets);
	for (size_t i = n; r == 0 && i-- > 0;) {
		if (is_ending(&list[i]))
			continue;
		*ret = sets.list[list[i].wanted.set].name;
		n_wrong++;
	}
	return r < 0 ? r : n_wrong;
}

int drift_settle(struct settler *settler)
{
	const char *set = "";
	size_t n = 0;
	int r = mend_once(settler, true, &n), n_wrong = 0;

	if (r < 0)
		return log_errno(r, "Cannot restore the admissions");
	for (int i = 0; i < SETTLE_TRIES && n > 0; i++) { /* another program may have changed the sets meanwhile */
		n_wrong = settler->tables.has_no_enforcement ? 0 : count_wrong(settler, &set);
		if (n_wrong <= 0)
			break;
		(void)drift_mend(settler);
	}
	if (n_wrong < 0)
		return log_errno(n_wrong, "Cannot read the admissions back");
	if (n_wrong == 0)
		return 0;
	log_error("The kernel's tables are not as hallmarkd wrote them: %d entries differ, the first in the set %s. "
		  "Does another program change the tables " TABLE_NAME "? `nft monitor` shows it",
		  n_wrong, set);
	return -EIO;
}
