/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides are entries of sets, sorted; what has no partner is a discrepancy. */
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
#include "core/core.h"
#include "core/settle/admissions.h"
#include "core/settle/tables.h"
#include "core/tell/refusals.h"
#include "enforce/kernel.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

#define SETTLE_TRIES 3
#define ENDING_SEC   2
#define SLACK_SEC    3 /* two clocks in whole seconds, of which one may be steered: up to two apart, and one rounded up */

/* What the registry wants, by set and key, each once. */
static int want_entries(struct core *c, const struct nft_sets *sets, struct set_entry **ret, size_t *ret_n)
{
	_cleanup_free_ struct element *elements = NULL;
	_cleanup_free_ struct set_entry *wanted = NULL;
	size_t n_elements = 0, n = 0;
	int r = tables_collect(c, admissions_now(c), &elements, &n_elements);

	if (r < 0)
		return r;
	wanted = calloc(n_elements * sets->n + 1, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	for (size_t i = 0; i < n_elements; i++) {
		struct set_entry entries[SETS_MAX];
		size_t n_entries = element_entries(sets, &elements[i], entries);

		for (size_t k = 0; k < n_entries; k++)
			if (entries[k].timeout_sec > 0)
				wanted[n++] = entries[k];
	}
	*ret_n = entries_merge(wanted, n);
	*ret = TAKE_PTR(wanted);
	return 0;
}

/* Whether what is there, for as long as it is, can be what we wrote. */
static bool is_own(const struct core *c, const struct discrepancy *d)
{
	if (!d->is_present)
		return d->wanted.timeout_sec <= SLACK_SEC;
	return d->present_sec > 0 && d->present_sec <= (uint64_t)d->wanted.timeout_sec + c->late_sec + SLACK_SEC;
}

static void note_present(const struct core *c, struct set_entry *wanted, size_t n_wanted,
			 const struct set_entry *present, struct discrepancy *list, size_t *n)
{
	struct set_entry *w = n_wanted > 0 ? bsearch(present, wanted, n_wanted, sizeof(*w), entry_compare) : NULL;
	struct discrepancy d = { .is_present = true, .present_sec = present->timeout_sec };

	if (w && present->timeout_sec > 0 && present->timeout_sec <= (uint64_t)w->timeout_sec + SLACK_SEC) {
		w->timeout_sec = 0; /* as it should be */
		return;
	}
	d.wanted = w ? *w : *present;
	if (!w)
		d.wanted.timeout_sec = 0;
	else
		w->timeout_sec = 0;
	d.is_own = is_own(c, &d);
	list[(*n)++] = d;
}

/* All of them. */
static int compare(struct core *c, struct discrepancy **ret, size_t *ret_n)
{
	_cleanup_free_ struct set_entry *wanted = NULL, *present = NULL;
	struct discrepancy *list;
	size_t n_wanted = 0, n_present = 0, n = 0;
	struct nft_sets sets;
	int r;

	sets_of(&c->in_force.config->ruleset, &sets);
	r = want_entries(c, &sets, &wanted, &n_wanted);
	if (r == 0)
		r = kernel_list(c->kernel, &c->in_force.config->ruleset, &present, &n_present);
	if (r < 0)
		return r;
	list = calloc(n_wanted + n_present + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n_present; i++)
		note_present(c, wanted, n_wanted, &present[i], list, &n);
	for (size_t i = 0; i < n_wanted; i++)
		if (wanted[i].timeout_sec > 0) {
			list[n] = (struct discrepancy){ .wanted = wanted[i] };
			list[n].is_own = is_own(c, &list[n]);
			n++;
		}
	*ret = list;
	*ret_n = n;
	return 0;
}

int drift_find(struct core *c, struct discrepancy **ret, size_t *ret_n)
{
	size_t n = 0, kept = 0;
	int r = compare(c, ret, &n);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (!(*ret)[i].is_own)
			(*ret)[kept++] = (*ret)[i];
	*ret_n = kept;
	return r;
}

/* Counted as an operator does: by device, and not by the sets and tables that one is in. */
static bool is_admission(const struct nft_sets *sets, const struct discrepancy *d)
{
	const struct nft_set *set = &sets->list[d->wanted.set];

	return set->kind == SET_ZONE && strcmp(set_family_name(set), "inet") == 0;
}

static void tell(struct core *c, const struct discrepancy *list, size_t n)
{
	size_t n_own = 0, n_back = 0, n_strays = 0;
	struct nft_sets sets;

	sets_of(&c->in_force.config->ruleset, &sets);
	for (size_t i = 0; i < n; i++) {
		n_own += list[i].is_own;
		if (list[i].is_own || !is_admission(&sets, &list[i]))
			continue;
		n_back += list[i].wanted.timeout_sec > 0;
		n_strays += list[i].wanted.timeout_sec == 0;
	}
	if (n_own == n)
		return;
	c->drifts++;
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_RESTORED,
		      "%zu admissions put back into the kernel for what is left of their time, %zu that no verdict "
		      "allows removed",
		      n_back, n_strays);
}

static int mend(struct core *c, const struct discrepancy *list, size_t n)
{
	_cleanup_free_ struct set_entry *entries = calloc(n + 1, sizeof(*entries));
	int r;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		entries[i] = list[i].wanted;
	r = kernel_write(c->kernel, &c->in_force.config->ruleset, entries, n);
	if (r == 0)
		tell(c, list, n);
	return r;
}

/* What was taken out by others, or ended while nobody looked, is not answered either. */
static int prune_answers(struct core *c)
{
	_cleanup_free_ struct element *elements = NULL;
	size_t n = 0;
	int r = tables_collect(c, admissions_now(c), &elements, &n);

	return r < 0 ? r : kernel_prune_answers(c->kernel, &c->in_force.config->ruleset, elements, n);
}

int drift_mend(struct core *c)
{
	_cleanup_free_ struct discrepancy *list = NULL;
	size_t n = 0;
	uint64_t reckoned_usec = clock_monotonic_usec();
	int pruned, r = c->has_no_enforcement ? 0 : compare(c, &list, &n);

	if (r == 0 && n > 0)
		r = mend(c, list, n);
	if (r == 0) /* all is as it should be, but for how long this took */
		c->late_sec = 0;
	if (r == 0 && n > 0)
		tables_note_write(c, reckoned_usec);
	pruned = c->has_no_enforcement ? 0 : prune_answers(c); /* also where a set was full */
	if (r == 0)
		r = pruned;
	c->is_drifting = r < 0;
	c->is_crowded = r == -ENFILE;
	if (r == 0)
		refusals_settle(&c->teller, c->registry);
	return r;
}

/* Both clocks count seconds: an entry may end between the write and the reading. */
static bool is_ending(const struct discrepancy *d)
{
	bool is_permanent = d->is_present && d->present_sec == 0;

	return !is_permanent && d->present_sec <= ENDING_SEC && d->wanted.timeout_sec <= ENDING_SEC;
}

/* Returns how many entries are not as they should be, or a negative errno; *ret is the first one's set. */
static int count_wrong(struct core *c, const char **ret)
{
	_cleanup_free_ struct discrepancy *list = NULL;
	struct nft_sets sets;
	size_t n = 0;
	int r = drift_find(c, &list, &n), n_wrong = 0;

	sets_of(&c->in_force.config->ruleset, &sets);
	for (size_t i = n; r == 0 && i-- > 0;) {
		if (is_ending(&list[i]))
			continue;
		*ret = sets.list[list[i].wanted.set].name;
		n_wrong++;
	}
	return r < 0 ? r : n_wrong;
}

int drift_settle(struct core *c)
{
	const char *set = "";
	int r = drift_mend(c), n_wrong = 0;

	if (r < 0)
		return log_errno(r, "Cannot restore the admissions");
	for (int i = 0; i < SETTLE_TRIES; i++) { /* somebody else may have changed the sets meanwhile */
		n_wrong = c->has_no_enforcement ? 0 : count_wrong(c, &set);
		if (n_wrong <= 0)
			break;
		(void)drift_mend(c);
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
