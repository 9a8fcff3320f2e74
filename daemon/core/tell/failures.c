/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tell/failures.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/journal.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/tell/journal_entry.h"
#include "core/tell/teller.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"

#define AT_ONCE     64                    /* failures that are looked at, */
#define EACH_USEC   (USEC_PER_SEC / 8)    /* and one more in this time */
#define REPEAT_USEC (3600 * USEC_PER_SEC) /* a sender that goes on with the same cause is told again */

static bool take(struct budget *b, unsigned most, uint64_t each_usec, uint64_t now_usec)
{
	if (b->filled_usec == 0)
		*b = (struct budget){ .left = most, .filled_usec = now_usec };
	return budget_take(b, most, each_usec, now_usec);
}

bool failures_may_add(struct failures *f, uint64_t now_usec)
{
	return take(&f->budget, AT_ONCE, EACH_USEC, now_usec);
}

static bool is_same_sender(const struct failure *a, const struct failure *b)
{
	return a->ifindex == b->ifindex && IN6_ARE_ADDR_EQUAL(&a->address, &b->address);
}

static bool is_same_port(const struct failure *a, const struct failure *b)
{
	return a->ifindex == b->ifindex && strcmp(a->port, b->port) == 0;
}

static size_t count_at(const struct failures *f, const struct failure *place)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += is_same_port(&f->list[i], place);
	return n;
}

/* Who invents addresses behind one port takes the places of that port only. */
static struct failure *replace(struct failures *f)
{
	struct failure *gone = NULL;
	size_t most = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct failure *one = &f->list[i];
		const size_t n = count_at(f, one);

		if (n > most || (n == most && one->last_usec < gone->last_usec)) {
			gone = one;
			most = n;
		}
	}
	return gone;
}

static struct failure *find(struct failures *f, const struct failure *one)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_same_sender(&f->list[i], one))
			return &f->list[i];
	return NULL;
}

const char *failure_mac(const struct failure *f, char ret[static MAC_TEXT_SIZE])
{
	static const uint8_t unknown[6];

	ret[0] = '\0';
	return memcmp(f->mac, unknown, sizeof(unknown)) == 0 ? ret : mac_to_text(f->mac, ret);
}

/* Its key is not known: its MAC and its place may have a name. */
static struct verdict sender_of(const struct failure *f)
{
	struct verdict v = { 0 };

	memcpy(v.mac, f->mac, sizeof(v.mac));
	memcpy(v.interface, f->interface, sizeof(v.interface));
	memcpy(v.port, f->port, sizeof(v.port));
	return v;
}

/* " (Kim's wall-pad)"; "": it has no name. */
static const char *describe_name(const struct config *c, const struct verdict *v, char *ret, size_t size)
{
	const struct inventory_row *row = c ? inventory_row_of(c, v) : NULL;

	ret[0] = '\0';
	if (row && row->name[0])
		(void)snprintf(ret, size, " (%s)", row->name);
	return ret;
}

/* Who is left out until then is not told of one by one. */
static void tell(const struct failure *f, const struct config *c, bool is_last)
{
	const enum hallmark_handshake_cause cause = f->what.cause;
	const struct verdict sender = sender_of(f);
	char name[INVENTORY_TEXT_MAX + 4];
	char address[INET6_ADDRSTRLEN], mac[MAC_TEXT_SIZE], alert[ALERT_TEXT], offer[OFFER_TEXT], text[ENTRY_TEXT_SIZE];
	struct entry e;

	(void)address_to_text(&f->address, address);
	(void)failure_mac(f, mac);
	(void)failed_handshake_alert(&f->what, alert);
	(void)failed_handshake_offer(&f->what, offer);
	(void)snprintf(text, sizeof(text), "Handshake of %s on %s%s%s%s%s%s failed: %s: %s%s%s. %s%s%s%s", address,
		       f->interface, f->port[0] ? " " : "", f->port, mac[0] ? ", MAC " : "", mac,
		       describe_name(c, &sender, name, sizeof(name)), handshake_cause_name(cause),
		       handshake_cause_sentence(cause), alert[0] ? "; " : "", alert, handshake_cause_remedy(cause),
		       offer[0] ? ". The device offers: " : "", offer,
		       is_last ? ". Not all that fail have an entry now: `hallmarkctl list --refused`" : "");
	entry_begin(&e, LOG_WARNING, HALLMARK_MESSAGE_HANDSHAKE, text);
	entry_add(&e, HALLMARK_FIELD_CAUSE, "%s", handshake_cause_name(cause));
	entry_add(&e, HALLMARK_FIELD_REMEDY, "%s", handshake_cause_remedy(cause));
	entry_add(&e, HALLMARK_FIELD_ALERT, "%s", alert);
	entry_add(&e, HALLMARK_FIELD_OFFER, "%s", offer);
	entry_add(&e, HALLMARK_FIELD_INTERFACE, "%s", f->interface);
	entry_add(&e, HALLMARK_FIELD_BRIDGE_PORT, "%s", f->port);
	entry_add(&e, HALLMARK_FIELD_MAC, "%s", mac);
	entry_add(&e, HALLMARK_FIELD_ADDRESS, "%s", address);
	entry_add(&e, HALLMARK_FIELD_UDP_PORT, "%u", f->udp_port);
	entry_add_names(&e, c, &sender);
	entry_send(&e);
}

void failures_add(struct teller *t, const struct failure *one, uint64_t now_usec)
{
	struct failures *f = &t->failures;
	struct failure *known = find(f, one), *row = known;
	struct failure next = *one;
	bool is_due;

	if (!row)
		row = f->n < FAILURES_MAX ? &f->list[f->n++] : replace(f);
	next.n = known ? known->n + 1 : 1;
	next.first_usec = known ? known->first_usec : now_usec;
	next.last_usec = now_usec;
	next.told_usec = known ? known->told_usec : 0;
	is_due = next.told_usec == 0 || known->what.cause != one->what.cause ||
		 now_usec - known->told_usec >= REPEAT_USEC;
	if (is_due) {
		const bool has_line = take(&f->lines, FAILURES_LINES, FAILURES_LINE_USEC, now_usec);

		next.told_usec = has_line ? now_usec : 0; /* the next failure is due again */
		if (has_line)
			tell(&next, t->in_force ? t->in_force->config : NULL, f->lines.left == 0);
	}
	*row = next;
}
