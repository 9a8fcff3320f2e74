/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl doctor`: checks a whole installation, with or without a running daemon, and says for each finding what
 * to do. The checks are in doctor_*.c; each is one row here. doctor_findings.c keeps and shows their findings.
 */
#include "ctl/doctor/doctor.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/value.h"

/* The configuration comes first: the others check what it names. */
static const struct {
	const char *name;
	void (*run)(struct doctor *d);
} checks[] = {
	{ "configuration", doctor_configuration },
	{ "kernel", doctor_kernel },
	{ "forwarding", doctor_forwarding },
	{ "nft", doctor_nft },
	{ "openssl", doctor_openssl },
	{ "daemon", doctor_daemon },
	{ "tables", doctor_tables },
	{ "clock", doctor_clock },
	{ "keys", doctor_keys },
	{ "trust", doctor_trust },
	{ "state", doctor_state },
	{ "interfaces", doctor_interfaces },
	{ "firewalls", doctor_firewalls },
	{ "units", doctor_units },
	{ "journal", doctor_journal },
};

enum ctl_exit ctl_doctor(const struct ctl *ctl)
{
	struct doctor d = {
		.ctl = ctl,
		.path = ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf",
		.findings = value_new(VALUE_LIST),
		.is_root = geteuid() == 0,
		.has_systemd = access("/run/systemd/system", F_OK) == 0, /* sd_booted(3) */
		.now_sec = clock_realtime_sec(),
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		d.check = checks[i].name;
		checks[i].run(&d);
	}
	if (ctl->json)
		doctor_print_json(&d);
	else
		doctor_show(&d);
	value_free(d.findings);
	if (d.status)
		value_free(d.status);
	config_free(d.config);
	if (d.n[DOCTOR_FAULT] + d.n[DOCTOR_WARNING] > 0)
		return CTL_NO;
	return d.n[DOCTOR_UNKNOWN] > 0 ? CTL_FAULT : CTL_YES;
}
