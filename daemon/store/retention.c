/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What retention removes at the start of the chain, and what it keeps of each device behind the foot. Entries that are
 * kept do not follow from each other: the digest in the foot says which ones there are.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "hallmark/record.h"
#include "store/entry.h"
#include "store/record.h"
#include "store/record_inside.h"
#include "store/statement.h"

DEFINE_CLEANUP(struct digest *, digest_free);

/* --- What is kept --- */

/* Of the entries up to the foot. `ret_first` is the first one's sequence. */
static int digest_kept(struct store *s, uint64_t foot, uint8_t ret[static SHA256_LEN], uint64_t *ret_first)
{
	_cleanup_(digest_freep) struct digest *d = digest_new();
	sqlite3_stmt *row = s->statements[ENTRY_KEPT];
	int r, n = 0;

	memset(ret, 0, SHA256_LEN);
	*ret_first = 0;
	if (!d)
		return -ENOMEM;
	digest_put(d, bytes_of_string(HALLMARK_KEPT_ENCODING));
	(void)sqlite3_bind_int64(row, 1, (int64_t)foot);
	for (r = statement_fetch(s, ENTRY_KEPT); r > 0; r = statement_fetch(s, ENTRY_KEPT)) {
		if (n++ == 0)
			*ret_first = (uint64_t)sqlite3_column_int64(row, 0);
		digest_put_number(d, sqlite3_column_int64(row, 0));
		digest_put(d, statement_column(row, 1));
	}
	statement_reset(s, ENTRY_KEPT);
	if (r < 0 || n == 0)
		return r;
	return digest_end(d, ret);
}

/* Returns 1 when what is kept is what the foot says, else 0 or a negative errno. */
static int kept_is_whole(struct store *s, uint64_t foot, uint64_t *ret_first)
{
	uint8_t noted[SHA256_LEN] = { 0 }, found[SHA256_LEN];
	int r = statement_fetch(s, ENTRY_FOOT);
	bool is_digest = r == 0;

	if (r > 0) {
		struct bytes kept = statement_column(s->statements[ENTRY_FOOT], 2);

		is_digest = kept.n == SHA256_LEN;
		if (is_digest)
			memcpy(noted, kept.p, SHA256_LEN);
	}
	statement_reset(s, ENTRY_FOOT);
	if (r >= 0)
		r = digest_kept(s, foot, found, ret_first);
	return r < 0 ? r : is_digest && memcmp(noted, found, SHA256_LEN) == 0;
}

/* The present row of ENTRY_EACH. */
static int check_kept(struct store *s, const struct record_mark *mark, struct record_finding *f)
{
	const uint64_t sequence = (uint64_t)sqlite3_column_int64(s->statements[ENTRY_EACH], 0);
	struct record entry;
	const bool is_readable = entry_read(s->statements[ENTRY_EACH], &entry);
	struct record_mark found = record_mark_of(&entry);
	uint8_t hash[SHA256_LEN];
	int r = entry_hash(&entry, hash);

	if (r < 0)
		return r;
	if (record_is_later(&entry))
		record_note_later(f, sequence);
	else if (!is_readable || memcmp(hash, entry.hash, SHA256_LEN) != 0) {
		record_note_flaw(f, RECORD_ALTERED, sequence, sequence);
		return 0;
	}
	f->n_kept++;
	if (!mark || mark->sequence != sequence)
		return 0;
	f->is_compared = true;
	if (!record_marks_agree(&found, mark))
		record_note_flaw(f, RECORD_REWRITTEN, sequence, sequence);
	return 0;
}

int record_verify_kept(struct store *s, const struct record_mark *mark, struct record_finding *f)
{
	sqlite3_stmt *row = s->statements[ENTRY_EACH];
	const int64_t foot = (int64_t)f->foot.sequence;
	uint64_t first;
	int r = kept_is_whole(s, f->foot.sequence, &first);

	record_note_flaw(f, RECORD_SOUND, 0, 0);
	if (r == 0)
		record_note_flaw(f, RECORD_FOOT, first, first);
	if (r <= 0)
		return r;
	(void)sqlite3_bind_int64(row, 1, INT64_MIN);
	for (r = statement_fetch(s, ENTRY_EACH); r > 0 && sqlite3_column_int64(row, 0) <= foot;) {
		r = check_kept(s, mark, f);
		if (r < 0 || f->flaw != RECORD_SOUND)
			break;
		r = statement_fetch(s, ENTRY_EACH);
	}
	statement_reset(s, ENTRY_EACH);
	return r < 0 ? r : 0;
}

/* --- Removing --- */

/* Moves the foot over the next entry if the chain need not contain that: returns 1 then, else 0 or a negative errno. */
static int step_over(struct store *s, const struct record_retention *limits, bool is_excess, struct record_mark *foot)
{
	enum record_flaw flaw = RECORD_UNKNOWN;
	struct record entry;
	int r = record_check_link(s, foot, false, &entry, &flaw);

	if (r < 0)
		return r;
	if (!is_excess && entry.time_sec >= limits->before_sec)
		return 0;
	if (!record_is_unbroken(flaw))
		return -EBADMSG;
	*foot = record_mark_of(&entry);
	return 1;
}

/* Returns by how many entries the foot was moved, or a negative errno. */
static int find_new_foot(struct store *s, const struct record_retention *limits, uint64_t excess,
			 struct record_mark *foot)
{
	uint32_t n = 0;
	int r = 1;

	(void)sqlite3_bind_int64(s->statements[ENTRY_EACH], 1, (int64_t)foot->sequence + 1);
	while (r > 0 && n < limits->at_most) {
		r = statement_fetch(s, ENTRY_EACH);
		if (r > 0)
			r = step_over(s, limits, n < excess, foot);
		n += r > 0;
	}
	statement_reset(s, ENTRY_EACH);
	return r < 0 ? r : (int)n;
}

static int put_foot(struct store *s, const struct record_mark *foot)
{
	sqlite3_stmt *put = s->statements[ENTRY_PUT_FOOT];
	uint8_t kept[SHA256_LEN];
	uint64_t first;
	int r = digest_kept(s, foot->sequence, kept, &first);

	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(put, 1, (int64_t)foot->sequence);
	statement_bind(put, 2, BYTES(foot->hash));
	statement_bind(put, 3, BYTES(kept));
	return statement_run(s, ENTRY_PUT_FOOT);
}

static void bind_overdue(struct store *s, enum statement which, const struct record_mark *foot,
			 const struct record_retention *limits)
{
	(void)sqlite3_bind_int64(s->statements[which], 1, (int64_t)foot->sequence);
	(void)sqlite3_bind_int64(s->statements[which], 2, limits->before_sec);
}

/* Whether something that is kept is too old, or of a device that was forgotten: 1, 0 or a negative errno. */
static int is_overdue(struct store *s, const struct record_mark *foot, const struct record_retention *limits)
{
	int r;

	bind_overdue(s, ENTRY_IS_OVERDUE, foot, limits);
	r = statement_fetch(s, ENTRY_IS_OVERDUE);
	statement_reset(s, ENTRY_IS_OVERDUE);
	return r;
}

/* Only devices whose entries the foot passes can have more than their share behind it. */
static int remove_passed(struct store *s, const struct record_retention *limits, uint64_t former,
			 const struct record_mark *foot)
{
	sqlite3_stmt *remove = s->statements[ENTRY_REMOVE];
	int r;

	(void)sqlite3_bind_int64(remove, 1, (int64_t)former);
	(void)sqlite3_bind_int64(remove, 2, (int64_t)foot->sequence);
	(void)sqlite3_bind_int64(remove, 3, limits->share);
	r = statement_run(s, ENTRY_REMOVE);
	if (r < 0)
		return r;
	bind_overdue(s, ENTRY_REMOVE_OVERDUE, foot, limits);
	r = statement_run(s, ENTRY_REMOVE_OVERDUE);
	return r < 0 ? r : put_foot(s, foot);
}

static int prune(struct store *s, const struct record_retention *limits)
{
	struct record_mark foot, head;
	uint64_t first, former;
	int r = record_foot(s, &foot), n;

	if (r == 0)
		r = record_head(s, &head);
	if (r < 0)
		return r;
	former = foot.sequence;

	uint64_t there = head.sequence - foot.sequence;

	n = find_new_foot(s, limits, there > limits->keep ? there - limits->keep : 0, &foot);
	r = n > 0 ? 1 : n < 0 ? n : is_overdue(s, &foot, limits);
	if (r <= 0)
		return r;
	r = kept_is_whole(s, former, &first);
	if (r == 0)
		return -EBADMSG;
	if (r > 0)
		r = remove_passed(s, limits, former, &foot);
	return r < 0 ? r : n;
}

int record_prune(struct store *s, const struct record_retention *limits)
{
	int r = statement_save(s), e;

	if (r < 0)
		return r;
	r = prune(s, limits);
	e = statement_end_saved(s, r);
	return e < 0 ? e : r;
}
