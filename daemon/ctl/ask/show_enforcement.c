/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel holds and does. What is not enforced is in capitals, so that it is not overlooked. */
#include <inttypes.h>
#include <string.h>

#include "base/language.h"
#include "ctl/ask/show.h"
#include "ctl/ask/word.h"
#include "ctl/page.h"
#include "ctl/value.h"

static void show_state(const struct page *page, const char *state)
{
	if (strcmp(state, "enforcing") == 0)
		page_line(page, "enforced", "by the kernel's tables, which are as they should be");
	else if (strcmp(state, "monitor") == 0)
		page_line(page, "MONITOR ONLY", "devices are judged, and nothing is blocked");
	else if (strcmp(state, "none") == 0)
		page_line(page, "NOT ENFORCED", "the tables cannot be kept as they should be; the journal says why");
}

static void show_opening(const struct page *page, const struct value *s)
{
	if (value_number(s, "open_for") > 0)
		page_line(page, "OPEN",
			  "for %" PRId64 " s more every device reaches everything: %s. hallmarkctl close ends it",
			  value_number(s, "open_for"), value_text(s, "open_reason"));
}

static void show_openings(const struct page *page, const struct value *list)
{
	for (const struct value *o = list ? list->first : NULL; o; o = o->next)
		page_line(page, "OPEN",
			  "%s: for %" PRId64
			  " s more its devices are not limited to their zones: %s. hallmarkctl close %s ends it",
			  value_text(o, "interface"), value_number(o, "for"), value_text(o, "reason"),
			  value_text(o, "interface"));
}

static void show_monitored(const struct page *page, const struct value *zones)
{
	for (const struct value *z = zones ? zones->first : NULL; z; z = z->next)
		page_line(page, "MONITORED", "zone %s: what it would drop is counted and passes", z->text);
}

static void show_traffic(const struct page *page, const struct value *zones)
{
	const char *label = TO_TRANSLATE("packets");

	for (const struct value *z = zones ? zones->first : NULL; z; z = z->next) {
		page_line(page, label, "%s: %" PRId64 " passed, %" PRId64 " dropped, %" PRId64 " monitored", z->key,
			  value_number(z, "passed"), value_number(z, "dropped"), value_number(z, "monitored"));
		label = "";
	}
}

static void show_names(const struct page *page, const char *label, const struct value *names, const char *what)
{
	for (const struct value *n = names ? names->first : NULL; n; n = n->next)
		page_line(page, label, "%s: %s", n->text, translated(what));
}

void show_whether_enforced(const struct page *page, const struct value *s)
{
	show_state(page, value_text(s, "enforcement"));
	show_opening(page, s);
	show_openings(page, value_get(s, "open_alone"));
	show_monitored(page, value_get(s, "monitored_zones"));
}

void show_enforcement(const struct page *page, const struct value *s)
{
	show_names(page, TO_TRANSLATE("MISSING"), value_get(s, "missing"),
		   TO_TRANSLATE("the section network names it, and it is missing"));
	show_names(
		page, TO_TRANSLATE("UNNAMED"), value_get(s, "unnamed"),
		strcmp(value_text(s, "enforcement"), "enforcing") == 0 ?
			TO_TRANSLATE("the section network does not name it, and nothing is forwarded from or to it") :
			TO_TRANSLATE("the section network does not name it"));
	show_traffic(page, value_get(s, "traffic"));
	page_line(page, "layer 2", "%s; %" PRId64 " frames dropped", word(value_text(s, "layer2")),
		  value_number(s, "layer2_dropped"));
	page_line(page, "speakers", "%" PRId64 " datagrams dropped: another MAC uses their address",
		  value_number(s, "speaker_dropped"));
	page_line(page, "sources", "%" PRId64 " packets dropped: their address is not routed to where they came from",
		  value_number(s, "source_dropped"));
	page_line(page, "excess",
		  "datagrams to the daemon dropped: %" PRId64 " above a sender's rate, %" PRId64
		  " above a port's rate for new senders, %" PRId64 " because a set is full",
		  value_number(s, "excess_sender_dropped"), value_number(s, "excess_port_dropped"),
		  value_number(s, "excess_full_dropped"));
	page_line(page, "unguarded",
		  "%" PRId64 " datagrams dropped: to the daemon, from interfaces that are not guarded",
		  value_number(s, "unguarded_dropped"));
	page_line(page, "unnamed",
		  "%" PRId64 " packets dropped: from or to interfaces that the configuration does not name",
		  value_number(s, "unnamed_dropped"));
	page_line(page, "drift",
		  translated_n("the kernel's tables were repaired %" PRId64 " time",
			       "the kernel's tables were repaired %" PRId64 " times", value_number(s, "drifts")),
		  value_number(s, "drifts"));
}

void show_difference(const struct page *page, const struct value *differences)
{
	if (!differences->first)
		page_line(page, "no difference", "between the kernel's sets and the verdicts");
	for (const struct value *d = differences->first; d; d = d->next) {
		const char *what = !value_flag(d, "present")      ? TO_TRANSLATE("missing") :
				   value_number(d, "wanted") == 0 ? TO_TRANSLATE("stray") :
				   value_number(d, "left") == 0   ? TO_TRANSLATE("permanent") :
								    TO_TRANSLATE("too long");

		page_line(page, what, "%s %s: %s", value_text(d, "table"), value_text(d, "set"), value_text(d, "key"));
		page_line(page, "", "wanted for %" PRId64 " s, present for %" PRId64 " s", value_number(d, "wanted"),
			  value_number(d, "left"));
	}
}
