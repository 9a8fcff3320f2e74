/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verdict as an entry of the record. When the record cannot be written, decisions continue; each failure is logged.
 */
#include "core/settle/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <syslog.h>

#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/settle/settler.h"
#include "core/tell/orderer.h"
#include "core/tell/teller.h"
#include "core/tell/wave.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "store/record.h"
#include "store/store.h"

#define PRUNE_MAX 16384 /* entries in one sweep: more than devices can add until the next; the loop waits for them */

int ledger_note_trust(int material_fd, uint8_t ret[static SHA256_LEN])
{
	struct stat st;
	void *map;
	int r;

	memset(ret, 0, SHA256_LEN); /* no digest is better than that of former material */
	if (fstat(material_fd, &st) < 0)
		return log_errno(-errno, "Cannot read the size of the trust material");
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, material_fd, 0);
	if (map == MAP_FAILED)
		return log_errno(-errno, "Cannot map the trust material");
	r = digest_sha256(bytes_of(map, (size_t)st.st_size), ret);
	(void)munmap(map, (size_t)st.st_size);
	return r < 0 ? log_errno(r, "Cannot hash the trust material") : 0;
}

int ledger_start(struct settler *settler)
{
	struct record_mark head;
	char mark[RECORD_MARK_SIZE];
	int r = record_head(settler->store, &head);

	if (r < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_RECORD,
			      "Cannot continue the decision record; `hallmarkctl log verify` says what is wrong");
	else if (head.sequence >
		 0) /* this line shows whether entries were lost in a power cut or removed by somebody */
		journal_event(LOG_INFO, HALLMARK_MESSAGE_RECORD, "The decision record continues from entry %s",
			      record_mark_to_text(&head, mark));
	if (r == 0) /* which the journal names again when there are only renewals */
		settler->teller->wave.head = head;
	return ledger_note_trust(settler->in_force->material_fd, settler->trust_digest);
}

static void note_label(const struct verdict *v, struct record *r)
{
	const struct label_facts *l = verdict_label(v);

	if (!l)
		return;
	memcpy(r->scheme, l->scheme, sizeof(r->scheme));
	memcpy(r->label, l->number, sizeof(r->label));
	r->level = l->level;
	r->home_level = v->decision.home_level;
	memcpy(r->arrangement, v->decision.arrangement, sizeof(r->arrangement));
}

/* As they are now: a name may be another device's later, and a household another's. */
static void note_place(const struct config *config, const struct verdict *v, struct record *r)
{
	const struct inventory_row *row = inventory_row_of(config, v);

	(void)snprintf(r->name, sizeof(r->name), "%s", row ? row->name : "");
	(void)snprintf(r->segment, sizeof(r->segment), "%s", inventory_segment_of(config, row, v));
	(void)snprintf(r->place, sizeof(r->place), "%s", row ? row->place : "");
	(void)snprintf(r->interface, sizeof(r->interface), "%s", v->interface);
	(void)snprintf(r->port, sizeof(r->port), "%s", v->port);
	memcpy(r->mac, v->mac, sizeof(r->mac));
}

_Static_assert(RECORD_TEXT_SIZE > INVENTORY_TEXT_MAX && RECORD_LINK_SIZE == sizeof(((struct verdict *)0)->port),
	       "the record has room for names and places");

static struct record entry_of(struct settler *settler, enum hallmark_cause cause, const struct verdict *v,
			      const char *zone_before)
{
	const struct decision *d = &v->decision;
	struct record r = {
		.time_sec = timekeeper_now(&settler->time),
		.cause = cause,
		.reason = d->reason,
		.missing = d->missing,
		.until_sec = d->expiry.at_sec,
		.expiry_cause = d->expiry.cause,
	};

	memcpy(r.device, v->facts.device, sizeof(r.device));
	memcpy(r.trust, settler->trust_digest, sizeof(r.trust));
	(void)snprintf(r.zone_before, sizeof(r.zone_before), "%s", zone_before);
	(void)snprintf(r.zone_after, sizeof(r.zone_after), "%s", v->zone);
	(void)snprintf(r.rule, sizeof(r.rule), "%s",
		       d->zone == ZONE_QUARANTINE && !decision_is_ordered(d) ?
			       "quarantine" :
			       verdict_rule(v, &settler->in_force->config->policy));
	note_label(v, &r);
	note_place(settler->in_force->config, v, &r);
	return r;
}

/* Returns 0 and the entry's mark, or a negative errno. */
static int append(struct store *store, struct record *entry, struct record_mark *ret)
{
	int r = store_inputs_digest(store, entry->device, entry->inputs);

	if (r == 0 || r == -ENOENT)
		r = record_append(store, entry);
	if (r == 0)
		*ret = record_mark_of(entry);
	return r;
}

static void note_orderer(const struct orderer *by, struct record *r)
{
	(void)orderer_user_to_text(by->uid, by->name, r->ordered_by);
	if (by->login_uid != ORDERER_NOBODY)
		(void)orderer_user_to_text(by->login_uid, by->login_name, r->ordered_login);
	memcpy(r->ordered_role, by->role, sizeof(r->ordered_role));
}

_Static_assert(RECORD_USER_SIZE == ORDERER_USER_SIZE, "the record has room for each user");

int ledger_append_order(struct settler *settler, const struct verdict *v, const char *zone_before, const char *rule,
			const struct orderer *by, struct record_mark *ret)
{
	struct record entry = entry_of(settler, CAUSE_OPERATOR, v, zone_before);

	if (by)
		note_orderer(by, &entry);
	(void)snprintf(entry.rule, sizeof(entry.rule), "%s", rule);
	return append(settler->store, &entry, ret);
}

struct record_mark ledger_append(struct settler *settler, enum hallmark_cause cause, const struct verdict *v,
				 const char *zone_before)
{
	struct record_mark mark = { 0 };
	struct record entry;

	if (!v->was_admitted)
		return mark;
	entry = entry_of(settler, cause, v, zone_before);
	if (append(settler->store, &entry, &mark) < 0)
		wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
			   "Cannot append a decision to the record: it is in force, but the record does not show it");
	return mark;
}

void ledger_append_gateway(struct settler *settler, const char *state, const char *reason, int64_t until_sec)
{
	struct record entry = { .time_sec = timekeeper_now(&settler->time),
				.cause = CAUSE_OPERATOR,
				.until_sec = until_sec };

	memcpy(entry.trust, settler->trust_digest, sizeof(entry.trust));
	(void)snprintf(entry.zone_after, sizeof(entry.zone_after), "%s", state);
	(void)snprintf(entry.rule, sizeof(entry.rule), "%s", reason);
	if (record_append(settler->store, &entry) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE, "Cannot append to the record that the gateway is %s",
			      state);
}

enum hallmark_cause ledger_cause(const char *review)
{
	static const enum hallmark_cause causes[] = { CAUSE_RELOAD, CAUSE_CLOCK };

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (strcmp(record_cause_name(causes[i]), review) == 0)
			return causes[i];
	return CAUSE_REJUDGED;
}

void ledger_prune(struct settler *settler)
{
	/* A clock that is not synchronised may be years ahead: then only the number counts. */
	const int64_t age_sec = settler->in_force->config->record_age_sec;
	const struct record_retention limits = {
		.keep = settler->in_force->config->record_keep,
		.before_sec = settler->time.is_disciplined ? timekeeper_now(&settler->time) - age_sec : INT64_MIN,
		.at_most = PRUNE_MAX,
		.share = RECORD_SHARE,
	};
	int r = record_prune(settler->store, &limits);

	if (r == -EBADMSG)
		journal_event(
			LOG_ERR, HALLMARK_MESSAGE_RECORD,
			"Old entries of the record are not removed: the record was changed, and removing them would "
			"hide that. `hallmarkctl log verify` shows where");
	else if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_STORE, "Cannot remove old entries of the record");
}
