/* SPDX-License-Identifier: Apache-2.0 */
/* Which households a report is about. */
#pragma once

#include <stdbool.h>

struct value;

struct scope {
	const char *segment;        /* of this one alone; NULL: of all */
	const struct value *within; /* texts: of all of these; NULL: of all that there are */
};

bool scope_has(const struct scope *s, const char *segment);
