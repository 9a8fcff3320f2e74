/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl doctor`: checks a whole installation, with or without a running daemon, and says for each finding what
 * to do. The checks are in doctor_*.c; each is one row here. doctor_findings.c keeps and shows their findings.
 */
#include "ctl/doctor/doctor.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/value.h"

/* The configuration comes first: the others check what it names. */
static const struct {
	const char *name;
	void (*run)(struct doctor *d);
} checks[] = {
	{ TO_TRANSLATE("configuration"), doctor_configuration },
	{ TO_TRANSLATE("kernel"), doctor_kernel },
	{ TO_TRANSLATE("forwarding"), doctor_forwarding },
	{ TO_TRANSLATE("nft"), doctor_nft },
	{ TO_TRANSLATE("openssl"), doctor_openssl },
	{ TO_TRANSLATE("daemon"), doctor_daemon },
	{ TO_TRANSLATE("tables"), doctor_tables },
	{ TO_TRANSLATE("handshakes"), doctor_handshakes },
	{ TO_TRANSLATE("clock"), doctor_clock },
	{ TO_TRANSLATE("keys"), doctor_keys },
	{ TO_TRANSLATE("access"), doctor_access },
	{ TO_TRANSLATE("trust"), doctor_trust },
	{ TO_TRANSLATE("state"), doctor_state },
	{ TO_TRANSLATE("interfaces"), doctor_interfaces },
	{ TO_TRANSLATE("firewalls"), doctor_firewalls },
	{ TO_TRANSLATE("units"), doctor_units },
	{ TO_TRANSLATE("programs"), doctor_programs },
	{ TO_TRANSLATE("journal"), doctor_journal },
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
