/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/chain.h"

#include <string.h>

#include "base/language.h"
#include "ctl/report/sheet.h"

void chain_begin(struct chain *c, const struct record_mark *foot, const struct record_mark *head, bool is_part)
{
	*c = (struct chain){ .foot = *foot, .head = *head, .is_part = is_part, .last = *foot, .flaw = RECORD_SOUND };
}

static bool is_other(const struct record_mark *a, const struct record_mark *b)
{
	return a->sequence == b->sequence && memcmp(a->hash, b->hash, SHA256_LEN) != 0;
}

void chain_follow(struct chain *c, const struct record *r)
{
	struct record_mark before = c->last;
	const bool is_first = before.sequence == c->foot.sequence;

	if (r->sequence <= c->foot.sequence)
		return;
	if (c->is_part && r->sequence > before.sequence + 1) { /* what is between is of others */
		before.sequence = r->sequence - 1;
		memcpy(before.hash, r->previous, SHA256_LEN);
	}
	if (c->flaw == RECORD_SOUND)
		c->flaw = record_link(r, &before, is_first);
	if (c->flaw == RECORD_LATER) {
		c->has_later = true;
		c->flaw = RECORD_SOUND;
	}
	c->last = record_mark_of(r);
	if (c->flaw == RECORD_SOUND && is_other(&c->last, &c->head))
		c->flaw = RECORD_REWRITTEN;
}

void chain_close(const struct chain *c, bool has_moved, struct closing *ret)
{
	const enum record_flaw flaw = c->flaw == RECORD_SOUND && c->has_later ? RECORD_LATER : c->flaw;
	const bool is_short = c->last.sequence < c->head.sequence;
	const bool has_gap = c->flaw == RECORD_MISSING || (c->flaw == RECORD_SOUND && is_short);

	ret->foot = c->foot;
	ret->head = is_short ? c->head : c->last;
	ret->answer = record_flaw_name(has_gap ? RECORD_MISSING : flaw);
	ret->meaning = record_flaw_meaning(flaw);
	if (c->is_part && (has_gap || c->flaw == RECORD_SOUND)) {
		ret->answer = TO_TRANSLATE("not verified");
		ret->meaning = TO_TRANSLATE("the daemon gave only entries of the segments of a role, and each of these "
					    "is as it was written");
	} else if (has_gap && has_moved) {
		ret->answer = TO_TRANSLATE("not verified");
		ret->meaning = TO_TRANSLATE("retention removed entries while they were read; make the report again");
	} else if (has_gap) {
		ret->meaning = TO_TRANSLATE("the daemon did not give all entries: some were deleted, or were changed "
					    "so that they cannot be read; `hallmarkctl log verify` says which");
	}
}
