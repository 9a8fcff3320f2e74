/* SPDX-License-Identifier: Apache-2.0 */
#include "core/devices/used.h"

#include <stdlib.h>

bool used_has(const struct used_beacon *u, uint32_t number, uint64_t mark)
{
	if (number != u->number)
		return number < u->number;
	if (u->n_marks == USED_MARKS_MAX || (u->n_marks > 0 && u->first == mark))
		return true;
	for (uint32_t i = 1; i < u->n_marks; i++)
		if (u->further[i - 1] == mark)
			return true;
	return false;
}

void used_add(struct used_beacon *u, uint32_t number, uint64_t mark)
{
	if (number != u->number) {
		used_done(u);
		u->number = number;
	}
	if (u->n_marks == 0) {
		u->first = mark;
	} else if (u->n_marks < USED_MARKS_MAX) {
		if (!u->further)
			u->further = calloc(USED_MARKS_MAX - 1, sizeof(*u->further));
		if (!u->further) {
			u->n_marks = USED_MARKS_MAX;
			return;
		}
		u->further[u->n_marks - 1] = mark;
	}
	u->n_marks += u->n_marks < USED_MARKS_MAX;
}

void used_done(struct used_beacon *u)
{
	free(u->further);
	*u = (struct used_beacon){ 0 };
}
