/* SPDX-License-Identifier: Apache-2.0 */
/* Composes entries; network-supplied texts in them were decoded as printable UTF-8 (bytes_to_text). */
#include "run/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "base/log.h"
#include "hallmark/journal.h"

#define FIELDS_MAX   32
#define FIELDS_BYTES 4096
#define FLAPPING_SEC 600 /* people carry devices about, but not to and fro within this time */

/* An entry in the making; a field that does not fit any more is left out. */
struct entry {
	struct iovec iov[FIELDS_MAX];
	int n;
	char text[FIELDS_BYTES];
	size_t used;
};

static void add(struct entry *e, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(struct entry *e, const char *field, const char *format, ...)
{
	char *at = e->text + e->used;
	size_t room = sizeof(e->text) - e->used;
	int head = snprintf(at, room, "%s=", field);
	va_list ap;

	if (e->n == FIELDS_MAX || head < 0 || (size_t)head >= room)
		return;
	va_start(ap, format);
	int body = vsnprintf(at + head, room - (size_t)head, format, ap);
	va_end(ap);
	if (body < 0 || (size_t)head + (size_t)body >= room)
		return;

	size_t n = (size_t)head + (size_t)body;

	e->iov[e->n++] = (struct iovec){ .iov_base = at, .iov_len = n };
	e->used += n + 1;
}

char *product_to_text(const struct product *p, char ret[static PRODUCT_TEXT_SIZE])
{
	if (p->maker[0] == '\0')
		(void)snprintf(ret, PRODUCT_TEXT_SIZE, "unnamed device");
	else
		(void)snprintf(ret, PRODUCT_TEXT_SIZE, "%s %s%s%s", p->maker, p->model, p->swversion[0] ? " " : "",
			       p->swversion);
	return ret;
}

const struct label_facts *verdict_label(const struct verdict *v)
{
	int i = v->decision.label;

	return i >= 0 && i < v->facts.n_labels ? &v->facts.labels[i] : NULL;
}

const char *verdict_rule(const struct verdict *v, const struct policy *policy)
{
	int i = v->decision.rule;

	if (v->decision.reason == REASON_OPERATOR_QUARANTINE)
		return "order: quarantine";
	if (v->decision.reason == REASON_OPERATOR_ALLOWED)
		return "order: allow";
	if (v->is_restored && v->decision.zone != ZONE_QUARANTINE)
		return "restored";
	return i >= 0 && i < policy->n_rules ? policy->rules[i].name : "quarantine";
}

enum hallmark_reason verdict_held_back(const struct verdict *v, const struct policy *policy)
{
	const struct decision *d = &v->decision;

	for (int i = d->n_refusals - 1; d->zone != ZONE_QUARANTINE && i >= 0; i--)
		if (i < policy->n_rules && policy->rules[i].zone != d->zone)
			return d->refusals[i].reason;
	return REASON_ADMITTED;
}

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
	add(e, HALLMARK_FIELD_SCHEME, "%s", l->scheme);
	add(e, HALLMARK_FIELD_LEVEL, "%s", label_level_name(d->config, l));
	add(e, HALLMARK_FIELD_LABEL, "%s", l->number);
	add(e, HALLMARK_FIELD_ISSUER, "%s", l->issuer);
	add(e, HALLMARK_FIELD_ISSUER_ROLE, "%s", issuer_role_name(l->issuer_role));
	add(e, HALLMARK_FIELD_RECOGNISED, "%s", recognised_level_name(d->config, d->verdict->decision.home_level));
	add(e, HALLMARK_FIELD_ARRANGEMENT, "%s", d->verdict->decision.arrangement);
}

/* As "KR-CIC Basic (KR-2026-0101, transcribed by desk.example)": whose word it is belongs to what it says. */
static void describe_label(const struct config *c, const struct label_facts *l, char *ret, size_t size)
{
	const char *by = l->issuer_role == HALLMARK_ISSUER_SCHEME ? "issued by the scheme itself," : "transcribed by";

	if (l->issuer_role == HALLMARK_ISSUER_UNKNOWN)
		(void)snprintf(ret, size, "label not believed (%s, said to be by %s)", l->number, l->issuer);
	else
		(void)snprintf(ret, size, "%s %s (%s, %s %s)", l->scheme, label_level_name(c, l), l->number, by,
			       l->issuer);
}

static void describe(const struct journal_decision *d, char *ret, size_t size)
{
	const struct decision *decision = &d->verdict->decision;
	const struct label_facts *l = verdict_label(d->verdict);
	enum hallmark_reason held_back = verdict_held_back(d->verdict, &d->config->policy);
	char product[PRODUCT_TEXT_SIZE], until[32], missing[256], label[256] = "no label", counts[96] = "",
								  why[160] = "";

	if (l)
		describe_label(d->config, l, label, sizeof(label));
	if (l && decision->home_level > 0)
		(void)snprintf(counts, sizeof(counts), " counts as %s %s%s%s", d->config->recognition.home,
			       recognised_level_name(d->config, decision->home_level),
			       decision->arrangement[0] ? " by " : "", decision->arrangement);
	if (held_back != REASON_ADMITTED)
		(void)snprintf(why, sizeof(why), "; no more because %s (%s)", reason_name(held_back),
			       reason_sentence(held_back));
	(void)product_to_text(&d->verdict->facts.product, product);

	if (decision->zone != ZONE_QUARANTINE)
		(void)snprintf(ret, size, "%s on %s: %s until %s (%s ends first); %s%s; rule \"%s\"%s", product,
			       d->verdict->interface, d->verdict->zone, time_to_text(decision->expiry.at_sec, until),
			       expiry_cause_name(decision->expiry.cause), label, counts,
			       verdict_rule(d->verdict, &d->config->policy), why);
	else
		(void)snprintf(ret, size, "%s on %s: %s; %s (%s); %s%s; missing: %s", product, d->verdict->interface,
			       d->verdict->zone, reason_name(decision->reason), reason_sentence(decision->reason),
			       label, counts, checks_to_text(decision->missing, missing, sizeof(missing)));
}

static void add_device(struct entry *e, const struct verdict *v)
{
	char device[SHA256_HEX_SIZE], ueid[2 * UEID_MAX + 1], product[PRODUCT_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	add(e, HALLMARK_FIELD_DEVICE, "%s", device);
	add(e, HALLMARK_FIELD_UEID, "%s", ueid);
	add(e, HALLMARK_FIELD_PRODUCT, "%s", product_to_text(&v->facts.product, product));
	add(e, HALLMARK_FIELD_INTERFACE, "%s", v->interface);
	add(e, HALLMARK_FIELD_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", v->mac[0], v->mac[1], v->mac[2], v->mac[3],
	    v->mac[4], v->mac[5]);
	add(e, HALLMARK_FIELD_ADDRESS, "%s", v->address);
}

void journal_decision(const struct journal_decision *d)
{
	const struct decision *decision = &d->verdict->decision;
	char text[1024], missing[256], record[RECORD_MARK_SIZE] = "";
	struct entry e = { 0 };

	if (d->record.sequence > 0)
		(void)record_mark_to_text(&d->record, record);
	describe(d, text, sizeof(text));
	if (!log_is_journal()) {
		log_notice("%s%s%s", text, record[0] ? "; record " : "", record);
		return;
	}
	add(&e, "MESSAGE", "%s", text);
	add(&e, "MESSAGE_ID", "%s", HALLMARK_MESSAGE_DECISION);
	add(&e, "PRIORITY", "%d", decision->zone == ZONE_QUARANTINE ? LOG_WARNING : LOG_NOTICE);
	add(&e, "SYSLOG_IDENTIFIER", "hallmarkd");
	add_device(&e, d->verdict);
	add_label(&e, d);
	add(&e, HALLMARK_FIELD_ZONE, "%s", d->verdict->zone);
	add(&e, HALLMARK_FIELD_ZONE_BEFORE, "%s", d->zone_before);
	add(&e, HALLMARK_FIELD_RULE, "%s", verdict_rule(d->verdict, &d->config->policy));
	add(&e, HALLMARK_FIELD_UNTIL, "%lld", (long long)decision->expiry.at_sec);
	add(&e, HALLMARK_FIELD_EXPIRES_FIRST, "%s", expiry_cause_name(decision->expiry.cause));
	add(&e, HALLMARK_FIELD_REASON, "%s", reason_name(decision->reason));
	add(&e, HALLMARK_FIELD_REASON_NUMBER, "%d", (int)decision->reason);
	add(&e, HALLMARK_FIELD_HELD_BACK, "%s", reason_name(verdict_held_back(d->verdict, &d->config->policy)));
	add(&e, HALLMARK_FIELD_MISSING, "%s", checks_to_text(decision->missing, missing, sizeof(missing)));
	if (record[0])
		add(&e, HALLMARK_FIELD_RECORD, "%s", record);
	add(&e, HALLMARK_FIELD_USEC, "%llu", (unsigned long long)d->took_usec);
	(void)sd_journal_sendv(e.iov, e.n); /* nowhere left to report its failure */
}

static void describe_place(const char *interface, const char *port, const uint8_t *mac, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s%s%s %02x:%02x:%02x:%02x:%02x:%02x", interface, port[0] ? "/" : "", port, mac[0],
		       mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void journal_move(const struct verdict *before, const struct verdict *after)
{
	char from[64], to[64], left[64], product[PRODUCT_TEXT_SIZE], device[SHA256_HEX_SIZE];
	int64_t away_sec = after->former.left_sec - before->former.left_sec;

	describe_place(before->interface, before->port, before->mac, from, sizeof(from));
	describe_place(after->interface, after->port, after->mac, to, sizeof(to));
	describe_place(before->former.interface, before->former.port, before->former.mac, left, sizeof(left));
	(void)product_to_text(&after->facts.product, product);
	bytes_to_hex(BYTES(after->facts.device), device);
	if (strcmp(to, left) == 0 && away_sec < FLAPPING_SEC)
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_MOVED,
			      "%s (%.16s) is back at %s, from %s, after %lld s: have two devices its key?", product,
			      device, to, from, (long long)away_sec);
	else
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_MOVED, "%s (%.16s) moved from %s to %s", product, device,
			      from, to);
}

static void describe_order(const struct journal_order *j, char *ret, size_t size)
{
	const struct order *o = j->order;
	char product[PRODUCT_TEXT_SIZE], device[SHA256_HEX_SIZE], time[32] = "it is released";

	(void)product_to_text(&j->verdict->facts.product, product);
	bytes_to_hex(BYTES(o->device), device);
	if (o->until_sec)
		(void)time_to_text(o->until_sec, time);
	(void)snprintf(ret, size,
		       "Order %s: %s%s%s for %s (%.16s) on %s, until %s, by user %u, reason \"%s\": from %s to %s",
		       j->event, order_kind_name(o->kind), o->zone[0] ? " in " : "", o->zone, product, device,
		       j->verdict->interface[0] ? j->verdict->interface : "no interface", time, j->uid, o->reason,
		       j->zone_before, j->verdict->zone);
}

void journal_order(const struct journal_order *j)
{
	int priority = j->order->kind == ORDER_QUARANTINE ? LOG_NOTICE : LOG_WARNING;
	char text[1024], record[RECORD_MARK_SIZE] = "";
	struct entry e = { 0 };

	if (j->record.sequence > 0)
		(void)record_mark_to_text(&j->record, record);
	describe_order(j, text, sizeof(text));
	if (!log_is_journal()) {
		log_line(priority, "%s%s%s", text, record[0] ? "; record " : "", record);
		return;
	}
	add(&e, "MESSAGE", "%s", text);
	add(&e, "MESSAGE_ID", "%s", HALLMARK_MESSAGE_ORDER);
	add(&e, "PRIORITY", "%d", priority);
	add(&e, "SYSLOG_IDENTIFIER", "hallmarkd");
	add_device(&e, j->verdict);
	add(&e, HALLMARK_FIELD_ORDER, "%s", order_kind_name(j->order->kind));
	add(&e, HALLMARK_FIELD_ORDER_EVENT, "%s", j->event);
	add(&e, HALLMARK_FIELD_ORDER_REASON, "%s", j->order->reason);
	add(&e, HALLMARK_FIELD_ORDER_BY, "%u", j->uid);
	add(&e, HALLMARK_FIELD_ORDER_UNTIL, "%lld", (long long)j->order->until_sec);
	add(&e, HALLMARK_FIELD_ZONE, "%s", j->verdict->zone);
	add(&e, HALLMARK_FIELD_ZONE_BEFORE, "%s", j->zone_before);
	if (record[0])
		add(&e, HALLMARK_FIELD_RECORD, "%s", record);
	(void)sd_journal_sendv(e.iov, e.n);
}

void journal_event(int priority, const char *message_id, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);

	if (log_is_journal())
		(void)sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=%s", message_id, "PRIORITY=%i", priority,
				      "SYSLOG_IDENTIFIER=hallmarkd", NULL);
	else
		log_line(priority, "%s", text);
}
