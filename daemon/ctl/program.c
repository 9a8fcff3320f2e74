/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the command, checks the given arguments against its row of commands.h, and runs it. */
#include "ctl/program.h"

#include <getopt.h>
#include <string.h>

#include "base/log.h"
#include "base/suggestion.h"
#include "base/version.h"
#include "ctl/commands.h"
#include "ctl/language.h"
#include "ctl/syntax.h"
#include "ctl/usage.h"

/* Return values of getopt_long(); those of ctl_options start at OPTION_FIRST. */
enum option_id { OPTION_HELP = 256, OPTION_VERSION, OPTION_SYNOPSIS, OPTION_FIRST };

#define OPTIONS_MAX (64 + 4)

/* The options of both programs, so that an error can name the command that does not accept an option. */
static void list_options(struct option ret[static OPTIONS_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < ctl_options_n; i++)
		ret[n++] =
			(struct option){ ctl_options[i].name, ctl_options[i].value[0] ? required_argument : no_argument,
					 NULL, OPTION_FIRST + (int)i };
	ret[n++] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	ret[n++] = (struct option){ "version", no_argument, NULL, OPTION_VERSION };
	ret[n++] = (struct option){ "synopsis", no_argument, NULL, OPTION_SYNOPSIS };
	ret[n] = (struct option){ 0 };
}

/*
 * Finds the command that the first one or two words name, or the sole one. Returns the number of these words; sets NULL
 * when there is no such command.
 */
static int find_command(const struct program *p, int n, char **words, const struct command **ret)
{
	char name[64] = "";
	int used = 0;

	*ret = usage_sole(p);
	if (*ret)
		return 0;
	for (int i = 0; i < n && i < 2; i++) {
		size_t at = strlen(name);

		(void)snprintf(name + at, sizeof(name) - at, "%s%s", i > 0 ? " " : "", words[i]);
		for (size_t k = 0; k < p->n; k++) {
			if (strcmp(p->commands[k].name, name) != 0)
				continue;
			*ret = &p->commands[k];
			used = i + 1;
		}
	}
	return used;
}

static const char *option_name(uint64_t mask)
{
	unsigned i = 0;

	while (!(mask & OPTION_BIT(i)))
		i++;
	return ctl_options[i].name;
}

/* As the reader calls it: a sole one by its program. */
static const char *called(const struct program *p, const struct command *command)
{
	return command->name[0] ? command->name : p->name;
}

static bool fits(const struct program *p, const struct command *command, uint64_t given, unsigned operands)
{
	struct syntax own, always;

	(void)syntax_read(command->arguments, &own);
	(void)syntax_read(p->always, &always);

	const uint64_t excess = given & ~(own.may | always.may), missing = own.needs & ~given;

	if (excess)
		log_error("`%s` takes no --%s; %s --help shows what it takes", called(p, command), option_name(excess),
			  p->name);
	else if (missing)
		log_error("`%s` needs --%s: %s %s", called(p, command), option_name(missing), called(p, command),
			  command->arguments);
	else if (operands < own.least || operands > own.most)
		log_error("usage: %s %s %s", p->name, command->name, command->arguments);
	else
		return true;
	return false;
}

static void log_option(const struct program *p, const struct option *options, const char *given, bool lacks_argument)
{
	struct suggestion s = { .word = given };

	if (lacks_argument) {
		log_error("\"%s\" needs a value after it; %s --help says which", given, p->name);
		return;
	}
	s.word += strspn(given, "-");
	for (const struct option *o = options; o->name; o++)
		suggestion_offer(&s, o->name);
	if (s.nearest)
		log_error("\"%s\": no such option; did you mean \"%s\"? %s --help lists them", given, s.nearest,
			  p->name);
	else
		log_error("\"%s\": no such option; %s --help lists them", given, p->name);
}

static enum ctl_exit help(const struct program *p, int n, char **words)
{
	if (n == 0 || usage_sole(p))
		usage_print_all(p);
	else if (!usage_print(p, n, words))
		usage_log_unknown(p, n, words);
	else
		return CTL_YES;
	return n == 0 || usage_sole(p) ? CTL_YES : CTL_FAULT;
}

static enum ctl_exit run(const struct program *p, struct ctl *ctl, uint64_t given, int n, char **words)
{
	const struct command *command = NULL;
	const int used = usage_is_elsewhere(p, n, words) ? 0 : find_command(p, n, words, &command);

	if (!command && n == 0)
		log_error("give a command; %s --help lists them", p->name);
	else if (!command)
		usage_log_unknown(p, n, words);
	if (!command || !fits(p, command, given, (unsigned)(n - used)))
		return CTL_FAULT;
	ctl->words = words + used;
	ctl->n_words = (unsigned)(n - used);
	ctl->operand = n > used ? words[used] : NULL;
	return command->run(ctl);
}

static int output_index(void)
{
	int i = 0;

	while (strcmp(ctl_options[i].name, "output") != 0)
		i++;
	return i;
}

/* Of two values one would count without a word. Returns false after a logged error. */
static bool take_once(unsigned i, struct ctl *ctl, uint64_t *given)
{
	if (*given & OPTION_BIT(i)) {
		log_error("--%s is given twice; give it once", ctl_options[i].name);
		return false;
	}
	*given |= OPTION_BIT(i);
	ctl_set(ctl, &ctl_options[i], optarg);
	return true;
}

/* Returns the id of an option that ends the program, '?' after a logged error, or -1. */
static int read_options(const struct program *p, int argc, char **argv, struct ctl *ctl, uint64_t *ret_given)
{
	struct option options[OPTIONS_MAX];
	int id, last = -1;

	list_options(options);
	while ((id = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		if (id == '?' || id == ':') {
			log_option(p, options, argv[optind - 1], id == ':');
			return '?';
		}
		if (id == 'o')
			id = OPTION_FIRST + output_index();
		if (id < OPTION_FIRST) {
			last = id;
			continue;
		}
		if (!take_once((unsigned)(id - OPTION_FIRST), ctl, ret_given))
			return '?';
	}
	return last;
}

int program_run(const struct program *p, int argc, char **argv)
{
	struct ctl ctl = { .out = stdout };
	enum ctl_exit answer = CTL_YES;
	uint64_t given = 0;

	const int id = read_options(p, argc, argv, &ctl, &given);

	if (ctl.json)
		language_close();
	switch (id) {
	case '?':
		return CTL_FAULT;
	case OPTION_VERSION:
		version_print(p->name, stdout);
		break;
	case OPTION_SYNOPSIS:
		usage_print_synopsis(p);
		break;
	case OPTION_HELP:
		answer = help(p, argc - optind, argv + optind);
		break;
	default:
		answer = run(p, &ctl, given, argc - optind, argv + optind);
		break;
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("the output could not be written");
		return CTL_FAULT;
	}
	return answer;
}
