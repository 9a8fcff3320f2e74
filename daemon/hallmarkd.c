/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's command line. */
#include <getopt.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/version.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "core/check.h"
#include "core/clock_mark.h"
#include "core/core.h"
#include "edge/serve/serve.h"
#include "judge/zygote.h"

#define EXIT_USAGE 2

DEFINE_CLEANUP(struct config *, config_free);

static void print_usage(FILE *out)
{
	(void)fputs(
		"hallmarkd [--config FILE] [--check | --print-config] [--no-enforcement] [--debug]\n"
		"Admits devices to the gateway's network by the certification they can prove.\n\n"
		"  -c, --config FILE   read FILE instead of " HALLMARK_SYSCONFDIR
		"/hallmarkd.conf\n  -k, --check         check the configuration and all files that it names, then "
		"exit\n  -p, --print-config  print the effective configuration, every key with its value, then exit\n  "
		"    --no-enforcement  judge, answer and record, but change no table: every device passes\n  -d, "
		"--debug         log more\n  -h, --help          print this\n  -v, --version       print the version\n",
		out);
}

static int print_help(void)
{
	print_usage(stdout);
	return EXIT_SUCCESS;
}

static int print_version(void)
{
	version_print("hallmarkd", stdout);
	return EXIT_SUCCESS;
}

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 'k' },
	{ "print-config", no_argument, NULL, 'p' },
	{ "no-enforcement", no_argument, NULL, 'n' }, /* no short option: it must not be given by mistake */
	{ "debug", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ "clock", no_argument, NULL, 't' }, /* hallmark-clock.service */
	{ "edge", no_argument, NULL, 'e' },  /* these two are only for the core */
	{ "zygote", no_argument, NULL, 'z' },
	{ 0 },
};

/* What the command line asks for. */
struct asked {
	const char *path;
	bool has_path;
	bool only_check, only_print, has_no_enforcement;
	int (*run)(void); /* a role other than the core; NULL: the core */
};

static bool take_file(struct asked *a)
{
	if (a->has_path) {
		log_error("--config \"%s\" is a second file: give one; @include reads others", optarg);
		return false;
	}
	a->path = optarg;
	a->has_path = true;
	return true;
}

/* Returns false for an unknown option, and for a second file. */
static bool take_option(int option, struct asked *a)
{
	switch (option) {
	case 'c':
		return take_file(a);
	case 'k':
		a->only_check = true;
		return true;
	case 'p':
		a->only_print = true;
		return true;
	case 'n':
		a->has_no_enforcement = true;
		return true;
	case 'd':
		log_set_level(LOG_DEBUG);
		return true;
	case 'h':
		a->run = print_help;
		return true;
	case 'v':
		a->run = print_version;
		return true;
	case 't':
		a->run = clock_mark_run;
		return true;
	case 'e':
		a->run = edge_run;
		return true;
	case 'z':
		a->run = zygote_run;
		return true;
	default:
		return false; /* getopt_long() reported the error */
	}
}

static bool parse(int argc, char *argv[], struct asked *ret)
{
	int option;

	while (!ret->run && (option = getopt_long(argc, argv, "c:kpdhv", options, NULL)) >= 0)
		if (!take_option(option, ret))
			return false;
	if (ret->run || optind >= argc)
		return true;
	(void)fprintf(stderr, "hallmarkd: \"%s\" is one argument too many\n", argv[optind]);
	return false;
}

int main(int argc, char *argv[])
{
	struct asked asked = { .path = HALLMARK_SYSCONFDIR "/hallmarkd.conf" };
	_cleanup_(config_freep) struct config *config = NULL;
	int status;

	if (!parse(argc, argv, &asked)) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (asked.run)
		return asked.run();
	if (asked.only_print)
		return config_print(asked.path, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (config_load(asked.path, &config) < 0)
		return EXIT_FAILURE;
	if (!asked.only_check)
		return core_run(TAKE_PTR(config), asked.has_no_enforcement);
	status = core_check(config);
	if (core_check_store(config, stdout) != EXIT_SUCCESS || status != EXIT_SUCCESS)
		return EXIT_FAILURE;
	config_describe(config, asked.path, stdout);
	interfaces_describe(config, stdout);
	return EXIT_SUCCESS;
}
