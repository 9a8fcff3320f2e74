/* SPDX-License-Identifier: Apache-2.0 */
/* Which known word a mistyped one is near to. */
#pragma once

/* The word nearest to a mistyped one. Zeroed but for `word`, none was offered. */
struct suggestion {
	const char *word;
	const char *nearest;
	unsigned distance;
};

void suggestion_offer(struct suggestion *s, const char *candidate);

/* "; did you mean "x"?", or "" when nothing is near. Returns ret. */
const char *suggestion_text(const struct suggestion *s, char ret[static 128]);
