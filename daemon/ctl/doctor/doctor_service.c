/* SPDX-License-Identifier: Apache-2.0 */
/* The service: its units, the daemon's status, and the journal that it writes to. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/word.h"
#include "ctl/commands.h"
#include "ctl/doctor/doctor.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

#define ASK_USEC (5 * USEC_PER_SEC)

DEFINE_CLEANUP(struct value *, value_free);

/* --- Units --- */

#define FETCHES "hallmark-refresh.timer" /* of another package than the other units */

static bool has_state(const char *question, const char *unit, char ret[static 64])
{
	return doctor_run((const char *const[]){ "systemctl", question, unit, NULL }, ret, 64) == 0;
}

static void find_enabled(struct doctor *d, const char *unit, enum doctor_level level, const char *without)
{
	char state[64];

	if (has_state("is-enabled", unit, state))
		return;
	if (state[0] && strcmp(state, "not-found") != 0)
		doctor_find(d, level, doctor_remedy("`systemctl enable --now %s`", unit), "%s is %s: %s", unit, state,
			    translated(without));
	else
		doctor_find(d, level,
			    doctor_remedy("install the package %s; then `systemctl enable --now %s`",
					  strcmp(unit, FETCHES) == 0 ? "hallmark-refresh" : "hallmark", unit),
			    "%s is not installed: %s", unit, translated(without));
}

static void find_service(struct doctor *d)
{
	char state[64];

	find_enabled(d, "hallmark-base.service", DOCTOR_FAULT,
		     TO_TRANSLATE("from boot until hallmarkd starts, everything passes"));
	find_enabled(d, "hallmarkd.service", DOCTOR_FAULT, TO_TRANSLATE("it does not start at boot"));
	find_enabled(d, "hallmarkd.socket", DOCTOR_WARNING,
		     TO_TRANSLATE("devices are refused while hallmarkd restarts"));
	if (!has_state("is-active", "hallmarkd.service", state))
		doctor_find(d, DOCTOR_FAULT,
			    "`systemctl enable --now hallmarkd`; `journalctl -u hallmarkd` says why it ended",
			    "hallmarkd.service is %s: no device is admitted, and admissions expire", state);
}

/* With this service, the others are not enabled, so there are no tables at boot either. */
static void find_monitor(struct doctor *d)
{
	doctor_find(
		d, DOCTOR_WARNING,
		"when the roll-out is done: `systemctl disable --now hallmarkd-monitor`, then `systemctl enable --now "
		"hallmark-base hallmarkd.socket hallmarkd`",
		"hallmarkd-monitor.service runs in the place of hallmarkd: nothing is enforced");
	find_enabled(d, "hallmarkd-monitor.service", DOCTOR_WARNING, TO_TRANSLATE("it does not start at boot"));
}

static bool fetches(const struct config *c)
{
	const struct {
		const struct config_file *files;
		size_t n;
	} lists[] = { { c->registers, c->n_registers },
		      { c->crls, c->n_crls },
		      { c->status_lists, c->n_status_lists },
		      { c->references, c->n_references } };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (size_t k = 0; k < lists[i].n; k++)
			if (lists[i].files[k].url[0])
				return true;
	return false;
}

void doctor_units(struct doctor *d)
{
	const unsigned before = d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING];
	char state[64];

	if (!d->has_systemd) {
		doctor_find(d, DOCTOR_OK, NULL, "systemd does not run here; nothing says what starts at boot");
		return;
	}
	if (has_state("is-active", "hallmarkd-monitor.service", state))
		find_monitor(d);
	else
		find_service(d);
	if (d->config && fetches(d->config))
		find_enabled(d, FETCHES, DOCTOR_WARNING, TO_TRANSLATE("nothing fetches the sets that have a url"));
	if (d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING] == before)
		doctor_find(d, DOCTOR_OK, NULL, "they are enabled, and hallmarkd is active");
}

static time_t written_at(const char *folder, const char *machine)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/system.journal", folder, machine);
	return stat(path, &st) == 0 ? st.st_mtime : 0;
}

/*
 * So it is with Storage=volatile, or when the disk could not be written. A directory from a former run may still exist.
 */
static bool is_in_memory(void)
{
	char id[64];

	return doctor_read_line("/etc/machine-id", id, sizeof(id)) &&
	       written_at("/run/log/journal", id) > written_at("/var/log/journal", id);
}

void doctor_journal(struct doctor *d)
{
	if (!d->has_systemd)
		return;
	if (access("/var/log/journal", F_OK) == 0 && !is_in_memory())
		doctor_find(d, DOCTOR_OK, NULL, "it is kept over a restart of the machine");
	else
		doctor_find(d, DOCTOR_WARNING,
			    "`mkdir -p /var/log/journal`, no `Storage=volatile` in /etc/systemd/journald.conf, then "
			    "`systemctl restart systemd-journald`",
			    "it is lost at a restart of the machine, together with the marks of the record's entries");
}

/* --- The daemon --- */

static bool enforces_nothing(const struct doctor *d)
{
	return strcmp(value_text(d->status, "layer2"), HALLMARK_BUS_NO_ENFORCEMENT) == 0;
}

static void find_open(struct doctor *d)
{
	const struct value *alone = value_get(d->status, "open_alone");
	char left[32];

	if (value_number(d->status, "open_for") > 0)
		doctor_find(d, DOCTOR_WARNING, "`hallmarkctl close` ends it", "OPEN for %s more: %s",
			    span_to_text(value_number(d->status, "open_for"), left),
			    value_text(d->status, "open_reason"));
	for (const struct value *o = alone ? alone->first : NULL; o; o = o->next)
		doctor_find(d, DOCTOR_WARNING,
			    doctor_remedy("`hallmarkctl close %s` ends it", value_text(o, "interface")),
			    "%s is OPEN for %s more: %s", value_text(o, "interface"),
			    span_to_text(value_number(o, "for"), left), value_text(o, "reason"));
	if (strcmp(value_text(d->status, "enforcement"), "none") == 0)
		doctor_find(d, DOCTOR_FAULT, "`journalctl -u hallmarkd -p warning` says why",
			    "NOT ENFORCED: the tables cannot be kept as they should be");
}

static void find_monitoring(struct doctor *d)
{
	const struct value *zones = value_get(d->status, "monitored_zones");
	static const char *const remedy =
		TO_TRANSLATE("remove `monitor` from the configuration, then `hallmarkctl reload`");

	if (enforces_nothing(d))
		doctor_find(d, DOCTOR_WARNING, "`systemctl start hallmarkd`, when the roll-out is done",
			    "MONITOR ONLY: it runs with --no-enforcement, and changes no table");
	else if (strcmp(value_text(d->status, "enforcement"), "monitor") == 0)
		doctor_find(d, DOCTOR_WARNING, remedy, "MONITOR ONLY: nothing is blocked");
	else
		for (const struct value *z = zones ? zones->first : NULL; z; z = z->next)
			doctor_find(d, DOCTOR_WARNING, remedy, "MONITOR ONLY: what the zone %s would drop passes",
				    z->text);
}

static void find_state(struct doctor *d)
{
	const char *layer2 = value_text(d->status, "layer2");

	if (strcmp(value_text(d->status, "version"), HALLMARK_VERSION) != 0)
		doctor_find(d, DOCTOR_WARNING, "systemctl restart hallmarkd", "it is of version %s, and this is %s",
			    value_text(d->status, "version"), HALLMARK_VERSION);
	if (value_get(d->status, "listens") && value_number(d->status, "listens") == 0)
		doctor_find(d, DOCTOR_FAULT, "`journalctl -u hallmarkd -p err` says why each one failed",
			    "an edge does not listen, or no judge takes cases: some or all devices cannot attest");
	if (value_number(d->status, "judge_disagreements") > 0)
		doctor_find(d, DOCTOR_WARNING,
			    "`journalctl -u hallmarkd -p crit`; then look for the device that attacks",
			    "judges found different things in the same case, %lld times since the start",
			    (long long)value_number(d->status, "judge_disagreements"));
	if (value_text(d->status, "held")[0])
		doctor_find(d, DOCTOR_WARNING, "`hallmarkctl reload --confirm` or `--discard`",
			    "the brake holds the changes of the %s: of %lld admitted devices %lld would lose their "
			    "zone, %lld that were revoked or suspended would be reinstated, and %lld without an "
			    "admission would be cut off",
			    value_text(d->status, "held"), (long long)value_number(d->status, "held_admitted"),
			    (long long)value_number(d->status, "held_demoted"),
			    (long long)value_number(d->status, "held_reinstated"),
			    (long long)value_number(d->status, "held_stopped"));
	if (layer2[0] && strncmp(layer2, "yes", 3) != 0 && strcmp(layer2, "no bridges") != 0 && !enforces_nothing(d))
		doctor_find(d, DOCTOR_FAULT, "see docs/enforcement.md, bridges",
			    "devices of one bridge are not isolated: %s", word(layer2));
	if (value_number(d->status, "lesser_by_place") > 0)
		doctor_find(
			d, DOCTOR_WARNING,
			"`hallmarkctl list` marks them with <, `hallmarkctl explain` says more; a device with a port "
			"or a MAC of its own has its own zone",
			"%lld devices are in a lesser zone than their own: each shares its MAC (network.shared) with a "
			"device of that zone",
			(long long)value_number(d->status, "lesser_by_place"));
	if (value_number(d->status, "drifts") > 0)
		doctor_find(d, DOCTOR_WARNING,
			    "find out what else changes the tables: `journalctl -u hallmarkd -g \"were corrected|was "
			    "missing\"` says when",
			    "the kernel's tables were repaired %lld times since it started",
			    (long long)value_number(d->status, "drifts"));
}

/* Differences between the kernel and the verdicts at this moment. */
static void find_difference(struct doctor *d, const char *socket)
{
	const struct peer_errand errand = { .path = socket, .method = "Diff", .timeout_usec = ASK_USEC };
	_cleanup_(value_freep) struct value *answer = NULL;
	char why[PEER_WHY_SIZE];
	unsigned n = 0;

	if (peer_ask(&errand, &answer, why) < 0) {
		doctor_find(d, DOCTOR_UNKNOWN, "`hallmarkctl diff`", "it could not compare the kernel's tables: %s",
			    why);
		return;
	}
	for (const struct value *one = answer->first; one; one = one->next)
		n++;
	if (n > 0)
		doctor_find(d, DOCTOR_WARNING, "`hallmarkctl diff` shows them; hallmarkd repairs them within a minute",
			    "%u entries of the kernel's sets are not as they should be", n);
}

const char *doctor_socket(const struct doctor *d)
{
	return d->ctl->socket ? d->ctl->socket : d->config ? d->config->control : HALLMARK_BUS_SOCKET;
}

void doctor_daemon(struct doctor *d)
{
	const char *socket = doctor_socket(d);
	const struct peer_errand errand = { .path = socket, .method = "Status", .timeout_usec = ASK_USEC };
	const unsigned before = d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING] + d->n[DOCTOR_UNKNOWN];
	char why[PEER_WHY_SIZE];

	if (peer_ask(&errand, &d->status, why) < 0) {
		doctor_find(d, DOCTOR_FAULT, "`systemctl start hallmarkd`; `journalctl -u hallmarkd` says why it ended",
			    "no daemon answers at %s: %s", socket, why);
		return;
	}
	find_open(d);
	find_monitoring(d);
	find_state(d);
	if (!enforces_nothing(d))
		find_difference(d, socket);
	if (d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING] + d->n[DOCTOR_UNKNOWN] == before)
		doctor_find(d, DOCTOR_OK, NULL, "it answers, enforces, and the kernel's tables are as they should be");
}

/* --- The tables --- */

static bool has_line(const char *text, const char *line)
{
	const size_t n = strlen(line);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, line, n) == 0 && (at[n] == '\n' || at[n] == '\0'))
			return true;
	}
	return false;
}

/* Only root may check this. When nft does not run, another check reports that. */
void doctor_tables(struct doctor *d)
{
	char text[4096];
	bool is_there;

	if (!d->is_root || !d->config ||
	    doctor_run((const char *const[]){ d->config->nft, "list", "tables", NULL }, text, sizeof(text)) != 0)
		return;
	is_there = has_line(text, "table inet hallmark");
	if (d->status && enforces_nothing(d)) {
		if (is_there)
			doctor_find(
				d, DOCTOR_WARNING,
				"`nft delete table inet hallmark`, and `bridge hallmark` where it is there, so that "
				"every device passes",
				"the table inet hallmark still exists from before, and still drops packets");
	} else if (is_there) {
		doctor_find(d, DOCTOR_OK, NULL, "the table inet hallmark is in the kernel");
	} else {
		doctor_find(d, DOCTOR_FAULT, "`systemctl restart hallmark-base hallmarkd`",
			    "there is no table inet hallmark in the kernel: everything passes");
	}
}
