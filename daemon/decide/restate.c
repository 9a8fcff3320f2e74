/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/restate.h"

#include <stdlib.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "appraise/news.h"
#include "base/check_result.h"
#include "base/dependency.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

static int compare_entry(const void *key, const void *news)
{
	const uint64_t *entry = key;
	const struct status_news *one = news;

	return *entry < one->entry ? -1 : *entry > one->entry;
}

static const struct status_news *find_news(const struct changes *c, uint64_t entry)
{
	return c->n_news > 0 ? bsearch(&entry, c->news, c->n_news, sizeof(*c->news), compare_entry) : NULL;
}

/* Whether the question was answered as before, or its new answer is known. */
static bool is_answered(const struct changes *c, uint64_t id)
{
	return !dependency_meets(id, c->ids, c->n) || find_news(c, id);
}

/* Judges would find what came of time, too: its status list may be out of date. The news have another end of that. */
static bool label_is_timely(const struct label_facts *l, const struct changes *c, int64_t now_sec)
{
	if (l->checks[CHECK_LABEL_SIGNATURE].state != CHECK_PASSED)
		return true;
	return l->checks[CHECK_LABEL_VALIDITY].reason != REASON_LABEL_NOT_YET && l->exp_sec > now_sec &&
	       l->register_exp_sec > now_sec && (l->expiry.at_sec > now_sec || find_news(c, l->status_entry));
}

/* The news that are found by the place are of the label's list. */
static bool label_is_meant(const struct label_facts *l, const struct changes *c)
{
	const struct status_news *news = find_news(c, l->status_entry);

	return !news || news->list == l->status_list;
}

bool facts_are_restatable(const struct facts *f, const struct changes *c, int64_t now_sec)
{
	if (c->is_all || !f->status_is_apart || f->expiry.at_sec <= now_sec ||
	    f->checks[CHECK_SAME_DEVICE].reason == REASON_UEID_TAKEN) /* the core's own finding, by another device */
		return false;
	for (size_t i = 0; i < f->rests_on.n; i++)
		if (!is_answered(c, f->rests_on.ids[i]))
			return false;
	for (size_t i = 0; i < f->n_labels; i++)
		if (!label_is_timely(&f->labels[i], c, now_sec) || !label_is_meant(&f->labels[i], c))
			return false;
	return true;
}

void facts_restate(struct facts *f, const struct changes *c)
{
	for (size_t i = 0; i < f->n_labels; i++) {
		struct label_facts *l = &f->labels[i];
		const struct status_news *news = find_news(c, l->status_entry);

		if (!news)
			continue;
		l->checks[CHECK_LABEL_STATUS] = news->status;
		l->expiry = expiry_of_label(l->exp_sec, l->register_exp_sec, news->until_sec);
	}
}
