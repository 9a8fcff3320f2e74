/* SPDX-License-Identifier: Apache-2.0 */
/* Compares status lists place by place, once trust_changes() has found which questions have another answer. */
#include "appraise/news.h"

#include <errno.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "appraise/labels.h"
#include "base/dependency.h"
#include "token/status.h"

void changes_done(struct changes *c)
{
	free(c->ids);
	free(c->news);
	*c = (struct changes){ 0 };
}

static int compare_news(const void *a, const void *b)
{
	const struct status_news *x = a, *y = b;

	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Doubles the room whenever the number is a power of two. */
static int news_add(struct changes *c, const struct status_news *one)
{
	if ((c->n_news & (c->n_news - 1)) == 0) {
		struct status_news *news = reallocarray(c->news, 2 * c->n_news + 1, sizeof(*news));

		if (!news)
			return -ENOMEM;
		c->news = news;
	}
	c->news[c->n_news++] = *one;
	return 0;
}

static struct status_news news_of(const struct standing *held, int64_t index, int64_t now_sec)
{
	struct status_news news = { .entry = status_entry_question(held->issuer, held->list.uri, (uint64_t)index),
				    .list = status_question(held->issuer, held->list.uri) };
	enum hallmark_reason reason = standing_at(held, index, now_sec, &news.until_sec);

	news.status = reason == REASON_ADMITTED ? check_passed() : check_failed(reason);
	return news;
}

static int collect_news(const struct standing *former, const struct standing *held, int64_t now_sec, struct changes *c)
{
	const int64_t places = status_list_places(&held->list);
	int r = 0;

	for (int64_t i = 0; i < places && r == 0; i++) {
		if (status_list_get(&held->list, i) == status_list_get(&former->list, i))
			continue;

		const struct status_news news = news_of(held, i, now_sec);

		if (dependency_meets(news.entry, c->ids, c->n))
			r = news_add(c, &news);
	}
	return r;
}

int trust_news(const struct trust *former, const struct trust *t, int64_t now_sec, struct changes *c)
{
	int r = 0;

	for (size_t i = 0; i < t->n_standings && r == 0; i++) {
		const struct standing *held = &t->standings[i],
				      *before = standing_find(former, held->issuer, held->list.uri);

		if (before)
			r = collect_news(before, held, now_sec, c);
	}
	if (r == 0 && c->n_news > 1)
		qsort(c->news, c->n_news, sizeof(*c->news), compare_news);
	return r;
}
