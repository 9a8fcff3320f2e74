/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-notify: tells people and other systems what the gateway's daemon says on its bus. The code is in notify/. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/version.h"
#include "notify/notify.h"
#include "notify/settings.h"

#define EXIT_USAGE 2

DEFINE_CLEANUP(struct settings *, settings_free);

static void print_usage(FILE *out)
{
	(void)fputs("hallmark-notify [--config FILE] [--check]\n"
		    "Tells programs, people and other systems what a hallmark gateway reports.\n\n"
		    "  -c, --config FILE   read FILE instead of " HALLMARK_SYSCONFDIR "/notify.conf\n"
		    "  -k, --check         check the file and the secrets that it names, then exit\n"
		    "  -h, --help          print this\n  -v, --version       print the version\n",
		    out);
}

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ 0 },
};

int main(int argc, char *argv[])
{
	_cleanup_(settings_freep) struct settings *settings = NULL;
	const char *path = HALLMARK_SYSCONFDIR "/notify.conf";
	bool only_check = false;
	int option, r;

	while ((option = getopt_long(argc, argv, "c:khv", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'k':
			only_check = true;
			break;
		case 'h':
			print_usage(stdout);
			return EXIT_SUCCESS;
		case 'v':
			version_print("hallmark-notify", stdout);
			return EXIT_SUCCESS;
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "hallmark-notify: \"%s\" is one argument too many\n", argv[optind]);
		return EXIT_USAGE;
	}
	r = settings_load(path, &settings);
	if (r < 0)
		return r == -ENOMEM ? EXIT_FAILURE : EX_CONFIG; /* its unit does not start it again */
	if (!only_check)
		return notify_run(settings);
	(void)printf("%s: good: %zu targets, %zu rules\n", path, settings->n_targets, settings->n_rules);
	return EXIT_SUCCESS;
}
