/* SPDX-License-Identifier: Apache-2.0 */
/* Journal texts for decisions, moves and orders. */
#include "core/tell/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "core/tell/journal_entry.h"
#include "core/tell/orderer.h"
#include "decide/decision.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/scheme.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "hallmark/reason.h"
#include "token/names.h"

#define FLAPPING_SEC 600 /* people carry devices to other places, but not back within this time */

const char *label_level_name(const struct config *c, const struct label_facts *l)
{
	const struct scheme *scheme = scheme_find(&c->recognition, l->scheme);

	return scheme ? scheme_level_name(scheme, l->level) : "unknown";
}

const char *recognised_level_name(const struct config *c, uint8_t home_level)
{
	const struct scheme *home = scheme_find(&c->recognition, c->recognition.home);

	return home ? scheme_level_name(home, home_level) : "none";
}

static void add_label(struct entry *e, const struct journal_decision *d)
{
	const struct label_facts *l = verdict_label(d->verdict);

	if (!l)
		return;
	entry_add(e, HALLMARK_FIELD_SCHEME, "%s", l->scheme);
	entry_add(e, HALLMARK_FIELD_LEVEL, "%s", label_level_name(d->config, l));
	entry_add(e, HALLMARK_FIELD_LABEL, "%s", l->number);
	entry_add(e, HALLMARK_FIELD_ISSUER, "%s", l->issuer);
	entry_add(e, HALLMARK_FIELD_ISSUER_ROLE, "%s", issuer_role_name(l->issuer_role));
	entry_add(e, HALLMARK_FIELD_RECOGNISED, "%s",
		  recognised_level_name(d->config, d->verdict->decision.home_level));
	entry_add(e, HALLMARK_FIELD_ARRANGEMENT, "%s", d->verdict->decision.arrangement);
}

/* As "KR-CIC Basic (KR-2026-0101, transcribed by desk.example)": includes who signed it. */
static void describe_label(const struct config *c, const struct label_facts *l, char *ret, size_t size)
{
	const char *by = l->issuer_role == HALLMARK_ISSUER_SCHEME ? "issued by the scheme itself," : "transcribed by";

	if (l->issuer_role == HALLMARK_ISSUER_UNKNOWN)
		(void)snprintf(ret, size, "label not trusted (%s, its claimed issuer is %s)", l->number, l->issuer);
	else
		(void)snprintf(ret, size, "%s %s (%s, %s %s)", l->scheme, label_level_name(c, l), l->number, by,
			       l->issuer);
}

static void describe(const struct journal_decision *d, char *ret, size_t size)
{
	const struct decision *decision = &d->verdict->decision;
	const struct label_facts *l = verdict_label(d->verdict);
	enum hallmark_reason held_back = verdict_held_back(d->verdict, &d->config->policy);
	char device[DEVICE_TEXT_SIZE], until[32], missing[256], label[256] = "no label counts", counts[96] = "",
								why[160] = "";

	if (l)
		describe_label(d->config, l, label, sizeof(label));
	if (l && decision->home_level > 0)
		(void)snprintf(counts, sizeof(counts), " counts as %s %s%s%s", d->config->recognition.home,
			       recognised_level_name(d->config, decision->home_level),
			       decision->arrangement[0] ? " by " : "", decision->arrangement);
	if (held_back != REASON_ADMITTED)
		(void)snprintf(why, sizeof(why), "; not better because %s (%s)", reason_name(held_back),
			       reason_sentence(held_back));
	(void)device_to_text(d->config, d->verdict, device);

	if (decision->zone != ZONE_QUARANTINE)
		(void)snprintf(ret, size, "%s on %s: %s until %s (%s ends first); %s%s; rule \"%s\"%s", device,
			       d->verdict->interface, d->verdict->zone, time_to_text(decision->expiry.at_sec, until),
			       expiry_cause_name(decision->expiry.cause), label, counts,
			       verdict_rule(d->verdict, &d->config->policy), why);
	else
		(void)snprintf(ret, size, "%s on %s: %s; %s (%s); %s%s%s%s", device, d->verdict->interface,
			       d->verdict->zone, reason_name(decision->reason), reason_sentence(decision->reason),
			       label, counts, decision->missing ? "; missing: " : "",
			       checks_to_text(decision->missing, missing, sizeof(missing)));
}

static bool same_label(const struct label_facts *a, const struct label_facts *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a->number, b->number) == 0 && strcmp(a->scheme, b->scheme) == 0 && a->level == b->level &&
	       strcmp(a->issuer, b->issuer) == 0 && a->issuer_role == b->issuer_role;
}

static bool same_product(const struct product *a, const struct product *b)
{
	char one[PRODUCT_TEXT_SIZE], other[PRODUCT_TEXT_SIZE];

	return strcmp(product_to_text(a, one), product_to_text(b, other)) == 0;
}

bool journal_is_renewal(const struct journal_decision *d)
{
	const struct verdict *b = d->before, *v = d->verdict;
	const struct policy *policy = &d->config->policy;

	return b && strcmp(d->zone_before, v->zone) == 0 && b->decision.reason == v->decision.reason &&
	       b->decision.missing == v->decision.missing && b->decision.home_level == v->decision.home_level &&
	       strcmp(b->decision.arrangement, v->decision.arrangement) == 0 &&
	       strcmp(verdict_rule(b, policy), verdict_rule(v, policy)) == 0 &&
	       verdict_held_back(b, policy) == verdict_held_back(v, policy) &&
	       same_label(verdict_label(b), verdict_label(v)) && same_product(&b->facts.product, &v->facts.product) &&
	       place_is_same(b, v);
}

static int priority_of(const struct journal_decision *d)
{
	if (journal_is_renewal(d))
		return LOG_DEBUG;
	return d->verdict->decision.zone == ZONE_QUARANTINE ? LOG_WARNING : LOG_NOTICE;
}

void journal_decision(const struct journal_decision *d)
{
	const struct decision *decision = &d->verdict->decision;
	char text[ENTRY_TEXT_SIZE], missing[256];
	const int priority = priority_of(d);
	struct entry e;

	if (!log_shows(priority)) /* as most renewals */
		return;
	describe(d, text, sizeof(text));
	entry_begin(&e, priority, HALLMARK_MESSAGE_DECISION, text);
	entry_add_device(&e, d->config, d->verdict);
	add_label(&e, d);
	entry_add(&e, HALLMARK_FIELD_ZONE, "%s", d->verdict->zone);
	entry_add(&e, HALLMARK_FIELD_ZONE_BEFORE, "%s", d->zone_before);
	entry_add(&e, HALLMARK_FIELD_RULE, "%s", verdict_rule(d->verdict, &d->config->policy));
	entry_add(&e, HALLMARK_FIELD_UNTIL, "%lld", (long long)decision->expiry.at_sec);
	entry_add(&e, HALLMARK_FIELD_EXPIRES_FIRST, "%s", expiry_cause_name(decision->expiry.cause));
	entry_add(&e, HALLMARK_FIELD_REASON, "%s", reason_name(decision->reason));
	entry_add(&e, HALLMARK_FIELD_REASON_NUMBER, "%d", (int)decision->reason);
	entry_add(&e, HALLMARK_FIELD_HELD_BACK, "%s", reason_name(verdict_held_back(d->verdict, &d->config->policy)));
	entry_add(&e, HALLMARK_FIELD_MISSING, "%s", checks_to_text(decision->missing, missing, sizeof(missing)));
	entry_add_record(&e, &d->record);
	entry_add(&e, HALLMARK_FIELD_USEC, "%llu", (unsigned long long)d->took_usec);
	entry_send(&e);
}

static void describe_place(const char *interface, const char *port, const uint8_t *mac, char *ret, size_t size)
{
	char text[MAC_TEXT_SIZE];

	(void)snprintf(ret, size, "%s%s%s %s", interface, port[0] ? "/" : "", port, mac_to_text(mac, text));
}

bool journal_is_flapping(const struct verdict *before, const struct verdict *after)
{
	char to[64], left[64];

	describe_place(after->interface, after->port, after->mac, to, sizeof(to));
	describe_place(before->former.interface, before->former.port, before->former.mac, left, sizeof(left));
	return strcmp(to, left) == 0 && after->former.left_sec - before->former.left_sec < FLAPPING_SEC;
}

void journal_move(const struct config *c, const struct verdict *before, const struct verdict *after)
{
	char from[64], to[64], what[DEVICE_TEXT_SIZE], device[SHA256_HEX_SIZE], text[ENTRY_TEXT_SIZE];
	bool is_flapping = journal_is_flapping(before, after);
	struct entry e;

	describe_place(before->interface, before->port, before->mac, from, sizeof(from));
	describe_place(after->interface, after->port, after->mac, to, sizeof(to));
	(void)device_to_text(c, after, what);
	bytes_to_hex(BYTES(after->facts.device), device);
	if (is_flapping)
		(void)snprintf(text, sizeof(text),
			       "%s (%.16s) is back at %s, from %s, after %lld s: do two devices have its key?", what,
			       device, to, from, (long long)(after->former.left_sec - before->former.left_sec));
	else
		(void)snprintf(text, sizeof(text), "%s (%.16s) moved from %s to %s", what, device, from, to);
	entry_begin(&e, is_flapping ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_MOVED, text);
	entry_add_device(&e, c, after);
	entry_add(&e, HALLMARK_FIELD_FROM, "%s", from);
	entry_send(&e);
}

/* Who confirms that the key is this device's: important for exceptions. */
static void describe_chain(const struct verdict *v, char *ret, size_t size)
{
	if (verdict_is_proved(v))
		(void)snprintf(ret, size, "its chain ends in %s", verdict_chain(v));
	else
		(void)snprintf(ret, size, "UNPROVED: no trusted certificate confirms its UEID (chain: %s)",
			       verdict_chain(v));
}

static void describe_order(const struct journal_order *j, char *ret, size_t size)
{
	const struct order *o = j->order;
	char what[DEVICE_TEXT_SIZE], device[SHA256_HEX_SIZE], time[32] = "it is released", chain[160],
							      who[ORDERER_TEXT_SIZE];

	(void)device_to_text(j->config, j->verdict, what);
	describe_chain(j->verdict, chain, sizeof(chain));
	bytes_to_hex(BYTES(o->device), device);
	if (o->until_sec)
		(void)time_to_text(o->until_sec, time);
	(void)snprintf(ret, size,
		       "Order %s: %s%s%s for %s (%.16s) on %s, until %s, by %s, reason \"%s\": from %s to %s%s; %s",
		       j->event, order_kind_name(o->kind), o->zone[0] ? " in " : "", o->zone, what, device,
		       j->verdict->interface[0] ? j->verdict->interface : "no interface", time,
		       orderer_to_text(j->by, who), o->reason, j->zone_before, j->verdict->zone,
		       j->is_in_kernel ? "" : ", which is NOT in the kernel yet", chain);
}

void journal_order(const struct journal_order *j)
{
	char text[ENTRY_TEXT_SIZE];
	struct entry e;

	describe_order(j, text, sizeof(text));
	entry_begin(&e, j->order->kind == ORDER_QUARANTINE ? LOG_NOTICE : LOG_WARNING, HALLMARK_MESSAGE_ORDER, text);
	entry_add_device(&e, j->config, j->verdict);
	entry_add(&e, HALLMARK_FIELD_ORDER, "%s", order_kind_name(j->order->kind));
	entry_add(&e, HALLMARK_FIELD_ORDER_EVENT, "%s", j->event);
	entry_add(&e, HALLMARK_FIELD_ORDER_REASON, "%s", j->order->reason);
	entry_add_orderer(&e, j->by);
	entry_add(&e, HALLMARK_FIELD_CHAIN, "%s", verdict_chain(j->verdict));
	entry_add(&e, HALLMARK_FIELD_PROVED, "%d", (int)verdict_is_proved(j->verdict));
	entry_add(&e, HALLMARK_FIELD_ORDER_UNTIL, "%lld", (long long)j->order->until_sec);
	entry_add(&e, HALLMARK_FIELD_ZONE, "%s", j->verdict->zone);
	entry_add(&e, HALLMARK_FIELD_ZONE_BEFORE, "%s", j->zone_before);
	entry_add_record(&e, &j->record);
	entry_send(&e);
}
