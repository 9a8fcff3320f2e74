/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of other tables: by which connections are not tracked as ours expect, so that answers to devices are dropped; and chains
 * that drop what devices send through the gateway. What one table accepts, another still drops.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "config/config.h"
#include "ctl/doctor/doctor.h"
#include "enforce/ruleset.h"

#define TEXT_MAX (1024 * 1024) /* bytes of all rules without the elements of sets; the rest is not looked at */

/* `ct original zone` is not among them: answers are found with it. iptables-nft shows what it cannot translate as "xt". */
static const struct {
	const char *words[3];
	const char *what, *remedy;
} kinds[] = {
	{ { "notrack" },
	  TO_TRANSLATE("packets that nothing tracks are no answers, and are dropped on their way to devices"),
	  TO_TRANSLATE("let it except the guarded interfaces, and what comes from the uplinks for them") },
	{ { "ct zone set", "ct reply zone set" },
	  TO_TRANSLATE("where the directions of a flow have different zones, answers to devices are dropped"),
	  TO_TRANSLATE("set the same zone for uplinks and guarded interfaces, or use `ct original zone set`") },
	{ { "xt target \"CT\"", "# CT " },
	  TO_TRANSLATE("with --notrack, or with zones that differ for uplinks and guarded interfaces, answers to "
		       "devices are dropped"),
	  TO_TRANSLATE("see `iptables-save -t raw`: let its rules except the guarded interfaces, or use --zone-orig") },
};

static bool has_any(const char *line, const char *const words[static 3])
{
	for (size_t i = 0; i < 3 && words[i]; i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* Copies "inet NAME" of a line "table inet NAME {". */
static bool begins_table(const char *line, char *ret, size_t size)
{
	char family[16], name[128];

	if (sscanf(line, "table %15s %127s {", family, name) != 2)
		return false;
	(void)snprintf(ret, size, "%s %s", family, name);
	return true;
}

static bool is_ours(const char *table)
{
	return strcmp(table, "inet " TABLE_NAME) == 0 || strcmp(table, "bridge " TABLE_NAME) == 0;
}

/* --- One table --- */

struct table {
	char name[160];
	char chain[64];   /* that is listed now */
	char dropper[64]; /* a chain that drops what it does not accept on its way through the gateway; "": none does */
	bool knows_guarded; /* a rule names an interface with devices */
	unsigned told;      /* mask of kinds */
};

/* A pattern's beginning in quotes is in rules with its own or a longer name. */
static bool names_guarded(const struct doctor *d, const char *line)
{
	const struct ruleset *r = &d->config->ruleset;

	for (size_t i = 0; i < r->n_guarded; i++) {
		const char *end = strchr(r->guarded[i], '*');
		char quoted[IFNAMSIZ + 3];

		(void)snprintf(quoted, sizeof(quoted), "\"%.*s%s",
			       end ? (int)(end - r->guarded[i]) : (int)strlen(r->guarded[i]), r->guarded[i],
			       end ? "" : "\"");
		if (strstr(line, quoted))
			return true;
	}
	return false;
}

static void note_chain(struct table *t, const char *line)
{
	(void)sscanf(line, " chain %63s {", t->chain);
	if (strstr(line, "hook forward") && strstr(line, "policy drop"))
		(void)snprintf(t->dropper, sizeof(t->dropper), "%s", t->chain);
}

static void find_kinds(struct doctor *d, struct table *t, const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if ((t->told >> i & 1) || !has_any(line, kinds[i].words))
			continue;
		t->told |= 1U << i;
		doctor_find(d, DOCTOR_WARNING, kinds[i].remedy, "the table %s has \"%s\": %s", t->name,
			    line + strspn(line, " \t"), translated(kinds[i].what));
	}
}

static void end_table(struct doctor *d, const struct table *t)
{
	if (t->dropper[0] && !t->knows_guarded && !is_ours(t->name))
		doctor_find(
			d, DOCTOR_WARNING,
			"let it accept the guarded interfaces, as iifname and as oifname; if the chain is Docker's, in "
			"the chain DOCKER-USER: `iptables -I DOCKER-USER -i INTERFACE -j ACCEPT`, and with -o",
			"the table %s drops what its chain %s does not accept, and no rule of it names an interface "
			"with devices: they reach nothing through the gateway, in any zone",
			t->name, t->dropper);
}

static void look_at_line(struct doctor *d, struct table *t, const char *line)
{
	char name[sizeof(t->name)];

	if (begins_table(line, name, sizeof(name))) {
		*t = (struct table){ .told = 0 };
		memcpy(t->name, name, sizeof(t->name));
	} else if (line[0] == '}') {
		end_table(d, t);
	} else if (!is_ours(t->name)) {
		note_chain(t, line);
		t->knows_guarded |= names_guarded(d, line);
		find_kinds(d, t, line);
	}
}

void doctor_rules(struct doctor *d)
{
	_cleanup_free_ char *text = malloc(TEXT_MAX);
	struct table table = { .told = 0 };
	char *rest = NULL;

	if (!text ||
	    doctor_run((const char *const[]){ d->config->nft, "-st", "list", "ruleset", NULL }, text, TEXT_MAX) != 0)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		look_at_line(d, &table, line);
}
