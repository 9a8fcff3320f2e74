/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes that failed, as D-Bus dictionaries. */
#include "core/bus/report_failures.h"

#include <stdlib.h>

#include "base/address.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/tell/dictionary.h"
#include "core/tell/failures.h"

static int put_failure(const struct core *c, sd_bus_message *m, const struct failure *f)
{
	const enum hallmark_handshake_cause cause = f->what.cause;
	struct dictionary d = dictionary_open(m);
	char address[INET6_ADDRSTRLEN], mac[MAC_TEXT_SIZE], alert[ALERT_TEXT], offer[OFFER_TEXT];

	put_string(&d, "interface", f->interface);
	put_string(&d, "bridge_port", f->port);
	put_string(&d, "mac", failure_mac(f, mac));
	put_string(&d, "address", address_to_text(&f->address, address));
	put_u32(&d, "udp_port", f->udp_port);
	put_string(&d, "cause", handshake_cause_name(cause));
	put_string(&d, "sentence", handshake_cause_sentence(cause));
	put_string(&d, "remedy", handshake_cause_remedy(cause));
	put_string(&d, "alert", failed_handshake_alert(&f->what, alert));
	put_string(&d, "offer", failed_handshake_offer(&f->what, offer));
	put_time(&d, "first", report_time(c, f->first_usec));
	put_time(&d, "last", report_time(c, f->last_usec));
	put_u32(&d, "times", f->n);
	return dictionary_close(&d);
}

static int compare_last(const void *a, const void *b)
{
	const struct failure *const *x = a, *const *y = b;

	return (*x)->last_usec < (*y)->last_usec ? 1 : (*x)->last_usec > (*y)->last_usec ? -1 : 0;
}

int report_failed_handshakes(const struct core *c, sd_bus_message *m)
{
	const struct failures *f = &c->teller.failures;
	const struct failure *order[FAILURES_MAX];
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = 0; i < f->n; i++)
		order[i] = &f->list[i];
	qsort(order, f->n, sizeof(order[0]), compare_last);
	for (size_t i = 0; i < f->n && r >= 0; i++)
		r = put_failure(c, m, order[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
