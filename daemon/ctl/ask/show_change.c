/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a new judgement: a replay of one device, a review of all. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/language.h"
#include "base/when.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"

void show_replay(const struct page *page, const struct value *replay)
{
	const struct value *differences = value_get(replay, "differences");
	char when[WHEN_SIZE];

	page_line(page, "replayed", "as of %s", when_to_text(value_number(replay, "at"), page->now_sec, when));
	if (value_flag(replay, "same"))
		page_line(page, "verdict", "the same");
	for (const struct value *d = differences ? differences->first : NULL; d; d = d->next)
		page_line(page, d == differences->first ? TO_TRANSLATE("differs") : "",
			  "%s: stored \"%s\", derived \"%s\"", value_text(d, "what"), value_text(d, "stored"),
			  value_text(d, "derived"));
}

static void show_move(const struct page *page, const struct value *move)
{
	char label[16];

	(void)snprintf(label, sizeof(label), "  %.8s", value_text(move, "device"));
	page_item(page, label, "%s → %s%s: %s", value_text(move, "before"), value_text(move, "after"),
		  value_flag(move, "lesser") ? translated(" (less)") : "", value_text(move, "product"));
	if (value_flag(move, "refused"))
		page_line(page, "", "the kernel refused it: it is not in force yet");
	if (strcmp(value_text(move, "reason"), "admitted") != 0)
		page_line(page, "", "%s: %s", value_text(move, "reason"), translated(value_text(move, "sentence")));
}

void show_stopped(const struct page *page, int64_t n, const char *label)
{
	if (n > 0)
		page_line(page, label,
			  translated_n(
				  "%" PRId64 " device without an admission would be cut off: it passes only because "
				  "quarantine is monitored, or by an exception; `hallmarkctl list --unknown`",
				  "%" PRId64 " devices without an admission would be cut off: they pass only because "
				  "quarantine is monitored, or by an exception; `hallmarkctl list --unknown`",
				  n),
			  n);
}

void show_review(const struct page *page, const struct value *review)
{
	static const struct {
		const char *outcome, *text;
	} texts[] = {
		{ TO_TRANSLATE("applied"), TO_TRANSLATE("in force") },
		{ TO_TRANSLATE("held"),
		  TO_TRANSLATE("held by the brake: nothing has changed. `hallmarkctl reload --confirm` applies it, "
			       "`hallmarkctl reload --discard` drops it, `hallmarkctl check FILE --diff` says who "
			       "would move") },
		{ TO_TRANSLATE("tried"), TO_TRANSLATE("nothing was changed; this is what would change") },
		{ TO_TRANSLATE("refused"),
		  TO_TRANSLATE("in force, but the kernel refused a part; the daemon tries again. `hallmarkctl diff` "
			       "shows what the kernel has; the daemon's journal says why") },
		{ TO_TRANSLATE("failed"),
		  TO_TRANSLATE("failed, and nothing has changed; the daemon's journal says why") },
	};
	const struct value *moves = value_get(review, "moves");
	const char *outcome = value_text(review, "outcome");

	if (outcome[0] == '\0') {
		page_line(page, "dropped", "nothing changes");
		return;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].outcome, outcome) == 0)
			page_line(page, outcome, "%s", translated(texts[i].text));
	page_line(page, "devices",
		  "%" PRId64 " admitted, %" PRId64 " judged again, %" PRId64 " in another zone, %" PRId64
		  " in a lesser one",
		  value_number(review, "admitted"), value_number(review, "judged"), value_number(review, "moved"),
		  value_number(review, "demoted"));
	if (value_number(review, "reinstated") > 0)
		page_line(page, "reinstated", "%" PRId64 ": a revocation or suspension was lifted",
			  value_number(review, "reinstated"));
	show_stopped(page, value_number(review, "stopped"), TO_TRANSLATE("cut off"));
	for (const struct value *move = moves ? moves->first : NULL; move; move = move->next)
		show_move(page, move);
}
