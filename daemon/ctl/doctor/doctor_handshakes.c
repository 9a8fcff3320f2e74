/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that cannot connect, so that no verdict tells of them. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failed_handshake.h"
#include "base/language.h"
#include "ctl/ask/peer.h"
#include "ctl/doctor/doctor.h"
#include "ctl/value.h"

#define ASK_USEC  (5 * USEC_PER_SEC)
#define SINCE_SEC 3600 /* a device that cannot connect tries at least every ten minutes */
#define SHOWN_MAX 5

DEFINE_CLEANUP(struct value *, value_free);

/* A handshake that made room for others says nothing of its device. */
static bool is_of_interest(const struct doctor *d, const struct value *f)
{
	return d->now_sec - value_number(f, "last") < SINCE_SEC &&
	       strcmp(value_text(f, "cause"), handshake_cause_name(HANDSHAKE_DISPLACED)) != 0;
}

static void find_sender(struct doctor *d, const struct value *f)
{
	const char *port = value_text(f, "bridge_port"), *mac = value_text(f, "mac");

	doctor_find(d, DOCTOR_WARNING, value_text(f, "remedy"), "%s on %s%s%s%s%s cannot connect: %s (%s)",
		    value_text(f, "address"), value_text(f, "interface"), port[0] ? " " : "", port,
		    mac[0] ? ", MAC " : "", mac, translated(value_text(f, "sentence")), value_text(f, "cause"));
}

void doctor_handshakes(struct doctor *d)
{
	const struct peer_errand errand = { .path = doctor_socket(d),
					    .method = "FailedHandshakes",
					    .timeout_usec = ASK_USEC };
	_cleanup_(value_freep) struct value *answer = NULL;
	char why[PEER_WHY_SIZE];
	unsigned n = 0;

	if (!d->status) /* another check reports that no daemon answers */
		return;
	if (peer_ask(&errand, &answer, why) < 0) {
		doctor_find(d, DOCTOR_UNKNOWN, "`hallmarkctl list --refused`",
			    "it could not tell who cannot connect: %s", why);
		return;
	}
	for (const struct value *f = answer->first; f; f = f->next)
		if (is_of_interest(d, f) && ++n <= SHOWN_MAX)
			find_sender(d, f);
	if (n > SHOWN_MAX)
		doctor_find(d, DOCTOR_WARNING, "`hallmarkctl list --refused` shows them", "%u more cannot connect",
			    n - SHOWN_MAX);
	if (n == 0)
		doctor_find(d, DOCTOR_OK, NULL, "none failed in the last hour");
}
