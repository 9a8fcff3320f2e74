/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ask/word.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"

static const char *const words[] = {
	/* checks */
	TO_TRANSLATE("passed"),
	TO_TRANSLATE("failed"),
	TO_TRANSLATE("absent"),
	/* rules */
	TO_TRANSLATE("taken"),
	TO_TRANSLATE("refused"),
	TO_TRANSLATE("not reached"),
	/* the clock */
	TO_TRANSLATE("synchronised"),
	/* layer 2 */
	TO_TRANSLATE("yes"),
	TO_TRANSLATE("no bridges"),
	TO_TRANSLATE("no: nothing is enforced"),
	TO_TRANSLATE("no: this kernel has no nf_tables for bridges"),
	TO_TRANSLATE("yes, but br_netfilter is on: devices of one household on a bridge cannot reach each other"),
};

const char *word(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], text) == 0)
			return translated(words[i]);
	return text;
}
