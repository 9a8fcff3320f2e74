/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl open` and `close`: for when nothing else works. They use neither daemon nor configuration nor store, and
 * write to the kernel directly; the kernel ends the opening by its own clock. A running daemon notices it, and reports
 * and records it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/links.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

#define OPEN_MAX_SEC 86400 /* for a longer time, open again with a new reason */
#define NAMES_SIZE   400   /* of what can be opened, in a message */

DEFINE_CLEANUP(struct kernel *, kernel_free);
DEFINE_CLEANUP(struct links *, links_free);
DEFINE_CLEANUP(struct value *, value_free);

static const struct policy policy = { .zones = { { "quarantine" } }, .n_zones = 1 };
static const struct ruleset both_tables = { .policy = &policy, .n_bridges = 1 }, one_table = { .policy = &policy };

/* The user who did it, also behind sudo. */
static const char *operator_name(void)
{
	const char *name = getenv("SUDO_USER");

	if (!name)
		name = getlogin();
	return name ? name : "root";
}

static enum ctl_exit explain(int r, bool is_alone)
{
	if (r == -ENOENT && is_alone)
		log_error("the tables in the kernel cannot open an interface alone: they are of another version, or of "
			  "no configuration. Restart hallmarkd, or open the whole gateway, without a name");
	else if (r == -ENOENT)
		log_error("there is no table inet %s: nothing is enforced, and there is nothing to open. "
			  "`hallmarkctl ruleset --base --load` loads it",
			  TABLE_NAME);
	else if (r == -EPERM || r == -EACCES)
		log_error("only root may do that; use sudo");
	else
		(void)log_errno(r, "the kernel refused it; run this as root, and see `hallmarkctl doctor`");
	return CTL_FAULT;
}

static void audit(const char *verb, const char *what, const char *reason)
{
	(void)sd_journal_send("MESSAGE=%s %s %s%s%s", operator_name(), verb, what, reason ? ". Reason: " : "",
			      reason ? reason : "", "MESSAGE_ID=%s", HALLMARK_MESSAGE_OPENED, "PRIORITY=%i",
			      LOG_WARNING, "SYSLOG_IDENTIFIER=hallmarkctl", NULL);
}

static bool read_opening(const struct ctl *ctl, struct opening *ret)
{
	int64_t span_sec;

	if (!when_parse_span(ctl->for_, &span_sec) || span_sec > OPEN_MAX_SEC) {
		log_error("--for \"%s\": give how long the gateway is to be open, as 90s, 30m or 2h; at most 24h",
			  ctl->for_);
		return false;
	}
	if (ctl->reason[0] == '\0' || strlen(ctl->reason) >= sizeof(ret->reason)) {
		log_error("--reason \"%s\": say why, in 1 to %zu bytes; it goes into the journal and the record",
			  ctl->reason, sizeof(ret->reason) - 1);
		return false;
	}
	ret->left_sec = (uint32_t)span_sec;
	(void)page_clean(ctl->reason, ret->reason, sizeof(ret->reason));
	return true;
}

/* --- What can be opened alone --- */

static const struct link *bridge_of(const struct links *links, const struct link *link)
{
	const struct link *master = link && link->master ? links_by_index(links, link->master) : NULL;

	return master && master->is_bridge ? master : NULL;
}

/*
 * Returns 1 for a guarded interface, or a port of a guarded bridge; 0 for another, for the bridge itself, and for one that does not
 * exist, as that may become a bridge; or a negative errno.
 */
static int can_open(struct kernel *k, const struct links *links, const char *name)
{
	const struct link *link = links_by_name(links, name), *bridge = bridge_of(links, link);

	if (!link || link->is_bridge)
		return 0;
	return bridge ? kernel_guards_port(k, bridge->name, name) : kernel_guards(k, name);
}

/* Those that exist. */
static void list_names(struct kernel *k, const struct links *links, char ret[static NAMES_SIZE])
{
	size_t n = 0, used = 0;
	const struct link *list = links_list(links, &n);

	ret[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (can_open(k, links, list[i].name) <= 0)
			continue;
		if (used + IFNAMSIZ + sizeof(", ...") > NAMES_SIZE) {
			(void)snprintf(ret + used, NAMES_SIZE - used, ", ...");
			return;
		}
		used += (size_t)snprintf(ret + used, NAMES_SIZE - used, "%s%s", used > 0 ? ", " : "", list[i].name);
	}
}

static enum ctl_exit refuse(struct kernel *k, const struct links *links, const char *name)
{
	const struct link *link = links_by_name(links, name);
	char names[NAMES_SIZE];

	list_names(k, links, names);
	log_error("\"%s\": %s. %s%s", name,
		  !link           ? translated("there is no such interface: open it when it exists") :
		  link->is_bridge ? translated("a bridge is opened by its ports, or with the whole gateway") :
				    translated("it is neither a guarded interface nor a port of a guarded bridge"),
		  names[0] ? translated("These can be opened: ") :
			     translated("No interface of this machine can be opened alone"),
		  names);
	return CTL_FAULT;
}

static enum ctl_exit check_names(const struct ctl *ctl, struct kernel *k, const struct links *links)
{
	for (unsigned i = 0; i < ctl->n_words; i++) {
		int r = can_open(k, links, ctl->words[i]);

		if (r < 0)
			return explain(r, true);
		if (r == 0)
			return refuse(k, links, ctl->words[i]);
	}
	return CTL_YES;
}

/* --- What was done --- */

/* Of several names the first n are done; another failed. */
static enum ctl_exit explain_rest(int r, const struct ctl *ctl, unsigned n, const char *done)
{
	char names[NAMES_SIZE] = "";

	(void)explain(r, true);
	for (unsigned i = 0; i < n; i++) {
		const size_t used = strlen(names);

		(void)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", ctl->words[i]);
	}
	if (n > 0)
		log_error("\"%s\": %s%s", ctl->words[n], done, names);
	return CTL_FAULT;
}

static void print_json(const struct ctl *ctl, uint32_t left_sec)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);
	struct value *names;

	value_add_number(v, "open_for", left_sec);
	if (ctl->n_words > 0) {
		names = value_add_new(v, "interfaces", VALUE_LIST);
		for (unsigned i = 0; i < ctl->n_words; i++)
			value_add(names, NULL, value_new_text(ctl->words[i]));
	}
	value_to_json(v, ctl->out);
}

static void print_opened(const struct ctl *ctl, uint32_t left_sec)
{
	if (ctl->json) {
		print_json(ctl, left_sec);
		return;
	}
	if (ctl->n_words == 0)
		(void)fprintf(ctl->out,
			      translated("THE GATEWAY IS OPEN for %u s: every device reaches everything. "
					 "`hallmarkctl close` ends it\n"),
			      left_sec);
	for (unsigned i = 0; i < ctl->n_words; i++)
		(void)fprintf(ctl->out,
			      translated("%s IS OPEN for %u s: its devices are not limited to their zones. "
					 "`hallmarkctl close %s` ends it\n"),
			      ctl->words[i], left_sec, ctl->words[i]);
}

static void print_closed(const struct ctl *ctl)
{
	if (ctl->json) {
		print_json(ctl, 0);
		return;
	}
	if (ctl->n_words == 0)
		(void)fputs(translated("The gateway is closed: every device is limited to its zone\n"), ctl->out);
	for (unsigned i = 0; i < ctl->n_words; i++)
		(void)fprintf(ctl->out, translated("%s is closed: its devices are limited to their zones\n"),
			      ctl->words[i]);
}

/* --- open --- */

static enum ctl_exit open_alone(const struct ctl *ctl, struct kernel *k, struct opening *o)
{
	_cleanup_(links_freep) struct links *links = NULL;
	enum ctl_exit answer;
	int r = links_new(&links);

	if (r < 0)
		return explain(r, true);
	answer = check_names(ctl, k, links);
	for (unsigned i = 0; i < ctl->n_words && answer == CTL_YES; i++) {
		(void)snprintf(o->alone, sizeof(o->alone), "%s", ctl->words[i]);
		o->is_port = bridge_of(links, links_by_name(links, o->alone)) != NULL;
		r = kernel_open(k, &both_tables, o);
		if (r < 0)
			return explain_rest(r, ctl, i,
					    translated("it is not open. These are, until their time ends: "));
		audit("opened", o->alone, o->reason);
	}
	return answer;
}

/* Both tables, or the one that exists. */
static enum ctl_exit open_gateway(struct kernel *k, const struct opening *o)
{
	int r = kernel_open(k, &both_tables, o);

	if (r == -ENOENT)
		r = kernel_open(k, &one_table, o);
	if (r < 0)
		return explain(r, false);
	audit("opened", "the gateway", o->reason);
	return CTL_YES;
}

enum ctl_exit ctl_open(const struct ctl *ctl)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	struct opening opening = { 0 };
	enum ctl_exit answer;
	int r;

	if (!read_opening(ctl, &opening))
		return CTL_FAULT;
	r = kernel_new(CTL_NFT, &k);
	if (r < 0)
		return explain(r, false);
	answer = ctl->n_words > 0 ? open_alone(ctl, k, &opening) : open_gateway(k, &opening);
	if (answer == CTL_YES)
		print_opened(ctl, opening.left_sec);
	return answer;
}

/* --- close --- */

static bool is_open(const struct opening *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].alone, name) == 0)
			return true;
	return false;
}

/* All names first: a misspelt one must not leave half of it done. */
static enum ctl_exit check_open(const struct ctl *ctl, struct kernel *k)
{
	_cleanup_free_ struct opening *list = NULL;
	const char *missing = NULL;
	char names[NAMES_SIZE] = "";
	size_t n = 0, used = 0;
	int r = kernel_openings(k, &both_tables, &list, &n);

	if (r < 0)
		return explain(r, true);
	for (unsigned i = 0; i < ctl->n_words && !missing; i++)
		missing = is_open(list, n, ctl->words[i]) ? NULL : ctl->words[i];
	if (!missing)
		return CTL_YES;
	for (size_t i = 0; i < n && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", list[i].alone);
	log_error("\"%s\" is not open alone. %s%s", missing,
		  names[0] ? translated("These are: ") : translated("Nothing is"), names);
	return CTL_NO;
}

static enum ctl_exit close_names(const struct ctl *ctl, struct kernel *k)
{
	enum ctl_exit answer = check_open(ctl, k);

	for (unsigned i = 0; i < ctl->n_words && answer == CTL_YES; i++) {
		int r = kernel_close_alone(k, &both_tables, ctl->words[i]);

		if (r < 0)
			return explain_rest(r, ctl, i, translated("it is not closed. These are: "));
		audit("closed", ctl->words[i], NULL);
	}
	return answer;
}

static enum ctl_exit close_gateway(struct kernel *k)
{
	int r = kernel_close(k, &both_tables);

	if (r == -ENOENT)
		r = kernel_close(k, &one_table);
	if (r < 0)
		return explain(r, false);
	audit("closed", "the gateway", NULL);
	return CTL_YES;
}

enum ctl_exit ctl_close(const struct ctl *ctl)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	enum ctl_exit answer;
	int r = kernel_new(CTL_NFT, &k);

	if (r < 0)
		return explain(r, false);
	answer = ctl->n_words > 0 ? close_names(ctl, k) : close_gateway(k);
	if (answer == CTL_YES)
		print_closed(ctl);
	return answer;
}
