/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void counts_done(struct counts *c)
{
	free(c->list);
	*c = (struct counts){ 0 };
}

/* Where the name is, or would be. */
static size_t place_of(const struct counts *c, const char *name)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(c->list[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void grow(struct counts *c)
{
	struct count *list;

	if (c->n < c->room)
		return;
	c->room = c->room ? 2 * c->room : 16;
	list = realloc(c->list, c->room * sizeof(*list));
	if (!list) {
		log_error("out of memory");
		exit(2);
	}
	c->list = list;
}

uint64_t *counts_of(struct counts *c, const char *name)
{
	const size_t at = place_of(c, name);

	if (at < c->n && strcmp(c->list[at].name, name) == 0)
		return c->list[at].n;
	if (c->n == COUNTS_NAMES_MAX)
		return c->others.n;
	grow(c);
	memmove(&c->list[at + 1], &c->list[at], (c->n++ - at) * sizeof(c->list[0]));
	memset(&c->list[at], 0, sizeof(c->list[at]));
	(void)snprintf(c->list[at].name, sizeof(c->list[at].name), "%s", name);
	return c->list[at].n;
}

const struct count *counts_find(const struct counts *c, const char *name)
{
	const size_t at = place_of(c, name);

	return at < c->n && strcmp(c->list[at].name, name) == 0 ? &c->list[at] : NULL;
}
