/* SPDX-License-Identifier: Apache-2.0 */
/* A program's help: all commands in groups, one command with its options, and suggestions for a mistyped one. */
#include "ctl/usage.h"

#include <string.h>

#include "base/language.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "ctl/page.h"
#include "ctl/syntax.h"
#include "hallmark/bus.h"

#define HELP_INDENT   6
#define OPTION_INDENT 22

const struct command *usage_sole(const struct program *p)
{
	return p->commands[0].name[0] ? NULL : &p->commands[0];
}

static void print_command(const struct page *page, const struct command *command)
{
	struct page line = *page;
	char label[48];

	/* text that does not fit goes below the arguments */
	line.indent = (unsigned)snprintf(label, sizeof(label), "  %s%s", command->name,
					 command->name[0] && command->arguments[0] ? " " : "");
	page_item(&line, label, "%s", command->arguments);
	line.indent = HELP_INDENT;
	page_item(&line, "      ", "%s", translated(command->help));
}

/* What a gateway's programs take when the option is not given; "": nothing. */
static const char *without(const struct ctl_option *option)
{
	if (strcmp(option->name, "socket") == 0)
		return HALLMARK_BUS_SOCKET;
	return strcmp(option->name, "config") == 0 ? HALLMARK_SYSCONFDIR "/hallmarkd.conf" : "";
}

static void print_options(const struct page *page, uint64_t mask)
{
	struct page line = *page;
	char label[48];

	line.indent = OPTION_INDENT;
	for (unsigned i = 0; i < ctl_options_n; i++) {
		if (!(mask & OPTION_BIT(i)))
			continue;
		(void)snprintf(label, sizeof(label), "  --%s %s", ctl_options[i].name, ctl_options[i].value);
		if (without(&ctl_options[i])[0])
			page_item(&line, label, "%s; without it, a gateway's programs take %s",
				  translated(ctl_options[i].help), without(&ctl_options[i]));
		else
			page_item(&line, label, "%s", translated(ctl_options[i].help));
	}
}

static void print_exit_status(void)
{
	(void)puts("  --help, --version, --synopsis\n");
	(void)puts(translated("Exit status: 0 done, valid, or nothing found; 1 not valid, no such device, not\n"
			      "refreshed, or something found; 2 wrong usage, or it could not be evaluated."));
}

static void print_sole(const struct program *p)
{
	const struct command *command = usage_sole(p);
	const struct page page = page_open(stdout, 0);
	struct syntax always, own;

	(void)printf(translated("Usage: %s\n"), p->name);
	print_command(&page, command);
	(void)syntax_read(p->always, &always);
	(void)syntax_read(command->arguments, &own);
	(void)putchar('\n');
	print_options(&page, always.may | own.may);
	print_exit_status();
}

void usage_print_all(const struct program *p)
{
	const struct page page = page_open(stdout, 0);
	const char *group = "";
	struct syntax always;

	(void)printf("%s: %s\n\n", p->name, translated(p->summary));
	if (usage_sole(p)) {
		print_sole(p);
		return;
	}
	(void)printf(translated("Usage: %s [OPTION...] COMMAND; `%s COMMAND --help` says more\n"), p->name, p->name);
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->commands[i].group, group) != 0)
			(void)printf("\n%s:\n", translated(p->commands[i].group));
		group = p->commands[i].group;
		print_command(&page, &p->commands[i]);
	}
	(void)syntax_read(p->always, &always);
	(void)printf("\n%s\n", translated("Options of every command:"));
	print_options(&page, always.may);
	print_exit_status();
}

void usage_print_synopsis(const struct program *p)
{
	const struct command *sole = usage_sole(p);

	(void)printf("\t%s%s%s --help --version --synopsis\n", sole ? sole->arguments : "", sole ? " " : "", p->always);
	if (sole)
		return;
	for (size_t i = 0; i < p->n; i++)
		(void)printf("%s\t%s\n", p->commands[i].name, p->commands[i].arguments);
}

bool usage_print(const struct program *p, int n, char **words)
{
	const struct page page = page_open(stdout, 0);
	struct syntax always, own;
	uint64_t may = 0;
	bool any = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct command *command = &p->commands[i];
		const size_t length = strcspn(command->name, " ");
		const char *second = command->name[length] ? command->name + length + 1 : "";

		if (strlen(words[0]) != length || strncmp(words[0], command->name, length) != 0 ||
		    (n > 1 && second[0] && strcmp(words[1], second) != 0))
			continue;
		if (!any)
			(void)printf(translated("Usage: %s\n"), p->name);
		print_command(&page, command);
		(void)syntax_read(command->arguments, &own);
		may |= own.may;
		any = true;
	}
	(void)syntax_read(p->always, &always);
	if (any)
		print_options(&page, may | always.may);
	return any;
}

static bool is_first_word(const struct program *p, const char *word)
{
	const size_t length = strlen(word);

	for (size_t i = 0; i < p->n; i++)
		if (strncmp(p->commands[i].name, word, length) == 0 && strchr(" ", p->commands[i].name[length]))
			return true;
	return false;
}

bool usage_is_elsewhere(const struct program *p, int n, char **words)
{
	char one[64], first[64], two[64];

	if (!p->elsewhere || n == 0)
		return false;
	(void)snprintf(one, sizeof(one), ",%s,", words[0]);
	(void)snprintf(first, sizeof(first), ",%s ", words[0]);
	(void)snprintf(two, sizeof(two), ",%s %s,", words[0], n > 1 ? words[1] : "");
	if (strstr(p->elsewhere, two))
		return true;
	return !is_first_word(p, words[0]) && (strstr(p->elsewhere, one) || strstr(p->elsewhere, first));
}

void usage_log_unknown(const struct program *p, int n, char **words)
{
	char given[128];
	struct suggestion s = { .word = given };
	const bool is_first = is_first_word(p, words[0]);

	if (usage_is_elsewhere(p, n, words)) {
		log_error("\"%s\": no such command; %s does that, of the package %s: %s --help", words[0], p->other,
			  p->package, p->other);
		return;
	}
	(void)snprintf(given, sizeof(given), "%s%s%s", words[0], n > 1 ? " " : "", n > 1 ? words[1] : "");
	for (size_t i = 0; i < p->n; i++)
		suggestion_offer(&s, p->commands[i].name);
	if (!s.nearest && !is_first) {
		(void)snprintf(given, sizeof(given), "%s", words[0]);
		for (size_t i = 0; i < p->n; i++)
			suggestion_offer(&s, p->commands[i].name);
	}
	if (s.nearest)
		log_error("\"%s\": no such command; did you mean \"%s\"? %s %s%s--help lists them", given, s.nearest,
			  p->name, is_first ? words[0] : "", is_first ? " " : "");
	else
		log_error("\"%s\": no such command; %s %s%s--help lists them", given, p->name, is_first ? words[0] : "",
			  is_first ? " " : "");
}
