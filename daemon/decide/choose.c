/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses four of many labels. The label that gets the device furthest is always among them, however many labels others
 * issue for the same product. Every issuer's first label comes before any issuer's second. The order of files has no
 * effect.
 */
#include "decide/choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appraise/appraise.h"
#include "appraise/facts.h"
#include "base/check_result.h"
#include "decide/decision.h"
#include "decide/recognise.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"

/* What one label is worth by itself; more is better. */
struct worth {
	const struct appraised_label *label;
	size_t place;      /* its index in the input */
	size_t round;      /* how many labels of its issuer are better */
	int64_t until_sec; /* of the admission, or of the label */
	uint8_t rule;      /* the rule that it meets, counted from the last; 0: none */
	uint8_t level;     /* of the home scheme */
	uint8_t n_passed;  /* of the checks of a label */
	bool is_believed;  /* else the issuer is an unverified claim */
};

/* For these checks the result at now_sec counts, which recognise() gives. */
#define CHECKS_BY_TIME (CHECK_BIT(CHECK_LABEL_VALIDITY) | CHECK_BIT(CHECK_LABEL_STATUS))

static uint8_t count_passed(const struct label_facts *l, const struct recognised *recognised)
{
	uint8_t n = recognised->check.state == CHECK_PASSED;

	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (CHECKS_OF_LABEL & ~CHECKS_BY_TIME & CHECK_BIT(i))
			n += l->checks[i].state == CHECK_PASSED;
	return n + (recognised->validity.state == CHECK_PASSED) +
	       (recognised->status.state == CHECK_PASSED || !l->names_status);
}

/* The result for the device if this were its only label. */
static struct worth worth_of(const struct rules *rules, const struct appraised_label *label, int64_t now_sec,
			     struct facts *device)
{
	struct recognised recognised;
	struct decision decision;

	device->labels[0] = label->facts;
	device->n_labels = 1;
	recognise(&rules->recognition, &label->facts, now_sec, &recognised);
	policy_decide(&rules->policy, device, &recognised, now_sec, &decision);

	bool is_admitted = decision.zone != ZONE_QUARANTINE;

	return (struct worth){
		.label = label,
		.until_sec = is_admitted ? decision.expiry.at_sec : label->facts.exp_sec,
		.rule = is_admitted ? (uint8_t)(RULES_MAX - decision.rule) : 0,
		.level = recognised.level,
		.n_passed = count_passed(&label->facts, &recognised),
		.is_believed = label->facts.checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED,
	};
}

/* By name; for equal names by position. */
static int compare_names(const struct worth *a, const struct worth *b)
{
	int order = strcmp(a->label->facts.issuer, b->label->facts.issuer);

	if (order == 0)
		order = strcmp(a->label->facts.number, b->label->facts.number);
	if (order == 0)
		order = strcmp(a->label->facts.scheme, b->label->facts.scheme);
	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

/* Negative: a is worth more. */
static int compare_worths(const void *left, const void *right)
{
	const struct worth *a = left, *b = right;

	if (a->is_believed != b->is_believed)
		return a->is_believed ? -1 : 1;
	if (a->round != b->round)
		return a->round < b->round ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule > b->rule ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (a->n_passed != b->n_passed)
		return a->n_passed > b->n_passed ? -1 : 1;
	if (a->until_sec != b->until_sec)
		return a->until_sec > b->until_sec ? -1 : 1;
	if (a->label->was_sent != b->label->was_sent)
		return a->label->was_sent ? -1 : 1;
	return compare_names(a, b);
}

/* Sent labels in the order in which they were sent, then the others by name. */
static int compare_places(const void *left, const void *right)
{
	const struct worth *a = left, *b = right;

	if (a->label->was_sent != b->label->was_sent)
		return a->label->was_sent ? -1 : 1;
	if (a->label->was_sent)
		return a->place < b->place ? -1 : 1;
	return compare_names(a, b);
}

/* Needs the labels sorted by worth. */
static void count_rounds(struct worth *worths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(worths[i].label->facts.issuer, worths[k].label->facts.issuer) == 0)
				worths[i].round = worths[k].round + 1;
}

/* Moves the chosen labels to the front. */
static void choose(const struct rules *rules, int64_t now_sec, const struct facts *facts, struct worth *worths,
		   size_t n)
{
	struct facts device = *facts;

	device.checks[CHECK_PLACE] = check_passed(); /* made later, and no label's */
	for (size_t i = 0; i < n; i++) {
		size_t place = worths[i].place;

		worths[i] = worth_of(rules, worths[i].label, now_sec, &device);
		worths[i].place = place;
	}
	qsort(worths, n, sizeof(*worths), compare_worths);
	count_rounds(worths, n);
	qsort(worths, n, sizeof(*worths), compare_worths);
}

int policy_choose(const struct rules *rules, const struct appraised_label *labels, size_t n, int64_t now_sec,
		  struct facts *facts)
{
	struct worth *worths = calloc(n + 1, sizeof(*worths));
	size_t n_chosen = n < HALLMARK_LABELS_MAX ? n : HALLMARK_LABELS_MAX;

	if (!worths)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		worths[i] = (struct worth){ .label = &labels[i], .place = i };
	if (n > HALLMARK_LABELS_MAX)
		choose(rules, now_sec, facts, worths, n);
	qsort(worths, n_chosen, sizeof(*worths), compare_places);
	for (size_t i = 0; i < n_chosen; i++)
		facts->labels[i] = worths[i].label->facts;
	facts->n_labels = (uint8_t)n_chosen;
	free(worths);
	return 0;
}
