/* SPDX-License-Identifier: Apache-2.0 */
/* Which known word is nearest to a mistyped one. */
#pragma once

/* The known word nearest to a mistyped one. Zeroed except for `word`, it has no candidates yet. */
struct suggestion {
	const char *word;
	const char *nearest;
	unsigned distance;
};

void suggestion_offer(struct suggestion *s, const char *candidate);

/* "; did you mean "x"?", or "" when nothing is near. Returns ret. */
const char *suggestion_text(const struct suggestion *s, char ret[static 128]);
