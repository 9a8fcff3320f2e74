/* SPDX-License-Identifier: Apache-2.0 */
/* hallmarkctl's help: all commands in groups, one with its options, and the nearest to one that was mistyped. */
#include "ctl/usage.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "ctl/page.h"
#include "hallmark/bus.h"

/* By first words. A command in none of them is under the last. */
static const struct {
	const char *title, *verbs;
} groups[] = {
	{ "Look", " status list show explain replay watch log diff doctor metrics " },
	{ "Order", " quarantine allow monitor release reattest open close " },
	{ "Configure", " check reload ruleset trust " },
	{ "Labels, and files of others", " label register reference verify inspect " },
	{ "Other", "" },
};

/* What the options of single commands are; those without a text speak for themselves. */
static const struct {
	const char *name, *argument, *help;
} option_texts[] = {
	{ "json", "", "print JSON (docs/json.md)" },
	{ "socket", "PATH", "of the daemon; " HALLMARK_BUS_SOCKET },
	{ "config", "FILE", HALLMARK_SYSCONFDIR "/hallmarkd.conf" },
	{ "key", "KEY.pem", "who signs, by the private key; with verify, the public one of who should have" },
	{ "output", "OUT", "where to write it; also -o" },
	{ "at", "TIME", "as of then: 2026-05-31, 2026-05-31T12:00:00Z or seconds since 1970" },
	{ "sequence", "N", "its number, higher than the last one's" },
	{ "expires", "DAY", "until when it counts, that day included" },
	{ "issuer", "NAME", "who signs, where the file does not say" },
	{ "uri", "URI", "by which labels name the list" },
	{ "ttl", "T", "for how long a copy counts, as 24h" },
	{ "size", "N", "places in the list" },
	{ "bits", "N", "of each place: 1, 2, 4 or 8" },
	{ "signature-only", "", "nothing but whether the signature is the key's" },
	{ "partial", "", "there are labels in force that it does not have" },
	{ "confirm", "", "let pass what the brake holds" },
	{ "discard", "", "drop what the brake holds" },
	{ "diff", "", "which devices it would move, and why" },
	{ "state", "FILE", "the store, where the configuration does not say where it is" },
	{ "head", "SEQ:HASH", "the entry that the journal names" },
	{ "last", "N", "so many entries" },
	{ "name", "N", "by which it is called" },
	{ "url", "U", "to fetch it from, https alone" },
	{ "schemes", "S,...", "that the issuer may speak for" },
	{ "makers", "M,...", "that the issuer may speak for" },
	{ "force", "", "although it is not yet time to try again" },
	{ "unproved", "", "although nobody but the device itself says which device it is" },
	{ "zone", "Z", "a zone of the configuration" },
	{ "for", "T", "for how long, as 30m, 12h or 7d" },
	{ "reason", "R", "for the record" },
	{ "base", "", "what the gateway boots with; there is always an answer" },
	{ "saved", "FILE", "the copy of the last good one" },
};

#define HELP_INDENT   6
#define OPTION_INDENT 22

static bool has_word(const char *words, const char *text, size_t n)
{
	const char *at = words;

	while ((at = strstr(at, " ")) && strncmp(++at, text, n) != 0)
		;
	return at && at[n] == ' ';
}

static size_t group_of(const struct command *command)
{
	const size_t n = strcspn(command->name, " ");
	size_t i = 0;

	/* `status build` makes a list, `status` asks */
	if (command->name[n] == ' ' && strncmp(command->name, "status", n) == 0)
		return ARRAY_SIZE(groups) - 2;
	while (i < ARRAY_SIZE(groups) - 1 && !has_word(groups[i].verbs, command->name, n))
		i++;
	return i;
}

static void print_command(const struct page *page, const struct command *command)
{
	struct page line = *page;
	char label[48];

	/* what does not fit stands below the arguments */
	line.indent =
		(unsigned)snprintf(label, sizeof(label), "  %s%s", command->name, command->arguments[0] ? " " : "");
	page_line(&line, label, "%s", command->arguments);
	line.indent = HELP_INDENT;
	page_line(&line, "      ", "%s", command->help);
}

static void print_option(const struct page *page, const char *name)
{
	struct page line = *page;
	char label[48];

	line.indent = OPTION_INDENT;
	for (size_t i = 0; i < ARRAY_SIZE(option_texts); i++) {
		if (strcmp(option_texts[i].name, name) != 0)
			continue;
		(void)snprintf(label, sizeof(label), "  --%s %s", name, option_texts[i].argument);
		page_line(&line, label, "%s", option_texts[i].help);
		return;
	}
	(void)printf("  --%s\n", name);
}

static void print_group(const struct usage *u, const struct page *page, size_t group)
{
	bool is_empty = true;

	for (size_t i = 0; i < u->n; i++) {
		if (group_of(&u->commands[i]) != group)
			continue;
		if (is_empty)
			(void)printf("\n%s:\n", groups[group].title);
		print_command(page, &u->commands[i]);
		is_empty = false;
	}
}

void usage_print_all(const struct usage *u)
{
	const struct page page = page_open(stdout, 0);

	(void)puts("hallmarkctl: asks hallmarkd, issues labels, verifies files\n\n"
		   "Usage: hallmarkctl [OPTION...] COMMAND; `hallmarkctl COMMAND --help` says more");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		print_group(u, &page, i);
	(void)puts("\nOptions of every command:");
	print_option(&page, "json");
	print_option(&page, "socket");
	print_option(&page, "config");
	(void)puts("  --help, --version\n\n"
		   "Exit status: 0 done, valid, or nothing found; 1 not valid, no such device, not\n"
		   "refreshed, or something found; 2 wrong usage, or it could not be evaluated.");
}

bool usage_print(const struct usage *u, int n, char **words)
{
	const struct page page = page_open(stdout, 0);
	uint64_t may = 0;
	bool any = false;

	for (size_t i = 0; i < u->n; i++) {
		const size_t length = strcspn(u->commands[i].name, " ");
		const char *second = u->commands[i].name[length] ? u->commands[i].name + length + 1 : "";

		if (strlen(words[0]) != length || strncmp(words[0], u->commands[i].name, length) != 0 ||
		    (n > 1 && second[0] && strcmp(words[1], second) != 0))
			continue;
		if (!any)
			(void)puts("Usage: hallmarkctl");
		print_command(&page, &u->commands[i]);
		may |= u->commands[i].may;
		any = true;
	}
	for (const struct option *o = u->options; any && o->name; o++)
		if ((may | u->always) & UINT64_C(1) << o->val)
			print_option(&page, o->name);
	return any;
}

void usage_log_unknown(const struct usage *u, int n, char **words)
{
	char given[128], hint[128];
	struct suggestion s = { .word = given };
	const size_t length = strlen(words[0]);
	bool is_first = false;

	for (size_t i = 0; i < u->n; i++)
		is_first |= strncmp(u->commands[i].name, words[0], length) == 0 && u->commands[i].name[length] == ' ';
	(void)snprintf(given, sizeof(given), "%s%s%s", words[0], n > 1 ? " " : "", n > 1 ? words[1] : "");
	for (size_t i = 0; i < u->n; i++)
		suggestion_offer(&s, u->commands[i].name);
	if (!s.nearest && !is_first) {
		(void)snprintf(given, sizeof(given), "%s", words[0]);
		for (size_t i = 0; i < u->n; i++)
			suggestion_offer(&s, u->commands[i].name);
	}
	log_error("\"%s\": no such command%s; hallmarkctl %s%s--help lists them", given, suggestion_text(&s, hint),
		  is_first ? words[0] : "", is_first ? " " : "");
}
