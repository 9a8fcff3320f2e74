/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's command line. */
#include <getopt.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/clock_mark.h"
#include "run/core.h"
#include "run/judge.h"
#include "run/worker.h"

#define EXIT_USAGE 2

DEFINE_CLEANUP(struct config *, config_free);

static void print_usage(FILE *out)
{
	(void)fputs("hallmarkd [--config FILE] [--check | --print-config] [--no-enforcement] [--debug]\n"
		    "Admits devices to the gateway's network by the certification they can prove.\n\n"
		    "  -c, --config FILE   read FILE instead of " HALLMARK_SYSCONFDIR "/hallmarkd.conf\n"
		    "  -k, --check         check the configuration and all files that it names, then exit\n"
		    "  -p, --print-config  print the effective configuration, every key with its value, then exit\n"
		    "      --no-enforcement  judge, answer and record, but touch no table: every device passes\n"
		    "  -d, --debug         log more\n"
		    "  -h, --help          print this\n"
		    "  -v, --version       print the version\n",
		    out);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "print-config", no_argument, NULL, 'p' },
		{ "no-enforcement", no_argument, NULL, 'n' }, /* no letter: too much for a slip */
		{ "debug", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ "clock", no_argument, NULL, 't' },  /* hallmark-clock.service */
		{ "worker", no_argument, NULL, 'w' }, /* only the core uses these two */
		{ "judge", no_argument, NULL, 'j' },
		{ 0 },
	};
	const char *path = HALLMARK_SYSCONFDIR "/hallmarkd.conf";
	bool only_check = false, only_print = false, has_no_enforcement = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:kpdhv", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'k':
			only_check = true;
			break;
		case 'n':
			has_no_enforcement = true;
			break;
		case 'p':
			only_print = true;
			break;
		case 'd':
			log_set_level(LOG_DEBUG);
			break;
		case 'h':
			print_usage(stdout);
			return EXIT_SUCCESS;
		case 'v':
			(void)puts("hallmarkd " HALLMARK_VERSION);
			return EXIT_SUCCESS;
		case 't':
			return clock_mark_run();
		case 'w':
			return worker_run();
		case 'j':
			return judge_run();
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "hallmarkd: \"%s\" is one argument too many\n", argv[optind]);
		print_usage(stderr);
		return EXIT_USAGE;
	}

	_cleanup_(config_freep) struct config *config = NULL;

	if (only_print)
		return config_print(path, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (config_load(path, &config) < 0)
		return EXIT_FAILURE;
	if (!only_check)
		return core_run(TAKE_PTR(config), has_no_enforcement);
	if (core_check(config) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	config_describe(config, path, stdout);
	return EXIT_SUCCESS;
}
