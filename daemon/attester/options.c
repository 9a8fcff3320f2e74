/* SPDX-License-Identifier: Apache-2.0 */
/* Command line → struct options. Reports errors with their remedy; opens no file except that of --config. */
#include "attester/options.h"

#include <getopt.h>
#include <stdio.h>

#include "attester/setting.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/version.h"

#define TIMEOUT_DEFAULT_SEC 20

/* Return values of getopt_long(); for a setting OPTION_SETTING and its index in the table. */
enum option_id {
	OPTION_CONFIG = 256,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_SETTING = 512,
};

#define N_OWN        3 /* --config, --help, --version */
#define SETTINGS_MAX 32

static const char help[] = "hallmark-attester: attests this device to a hallmark gateway (docs/attester.md)\n"
			   "\n"
			   "Usage: hallmark-attester --gateway HOST[:PORT] --cert PEM --key PEM [OPTION...]\n"
			   "       hallmark-attester --ca PEM --cert PEM --key PEM [OPTION...]\n"
			   "       hallmark-attester --config FILE [OPTION...]\n"
			   "\n"
			   "  --config FILE          all of these as NAME = value; options override it\n"
			   "  --gateway HOST[:PORT]  192.0.2.1, [2001:db8::1]:5684, fe80::1%eth0; port 5684.\n"
			   "                         Without it the device looks for its gateway: at the\n"
			   "                         default router, then by DNS-SD. That needs --ca\n"
			   "  --cert FILE            PEM: the device's certificate, then those of its CAs\n"
			   "  --key FILE             PEM: its private key\n"
			   "  --ca FILE              PEM: CAs that may certify the gateway\n"
			   "  --label FILE           label statement to send along; up to four times\n"
			   "  --nonce                fetch a nonce first; else the channel value is used\n"
			   "  --no-link              leave this device's link-layer address out of the evidence:\n"
			   "                         a router or an extender is between it and the gateway\n"
			   "  --admission            only ask for the present admission of this device\n"
			   "  --verifier-key FILE    PEM: public key that the gateway signs its results with\n"
			   "  --timeout SECONDS      for the handshake and for each answer; 20\n"
			   "  --json                 print the result as JSON, one line each\n"
			   "  --once                 attest once and end (default)\n"
			   "  --daemon               attest, and again before each result ends, for ever;\n"
			   "                         SIGTERM ends it\n"
			   "  --fast                 with --daemon: first ask for the present admission\n"
			   "  --help, --version\n"
			   "\n"
			   "Claims of the evidence; the first four are required, but not with --admission:\n"
			   "  --ueid HEX             7 to 33 bytes, the first is 01, 02 or 03 (RFC 9711, 4.2.1)\n"
			   "  --oemid ID             pen:32473, ieee:acde48 or random: and 32 hex digits\n"
			   "  --hwmodel TEXT         --swversion TEXT   --hwversion TEXT   --swname TEXT\n"
			   "  --version-scheme NAME  of --swversion: semver (default), multipartnumeric,\n"
			   "                         multipartnumeric+suffix, alphanumeric, decimal\n"
			   "  --dbgstat NAME         enabled, disabled (default), disabled-since-boot,\n"
			   "                         disabled-permanently, disabled-fully-and-permanently\n"
			   "\n"
			   "Exit status: 0 affirmed, 1 with a warning, 2 contraindicated, 3 the request was\n"
			   "refused, 4 no reliable answer, 64 wrong usage. With --daemon: 0 after\n"
			   "SIGTERM, 3 for a refusal that would come again, 64.\n";

static const struct option own_options[N_OWN] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
};

static void list_options(struct option ret[static N_OWN + SETTINGS_MAX + 1])
{
	memcpy(ret, own_options, sizeof(own_options));
	for (size_t i = 0; i < n_settings; i++)
		ret[N_OWN + i] = (struct option){
			.name = settings[i].name,
			.has_arg = settings[i].kind == SETTING_FLAG ? no_argument : required_argument,
			.val = OPTION_SETTING + (int)i,
		};
	ret[N_OWN + n_settings] = (struct option){ 0 };
}

static bool options_are_complete(const struct options *o)
{
	const struct {
		const char *name;
		bool given, always;
	} required[] = {
		{ "cert", o->certificate != NULL, true },
		{ "key", o->key != NULL, true },
		{ "ueid", o->claims.ueid.n > 0, false },
		{ "oemid", o->claims.product.maker[0] != '\0', false },
		{ "hwmodel", o->claims.product.model[0] != '\0', false },
		{ "swversion", o->claims.product.swversion[0] != '\0', false },
	};

	if (!o->gateway && !o->ca) {
		log_error("--gateway is missing; with --ca the device looks for it, because only its certificate shows "
			  "who it is");
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		if (required[i].given || (!required[i].always && o->admission))
			continue;
		log_error("--%s is missing; --help shows what it takes", required[i].name);
		return false;
	}
	if (o->daemon && o->admission)
		log_error("--admission asks once; with --daemon use --fast");
	else if (o->fast && !o->daemon)
		log_error("--fast is for --daemon; to ask once for the admission use --admission");
	return !(o->daemon && o->admission) && !(o->fast && !o->daemon);
}

/*
 * One pass over the command line. The first one handles only --config, --help and --version; the second one sets the
 * rest, which overrides the file.
 */
static enum options_result pass(int argc, char **argv, bool first, struct options *o)
{
	const struct origin at = { 0 };
	struct option list[N_OWN + SETTINGS_MAX + 1];
	int id;

	list_options(list);
	optind = 0;     /* restarts getopt_long() */
	opterr = first; /* each mistake is reported once */
	for (id = getopt_long(argc, argv, "", list, NULL); id != -1; id = getopt_long(argc, argv, "", list, NULL)) {
		if (id == '?')
			return OPTIONS_WRONG; /* getopt_long() reported it */
		if (id == OPTION_HELP || id == OPTION_VERSION) {
			if (id == OPTION_HELP)
				(void)fputs(help, stdout);
			else
				version_print("hallmark-attester", stdout);
			return OPTIONS_SHOWN;
		}
		if (id == OPTION_CONFIG && first) {
			if (o->file) {
				log_error("--config \"%s\": one file is enough; @include takes others", optarg);
				return OPTIONS_WRONG;
			}
			if (!options_read_file(o, optarg))
				return OPTIONS_WRONG;
		}
		if (id < OPTION_SETTING || first)
			continue;

		const struct setting *setting = &settings[id - OPTION_SETTING];

		if (!setting->set(o, setting, &at, optarg))
			return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}

enum options_result options_parse(int argc, char **argv, struct options *ret)
{
	enum options_result r;

	_Static_assert(sizeof(own_options) / sizeof(own_options[0]) == N_OWN, "list_options() copies all");
	*ret = (struct options){ .timeout_sec = TIMEOUT_DEFAULT_SEC };
	ret->claims.debug = DEBUG_DISABLED;
	ret->claims.product.swversion_scheme = VERSION_SEMVER;

	r = pass(argc, argv, true, ret);
	if (r == OPTIONS_RUN)
		r = pass(argc, argv, false, ret);
	if (r != OPTIONS_RUN)
		return r;
	if (optind < argc) {
		log_error("\"%s\": not an option; --help lists them", argv[optind]);
		return OPTIONS_WRONG;
	}
	if (!options_are_complete(ret))
		return OPTIONS_WRONG;
	if (!ret->ca)
		log_warning("WARNING: without --ca the gateway is not authenticated: anybody may answer");
	return OPTIONS_RUN;
}
