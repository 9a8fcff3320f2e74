/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel supports, found by letting nft try tables that are thrown away. */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "enforce/load.h"
#include "enforce/ruleset.h"

/* A set that packets fill, for the features that need one. */
#define PROBE_SETS                                                                                                     \
	"\tset s {\n\t\ttypeof iifname . ether saddr . @nh,64,128\n\t\tflags timeout\n\t}\n"                           \
	"\tset d {\n\t\ttype ifname . ether_addr\n\t\tsize 16\n\t\tflags dynamic,timeout\n\t\ttimeout 1m\n\t}\n"
#define BASE_RULE "\t\tiifname . ether saddr . @nh,64,128 @s counter name \"n\" accept\n"

/* --- Tables --- */

static void put_table(FILE *text, const char *family, size_t number, const char *rules)
{
	(void)fprintf(text,
		      "table %s " TABLE_NAME "_probe%zu {\n"
		      "\tcounter n { }\n" PROBE_SETS "\tchain c {\n"
		      "\t\ttype filter hook forward priority 0; policy accept;\n%s\t}\n}\n",
		      family, number, rules);
}

static int try_text(const struct kernel *k, FILE *text)
{
	if (fflush(text) != 0)
		return -EIO;
	return try_ruleset(k->nft, fileno(text));
}

static int try_table(const struct kernel *k, const char *family, const char *rules)
{
	_cleanup_fclose_ FILE *text = open_ruleset();

	if (!text)
		return -errno;
	put_table(text, family, 0, rules);
	return try_text(k, text);
}

int kernel_probe(const struct kernel *k, const struct ruleset *r, struct kernel_abilities *ret)
{
	int q = k->is_idle ? 0 : try_table(k, "inet", BASE_RULE);

	*ret = (struct kernel_abilities){ .has_inet = q == 0, .has_routes = k->is_idle };
	if (q == 0 && !k->is_idle) {
		q = try_table(k, "inet", "\t\tfib saddr . iif oif missing accept\n");
		ret->has_routes = q == 0;
	}
	if (ret->has_inet && r->n_bridges > 0 && !k->is_idle && (q == 0 || q == -EPROTO)) {
		q = try_table(k, "bridge", BASE_RULE);
		ret->has_bridge = q == 0;
	}
	return q == -EPROTO ? 0 : q;
}

/* --- Features beside these --- */

static const struct feature {
	const char *rule;
	bool is_of_bridges; /* the table bridge uses it too */
	struct kernel_lack lack;
} features[] = {
	{ "\t\tct state established,related ct direction reply accept\n",
	  false,
	  { TO_TRANSLATE("the state of connections (`ct`)"),
	    TO_TRANSLATE("answers cannot be told from what nobody asked for"),
	    TO_TRANSLATE("use a kernel with CONFIG_NFT_CT; with modules, `modprobe nft_ct`") } },
	{ "\t\tupdate @d { iifname . ether saddr limit rate over 1/second burst 2 packets } drop\n",
	  true,
	  { TO_TRANSLATE("limits for each sender (`limit` in sets that packets fill)"),
	    TO_TRANSLATE("one sender could use up the service of all"),
	    TO_TRANSLATE("use a kernel with CONFIG_NFT_LIMIT; with modules, `modprobe nft_limit`") } },
	{ "\t\tmeta mark set jhash ether saddr mod 262144\n",
	  false,
	  { TO_TRANSLATE("hashes (`jhash`)"), TO_TRANSLATE("hallmarkd could not tell senders apart"),
	    TO_TRANSLATE("use a kernel with CONFIG_NFT_HASH; with modules, `modprobe nft_hash`") } },
	{ "\t\tlimit rate 1/second log prefix \"probe\"\n",
	  true,
	  { TO_TRANSLATE("the log (`log`)"), TO_TRANSLATE("what is only monitored could not be shown"),
	    TO_TRANSLATE("use a kernel with CONFIG_NFT_LOG and CONFIG_NF_LOG_SYSLOG; with modules, `modprobe nft_log "
			 "nf_log_syslog`") } },
};

static void put_feature(FILE *text, size_t number, const struct ruleset *r)
{
	put_table(text, "inet", number, features[number].rule);
	if (features[number].is_of_bridges && r->n_bridges > 0)
		put_table(text, "bridge", number, features[number].rule);
}

/* Features from `first` to before `end`, in one transaction. */
static int try_features(const struct kernel *k, const struct ruleset *r, size_t first, size_t end)
{
	_cleanup_fclose_ FILE *text = open_ruleset();

	if (!text)
		return -errno;
	for (size_t i = first; i < end; i++)
		put_feature(text, i, r);
	return try_text(k, text);
}

int kernel_lacks(const struct kernel *k, const struct ruleset *r, void (*f)(const struct kernel_lack *, void *),
		 void *userdata)
{
	int n = 0, q = k->is_idle ? 0 : try_features(k, r, 0, ARRAY_SIZE(features));

	if (q != -EPROTO)
		return q;
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		q = try_features(k, r, i, i + 1);
		if (q < 0 && q != -EPROTO)
			return q;
		if (q == 0)
			continue;
		f(&features[i].lack, userdata);
		n++;
	}
	return n;
}
