/* SPDX-License-Identifier: Apache-2.0 */
/* A question is the first half of a digest over its parts. Each part is preceded by its length. */
#include "base/dependency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

#define PARTS_MAX 4096 /* bytes of both parts: names of CAs are the longest */

static void put_number(struct writer *w, uint64_t number)
{
	writer_put(w, bytes_of(&number, sizeof(number)));
}

static int half_digest(struct bytes b, uint64_t *ret)
{
	uint8_t digest[SHA256_LEN];
	int r = digest_sha256(b, digest);

	memcpy(ret, digest, sizeof(*ret));
	return r;
}

uint64_t dependency_id(enum dependency_kind kind, struct bytes a, struct bytes b, uint64_t index)
{
	uint8_t parts[PARTS_MAX];
	struct writer w = WRITER(parts);
	uint64_t id;

	put_number(&w, kind);
	put_number(&w, index);
	put_number(&w, a.n);
	writer_put(&w, a);
	writer_put(&w, b);
	return w.overflow || half_digest(writer_bytes(&w), &id) < 0 ? DEPENDENCY_ALL : id;
}

void dependencies_add(struct dependencies *d, uint64_t id)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->ids[i] == id)
			return;
	if (d->n == DEPENDENCIES_MAX)
		d->ids[0] = DEPENDENCY_ALL;
	else
		d->ids[d->n++] = id;
}

void dependencies_add_all(struct dependencies *d, const struct dependencies *from)
{
	for (size_t i = 0; i < from->n; i++)
		dependencies_add(d, from->ids[i]);
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

bool dependency_meets(uint64_t id, const uint64_t *ids, size_t n)
{
	return id == DEPENDENCY_ALL || (n > 0 && bsearch(&id, ids, n, sizeof(*ids), compare_ids));
}

bool dependencies_meet(const struct dependencies *d, const uint64_t *ids, size_t n)
{
	for (size_t i = 0; i < d->n; i++)
		if (dependency_meets(d->ids[i], ids, n))
			return true;
	return false;
}

void answers_done(struct answers *a)
{
	free(a->list);
	*a = (struct answers){ 0 };
}

int answers_add(struct answers *a, uint64_t id, struct bytes value)
{
	if (a->n == a->room) {
		size_t room = a->room ? 2 * a->room : 64;
		struct answer *list = reallocarray(a->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		a->list = list;
		a->room = room;
	}
	a->list[a->n].id = id;

	int r = half_digest(value, &a->list[a->n].value);

	a->n += r == 0;
	return r;
}

static int compare_answers(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;
	int order = compare_ids(&x->id, &y->id);

	return order != 0 ? order : compare_ids(&x->value, &y->value);
}

static void sort_answers(struct answers *a)
{
	if (a->n > 1)
		qsort(a->list, a->n, sizeof(*a->list), compare_answers);
}

/* End of the run of equal ids that begins at i. */
static size_t end_of_run(const struct answers *a, size_t i)
{
	const uint64_t id = a->list[i].id;

	while (i < a->n && a->list[i].id == id)
		i++;
	return i;
}

static bool same_run(const struct answers *a, size_t i, size_t n, const struct answers *b, size_t j)
{
	return end_of_run(b, j) - j == n && memcmp(&a->list[i], &b->list[j], n * sizeof(*a->list)) == 0;
}

int answers_compare(struct answers *a, struct answers *b, uint64_t **ret, size_t *ret_n)
{
	uint64_t *ids = calloc(a->n + b->n + 1, sizeof(*ids));
	size_t n = 0, i = 0, j = 0;

	if (!ids)
		return -ENOMEM;
	sort_answers(a);
	sort_answers(b);
	while (i < a->n || j < b->n) {
		bool in_a = j == b->n || (i < a->n && a->list[i].id <= b->list[j].id);
		bool in_b = i == a->n || (j < b->n && b->list[j].id <= a->list[i].id);
		size_t run_a = in_a ? end_of_run(a, i) - i : 0, run_b = in_b ? end_of_run(b, j) - j : 0;

		if (!in_a || !in_b || !same_run(a, i, run_a, b, j))
			ids[n++] = in_a ? a->list[i].id : b->list[j].id;
		i += run_a;
		j += run_b;
	}
	*ret = ids;
	*ret_n = n;
	return 0;
}
