/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of entries: how it grows, and whether it is intact. */
#include "store/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "hallmark/record.h"
#include "store/entry.h"
#include "store/record_inside.h"
#include "store/statement.h"

const char *record_cause_name(uint32_t cause)
{
	static const char *const names[] = {
#define X(number, id, name) [number] = name,
		HALLMARK_CAUSES(X)
#undef X
	};

	return cause < ARRAY_SIZE(names) && names[cause] ? names[cause] : "unknown";
}

/* --- Marks --- */

struct record_mark record_mark_of(const struct record *r)
{
	struct record_mark m = { .sequence = r->sequence, .n_hash = SHA256_LEN };

	memcpy(m.hash, r->hash, SHA256_LEN);
	return m;
}

bool record_marks_agree(const struct record_mark *whole, const struct record_mark *known)
{
	return whole->sequence == known->sequence && memcmp(whole->hash, known->hash, known->n_hash) == 0;
}

char *record_mark_to_text(const struct record_mark *m, char ret[static RECORD_MARK_SIZE])
{
	char hex[2 * RECORD_MARK_BYTES + 1];

	bytes_to_hex(bytes_of(m->hash, RECORD_MARK_BYTES), hex);
	(void)snprintf(ret, RECORD_MARK_SIZE, "%" PRIu64 ":%s", m->sequence, hex);
	return ret;
}

bool record_mark_from_text(const char *text, struct record_mark *ret)
{
	struct record_mark m = { 0 };
	size_t digits = strspn(text, "0123456789"), n = 0;

	if (digits == 0 || digits > 18 || text[digits] != ':') /* 18 digits fit into 63 bits */
		return false;
	n = strlen(text + digits + 1);
	m.sequence = strtoull(text, NULL, 10);
	m.n_hash = n / 2;
	if (m.sequence == 0 || n % 2 != 0 || m.n_hash < RECORD_MARK_BYTES || m.n_hash > SHA256_LEN ||
	    !bytes_from_hex(text + digits + 1, m.hash, m.n_hash))
		return false;
	*ret = m;
	return true;
}

/* Reads a row with sequence and hash. Returns 1, 0 when there is none, or a negative errno. */
static int fetch_mark(struct store *s, enum statement which, struct record_mark *ret)
{
	int r = statement_fetch(s, which);

	*ret = (struct record_mark){ .n_hash = SHA256_LEN };
	if (r > 0) {
		struct bytes hash = statement_column(s->statements[which], 1);
		int64_t sequence = sqlite3_column_int64(s->statements[which], 0);

		if (hash.n == SHA256_LEN && sequence >= 0)
			memcpy(ret->hash, hash.p, SHA256_LEN);
		else
			r = -EBADMSG;
		ret->sequence = (uint64_t)sequence;
	}
	statement_reset(s, which);
	return r;
}

int record_foot(struct store *s, struct record_mark *ret)
{
	int r = fetch_mark(s, ENTRY_FOOT, ret);

	return r < 0 ? r : 0;
}

int record_head(struct store *s, struct record_mark *ret)
{
	struct record_mark foot;
	int r = record_foot(s, &foot);

	if (r == 0)
		r = fetch_mark(s, ENTRY_LAST, ret);
	if (r >= 0 && ret->sequence <= foot.sequence) /* none, or entries that are kept */
		*ret = foot;
	return r < 0 ? r : 0;
}

/* --- Appending --- */

int record_append(struct store *s, struct record *r)
{
	struct record_mark before;
	int e = entry_is_whole(r) ? record_head(s, &before) : -EINVAL;

	if (e < 0)
		return e;
	r->sequence = before.sequence + 1;
	r->encoding = entry_encoding();
	memcpy(r->previous, before.hash, SHA256_LEN);
	e = entry_hash(r, r->hash);
	if (e < 0)
		return e;
	entry_bind(s->statements[ENTRY_APPEND], r);
	return statement_run(s, ENTRY_APPEND);
}

int record_renew(struct store *s, const uint8_t device[static SHA256_LEN], int64_t renewals, int64_t renewed_sec)
{
	sqlite3_stmt *renew = s->statements[ENTRY_RENEW];

	statement_bind(renew, 1, bytes_of(device, SHA256_LEN));
	(void)sqlite3_bind_int64(renew, 2, renewals);
	(void)sqlite3_bind_int64(renew, 3, renewed_sec);
	return statement_run(s, ENTRY_RENEW);
}

/* --- Verifying --- */

const char *record_flaw_name(enum record_flaw flaw)
{
	static const char *const names[_RECORD_MAX] = {
		[RECORD_UNKNOWN] = "unknown", [RECORD_SOUND] = "sound",         [RECORD_MISSING] = "missing",
		[RECORD_ALTERED] = "altered", [RECORD_UNLINKED] = "unlinked",   [RECORD_FOOT] = "foot",
		[RECORD_CUT] = "cut",         [RECORD_REWRITTEN] = "rewritten", [RECORD_UNCOMPARED] = "uncompared",
		[RECORD_LATER] = "later",
	};

	return flaw < _RECORD_MAX ? names[flaw] : "unknown";
}

const char *record_flaw_meaning(enum record_flaw flaw)
{
	static const char *const meanings[_RECORD_MAX] = {
		[RECORD_UNKNOWN] = TO_TRANSLATE("the record was not evaluated"),
		[RECORD_SOUND] = TO_TRANSLATE("every entry is as it was written, and follows from the previous one"),
		[RECORD_MISSING] = TO_TRANSLATE(
			"they were deleted: retention removes only the oldest entries, and records that in the foot"),
		[RECORD_ALTERED] =
			TO_TRANSLATE("a field of it, its position or its hash was changed after it was written"),
		[RECORD_UNLINKED] = TO_TRANSLATE(
			"the previous entry or this one was replaced by another that is consistent in itself"),
		[RECORD_FOOT] =
			TO_TRANSLATE("the foot was changed, or the oldest entries were replaced, or entries were added "
				     "before them, or "
				     "one that retention had kept was removed or replaced"),
		[RECORD_CUT] = TO_TRANSLATE(
			"the newest entries were deleted; or the gateway lost power just after it made them, "
			"and then its journal shows a start that continues from the entry before"),
		[RECORD_REWRITTEN] =
			TO_TRANSLATE("the record was rewritten from this entry or an earlier one on; or the gateway "
				     "lost power just after it made this entry, and then its journal shows a start "
				     "that continues from the entry before"),
		[RECORD_UNCOMPARED] = TO_TRANSLATE("retention removed that entry: give the mark of a later one"),
		[RECORD_LATER] = TO_TRANSLATE(
			"a later version of hallmarkd wrote them: each follows from the previous one, and only "
			"hallmarkctl of that version can verify what they say; all others are as they were written"),
	};

	return flaw < _RECORD_MAX ? meanings[flaw] : meanings[RECORD_UNKNOWN];
}

bool record_is_unbroken(enum record_flaw flaw)
{
	return flaw == RECORD_SOUND || flaw == RECORD_LATER;
}

bool record_is_later(const struct record *r)
{
	return r->encoding > entry_encoding();
}

enum record_flaw record_link(const struct record *r, const struct record_mark *before, bool is_first)
{
	uint8_t hash[SHA256_LEN];

	if (r->sequence != before->sequence + 1)
		return RECORD_MISSING;
	if (entry_hash(r, hash) < 0)
		return RECORD_UNKNOWN;
	if (!record_is_later(r) && memcmp(hash, r->hash, SHA256_LEN) != 0)
		return RECORD_ALTERED;
	if (memcmp(r->previous, before->hash, SHA256_LEN) != 0)
		return is_first ? RECORD_FOOT : RECORD_UNLINKED;
	return record_is_later(r) ? RECORD_LATER : RECORD_SOUND;
}

int record_check_link(struct store *s, const struct record_mark *before, bool is_first, struct record *ret,
		      enum record_flaw *ret_flaw)
{
	sqlite3_stmt *row = s->statements[ENTRY_EACH];
	int64_t sequence = sqlite3_column_int64(row, 0);
	bool readable = entry_read(row, ret);

	ret->sequence = (uint64_t)sequence;
	*ret_flaw = record_link(ret, before, is_first);
	if (*ret_flaw != RECORD_MISSING && !readable && !record_is_later(ret))
		*ret_flaw = RECORD_ALTERED;
	return *ret_flaw == RECORD_UNKNOWN ? -EIO : 0;
}

void record_note_flaw(struct record_finding *f, enum record_flaw flaw, uint64_t sequence, uint64_t last)
{
	f->flaw = flaw;
	f->sequence = sequence;
	f->last = last;
}

/* It follows, and that is all that can be said of it: the chain goes on. */
void record_note_later(struct record_finding *f, uint64_t sequence)
{
	if (f->n_later++ == 0)
		f->first_later = sequence;
	f->last_later = sequence;
	f->flaw = RECORD_SOUND;
}

/* Checks the next entry and moves to it. */
static int follow_one(struct store *s, const struct record_mark *mark, struct record_mark *before,
		      struct record_finding *f)
{
	enum record_flaw flaw = RECORD_UNKNOWN;
	struct record entry;
	int r = record_check_link(s, before, before->sequence == f->foot.sequence, &entry, &flaw);

	if (r < 0)
		return r;
	if (flaw == RECORD_MISSING)
		record_note_flaw(f, flaw, before->sequence + 1, entry.sequence - 1);
	else
		record_note_flaw(f, flaw, entry.sequence, entry.sequence);
	*before = record_mark_of(&entry);
	if (flaw == RECORD_LATER)
		record_note_later(f, entry.sequence);
	if (f->flaw == RECORD_SOUND && mark && mark->sequence == entry.sequence && !record_marks_agree(before, mark))
		f->flaw = RECORD_REWRITTEN;
	f->n_good += f->flaw == RECORD_SOUND && flaw != RECORD_LATER;
	return 0;
}

/* Returns 0 with f->flaw RECORD_SOUND when all entries follow from the foot. */
static int follow(struct store *s, const struct record_mark *mark, struct record_finding *f)
{
	struct record_mark before = f->foot;
	int r;

	(void)sqlite3_bind_int64(s->statements[ENTRY_EACH], 1, (int64_t)f->foot.sequence + 1);
	for (r = statement_fetch(s, ENTRY_EACH); r > 0;) {
		r = follow_one(s, mark, &before, f);
		if (r == 0 && f->flaw == RECORD_SOUND)
			r = statement_fetch(s, ENTRY_EACH);
	}
	statement_reset(s, ENTRY_EACH);
	return r;
}

/* Compares a mark with a chain that is consistent. */
static void compare(const struct record_mark *mark, struct record_finding *f)
{
	if (mark->sequence > f->head.sequence)
		record_note_flaw(f, RECORD_CUT, f->head.sequence + 1, mark->sequence);
	else if (mark->sequence < f->foot.sequence && !f->is_compared)
		record_note_flaw(f, RECORD_UNCOMPARED, mark->sequence, mark->sequence);
	else if (mark->sequence == f->foot.sequence && !record_marks_agree(&f->foot, mark))
		record_note_flaw(f, RECORD_REWRITTEN, mark->sequence, mark->sequence);
}

static int verify_state(struct store *s, const struct record_mark *mark, struct record_finding *f)
{
	int r = record_foot(s, &f->foot);

	if (r == -EBADMSG) {
		record_note_flaw(f, RECORD_FOOT, 0, 0);
		return 0;
	}
	if (r == 0)
		r = record_verify_kept(s, mark, f);
	if (r == 0 && f->flaw == RECORD_SOUND)
		r = follow(s, mark, f);
	if (r == 0 && f->flaw == RECORD_SOUND)
		r = record_head(s, &f->head);
	if (r == 0 && f->flaw == RECORD_SOUND && mark)
		compare(mark, f);
	if (r == 0 && f->flaw == RECORD_SOUND && f->n_later > 0)
		record_note_flaw(f, RECORD_LATER, f->first_later, f->last_later);
	return r;
}

int record_verify(struct store *s, const struct record_mark *mark, struct record_finding *ret)
{
	struct record_finding f = { .flaw = RECORD_UNKNOWN };
	int r = statement_save(s); /* a running daemon continues to write; this reads one snapshot */

	if (r < 0)
		return r;
	r = statement_end_saved(s, verify_state(s, mark, &f));
	if (r == 0)
		*ret = f;
	return r;
}
