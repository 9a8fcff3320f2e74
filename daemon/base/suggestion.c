/* SPDX-License-Identifier: Apache-2.0 */
/* By edit distance: for a typing error, not for a different word. */
#include "base/suggestion.h"
#include "base/language.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SUGGESTION_MAX      48 /* characters of a word that is compared */
#define SUGGESTION_DISTANCE 2  /* edits: a typing error, not another word */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein distance; UINT32_MAX when a word is too long to compare. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[SUGGESTION_MAX + 1];
	size_t n_a = strlen(a), n_b = strlen(b);

	if (n_a > SUGGESTION_MAX || n_b > SUGGESTION_MAX)
		return UINT32_MAX;
	for (unsigned j = 0; j <= n_b; j++)
		row[j] = j;
	for (unsigned i = 1; i <= n_a; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n_b; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n_b];
}

void suggestion_offer(struct suggestion *s, const char *candidate)
{
	unsigned distance = edit_distance(s->word, candidate);

	if (distance > SUGGESTION_DISTANCE || distance >= strlen(s->word))
		return;
	if (s->nearest && distance >= s->distance)
		return;
	s->nearest = candidate;
	s->distance = distance;
}

const char *suggestion_text(const struct suggestion *s, char ret[static 128])
{
	ret[0] = '\0';
	if (s->nearest)
		(void)snprintf(ret, 128, translated("; did you mean \"%s\"?"), s->nearest);
	return ret;
}
