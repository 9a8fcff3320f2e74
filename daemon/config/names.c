/* SPDX-License-Identifier: Apache-2.0 */
/* Words in a configuration: a choice of a few, and duplicates. */
#include "config/reader.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"

unsigned reader_choice(struct reader *r, const config_setting_t *at, const char *const *choices)
{
	char list[128] = "";

	if (!at)
		return 0;
	for (unsigned i = 0; choices[i]; i++)
		if (strcmp(choices[i], config_setting_get_string(at)) == 0)
			return i;
	for (unsigned i = 0; choices[i]; i++) {
		size_t n = strlen(list);

		(void)snprintf(list + n, sizeof(list) - n, "%s\"%s\"", i > 0 ? translated(" or ") : "", choices[i]);
	}
	reader_error(r, at, "\"%s\" is not known; use %s", config_setting_get_string(at), list);
	return 0;
}

/* --- Names that must not repeat --- */

void names_done(struct names *l)
{
	free(l->names);
	*l = (struct names){ 0 };
}

bool names_reserve(struct reader *r, struct names *l, size_t n)
{
	l->names = reader_alloc(r, n, sizeof(*l->names));
	l->size = l->names ? n : 0;
	return l->size == n;
}

void names_add(struct names *l, const char *text, const config_setting_t *at)
{
	if (l->n == l->size || text[0] == '\0') /* no name: already reported */
		return;
	l->names[l->n] = (struct name){ .text = text, .at = at, .order = l->n };
	l->n++;
}

static int name_compare(const void *a, const void *b)
{
	const struct name *left = a, *right = b;
	int r = strcmp(left->text, right->text);

	if (r != 0)
		return r;
	return left->order < right->order ? -1 : left->order > right->order;
}

void names_sort(struct names *l)
{
	if (l->n > 0)
		qsort(l->names, l->n, sizeof(*l->names), name_compare);
}

void names_check_unique(struct reader *r, struct names *l, const char *what)
{
	names_sort(l);
	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->names[i - 1].text, l->names[i].text) == 0)
			reader_error(r, l->names[i].at, "%s \"%s\" occurs twice; remove or rename one",
				     translated(what), l->names[i].text);
}

/* The first name that does not sort before the text; l->n when all do. */
static size_t find_place(const struct names *l, const char *text)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(l->names[middle].text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *find_name(const struct names *l, const char *text)
{
	const size_t i = find_place(l, text);

	return i < l->n && strcmp(l->names[i].text, text) == 0 ? l->names[i].text : NULL;
}

bool names_has(const struct names *l, const char *text)
{
	return find_name(l, text) != NULL;
}

/* Length of the fixed part of a name: all, or what precedes the '*'. */
static size_t stem_length(const char *name)
{
	const size_t n = strlen(name);

	return n > 0 && name[n - 1] == '*' ? n - 1 : n;
}

/* The pattern with at most `most` fixed characters that matches the name. */
static const char *find_pattern(const struct names *l, const char *name, size_t most)
{
	char pattern[IFNAMSIZ + 1];
	const char *found = NULL;

	for (size_t n = 1; n <= most && n + 1 < sizeof(pattern) && !found; n++) {
		memcpy(pattern, name, n);
		pattern[n] = '*';
		pattern[n + 1] = '\0';
		found = find_name(l, pattern);
	}
	return found;
}

const char *names_covering(const struct names *l, const char *name)
{
	const char *found = find_name(l, name);

	return found ? found : find_pattern(l, name, stem_length(name));
}

const char *names_overlapping(const struct names *l, const char *name)
{
	const char *found = names_covering(l, name);
	const size_t n = stem_length(name);
	char stem[IFNAMSIZ] = "";

	if (found || name[n] == '\0' || n >= sizeof(stem))
		return found;
	memcpy(stem, name, n);

	const size_t i = find_place(l, stem);

	return i < l->n && strncmp(l->names[i].text, stem, n) == 0 ? l->names[i].text : NULL;
}

const char *names_including(const struct names *l, const char *name)
{
	const size_t n = stem_length(name);

	return find_pattern(l, name, name[n] ? n - 1 : n);
}

void names_check_overlap(struct reader *r, const struct names *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->names[i].text, *pattern = names_including(l, name);

		if (pattern)
			reader_error(r, l->names[i].at, "\"%s\" includes \"%s\" already; remove or narrow one", pattern,
				     name);
	}
}

void reader_check_unique_in(struct reader *r, const config_setting_t *const *lists, size_t n, const char *key)
{
	_cleanup_(names_done) struct names l = { 0 };
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += reader_length(lists[i]);
	if (!names_reserve(r, &l, sum))
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < reader_length(lists[i]); j++) {
			const config_setting_t *group = reader_group(lists[i], j);

			names_add(&l, reader_text(group, key), reader_member(group, key));
		}
	names_check_unique(r, &l, key);
}

void reader_check_unique(struct reader *r, const config_setting_t *list, const char *key)
{
	reader_check_unique_in(r, &list, 1, key);
}
