/* SPDX-License-Identifier: Apache-2.0 */
/* Command line → struct options. Says what is wrong and how to put it right; opens no file. */
#include "attester/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

#define TIMEOUT_DEFAULT_SEC 20
#define TIMEOUT_MAX_SEC     3600

enum option_id {
	OPTION_GATEWAY = 256,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_CA,
	OPTION_LABEL,
	OPTION_UEID,
	OPTION_OEMID,
	OPTION_HWMODEL,
	OPTION_HWVERSION,
	OPTION_SWNAME,
	OPTION_SWVERSION,
	OPTION_VERSION_SCHEME,
	OPTION_DBGSTAT,
	OPTION_NONCE,
	OPTION_ADMISSION,
	OPTION_VERIFIER_KEY,
	OPTION_JSON,
	OPTION_TIMEOUT,
	OPTION_HELP,
	OPTION_VERSION,
};

static const char help[] = "hallmark-attester: attests this device to a hallmark gateway (docs/protocol.md)\n"
			   "\n"
			   "Usage: hallmark-attester --gateway HOST[:PORT] --cert PEM --key PEM [OPTION...]\n"
			   "\n"
			   "  --gateway HOST[:PORT]  192.0.2.1, [2001:db8::1]:5684, fe80::1%eth0; port 5684\n"
			   "  --cert FILE            PEM: the device's certificate, then those of its CAs\n"
			   "  --key FILE             PEM: its private key\n"
			   "  --ca FILE              PEM: who may vouch for the gateway\n"
			   "  --label FILE           label statement to send along; up to four times\n"
			   "  --nonce                fetch a nonce first; else the channel value is used\n"
			   "  --admission            only ask what the gateway still holds of this device\n"
			   "  --verifier-key FILE    PEM: public key that the gateway signs its results with\n"
			   "  --timeout SECONDS      for the handshake and for each answer; 20\n"
			   "  --json                 print the result as JSON\n"
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
			   "refused, 4 no answer that can be relied on, 64 wrong usage.\n";

static const struct option long_options[] = {
	{ "gateway", required_argument, NULL, OPTION_GATEWAY },
	{ "cert", required_argument, NULL, OPTION_CERT },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "ca", required_argument, NULL, OPTION_CA },
	{ "label", required_argument, NULL, OPTION_LABEL },
	{ "ueid", required_argument, NULL, OPTION_UEID },
	{ "oemid", required_argument, NULL, OPTION_OEMID },
	{ "hwmodel", required_argument, NULL, OPTION_HWMODEL },
	{ "hwversion", required_argument, NULL, OPTION_HWVERSION },
	{ "swname", required_argument, NULL, OPTION_SWNAME },
	{ "swversion", required_argument, NULL, OPTION_SWVERSION },
	{ "version-scheme", required_argument, NULL, OPTION_VERSION_SCHEME },
	{ "dbgstat", required_argument, NULL, OPTION_DBGSTAT },
	{ "nonce", no_argument, NULL, OPTION_NONCE },
	{ "admission", no_argument, NULL, OPTION_ADMISSION },
	{ "verifier-key", required_argument, NULL, OPTION_VERIFIER_KEY },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

struct named {
	const char *name;
	int value;
};

static const struct named debug_states[] = {
	{ "enabled", DEBUG_ENABLED },
	{ "disabled", DEBUG_DISABLED },
	{ "disabled-since-boot", DEBUG_DISABLED_SINCE_BOOT },
	{ "disabled-permanently", DEBUG_DISABLED_PERMANENTLY },
	{ "disabled-fully-and-permanently", DEBUG_DISABLED_FULLY_AND_PERMANENTLY },
	{ NULL, 0 },
};

/* Returns the value, or -1 (logged) when no entry has that name. */
static int named_value(const struct named *table, const char *option, const char *text)
{
	for (; table->name; table++)
		if (strcmp(table->name, text) == 0)
			return table->value;

	log_error("--%s \"%s\": no such name; --help lists them", option, text);
	return -1;
}

static bool set_text(char *ret, size_t size, const char *option, const char *text)
{
	if (text[0] != '\0' && bytes_to_text(bytes_of_string(text), ret, size))
		return true;

	log_error("--%s \"%s\": give 1 to %zu bytes of printable UTF-8", option, text, size - 1);
	return false;
}

static bool set_ueid(struct options *o, const char *text)
{
	size_t n = strlen(text) / 2;

	if (n < 7 || n > UEID_MAX || !bytes_from_hex(text, o->ueid, n) || o->ueid[0] < 1 || o->ueid[0] > 3) {
		log_error("--ueid \"%s\": give 14 to 66 hex digits that begin with 01, 02 or 03, as "
			  "01 and 32 random ones",
			  text);
		return false;
	}
	o->claims.ueid = bytes_of(o->ueid, n);
	return true;
}

static bool set_timeout(struct options *o, const char *text)
{
	char *rest;
	unsigned long value = strtoul(text, &rest, 10);

	if (*text < '0' || *text > '9' || *rest != '\0' || value < 1 || value > TIMEOUT_MAX_SEC) {
		log_error("--timeout \"%s\": give seconds, 1 to %u", text, TIMEOUT_MAX_SEC);
		return false;
	}
	o->timeout_sec = (unsigned)value;
	return true;
}

static bool add_label(struct options *o, const char *path)
{
	if (o->n_labels == HALLMARK_LABELS_MAX) {
		log_error("--label \"%s\": a submission takes %u labels; leave one out", path, HALLMARK_LABELS_MAX);
		return false;
	}
	o->labels[o->n_labels++] = path;
	return true;
}

static bool set_claim(struct options *o, int id, const char *text)
{
	struct product *p = &o->claims.product;
	int value;

	switch (id) {
	case OPTION_UEID:
		return set_ueid(o, text);
	case OPTION_OEMID:
		return set_text(p->maker, sizeof(p->maker), "oemid", text);
	case OPTION_HWMODEL:
		return set_text(p->model, sizeof(p->model), "hwmodel", text);
	case OPTION_HWVERSION:
		return set_text(p->hwversion, sizeof(p->hwversion), "hwversion", text);
	case OPTION_SWNAME:
		return set_text(p->swname, sizeof(p->swname), "swname", text);
	case OPTION_SWVERSION:
		return set_text(p->swversion, sizeof(p->swversion), "swversion", text);
	case OPTION_VERSION_SCHEME:
		p->swversion_scheme = version_scheme_from_name(text);
		if (p->swversion_scheme == VERSION_NONE)
			log_error("--version-scheme \"%s\": no such name; --help lists them", text);
		return p->swversion_scheme != VERSION_NONE;
	case OPTION_DBGSTAT:
		value = named_value(debug_states, "dbgstat", text);
		o->claims.debug = value >= 0 ? (enum debug_status)value : DEBUG_ENABLED;
		return value >= 0;
	default:
		return false; /* getopt_long() named the option */
	}
}

/* A flat switch over the options; what is not here is a claim. */
static bool set_option(struct options *o, int id, const char *text)
{
	switch (id) {
	case OPTION_GATEWAY:
		o->gateway = text;
		return true;
	case OPTION_CERT:
		o->certificate = text;
		return true;
	case OPTION_KEY:
		o->key = text;
		return true;
	case OPTION_CA:
		o->ca = text;
		return true;
	case OPTION_VERIFIER_KEY:
		o->verifier_key = text;
		return true;
	case OPTION_LABEL:
		return add_label(o, text);
	case OPTION_TIMEOUT:
		return set_timeout(o, text);
	case OPTION_NONCE:
		o->nonce = true;
		return true;
	case OPTION_ADMISSION:
		o->admission = true;
		return true;
	case OPTION_JSON:
		o->json = true;
		return true;
	default:
		return set_claim(o, id, text);
	}
}

static bool options_are_complete(const struct options *o)
{
	const struct {
		const char *name;
		bool given, always;
	} required[] = {
		{ "gateway", o->gateway != NULL, true },
		{ "cert", o->certificate != NULL, true },
		{ "key", o->key != NULL, true },
		{ "ueid", o->claims.ueid.n > 0, false },
		{ "oemid", o->claims.product.maker[0] != '\0', false },
		{ "hwmodel", o->claims.product.model[0] != '\0', false },
		{ "swversion", o->claims.product.swversion[0] != '\0', false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		if (required[i].given || (!required[i].always && o->admission))
			continue;
		log_error("--%s is missing; --help shows what it takes", required[i].name);
		return false;
	}
	return true;
}

enum options_result options_parse(int argc, char **argv, struct options *ret)
{
	int id;

	*ret = (struct options){ .timeout_sec = TIMEOUT_DEFAULT_SEC };
	ret->claims.debug = DEBUG_DISABLED;
	ret->claims.product.swversion_scheme = VERSION_SEMVER;
	optind = 0; /* starts over: tests parse more than once */

	for (id = getopt_long(argc, argv, "", long_options, NULL); id != -1;
	     id = getopt_long(argc, argv, "", long_options, NULL)) {
		if (id == OPTION_HELP || id == OPTION_VERSION) {
			(void)fputs(id == OPTION_HELP ? help : "hallmark-attester " HALLMARK_VERSION "\n", stdout);
			return OPTIONS_SHOWN;
		}
		if (!set_option(ret, id, optarg))
			return OPTIONS_WRONG;
	}
	if (optind < argc) {
		log_error("\"%s\": not an option; --help lists them", argv[optind]);
		return OPTIONS_WRONG;
	}
	return options_are_complete(ret) ? OPTIONS_RUN : OPTIONS_WRONG;
}
