/* SPDX-License-Identifier: Apache-2.0 */
/* hallmarkctl: finds the command, checks that its options fit, and runs it. The commands are in ctl/. */
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "ctl/ctl.h"
#include "ctl/usage.h"
#include "hallmark/bus.h"

enum option_id {
	OPTION_NONE = 0,
	OPTION_JSON,
	OPTION_SOCKET,
	OPTION_CONFIG,
	OPTION_KEY,
	OPTION_OUTPUT,
	OPTION_AT,
	OPTION_SEQUENCE,
	OPTION_EXPIRES,
	OPTION_ISSUER,
	OPTION_URI,
	OPTION_TTL,
	OPTION_SIZE,
	OPTION_BITS,
	OPTION_PREVIOUS,
	OPTION_SIGNATURE_ONLY,
	OPTION_PARTIAL,
	OPTION_CONFIRM,
	OPTION_DISCARD,
	OPTION_DIFF,
	OPTION_STATE,
	OPTION_HEAD,
	OPTION_LAST,
	OPTION_NAME,
	OPTION_URL,
	OPTION_SCHEMES,
	OPTION_MAKERS,
	OPTION_FORCE,
	OPTION_UNPROVED,
	OPTION_ZONE,
	OPTION_FOR,
	OPTION_REASON,
	OPTION_BASE,
	OPTION_SAVED,
	OPTION_LOAD,
	OPTION_HELP,
	OPTION_VERSION,
};

#define OPT(id) (UINT64_C(1) << OPTION_##id)
#define ALWAYS  (OPT(JSON) | OPT(SOCKET) | OPT(CONFIG)) /* options of every command */

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "at", required_argument, NULL, OPTION_AT },
	{ "sequence", required_argument, NULL, OPTION_SEQUENCE },
	{ "expires", required_argument, NULL, OPTION_EXPIRES },
	{ "issuer", required_argument, NULL, OPTION_ISSUER },
	{ "uri", required_argument, NULL, OPTION_URI },
	{ "ttl", required_argument, NULL, OPTION_TTL },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "bits", required_argument, NULL, OPTION_BITS },
	{ "previous", required_argument, NULL, OPTION_PREVIOUS },
	{ "signature-only", no_argument, NULL, OPTION_SIGNATURE_ONLY },
	{ "partial", no_argument, NULL, OPTION_PARTIAL },
	{ "confirm", no_argument, NULL, OPTION_CONFIRM },
	{ "discard", no_argument, NULL, OPTION_DISCARD },
	{ "diff", no_argument, NULL, OPTION_DIFF },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "head", required_argument, NULL, OPTION_HEAD },
	{ "last", required_argument, NULL, OPTION_LAST },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "url", required_argument, NULL, OPTION_URL },
	{ "schemes", required_argument, NULL, OPTION_SCHEMES },
	{ "makers", required_argument, NULL, OPTION_MAKERS },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "unproved", no_argument, NULL, OPTION_UNPROVED },
	{ "zone", required_argument, NULL, OPTION_ZONE },
	{ "for", required_argument, NULL, OPTION_FOR },
	{ "reason", required_argument, NULL, OPTION_REASON },
	{ "base", no_argument, NULL, OPTION_BASE },
	{ "saved", required_argument, NULL, OPTION_SAVED },
	{ "load", no_argument, NULL, OPTION_LOAD },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static const struct command commands[] = {
	{ "status", "", "what the daemon is doing", ctl_status, 0, 0, 0 },
	{ "list", "", "every device that was judged, and its zone", ctl_list, 0, 0, 0 },
	{ "show", "DEVICE", "one device in short: zone, until when, label, place, order", ctl_show, 1, 0, 0 },
	{ "explain", "DEVICE", "why that device is where it is (id, UEID or MAC)", ctl_explain, 1, 0, 0 },
	{ "watch", "[--for T]", "each decision as it falls, until Ctrl-C or for a time", ctl_watch, 0, OPT(FOR), 0 },
	{ "replay", "DEVICE [--at TIME]", "derive its verdict again from what it signed, and say what differs",
	  ctl_replay, 1, OPT(AT), 0 },
	{ "open", "--for T --reason R", "let every device reach everything, for a time that the kernel ends", ctl_open,
	  0, OPT(FOR) | OPT(REASON), OPT(FOR) | OPT(REASON) },
	{ "close", "", "end that now", ctl_close, 0, 0, 0 },
	{ "diff", "", "what the kernel holds and should not, and what it lacks", ctl_diff, 0, 0, 0 },
	{ "check", "FILE [--diff]", "what a configuration means, or which devices it would move and why", ctl_check, 1,
	  OPT(DIFF), 0 },
	{ "reload", "[--confirm | --discard]",
	  "read configuration and trust again; or let pass, or drop, what the brake holds", ctl_reload, 0,
	  OPT(CONFIRM) | OPT(DISCARD), 0 },
	{ "reattest", "DEVICE [--for T]", "have it prove itself anew within a time (10m), else it loses its zone",
	  ctl_reattest, 1, OPT(FOR), 0 },
	{ "quarantine", "DEVICE [--for T] [--reason R]", "put it into quarantine, until it is released or for a time",
	  ctl_quarantine, 1, OPT(FOR) | OPT(REASON), 0 },
	{ "allow", "DEVICE --zone Z --for T --reason R [--unproved]",
	  "let it into a zone for a time, whatever its label lacks", ctl_allow, 1,
	  OPT(ZONE) | OPT(FOR) | OPT(REASON) | OPT(UNPROVED), OPT(ZONE) | OPT(FOR) | OPT(REASON) },
	{ "monitor", "DEVICE --for T --reason R [--unproved]", "let pass for a time, and count, what its zone drops",
	  ctl_monitor, 1, OPT(FOR) | OPT(REASON) | OPT(UNPROVED), OPT(FOR) | OPT(REASON) },
	{ "release", "DEVICE", "take back what was ordered of it", ctl_release, 1, 0, 0 },
	{ "label sign", "--key KEY.pem [-o OUT] FILE", "sign one label statement", ctl_label_sign, 1,
	  OPT(KEY) | OPT(OUTPUT) | OPT(ISSUER), OPT(KEY) },
	{ "register build", "--key KEY.pem --sequence N --expires DAY [--partial] [-o OUT] FILE",
	  "sign a list of label statements (libconfig or .csv)", ctl_register_build, 1,
	  OPT(KEY) | OPT(OUTPUT) | OPT(ISSUER) | OPT(SEQUENCE) | OPT(EXPIRES) | OPT(PARTIAL),
	  OPT(KEY) | OPT(SEQUENCE) | OPT(EXPIRES) },
	{ "status build",
	  "--key KEY.pem --uri URI [--previous LIST] [--ttl 24h] [--expires DAY] [--size N] [--bits N] [-o OUT] FILE",
	  "sign a list of labels that are revoked or suspended (libconfig or .csv)", ctl_status_build, 1,
	  OPT(KEY) | OPT(OUTPUT) | OPT(ISSUER) | OPT(URI) | OPT(TTL) | OPT(EXPIRES) | OPT(SIZE) | OPT(BITS) |
		  OPT(PREVIOUS),
	  OPT(KEY) | OPT(URI) },
	{ "reference sign", "--key KEY.pem [-o OUT] FILE", "sign a maker's reference values of good firmware",
	  ctl_reference_sign, 1, OPT(KEY) | OPT(OUTPUT) | OPT(ISSUER), OPT(KEY) },
	{ "verify", "FILE [--key PUBLIC.pem] [--at TIME] [--signature-only]",
	  "what a token or certificate says, and whether it is valid", ctl_verify, 1,
	  OPT(KEY) | OPT(AT) | OPT(SIGNATURE_ONLY), 0 },
	{ "inspect", "FILE", "what a token, certificate, list or submission says, without judging it", ctl_inspect, 1,
	  0, 0 },
	{ "log show", "[DEVICE] [--last N] [--state FILE]", "the decisions in the record, of one device or of all",
	  ctl_log_show, 1, OPT(LAST) | OPT(STATE), 0 },
	{ "log verify", "[--head SEQUENCE:HASH] [--state FILE]",
	  "whether the record is as it was written, up to the entry that the journal names", ctl_log_verify, 0,
	  OPT(HEAD) | OPT(STATE), 0 },
	{ "metrics", "[-o FILE]", "counts and states for a monitoring system: OpenMetrics, or a file for node_exporter",
	  ctl_metrics, 0, OPT(OUTPUT), 0 },
	{ "trust list", "", "who and what is trusted, how new it is, and what is left out", ctl_trust_list, 0, 0, 0 },
	{ "trust refresh", "[NAME|FILE...] [--force]", "fetch, verify and install the sets that have a url",
	  ctl_trust_refresh, ANY_OPERANDS, OPT(FORCE), 0 },
	{ "trust add", "KIND FILE [--name N] [--url U] [--schemes S,...] [--makers M,...]",
	  "trust one more: anchor, issuer, register, status-list, reference, crl", ctl_trust_add, 2,
	  OPT(NAME) | OPT(URL) | OPT(SCHEMES) | OPT(MAKERS), 0 },
	{ "trust remove", "KIND NAME|FILE", "no longer trust one that `trust add` added", ctl_trust_remove, 2, 0, 0 },
	{ "ruleset", "[--base [--saved FILE] [--load]]",
	  "the nftables tables of the configuration; or what to boot with, from a kept copy when that is not good; "
	  "loaded, unless there are tables already",
	  ctl_ruleset, 0, OPT(BASE) | OPT(SAVED) | OPT(LOAD), 0 },
	{ "doctor", "", "look at the whole installation, and say what to do about each finding", ctl_doctor, 0, 0, 0 },
};

static const struct usage usage = { commands, ARRAY_SIZE(commands), long_options, ALWAYS };

static void set_option(struct ctl *ctl, int id)
{
	const char **texts[] = {
		[OPTION_SOCKET] = &ctl->socket,   [OPTION_CONFIG] = &ctl->config, [OPTION_KEY] = &ctl->key,
		[OPTION_OUTPUT] = &ctl->output,   [OPTION_AT] = &ctl->at,         [OPTION_SEQUENCE] = &ctl->sequence,
		[OPTION_EXPIRES] = &ctl->expires, [OPTION_ISSUER] = &ctl->issuer, [OPTION_URI] = &ctl->uri,
		[OPTION_TTL] = &ctl->ttl,         [OPTION_SIZE] = &ctl->size,     [OPTION_BITS] = &ctl->bits,
		[OPTION_STATE] = &ctl->state,     [OPTION_HEAD] = &ctl->head,     [OPTION_LAST] = &ctl->last,
		[OPTION_NAME] = &ctl->name,       [OPTION_URL] = &ctl->url,       [OPTION_SCHEMES] = &ctl->schemes,
		[OPTION_MAKERS] = &ctl->makers,   [OPTION_ZONE] = &ctl->zone,     [OPTION_FOR] = &ctl->for_,
		[OPTION_REASON] = &ctl->reason,   [OPTION_SAVED] = &ctl->saved,   [OPTION_PREVIOUS] = &ctl->previous,
	};
	bool *flags[] = {
		[OPTION_JSON] = &ctl->json,         [OPTION_SIGNATURE_ONLY] = &ctl->signature_only,
		[OPTION_CONFIRM] = &ctl->confirm,   [OPTION_DISCARD] = &ctl->discard,
		[OPTION_DIFF] = &ctl->diff,         [OPTION_FORCE] = &ctl->force,
		[OPTION_UNPROVED] = &ctl->unproved, [OPTION_BASE] = &ctl->base,
		[OPTION_LOAD] = &ctl->load,         [OPTION_PARTIAL] = &ctl->partial,
	};

	if ((size_t)id < ARRAY_SIZE(flags) && flags[id])
		*flags[id] = true;
	else
		*texts[id] = optarg;
}

/* Finds the command that the first words name, one word or two. Returns how many they are, 0 for none. */
static int find_command(int n, char **words, const struct command **ret)
{
	char name[64] = "";
	int used = 0;

	for (int i = 0; i < n && i < 2; i++) {
		size_t at = strlen(name);

		(void)snprintf(name + at, sizeof(name) - at, "%s%s", i > 0 ? " " : "", words[i]);
		for (size_t k = 0; k < ARRAY_SIZE(commands); k++) {
			if (strcmp(commands[k].name, name) != 0)
				continue;
			*ret = &commands[k]; /* `status build` and not `status` */
			used = i + 1;
		}
	}
	return used;
}

static const char *option_name(uint64_t mask)
{
	for (const struct option *o = long_options; o->name; o++)
		if (mask & UINT64_C(1) << o->val)
			return o->name;
	return "?";
}

static bool options_fit(const struct command *command, uint64_t given)
{
	uint64_t excess = given & ~(command->may | ALWAYS), missing = command->needs & ~given;

	if (excess)
		log_error("`%s` takes no --%s; hallmarkctl --help shows what it takes", command->name,
			  option_name(excess));
	else if (missing)
		log_error("`%s` needs --%s: %s %s", command->name, option_name(missing), command->name,
			  command->arguments);
	return !excess && !missing;
}

/* One that stands in brackets may be left out. */
static bool operands_fit(const struct command *command, int n)
{
	const bool may_lack = command->arguments[0] == '[';

	return command->operands == ANY_OPERANDS || n == (int)command->operands ||
	       (may_lack && n < (int)command->operands);
}

static void log_option(const char *given, bool lacks_argument)
{
	struct suggestion s = { .word = given };
	char hint[128];

	if (lacks_argument) {
		log_error("\"%s\" needs a value after it; hallmarkctl --help says which", given);
		return;
	}
	s.word += strspn(given, "-");
	for (const struct option *o = long_options; o->name; o++)
		suggestion_offer(&s, o->name);
	log_error("\"%s\": no such option%s; hallmarkctl --help lists them", given, suggestion_text(&s, hint));
}

static int help(int n, char **words)
{
	if (n == 0)
		usage_print_all(&usage);
	else if (!usage_print(&usage, n, words))
		usage_log_unknown(&usage, n, words);
	else
		return CTL_YES;
	return n == 0 ? CTL_YES : CTL_FAULT;
}

static enum ctl_exit run(struct ctl *ctl, uint64_t given, int n, char **words)
{
	const struct command *command = NULL;
	const int used = find_command(n, words, &command);

	if (!command && n == 0)
		log_error("give a command; hallmarkctl --help lists them");
	else if (!command)
		usage_log_unknown(&usage, n, words);
	if (!command || !options_fit(command, given))
		return CTL_FAULT;
	if (!operands_fit(command, n - used)) {
		log_error("usage: hallmarkctl %s %s", command->name, command->arguments);
		return CTL_FAULT;
	}
	ctl->words = words + used;
	ctl->n_words = (unsigned)(n - used);
	ctl->operand = n > used ? words[used] : NULL;
	return command->run(ctl);
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .out = stdout };
	enum ctl_exit answer;
	uint64_t given = 0;
	int id;

	while ((id = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1) {
		if (id == OPTION_VERSION) {
			(void)puts("hallmarkctl " HALLMARK_VERSION);
			return CTL_YES;
		}
		if (id == '?' || id == ':') {
			log_option(argv[optind - 1], id == ':');
			return CTL_FAULT;
		}
		if (id == 'o')
			id = OPTION_OUTPUT;
		given |= UINT64_C(1) << id;
		if (id != OPTION_HELP)
			set_option(&ctl, id);
	}

	if (given & OPT(HELP))
		return help(argc - optind, argv + optind);
	answer = run(&ctl, given, argc - optind, argv + optind);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("the output could not be written");
		return CTL_FAULT;
	}
	return answer;
}
