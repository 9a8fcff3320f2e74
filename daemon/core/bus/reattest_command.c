/* SPDX-License-Identifier: Apache-2.0 */
/* Reports errors in a demand, and answers once it is in force. */
#include "core/bus/reattest_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/language.h"
#include "core/act/reattest.h"
#include "core/bus/access.h"
#include "core/bus/find_device.h"
#include "core/core.h"
#include "core/settle/admissions.h"
#include "core/tell/journal_entry.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"
#include "hallmark/journal.h"
#include "token/names.h"

static int explain(int r, const char *text, sd_bus_error *error)
{
	switch (r) {
	case -EPERM:
		return sd_bus_error_setf(error, HALLMARK_BUS_UNDER_ORDER,
					 TO_TRANSLATE("an operator's order decides on this device, whatever it proves; "
						      "`hallmarkctl release` removes it") ": \"%s\"",
					 text);
	case -ENODATA:
		return sd_bus_error_setf(error, HALLMARK_BUS_NOT_ADMITTED,
					 TO_TRANSLATE("this device is in quarantine, and attests when it asks for "
						      "admission; `hallmarkctl explain` says what it lacks") ": \"%s\"",
					 text);
	default:
		return sd_bus_error_setf(
			error, HALLMARK_BUS_NOT_STORED,
			TO_TRANSLATE("the store could not write it, so nothing has changed; free space "
				     "on the disk of the state directory, and try again") ": %s",
			strerror(-r));
	}
}

static int answer(sd_bus_message *call, const struct demanded *d)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	char device[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE], record[RECORD_MARK_SIZE];
	int r = sd_bus_message_new_method_return(call, &m);

	bytes_to_hex(BYTES(d->after.facts.device), device);
	if (r >= 0)
		r = sd_bus_message_append(m, "a{sv}", 8, "device", "s", device, "product", "s",
					  product_to_text(&d->after.facts.product, product), "zone", "s", d->after.zone,
					  "attest_by", "x", d->after.reattest.by_sec, "until", "x",
					  d->after.decision.expiry.at_sec, "former_until", "x", d->former_until_sec,
					  "record", "s", record_mark_to_text(&d->record, record), "kernel", "b",
					  (int)d->is_in_kernel);
	if (r >= 0)
		r = sd_bus_send(NULL, m, NULL);
	return r < 0 ? r : 1;
}

static void tell(const struct config *config, const struct demanded *d, const struct orderer *by)
{
	char device[SHA256_HEX_SIZE], what[DEVICE_TEXT_SIZE], until[32], who[ORDERER_TEXT_SIZE], text[ENTRY_TEXT_SIZE];
	struct entry e;

	bytes_to_hex(BYTES(d->after.facts.device), device);
	(void)snprintf(text, sizeof(text),
		       "Order given: reattest, by %s: %s (%.16s) must attest again by %s, or it loses zone %s",
		       orderer_to_text(by, who), device_to_text(config, &d->after, what), device,
		       time_to_text(d->after.reattest.by_sec, until), d->after.zone);
	entry_begin(&e, LOG_NOTICE, HALLMARK_MESSAGE_ORDER, text);
	entry_add_device(&e, config, &d->after);
	entry_add(&e, HALLMARK_FIELD_ORDER, "reattest");
	entry_add(&e, HALLMARK_FIELD_ORDER_EVENT, "given");
	entry_add(&e, HALLMARK_FIELD_ORDER_UNTIL, "%lld", (long long)d->after.reattest.by_sec);
	entry_add_orderer(&e, by);
	entry_add_record(&e, &d->record);
	entry_send(&e);
}

/* First the verb alone: who has no role learns nothing of devices. */
static const struct verdict *find(struct core *c, struct attempt *a, const char *text, struct verdict *room,
				  sd_bus_error *error)
{
	struct wish wish = { .verb = VERB_REATTEST, .now_sec = admissions_now(&c->settler) };

	if (!access_allows(c, a, &wish, error))
		return NULL;
	wish.device = find_device(c, text, room, error);
	return wish.device && access_allows(c, a, &wish, error) ? wish.device : NULL;
}

int command_reattest(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct core *c = userdata;
	struct demanded demanded;
	const struct verdict *v;
	struct verdict room;
	struct attempt a;
	uint32_t seconds;
	const char *text;
	int r = sd_bus_message_read(call, "su", &text, &seconds);

	if (r < 0)
		return r;
	if (!access_begin(call, "reattest", &a, error))
		return -EACCES;
	v = find(c, &a, text, &room, error);
	if (!v)
		return -sd_bus_error_get_errno(error);
	if (seconds > HALLMARK_BUS_REATTEST_MAX_SEC)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "%u s is too long: give 1 to %d seconds, or 0 for %d", seconds,
					 HALLMARK_BUS_REATTEST_MAX_SEC, REATTEST_SEC);
	r = reattest_demand(&c->settler, c->orders, v->facts.device, seconds ? seconds : REATTEST_SEC, &a.by,
			    &demanded);
	if (r < 0)
		return explain(r, text, error);
	tell(c->in_force.config, &demanded, &a.by);
	return answer(call, &demanded);
}
