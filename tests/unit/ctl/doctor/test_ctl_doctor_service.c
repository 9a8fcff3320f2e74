/* SPDX-License-Identifier: Apache-2.0 */
/* links: doctor */
/* wraps: doctor_read_line */
/*
 * What `hallmarkctl doctor` finds of units, daemon, tables, other firewalls, kernel and interfaces, and what it says to do: each fault
 * beside a gateway that has none. systemctl and nft are scripts in a folder of the test's, daemon, kernel and interfaces are doubles.
 */
#include <errno.h>

#include "base/clock.h"
#include "config/config.h"
#include "ctl/doctor/doctor.h"
#include "ctl/trust/fetch_memory.h"
#include "ctl/value.h"
#include "ctl_config.h"
#include "ctl_daemon.h"
#include "kernel_double.h"
#include "links_double.h"
#include "log_kit.h"
#include "pki_crl.h"
#include "store/store.h"

static struct place place;
static struct doctor d;
static struct ctl ctl;

/* The kernel's settings: whatever this machine has, the test says what these are. NULL: there is no such file. */
static const char *kept4 = "65536", *kept6 = "65536", *proxies = "0";

bool __real_doctor_read_line(const char *path, char *ret, size_t size);
bool __wrap_doctor_read_line(const char *path, char *ret, size_t size);

bool __wrap_doctor_read_line(const char *path, char *ret, size_t size)
{
	const struct {
		const char *end, *line;
	} files[] = { { "ipv4/neigh/default/gc_thresh3", kept4 },
		      { "ipv6/neigh/default/gc_thresh3", kept6 },
		      { "ipv4/conf/lo7/proxy_arp_pvlan", proxies } };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!strstr(path, files[i].end))
			continue;
		(void)snprintf(ret, size, "%s", files[i].line ? files[i].line : "");
		return files[i].line != NULL;
	}
	return __real_doctor_read_line(path, ret, size);
}

/* --- A gateway on which nothing is amiss --- */

/* "is-active UNIT" and "is-enabled UNIT" are lines of the file units; a unit that is not installed is "none UNIT". */
static const char systemctl[] = "#!/bin/sh\n"
				"units=$(dirname \"$0\")/units\n"
				"grep -qxF \"none $2\" \"$units\" && exit 4\n"
				"grep -qxF \"$1 $2\" \"$units\" && exit 0\n"
				"[ \"$1\" = is-active ] && echo inactive || echo disabled\n"
				"exit 1\n";

/* `nft list tables` and `nft list flowtables` are the files tables and flowtables; `nft -st list ruleset` is the file list. */
static const char nft[] = "#!/bin/sh\n"
			  "[ \"$1\" = --version ] && { echo 'nftables v1.1.3'; exit 0; }\n"
			  "cat \"$(dirname \"$0\")/$2\"\n";

static void put_program(const char *name, const char *text)
{
	assert_int_equal(chmod(put_text(&place, name, text), 0755), 0);
}

static void put_units(const char *but, const char *more)
{
	static const char *const needed[] = { "is-enabled hallmark-base.service", "is-enabled hallmarkd.service",
					      "is-enabled hallmarkd.socket", "is-active hallmarkd.service",
					      "is-enabled hallmark-refresh.timer" };
	char text[512] = "";

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (strcmp(needed[i], but) != 0)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\n", needed[i]);
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\n", more);
	(void)put_text(&place, "units", text);
}

static void forget(void)
{
	if (d.findings)
		value_free(d.findings);
	if (d.status)
		value_free(d.status);
	config_free(d.config);
	d = (struct doctor){ .findings = NULL };
}

static void begin(const char *trust)
{
	forget();
	d = (struct doctor){ .ctl = &ctl,
			     .path = put_config(&place, trust),
			     .findings = value_new(VALUE_LIST),
			     .check = "test",
			     .is_root = true,
			     .has_systemd = true,
			     .now_sec = PKI_NOW_SEC };
	assert_int_equal(config_load(d.path, &d.config), 0);
	(void)snprintf(d.config->nft, sizeof(d.config->nft), "%s/nft", place.path);
}

static void look(void (*check)(struct doctor *d))
{
	value_free(d.findings);
	d.findings = value_new(VALUE_LIST);
	memset(d.n, 0, sizeof(d.n));
	check(&d);
}

/* The one thing that is amiss. */
static void expect_found(const char *level, const char *text, const char *remedy)
{
	const struct value *bad = NULL;

	for (const struct value *f = d.findings->first; f; f = f->next) {
		if (strcmp(value_text(f, "level"), "ok") == 0)
			continue;
		if (bad)
			fail_msg("not %s alone, but also: %s", text, value_text(f, "text"));
		bad = f;
	}
	if (!bad || strcmp(value_text(bad, "level"), level) != 0 || !strstr(value_text(bad, "text"), text) ||
	    !strstr(value_text(bad, "remedy"), remedy))
		fail_msg("not found: %s: %s → %s, but: %s → %s", level, text, remedy,
			 bad ? value_text(bad, "text") : "", bad ? value_text(bad, "remedy") : "");
}

static void expect_well(const char *text)
{
	bool is_said = text[0] == '\0';

	for (const struct value *f = d.findings->first; f; f = f->next) {
		is_said |= strstr(value_text(f, "text"), text) != NULL;
		if (strcmp(value_text(f, "level"), "ok") != 0 || value_text(f, "remedy")[0])
			fail_msg("it is not well: %s", value_text(f, "text"));
	}
	if (!is_said)
		fail_msg("it was not said: %s", text);
}

/* --- Units --- */

static void test_units(void **state)
{
	static const struct {
		const char *lacks, *more, *level, *text, *remedy;
	} rows[] = {
		{ "is-enabled hallmark-base.service", "", "fault",
		  "hallmark-base.service is disabled: from boot until hallmarkd starts, everything passes",
		  "`systemctl enable --now hallmark-base.service`" },
		{ "is-enabled hallmarkd.service", "", "fault",
		  "hallmarkd.service is disabled: it does not start at boot",
		  "`systemctl enable --now hallmarkd.service`" },
		{ "is-enabled hallmarkd.socket", "", "warning", "devices are refused while hallmarkd restarts",
		  "`systemctl enable --now hallmarkd.socket`" },
		{ "is-enabled hallmarkd.socket", "none hallmarkd.socket", "warning",
		  "hallmarkd.socket is not installed: ",
		  "install the package hallmark; then `systemctl enable --now hallmarkd.socket`" },
		{ "is-active hallmarkd.service", "", "fault",
		  "hallmarkd.service is inactive: no device is admitted, and admissions expire",
		  "`systemctl enable --now hallmarkd`" },
	};

	(void)state;
	begin("");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put_units(rows[i].lacks, rows[i].more);
		look(doctor_units);
		expect_found(rows[i].level, rows[i].text, rows[i].remedy);
	}
	put_units("is-enabled hallmark-refresh.timer", ""); /* nothing has a url: it is not needed */
	look(doctor_units);
	expect_well("they are enabled, and hallmarkd is active");
	begin("crls = ( { file = \"c\"; url = \"https://a.example/c\"; } );");
	look(doctor_units);
	expect_found("warning", "hallmark-refresh.timer is disabled: nothing fetches the sets that have a url",
		     "`systemctl enable --now hallmark-refresh.timer`");
	put_units("is-enabled hallmark-refresh.timer", "none hallmark-refresh.timer");
	look(doctor_units);
	expect_found("warning", "hallmark-refresh.timer is not installed: nothing fetches the sets that have a url",
		     "install the package hallmark-refresh; then `systemctl enable --now hallmark-refresh.timer`");
	put_units("", "");
	look(doctor_units);
	expect_well("they are enabled, and hallmarkd is active");
	d.has_systemd = false;
	put_units("is-enabled hallmarkd.service", "");
	look(doctor_units);
	expect_well("systemd does not run here");
}

/* What runs for a roll-out is not forgotten; of the other units nothing is then asked. */
static void test_monitor_unit(void **state)
{
	(void)state;
	begin("");
	put_units("is-enabled hallmark-base.service",
		  "is-active hallmarkd-monitor.service\nis-enabled hallmarkd-monitor.service");
	look(doctor_units);
	expect_found("warning", "hallmarkd-monitor.service runs in the place of hallmarkd: nothing is enforced",
		     "`systemctl disable --now hallmarkd-monitor`");
	put_units("", "is-active hallmarkd-monitor.service");
	look(doctor_units);
	assert_int_equal(d.n[DOCTOR_WARNING], 2); /* and it does not start at boot */
}

/* --- The daemon's answer --- */

/* What the next one says other than a daemon on which nothing is amiss; set before it is forked. */
static struct said {
	const char *key, *type, *text;
	int number;
	unsigned n_differences;
	bool is_unable;
} said;

static void put_texts(sd_bus_message *m)
{
	static const char *const good[][2] = {
		{ "version", HALLMARK_VERSION }, { "enforcement", "enforcing" }, { "layer2", "yes" }, { "held", "" }
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!said.key || strcmp(said.key, good[i][0]) != 0)
			sent(sd_bus_message_append(m, "{sv}", good[i][0], "s", good[i][1]));
}

static int on_status(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	sd_bus_message *m = NULL;

	(void)userdata, (void)error;
	sent(sd_bus_message_new_method_return(call, &m));
	sent(sd_bus_message_open_container(m, 'a', "{sv}"));
	put_texts(m);
	if (!said.key || strcmp(said.key, "listens") != 0)
		sent(sd_bus_message_append(m, "{sv}", "listens", "u", 1));
	if (said.key && strcmp(said.type, "as") == 0)
		sent(sd_bus_message_append(m, "{sv}", said.key, "as", 1, said.text));
	else if (said.key && strcmp(said.type, "s") == 0)
		sent(sd_bus_message_append(m, "{sv}", said.key, "s", said.text));
	else if (said.key && strcmp(said.type, "aa{sv}") == 0)
		sent(sd_bus_message_append(m, "{sv}", said.key, "aa{sv}", 1, 3, "interface", "s", said.text, "for", "u",
					   said.number, "reason", "s", "a leak"));
	else if (said.key)
		sent(sd_bus_message_append(m, "{sv}", said.key, "u", said.number));
	sent(sd_bus_message_append(m, "{sv}", "open_reason", "s", "a burst pipe"));
	sent(sd_bus_message_append(m, "{sv}", "held_admitted", "u", 7));
	sent(sd_bus_message_close_container(m));
	return sd_bus_send(NULL, m, NULL);
}

static int on_diff(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	sd_bus_message *m = NULL;

	(void)userdata;
	if (said.is_unable)
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "the kernel did not answer");
	sent(sd_bus_message_new_method_return(call, &m));
	sent(sd_bus_message_open_container(m, 'a', "a{sv}"));
	for (unsigned i = 0; i < said.n_differences; i++)
		sent(sd_bus_message_append(m, "a{sv}", 1, "what", "s", "missing"));
	sent(sd_bus_message_close_container(m));
	return sd_bus_send(NULL, m, NULL);
}

/* Of one that is as old as it says, and of others. */
static int on_failed_handshakes(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	sd_bus_message *m = NULL;

	(void)userdata;
	if (said.is_unable)
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "no memory");
	sent(sd_bus_message_new_method_return(call, &m));
	sent(sd_bus_message_open_container(m, 'a', "a{sv}"));
	for (unsigned i = 0; i < said.n_differences; i++)
		sent(sd_bus_message_append(m, "a{sv}", 6, "address", "s", "10.77.2.2", "interface", "s", "port2",
					   "cause", "s", said.text, "sentence", "s", "the device offers no suite",
					   "remedy", "s", "Enable one", "last", "x",
					   (int64_t)time(NULL) - said.number));
	sent(sd_bus_message_close_container(m));
	return sd_bus_send(NULL, m, NULL);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Status", "", "a{sv}", on_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Diff", "", "aa{sv}", on_diff, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("FailedHandshakes", "", "aa{sv}", on_failed_handshakes, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static void look_at_daemon(const struct said *what)
{
	pid_t child;

	begin("");
	said = *what;
	ctl.socket = in(&place, "control");
	(void)unlink(ctl.socket);
	child = daemon_start(ctl.socket, vtable);
	look(doctor_daemon);
	daemon_stop(child);
}

static void test_daemon(void **state)
{
	static const struct {
		struct said said;
		const char *level, *text, *remedy;
	} rows[] = {
		{ { .key = "version", .type = "s", .text = "0.0.9" },
		  "warning",
		  "it is of version 0.0.9, and this is " HALLMARK_VERSION,
		  "systemctl restart hallmarkd" },
		{ { .key = "listens", .type = "u" },
		  "fault",
		  "an edge does not listen, or no judge takes cases: some or all devices cannot attest",
		  "`journalctl -u hallmarkd -p err` says why" },
		{ { .key = "open_for", .type = "u", .number = 90 },
		  "warning",
		  "OPEN for 1 min more: a burst pipe",
		  "`hallmarkctl close` ends it" },
		{ { .key = "open_alone", .type = "aa{sv}", .text = "port2", .number = 90 },
		  "warning",
		  "port2 is OPEN for 1 min more: a leak",
		  "`hallmarkctl close port2` ends it" },
		{ { .key = "enforcement", .type = "s", .text = "none" },
		  "fault",
		  "NOT ENFORCED: the tables cannot be kept",
		  "`journalctl -u hallmarkd -p warning` says why" },
		{ { .key = "enforcement", .type = "s", .text = "monitor" },
		  "warning",
		  "MONITOR ONLY: nothing is blocked",
		  "remove `monitor` from the configuration, then `hallmarkctl reload`" },
		{ { .key = "monitored_zones", .type = "as", .text = "guests" },
		  "warning",
		  "MONITOR ONLY: what the zone guests would drop passes",
		  "remove `monitor`" },
		{ { .key = "layer2", .type = "s", .text = HALLMARK_BUS_NO_ENFORCEMENT, .n_differences = 2 },
		  "warning",
		  "MONITOR ONLY: it runs with --no-enforcement, and changes no table",
		  "`systemctl start hallmarkd`" },
		{ { .key = "layer2", .type = "s", .text = "no: br0 has none" },
		  "fault",
		  "devices of one bridge are not isolated: no: br0 has none",
		  "see docs/enforcement.md" },
		{ { .key = "held", .type = "s", .text = "reload" },
		  "warning",
		  "the brake holds the changes of the reload: of 7 admitted devices 0 would lose their zone",
		  "`hallmarkctl reload --confirm` or `--discard`" },
		{ { .key = "drifts", .type = "u", .number = 3 },
		  "warning",
		  "the kernel's tables were repaired 3 times since it started",
		  "find out what else changes the tables" },
		{ { .key = "lesser_by_place", .type = "u", .number = 2 },
		  "warning",
		  "2 devices are in a lesser zone than their own: each shares its MAC (network.shared)",
		  "`hallmarkctl list` marks them with <" },
		{ { .n_differences = 2 },
		  "warning",
		  "2 entries of the kernel's sets are not as they should be",
		  "`hallmarkctl diff` shows them" },
		{ { .is_unable = true },
		  "unknown",
		  "it could not compare the kernel's tables: the kernel did not answer",
		  "`hallmarkctl diff`" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		look_at_daemon(&rows[i].said);
		expect_found(rows[i].level, rows[i].text, rows[i].remedy);
	}
	look_at_daemon(&(struct said){ .key = "layer2", .type = "s", .text = "no bridges" });
	expect_well("it answers, enforces, and the kernel's tables are as they should be");
	look_at_daemon(&(struct said){ .key = "layer2", .type = "s", .text = "yes, but br_netfilter is on" });
	expect_well("it answers, enforces, and the kernel's tables are as they should be");
	look_at_daemon(&(struct said){ .key = NULL });
	expect_well("it answers, enforces, and the kernel's tables are as they should be");
	ctl.socket = in(&place, "nobody");
	look(doctor_daemon);
	expect_found("fault", "nobody: it is not running", "`systemctl start hallmarkd`");
}

static void look_at_handshakes(const struct said *what)
{
	pid_t child;

	begin("");
	said = *what;
	ctl.socket = in(&place, "control");
	(void)unlink(ctl.socket);
	child = daemon_start(ctl.socket, vtable);
	look(doctor_handshakes);
	assert_int_equal(d.n[DOCTOR_OK] + d.n[DOCTOR_UNKNOWN] + d.n[DOCTOR_WARNING],
			 0); /* who answered nothing is not asked */
	d.status = value_new(VALUE_MAP);
	d.now_sec = time(NULL);
	doctor_handshakes(&d);
	daemon_stop(child);
}

static void test_handshakes(void **state)
{
	(void)state;
	look_at_handshakes(&(struct said){ .n_differences = 1, .text = "suite", .number = 60 });
	expect_found("warning", "10.77.2.2 on port2 cannot connect: the device offers no suite (suite)", "Enable one");
	look_at_handshakes(&(struct said){ .n_differences = 7, .text = "suite", .number = 60 });
	assert_int_equal(d.n[DOCTOR_WARNING], 6);
	look_at_handshakes(&(struct said){ .n_differences = 1, .text = "suite", .number = 3700 });
	expect_well("none failed in the last hour");
	look_at_handshakes(&(struct said){ .n_differences = 1, .text = "displaced", .number = 60 });
	expect_well("none failed in the last hour");
	look_at_handshakes(&(struct said){ .is_unable = true });
	expect_found("unknown", "it could not tell who cannot connect: no memory", "`hallmarkctl list --refused`");
}

/* --- Tables, other firewalls, nft --- */

static void test_tables(void **state)
{
	(void)state;
	begin("");
	(void)put_text(&place, "tables", "table inet hallmark-other\ntable ip nat\n");
	look(doctor_tables);
	expect_found("fault", "there is no table inet hallmark in the kernel: everything passes",
		     "`systemctl restart hallmark-base hallmarkd`");
	(void)put_text(&place, "tables", "table ip nat\ntable inet hallmark\n");
	look(doctor_tables);
	expect_well("the table inet hallmark is in the kernel");

	/* where nothing is enforced, it is the table that is amiss */
	d.status = value_new(VALUE_MAP);
	value_add_text(d.status, "layer2", HALLMARK_BUS_NO_ENFORCEMENT);
	look(doctor_tables);
	expect_found("warning", "still exists from before, and still drops packets",
		     "`nft delete table inet hallmark`");
	(void)put_text(&place, "tables", "table ip nat\n");
	look(doctor_tables);
	expect_well("");
}

static void test_other_firewalls(void **state)
{
	(void)state;
	begin("");
	put_units("", "");
	(void)put_text(&place, "tables", "table ip nat\ntable inet hallmark\n");
	(void)put_text(&place, "flowtables", "");
	look(doctor_firewalls);
	expect_well("no program was found that removes hallmarkd's tables or also drops packets");
	put_units("", "is-active firewalld.service");
	look(doctor_firewalls);
	expect_found("warning", "firewalld.service is active: packets that it drops are dropped in every zone",
		     "`systemctl disable --now firewalld.service`");
	put_units("", "");
	(void)put_text(&place, "flowtables", "table inet x {\n\tflowtable f {\n");
	look(doctor_firewalls);
	expect_found("warning", "there is a flowtable, f of the table inet x: flows that it offloads bypass the zones",
		     "remove it");
}

/* All rules, one of them in a table of that name. */
static void put_rule(const char *table, const char *rule)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "table inet first {\n\tchain a {\n\t\tct state new accept\n\t}\n}\n"
		       "table %s {\n\tchain c {\n\t\t%s\n\t\t%s\n\t}\n}\n",
		       table, rule, rule);
	(void)put_text(&place, "list", text);
}

/* A chain through which all goes, with that policy, and one rule beside it, as Docker has them. */
static void put_forward(const char *table, const char *policy, const char *rule)
{
	char text[512];

	(void)snprintf(
		text, sizeof(text),
		"table %s {\n\tchain DOCKER-USER {\n\t\t%s\n\t}\n\tchain FORWARD {\n"
		"\t\ttype filter hook forward priority filter; policy %s;\n\t\tcounter jump DOCKER-USER\n\t}\n}\n",
		table, rule, policy);
	(void)put_text(&place, "list", text);
}

static void test_others_drop(void **state)
{
	const char *const well = "no program was found that removes hallmarkd's tables or also drops packets";

	(void)state;
	begin("");
	put_units("", "");
	(void)strcpy(d.config->ruleset.guarded[0], "port1");
	(void)put_text(&place, "flowtables", "");
	put_forward("ip filter", "drop", "iifname \"docker0\" accept");
	look(doctor_firewalls);
	expect_found("warning", "the table ip filter drops what its chain FORWARD does not accept", "DOCKER-USER");
	put_forward("ip filter", "drop", "iifname \"port1\" counter accept");
	look(doctor_firewalls);
	expect_well(well);
	put_forward("ip filter", "drop", "iifname \"port10\" accept");
	look(doctor_firewalls);
	expect_found("warning", "no rule of it names an interface with devices", "accept the guarded interfaces");
	(void)strcpy(d.config->ruleset.guarded[0], "port*");
	look(doctor_firewalls);
	expect_well(well);
	put_forward("ip filter", "accept", "iifname \"docker0\" accept");
	look(doctor_firewalls);
	expect_well(well);
	put_forward("inet hallmark", "drop", "accept");
	look(doctor_firewalls);
	expect_well(well);
}

static void test_tracking(void **state)
{
	static const char *const rules[][2] = {
		{ "tcp sport 80 notrack", "are no answers" },
		{ "iifname \"wan0\" ct zone set 7", "have different zones" },
		{ "ct reply zone set 7", "have different zones" },
		{ "counter packets 0 bytes 0 xt target \"CT\"", "with --notrack" },
	};
	static const char *const harmless[] = { "ct state established accept", "ct original zone set 7",
						"ct zone 7 accept" };
	const char *const well = "no program was found that removes hallmarkd's tables or also drops packets";

	(void)state;
	begin("");
	put_units("", "");
	(void)put_text(&place, "tables", "");
	(void)put_text(&place, "flowtables", "");
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		put_rule("inet other", rules[i][0]);
		look(doctor_firewalls);
		expect_found("warning", rules[i][1], i == 0 ? "except the guarded interfaces" : "");
		assert_int_equal(d.n[DOCTOR_WARNING], 1);
		put_rule("inet hallmark", rules[i][0]);
		look(doctor_firewalls);
		expect_well(well);
	}
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		put_rule("inet other", harmless[i]);
		look(doctor_firewalls);
		expect_well(well);
	}
}

static void test_nft(void **state)
{
	(void)state;
	begin("");
	look(doctor_nft);
	expect_well("nftables v1.1.3");
	put_program("nft", "#!/bin/sh\nexit 1\n");
	look(doctor_nft);
	expect_found("fault", "/nft --version\" fails: it is not nft", "install the package nftables again");
	assert_int_equal(unlink(d.config->nft), 0);
	look(doctor_nft);
	expect_found("fault", "there is no program \"", "install the package nftables, or correct gateway.nft");
	put_program("nft", nft);
}

/* --- The kernel --- */

static struct kernel_abilities able;
static int probed;

static int probe(struct kernel_abilities *ret)
{
	*ret = able;
	return probed;
}

static void test_kernel(void **state)
{
	static struct bridge bridge = { .name = "br0" };
	static const struct {
		struct kernel_abilities able;
		int r;
		const char *level, *text, *remedy;
	} rows[] = {
		{ { .has_bridge = true, .has_routes = true },
		  0,
		  "fault",
		  "it has no nf_tables for IPv4 and IPv6: nothing can be enforced",
		  "CONFIG_NF_TABLES_INET; in a container, give it CAP_NET_ADMIN" },
		{ { .has_inet = true, .has_bridge = true },
		  0,
		  "fault",
		  "it cannot look up whether an address is routed",
		  "with CONFIG_NFT_FIB_INET" },
		{ { .has_inet = true, .has_routes = true },
		  0,
		  "fault",
		  "it has no nf_tables for bridges: their ports are not isolated",
		  "CONFIG_NF_TABLES_BRIDGE" },
		{ { .has_inet = true, .has_bridge = true, .has_routes = true },
		  -EPERM,
		  "unknown",
		  "nft could not ask the kernel: Operation not permitted",
		  "see the finding about nft" },
	};

	(void)state;
	begin("");
	look(doctor_kernel);
	expect_found("fault", "its netlink interface does not open: Function not implemented", "CONFIG_NF_TABLES");
	kernel_double.probe = probe;
	d.config->ruleset.bridges = &bridge;
	d.config->ruleset.n_bridges = 1;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		able = rows[i].able;
		probed = rows[i].r;
		look(doctor_kernel);
		expect_found(rows[i].level, rows[i].text, rows[i].remedy);
	}
	able = (struct kernel_abilities){ .has_inet = true, .has_bridge = true, .has_routes = true };
	probed = 0;
	look(doctor_kernel);
	expect_well("it has nf_tables, for bridges too");
	kernel_double.lack = &(const struct kernel_lack){ "wings", "nothing flies", "use a kernel with CONFIG_WINGS" };
	look(doctor_kernel);
	expect_found("fault", "its nf_tables lack wings: nothing flies, and hallmarkd does not start", "CONFIG_WINGS");
	kernel_double.lack = NULL;
	able.has_bridge = false;
	d.config->ruleset.bridges = NULL;
	d.config->ruleset.n_bridges = 0;
	look(doctor_kernel);
	expect_well("it has nf_tables"); /* where no bridge is guarded, none is needed */
	d.is_root = false;
	look(doctor_kernel);
	expect_found("unknown", "only root can find out what it can do", "run this as root");
}

/* --- Interfaces --- */

static void test_interfaces(void **state)
{
	static char ports[][IFNAMSIZ] = { "none-such-1" };
	static struct bridge bridge = { .name = "lo9", .ports = ports, .n_ports = 1 };

	(void)state;
	begin("");
	(void)strcpy(d.config->ruleset.guarded[0], "lo*"); /* every machine has one, up or not */
	(void)strcpy(d.config->ruleset.uplinks[0], "lo*");
	look(doctor_interfaces);
	expect_well("all interfaces that the configuration names exist and are up");

	links_add(7, "docker0", 0);
	links_add(8, "wg0", 0);
	look(doctor_interfaces);
	expect_found(
		"warning",
		"nothing is forwarded from or to 2 interfaces that the section network does not name: docker0, wg0",
		"add to network.trusted");

	links_add(7, "lo7", 0); /* links_free() has emptied the list */
	links_double.list[0].is_bridge = true;
	look(doctor_interfaces);
	expect_found("warning",
		     "the guarded bridge \"lo7\" is not under network.bridges: each of its ports is a household",
		     "name lo7 and its ports under network.bridges");

	(void)strcpy(bridge.name, "lo7"); /* it is named now */
	d.config->ruleset.bridges = &bridge;
	d.config->ruleset.n_bridges = 1;
	bridge.n_ports = 0;
	links_add(7, "lo7", 0);
	links_double.list[0].is_bridge = true;
	look(doctor_interfaces);
	expect_well("");
	links_add(7, "lo7", 0);
	links_double.list[0].is_bridge = links_double.list[0].learns_without_limit = true;
	look(doctor_interfaces);
	expect_found("warning", "lo7 learns any number of MACs", "ip link set lo7 type bridge fdb_max_learned 65536");
	links_add(7, "lo7", 0);
	links_double.list[0].is_bridge = true;
	proxies = "1";
	look(doctor_interfaces);
	expect_found("warning", "the gateway answers ARP on lo7 for all devices there",
		     "set net.ipv4.conf.lo7.proxy_arp_pvlan = 0");
	proxies = "0";
	(void)strcpy(bridge.name, "lo9");
	bridge.n_ports = 1;
	look(doctor_interfaces);
	expect_found("fault", "the bridge port \"none-such-1\" does not exist", "`ip link` shows the interfaces");
	d.config->ruleset.bridges = NULL;
	d.config->ruleset.n_bridges = 0;
}

static void test_neighbours(void **state)
{
	(void)state;
	begin("");
	(void)strcpy(d.config->ruleset.guarded[0], "lo*");
	(void)strcpy(d.config->ruleset.uplinks[0], "lo*");
	kept4 = "1024";
	look(doctor_interfaces);
	expect_found("warning", "the kernel keeps the addresses of 1024 neighbours (ipv4)",
		     "set net.ipv4.neigh.default.gc_thresh3 = 65536 in /etc/sysctl.d, and gc_thresh2 = 32768");
	kept4 = NULL; /* a container */
	kept6 = "65536";
	look(doctor_interfaces);
	expect_well("");
	d.config->ruleset.set_size = 200000; /* more devices than that */
	look(doctor_interfaces);
	expect_found("warning", "65536 neighbours (ipv6)", "net.ipv6.neigh.default.gc_thresh3 = 200000");
	kept4 = "65536";
}

/* --- What the configuration trusts, and the clock --- */

static void test_sets(void **state)
{
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "Acme CA" });
	_cleanup_free_ char *pem = pki_certificate_pem(&ca);
	struct fetch_memory memory = { .url = "https://a.example/c", .failures = 3, .failure = "it is empty" };
	struct bytes crl;

	(void)state;
	(void)put_text(&place, "ca.pem", pem);
	(void)put_text(&place, "issuer.pem", golden_key_p256);
	begin("anchors = ( { name = \"Acme\"; file = \"ca.pem\"; } ); "
	      "issuers = ( { name = \"I\"; key = \"issuer.pem\"; schemes = [ \"KR-CIC\" ] } ); "
	      "crls = ( { file = \"c\"; url = \"https://a.example/c\"; } );");
	look(doctor_trust);
	expect_found("warning", "the crl c is missing: not fetched yet", "`hallmarkctl trust refresh`");

	crl.p = pki_crl(&ca, &(struct crl_request){ .number = 7 }, &crl.n);
	(void)put_file(&place, "c", crl);
	look(doctor_trust);
	expect_well("3 of 3 keys, certificates and sets are current");
	assert_int_equal(fetch_memory_save(in(&place, "c"), &memory), 0);
	look(doctor_trust);
	expect_found("warning", "the crl c could not be fetched 3 times; the last time: it is empty",
		     "`hallmarkctl trust refresh --force` tries again");
	assert_int_equal(unlink(in(&place, "c.fetch")), 0);
	d.now_sec = PKI_CRL_LATER_SEC - 86400;
	look(doctor_trust);
	expect_found("warning", "the crl c ends in 1 d 0 h", "`hallmarkctl trust refresh`");
	d.now_sec = PKI_CRL_LATER_SEC;
	look(doctor_trust);
	expect_found("fault", "the crl c is stale: it has expired", "`hallmarkctl trust refresh`");
	bytes_done(&crl);
	pki_done(&ca);
}

/* Faults alone: whether this machine is synchronised is another finding. */
static void test_clock(void **state)
{
	struct store *store = NULL;
	char path[128];

	(void)state;
	begin("");
	(void)snprintf(path, sizeof(path), "%s/state/" STORE_FILE, place.path);
	assert_int_equal(store_open(path, &store), 0);
	assert_int_equal(store_raise_time_floor(store, PKI_NOW_SEC), 0);
	d.status = value_new(VALUE_MAP);
	look(doctor_clock);
	assert_int_equal(d.n[DOCTOR_FAULT], 0);
	d.now_sec = PKI_NOW_SEC - 864000;
	look(doctor_clock);
	assert_int_equal(d.n[DOCTOR_FAULT], 1);
	assert_ptr_equal(strstr(value_text(d.findings->first, "text"),
				"it is earlier than a time seen before, 2027-01-15T08:00:00Z"),
			 value_text(d.findings->first, "text"));
	assert_non_null(strstr(value_text(d.findings->first, "remedy"), "let it be set by NTP"));
	store_free(store);
}

/* --- Programs --- */

static void put_process(const char *pid, const char *group, const char *program)
{
	char path[256], name[32];

	(void)snprintf(path, sizeof(path), "%s/%s", place.path, pid);
	(void)mkdir(path, 0700);
	(void)snprintf(name, sizeof(name), "%s/cgroup", pid);
	(void)put_text(&place, name, group);
	(void)snprintf(path, sizeof(path), "%s/%s/exe", place.path, pid);
	(void)unlink(path);
	if (program)
		assert_int_equal(symlink(program, path), 0);
}

static void look_at_programs(struct doctor *doctor)
{
	doctor_programs_in(doctor, place.path);
}

static void test_programs(void **state)
{
	static const char unit[] = "12:pids:/\n1:name=systemd:/system.slice/hallmarkd.service\n";

	(void)state;
	begin("");
	look(look_at_programs);
	expect_well("no unit runs a program that was replaced");
	put_process("17", unit, "/usr/sbin/hallmarkd");
	put_process("18", "0::/system.slice/other.service\n", "/usr/sbin/other (deleted)");
	put_process("19", "0::/user.slice/hallmark.scope\n", "/usr/bin/hallmarkctl (deleted)");
	look(look_at_programs);
	expect_well("no unit runs a program that was replaced");
	put_process("22", "0::/payload/system.slice/hallmarkd.service\n",
		    "/usr/sbin/hallmarkd (deleted)"); /* a container's */
	look(look_at_programs);
	expect_well("no unit runs a program that was replaced");
	put_process("1", "0::/payload/init.scope\n", NULL); /* this is the container */
	look(look_at_programs);
	expect_found("warning", "hallmarkd.service still runs a program", "`systemctl restart hallmarkd.service`");
	put_process("1", "0::/init.scope\n", NULL);
	put_process("20", unit, "/usr/sbin/hallmarkd (deleted)");
	put_process("21", unit, "/usr/sbin/hallmarkd (deleted)"); /* one finding for all of a unit */
	look(look_at_programs);
	expect_found("warning", "hallmarkd.service still runs a program that was replaced: /usr/sbin/hallmarkd",
		     "`systemctl restart hallmarkd.service`");
	put_process("20", unit, "/usr/sbin/hallmarkd");
	put_process("21", "0::/system.slice/system-hallmark\\x2dattester.slice/hallmark-attester@lamp.service/sub\n",
		    "/usr/bin/hallmark-attester (deleted)");
	look(look_at_programs);
	expect_found("warning", "hallmark-attester@lamp.service still runs a program that was replaced: ",
		     "`systemctl restart hallmark-attester@lamp.service`");
	put_process("21", unit, NULL); /* it has ended */
	look(look_at_programs);
	expect_well("no unit runs a program that was replaced");
	(void)put_text(&place, "21/exe", "this is no link, so it cannot be read");
	look(look_at_programs);
	expect_found("unknown", "which program hallmarkd.service runs is only for root to see", "run this as root");
}

static int set_up(void **state)
{
	char path[256];

	(void)state;
	place = place_new();
	put_installation(&place);
	put_program("systemctl", systemctl);
	put_program("nft", nft);
	(void)snprintf(path, sizeof(path), "%s:/usr/sbin:/usr/bin:/sbin:/bin", place.path);
	log_set_level(-1);
	return setenv("PATH", path, 1);
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	place_done(&place);
	kernel_double.probe = NULL;
	return 0;
}

#define DOCTOR_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DOCTOR_TEST(test_programs), DOCTOR_TEST(test_units),       DOCTOR_TEST(test_monitor_unit),
		DOCTOR_TEST(test_daemon),   DOCTOR_TEST(test_tables),      DOCTOR_TEST(test_other_firewalls),
		DOCTOR_TEST(test_tracking), DOCTOR_TEST(test_others_drop), DOCTOR_TEST(test_nft),
		DOCTOR_TEST(test_kernel),   DOCTOR_TEST(test_neighbours),  DOCTOR_TEST(test_interfaces),
		DOCTOR_TEST(test_sets),     DOCTOR_TEST(test_clock),       DOCTOR_TEST(test_handshakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
