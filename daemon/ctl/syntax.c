/* SPDX-License-Identifier: Apache-2.0 */
/* Parses "DEVICE --zone Z --for T [--unproved]" into required and allowed arguments. */
#include "ctl/syntax.h"

#include <string.h>

#include "base/cleanup.h"
#include "ctl/commands.h"
#include "hallmark/bus.h"

#define TEXT(member, name, value, help) { name, value, help, offsetof(struct ctl, member) },
#define FLAG(member, name, help)        { name, "", help, offsetof(struct ctl, member) },
const struct ctl_option ctl_options[] = { CTL_OPTIONS(TEXT, FLAG) };
#undef TEXT
#undef FLAG

const unsigned ctl_options_n = ARRAY_SIZE(ctl_options);

_Static_assert(ARRAY_SIZE(ctl_options) <= 64, "a mask has one bit for each option");

void ctl_set(struct ctl *ctl, const struct ctl_option *option, const char *text)
{
	void *member = (char *)ctl + option->member;

	if (option->value[0])
		*(const char **)member = text;
	else
		*(bool *)member = true;
}

/* Finds "--for" or "-o", n characters. Returns the index, or ctl_options_n. */
static unsigned find_option(const char *word, size_t n)
{
	unsigned i = 0;

	if (n == 2 && word[1] == 'o')
		return find_option("--output", strlen("--output"));
	while (i < ctl_options_n &&
	       !(strlen(ctl_options[i].name) == n - 2 && strncmp(ctl_options[i].name, word + 2, n - 2) == 0))
		i++;
	return i;
}

static void take_operand(const char *word, size_t n, bool is_needed, struct syntax *s)
{
	const bool is_many = n > 3 && strncmp(word + n - 3, "...", 3) == 0;

	s->most = is_many ? ANY_OPERANDS : s->most + 1;
	s->least += is_needed;
}

bool syntax_read(const char *arguments, struct syntax *ret)
{
	unsigned depth = 0;
	bool is_value = false;
	size_t n;

	*ret = (struct syntax){ 0 };
	for (const char *c = arguments; *c; c += n) {
		n = strcspn(c, " []|");
		if (n == 0 || is_value) {
			depth += (*c == '[') - (*c == ']');
			is_value = is_value && n == 0;
			n += n == 0;
			continue;
		}
		if (*c != '-') {
			n = strcspn(c, " []"); /* NAME|FILE is one operand */
			take_operand(c, n, depth == 0, ret);
			continue;
		}

		const unsigned i = find_option(c, n);

		if (i == ctl_options_n)
			return false;
		ret->may |= OPTION_BIT(i);
		ret->needs |= depth == 0 ? OPTION_BIT(i) : 0;
		is_value = ctl_options[i].value[0] != '\0';
	}
	return true;
}
