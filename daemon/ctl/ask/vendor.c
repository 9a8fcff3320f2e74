/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list has a block of lines for each assignment, of which the one with "(base 16)" is read:
 *   B40F3B     (base 16)		Vendor
 * In the lists of 28 and 36 bits it has the rest of the range, "000000-0FFFFF", and the line before it has the first 24 bits.
 */
#include "ctl/ask/vendor.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define LOCAL_BIT 0x02 /* IEEE 802-2014 section 8.2.2 */

struct vendor {
	uint64_t first; /* of the MACs, as a number */
	unsigned bits;  /* that are assigned */
	char *name;     /* owned */
};

struct vendors {
	struct vendor *list; /* owned; by first and bits */
	size_t n, room;
};

DEFINE_CLEANUP(struct vendors *, vendors_free);

void vendors_free(struct vendors *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		free(v->list[i].name);
	free(v->list);
	free(v);
}

static bool add(struct vendors *v, uint64_t first, unsigned bits, const char *name)
{
	const size_t room = v->room > 0 ? 2 * v->room : 4096;

	if (v->n == v->room) {
		struct vendor *grown = reallocarray(v->list, room, sizeof(*grown));

		if (!grown)
			return false;
		v->list = grown;
		v->room = room;
	}
	v->list[v->n] = (struct vendor){ .first = first, .bits = bits, .name = strdup(name) };
	return v->list[v->n++].name != NULL;
}

/* Of one list; `bits` are what an assignment in it has. Lines that are not understood are skipped. False: no memory. */
static bool read_list(struct vendors *v, FILE *f, unsigned bits)
{
	char line[1024];
	unsigned block = 0;

	while (fgets(line, sizeof(line), f)) {
		const char *mark = strstr(line, "(base 16)"), *name;
		unsigned a, b, c, first;

		if (sscanf(line, "%2x-%2x-%2x", &a, &b, &c) == 3 && strstr(line, "(hex)"))
			block = a << 16 | b << 8 | c;
		if (!mark || sscanf(line, "%6x", &first) != 1)
			continue;
		line[strcspn(line, "\r\n")] = '\0';
		name = mark + strlen("(base 16)");
		name += strspn(name, " \t");
		if (!add(v, bits == 24 ? (uint64_t)first << 24 : (uint64_t)block << 24 | first, bits, name))
			return false;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct vendor *x = a, *y = b;

	if (x->first != y->first)
		return x->first > y->first ? 1 : -1;
	return (x->bits > y->bits) - (x->bits < y->bits);
}

struct vendors *vendors_read(const char *folder)
{
	static const struct {
		const char *name;
		unsigned bits;
	} lists[] = { { "oui.txt", 24 }, { "mam.txt", 28 }, { "oui36.txt", 36 } };
	_cleanup_(vendors_freep) struct vendors *v = calloc(1, sizeof(*v));

	for (size_t i = 0; v && i < ARRAY_SIZE(lists); i++) {
		_cleanup_fclose_ FILE *f = NULL;
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, lists[i].name);
		f = fopen(path, "re");
		if (f && !read_list(v, f, lists[i].bits))
			return NULL;
	}
	if (!v || v->n == 0)
		return NULL;
	qsort(v->list, v->n, sizeof(v->list[0]), compare);
	return TAKE_PTR(v);
}

const char *vendors_find(const struct vendors *v, const uint8_t mac[static 6])
{
	uint64_t number = 0;

	for (int i = 0; i < 6; i++)
		number = number << 8 | mac[i];
	for (unsigned bits = 36; v && !(mac[0] & LOCAL_BIT) && bits >= 24; bits -= bits == 28 ? 4 : 8) {
		const struct vendor key = { .first = number >> (48 - bits) << (48 - bits), .bits = bits };
		const struct vendor *found = bsearch(&key, v->list, v->n, sizeof(v->list[0]), compare);

		if (found)
			return found->name;
	}
	return "";
}
