/* SPDX-License-Identifier: Apache-2.0 */
/* Statements from a file in either format, and checks on all of them together: one issuer, and no duplicates. */
#include "ctl/issue/statement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/issue/loader.h"
#include "token/label.h"

bool source_is_csv(const struct statement_source *source)
{
	size_t n = strlen(source->path);

	return n > 4 && strcasecmp(source->path + n - 4, ".csv") == 0;
}

/* All labels of a register have its issuer. */
static void spread_issuer(struct loader *l, struct label_register *r)
{
	l->at.line = 0;
	if (l->source->issuer)
		statement_set_issuer(l, l->source->issuer, r->issuer);
	for (size_t i = 0; i < r->n_labels && r->issuer[0] == '\0'; i++)
		memcpy(r->issuer, r->labels[i].issuer, ISSUER_SIZE);
	if (r->issuer[0] == '\0')
		loader_error(l, "no issuer is named; give issuer in the file or --issuer NAME");
	for (size_t i = 0; i < r->n_labels; i++) {
		struct label *label = &r->labels[i];

		if (label->issuer[0] != '\0' && strcmp(label->issuer, r->issuer) != 0)
			loader_error(l,
				     "label \"%s\" has issuer \"%s\", the register \"%s\": one "
				     "register has one issuer",
				     label->number, label->issuer, r->issuer);
		memcpy(label->issuer, r->issuer, ISSUER_SIZE);
	}
	if (r->n_labels == 0)
		loader_error(l, "there is no label in it");
}

/* --- Duplicates in a register --- */

static void refuse_twice(struct loader *l, const struct label *first, const struct label *second,
			 const struct position *first_at)
{
	char place[PLACE_TEXT_SIZE];
	const bool is_same_text = strcmp(first->number, second->number) == 0;
	char what[96] = "";

	if (first->level != second->level)
		(void)snprintf(what, sizeof(what), translated(", with level %u and not %u"), first->level,
			       second->level);
	loader_error(l,
		     "number %s of %s occurs twice, first in %s%s%s%s%s; remove one. Rows of one label must differ "
		     "only in their class and follow each other",
		     second->number, second->scheme, loader_place(l, first_at, place),
		     is_same_text ? "" : translated(" as \""), is_same_text ? "" : first->number,
		     is_same_text ? "" : "\"", what);
}

static void check_numbers(struct loader *l, const struct label_register *r)
{
	_cleanup_free_ struct label_pair *pairs = calloc(r->n_labels + 1, sizeof(*pairs));
	int n = pairs ? label_register_find_twice(r, pairs, r->n_labels) : -ENOMEM;

	if (n < 0)
		loader_error(l, "out of memory");
	for (int i = 0; i < n; i++) {
		l->at = l->begins[pairs[i].second];
		refuse_twice(l, &r->labels[pairs[i].first], &r->labels[pairs[i].second], &l->begins[pairs[i].first]);
	}
}

static int compare_places(const void *left, const void *right)
{
	const struct label *a = *(const struct label *const *)left, *b = *(const struct label *const *)right;
	int order = strcmp(a->status_uri, b->status_uri);

	if (order == 0)
		order = (a->status_index > b->status_index) - (a->status_index < b->status_index);
	return order != 0 ? order : (a > b) - (a < b);
}

/* When two labels share a place in a status list, revoking one revokes the other. */
static void check_places(struct loader *l, const struct label_register *r)
{
	_cleanup_free_ const struct label **sorted = calloc(r->n_labels + 1, sizeof(struct label *));
	size_t n = 0;

	for (size_t i = 0; sorted && i < r->n_labels; i++)
		if (r->labels[i].status_uri[0] != '\0')
			sorted[n++] = &r->labels[i];
	if (!sorted)
		loader_error(l, "out of memory");
	else
		qsort(sorted, n, sizeof(struct label *), compare_places);
	for (size_t i = 1; i < n; i++) {
		const struct label *first = sorted[i - 1], *second = sorted[i];
		char place[PLACE_TEXT_SIZE];

		if (strcmp(first->status_uri, second->status_uri) != 0 || first->status_index != second->status_index)
			continue;
		l->at = l->begins[second - r->labels];
		loader_error(l,
			     "index %lld of %s is already the place of number %s in %s; give each label its own: "
			     "otherwise revoking one would revoke both",
			     (long long)second->status_index, second->status_uri, first->number,
			     loader_place(l, &l->begins[first - r->labels], place));
	}
}

int statement_load(const struct statement_source *source, struct label *ret)
{
	struct loader l = { .source = source };

	*ret = (struct label){ .status_index = STATUS_INDEX_NONE };
	statement_read_conf(&l, ret);
	l.at.line = 0;
	if (source->issuer)
		statement_set_issuer(&l, source->issuer, ret->issuer);
	if (l.n_errors == 0 && ret->issuer[0] == '\0')
		loader_error(&l, "no issuer is named; give issuer in the file or --issuer NAME");
	if (loader_end(&l) == 0)
		return 0;

	label_done(ret);
	return -EINVAL;
}

int statements_load(const struct statement_source *source, struct label_register *ret)
{
	struct loader l = { .source = source };
	int r;

	*ret = (struct label_register){ 0 };
	if (source_is_csv(source))
		statements_read_csv(&l, ret);
	else
		statements_read_conf(&l, ret);
	if (l.n_errors == 0)
		spread_issuer(&l, ret);
	if (l.n_errors == 0) {
		check_numbers(&l, ret);
		check_places(&l, ret);
	}
	r = loader_end(&l);
	if (r < 0)
		label_register_done(ret);
	return r;
}
