/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/scope.h"

#include <string.h>

#include "ctl/value.h"

bool scope_has(const struct scope *s, const char *segment)
{
	if (s->segment && strcmp(s->segment, segment) != 0)
		return false;
	if (!s->within)
		return true;
	for (const struct value *v = s->within->first; v; v = v->next)
		if (strcmp(v->text, segment) == 0)
			return true;
	return false;
}
