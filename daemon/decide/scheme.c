/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/scheme.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggestion.h"

void recognition_rules_done(struct recognition_rules *r)
{
	free(r->schemes);
	free(r->arrangements);
	free(r->categories.words);
	free(r->fields.words);
	*r = (struct recognition_rules){ 0 };
}

const struct scheme *scheme_find(const struct recognition_rules *r, const char *id)
{
	for (size_t i = 0; i < r->n_schemes; i++)
		if (strcmp(r->schemes[i].id, id) == 0)
			return &r->schemes[i];
	return NULL;
}

bool vocabulary_has(const struct vocabulary *v, const char *word, struct suggestion *ret)
{
	*ret = (struct suggestion){ .word = word };
	for (size_t i = 0; i < v->n; i++) {
		if (strcmp(v->words[i], word) == 0)
			return true;
		suggestion_offer(ret, v->words[i]);
	}
	return v->n == 0;
}

uint8_t scheme_level(const struct scheme *s, const char *name)
{
	for (uint8_t i = 0; i < s->n_levels; i++)
		if (strcmp(s->levels[i], name) == 0)
			return i + 1;
	return 0;
}

const char *scheme_level_name(const struct scheme *s, uint8_t level)
{
	return level > 0 && level <= s->n_levels ? s->levels[level - 1] : "none";
}
