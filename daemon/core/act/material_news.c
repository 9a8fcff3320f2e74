/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports trust sets that come into force, and those that do not. The judge has no journal: it has logged the reason on
 * a line before.
 */
#include <stdio.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "core/act/material.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/material_item.h"
#include "store/sets.h"

/* Whether the store already has exactly this set. */
struct search {
	const struct set_mark *mark;
	bool is_known;
};

static void compare(const struct stored_set *set, void *userdata)
{
	struct search *s = userdata;

	s->is_known |= set->kind == s->mark->kind && strcmp(set->identity, s->mark->identity) == 0 &&
		       set->sequence == (int64_t)s->mark->sequence && set->issued_sec == s->mark->issued_sec;
}

static void tell(int priority, const char *state, const char *path, uint32_t n_lifted, const char *text)
{
	struct entry e;

	entry_begin(&e, priority, HALLMARK_MESSAGE_TRUST, text);
	entry_add(&e, HALLMARK_FIELD_SET, "%s", path);
	entry_add(&e, HALLMARK_FIELD_SET_STATE, "%s", state);
	if (n_lifted > 0)
		entry_add(&e, HALLMARK_FIELD_SET_LIFTED, "%u", n_lifted);
	entry_send(&e);
}

/* ": 7, 19 and 2 more", or nothing where places have no number */
static void name_lifted(const struct accepted_set *set, char *ret, size_t size)
{
	size_t at = 0;

	ret[0] = '\0';
	for (uint32_t i = 0; i < set->n_told; i++)
		at += (size_t)snprintf(ret + at, size - at, "%s%u", i > 0 ? ", " : ": ", set->lifted[i]);
	if (at > 0 && set->n_lifted > set->n_told)
		(void)snprintf(ret + at, size - at, " and %u more", set->n_lifted - set->n_told);
}

/* A CRL also omits certificates that have expired since (RFC 5280 section 3.3): that needs no warning. */
static void tell_lifted(const struct accepted_set *set, const char *path)
{
	const bool is_list = set->mark.kind == SET_STATUS_LIST;
	char text[ENTRY_TEXT_SIZE], which[LIFTED_TOLD * 12 + 32];

	if (set->n_lifted == 0)
		return;
	name_lifted(set, which, sizeof(which));
	if (is_list)
		(void)snprintf(text, sizeof(text),
			       "The status list %s lifts revocations or suspensions of the previous list; places "
			       "that are no longer revoked or suspended%s. If that is not intended, a row is "
			       "missing: `hallmark-label status --previous` refuses such a list; tell its issuer",
			       path, which);
	else
		(void)snprintf(text, sizeof(text),
			       "The revocation list %s no longer names %u certificates that the previous one named",
			       path, set->n_lifted);
	tell(is_list ? LOG_WARNING : LOG_NOTICE, "lifted", path, set->n_lifted, text);
}

static void tell_accepted(const struct set_mark *mark, const char *path)
{
	char text[ENTRY_TEXT_SIZE], issued[32], until[32], number[40] = "";

	if (mark->sequence > 0)
		(void)snprintf(number, sizeof(number), " number %llu,", (unsigned long long)mark->sequence);
	(void)snprintf(text, sizeof(text), "Accepted: the %s %s,%s issued %s, valid until %s",
		       set_kind_name(mark->kind), path, number, time_to_text(mark->issued_sec, issued),
		       time_to_text(mark->until_sec, until));
	tell(LOG_NOTICE, "accepted", path, 0, text);
}

static void tell_left_out(const struct item *file, bool goes_on, const char *path)
{
	char text[ENTRY_TEXT_SIZE];

	(void)snprintf(text, sizeof(text),
		       "Not accepted: the %s %s. %s. `hallmarkctl trust list` shows what is in force, `hallmark-label "
		       "verify %s` says why",
		       set_kind_name(item_set_kind(file->kind)), path,
		       goes_on ? "The one accepted last stays in force" : "There is no other one to use instead", path);
	tell(LOG_ERR, goes_on ? "kept" : "left-out", path, 0, text);
}

static const struct accepted_set *find_accepted(const struct accepted_set *sets, size_t n, uint32_t item)
{
	for (size_t i = 0; i < n; i++)
		if (sets[i].item == item)
			return &sets[i];
	return NULL;
}

/* Whether one of the items after a file, which hold what was remembered of it, is in force. */
static bool goes_on(struct bytes rest, uint32_t number, const struct accepted_set *sets, size_t n)
{
	struct item item;

	while (item_take(&rest, &item) == 0 && item.identity.n > 0)
		if (find_accepted(sets, n, number++))
			return true;
	return false;
}

size_t material_tell(int fd, const struct accepted_set *sets, size_t n, struct store *store)
{
	_cleanup_(material_unmap) struct bytes map = material_map(fd);
	struct bytes rest = map;
	struct item item;
	char path[256];
	size_t n_new = 0;

	for (uint32_t number = 0; item_take(&rest, &item) == 0; number++) {
		const struct accepted_set *accepted = find_accepted(sets, n, number);
		struct search s = { .mark = accepted ? &accepted->mark : NULL };

		if (item_set_kind(item.kind) == SET_NONE || item.identity.n > 0 ||
		    !bytes_to_text(item.name, path, sizeof(path)))
			continue;
		if (!accepted && item.kind != MATERIAL_CRL) /* it may be of a CA that a label names */
			tell_left_out(&item, goes_on(rest, number + 1, sets, n), path);
		if (!accepted)
			continue;
		(void)store_sets_of(store, s.mark->kind, path, compare, &s);
		if (s.is_known)
			continue;
		tell_accepted(s.mark, path);
		tell_lifted(accepted, path);
		n_new++;
	}
	return n_new;
}
