/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers → text. `explain` follows the decision from what the device proved to what the kernel holds. It judges
 * nothing: each word of a verdict comes from the daemon.
 */
#include "ctl/ask/show.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/language.h"
#include "base/spelling.h"
#include "base/when.h"
#include "ctl/ask/word.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "token/names.h"

#define DEVICE_SHOWN 8   /* digits of a device id that are enough in a list */
#define TRANSCRIBED  "*" /* marks a label in a list that a transcriber signed */
#define LESSER       "<" /* marks a zone in a list: the kernel has a lesser one for the device's MAC */

/* "a, b, c" from a list of texts. */
static void join_texts(const struct value *list, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (const struct value *v = list ? list->first : NULL; v && n < size; v = v->next)
		if (v->kind == VALUE_TEXT)
			n += (size_t)snprintf(ret + n, size - n, "%s%s", n > 0 ? ", " : "", v->text);
}

static void join_processes(const struct value *list, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (const struct value *v = list ? list->first : NULL; v && n < size; v = v->next)
		n += (size_t)snprintf(ret + n, size - n, "%s%" PRId64, n > 0 ? ", " : "", value_number(v, "process"));
}

static void show_zones(const struct page *page, const struct value *zones)
{
	const char *label = TO_TRANSLATE("devices");

	for (const struct value *zone = zones ? zones->first : NULL; zone; zone = zone->next) {
		page_line(page, label, "%" PRId64 " in %s", zone->number, zone->key);
		label = "";
	}
}

static void show_clock(const struct page *page, const struct value *s)
{
	if (strcmp(value_text(s, "clock"), "provisional") == 0)
		page_line(page, "clock",
			  "not synchronised: admissions are provisional, and are judged again once time is set");
	else
		page_line(page, "clock", "%s", word(value_text(s, "clock")));
}

static void show_held(const struct page *page, const struct value *s)
{
	char when[WHEN_SIZE], until[WHEN_SIZE];

	if (value_text(s, "held")[0] == '\0')
		return;
	page_line(page, "HELD",
		  "the brake holds the changes of the %s since %s. They take effect %s, unless dropped: hallmarkctl "
		  "reload --confirm or --discard",
		  value_text(s, "held"), when_to_text(value_number(s, "held_since"), page->now_sec, when),
		  when_to_text(value_number(s, "held_until"), page->now_sec, until));
	if (value_number(s, "held_demoted") > 0)
		page_line(page, "",
			  translated_n("%" PRId64 " of %" PRId64 " admitted devices would lose its zone",
				       "%" PRId64 " of %" PRId64 " admitted devices would lose their zone",
				       value_number(s, "held_demoted")),
			  value_number(s, "held_demoted"), value_number(s, "held_admitted"));
	if (value_number(s, "held_reinstated") > 0)
		page_line(page, "",
			  translated_n("%" PRId64 " device would be reinstated: a revocation or suspension was lifted",
				       "%" PRId64 " devices would be reinstated: a revocation or suspension was lifted",
				       value_number(s, "held_reinstated")),
			  value_number(s, "held_reinstated"));
	show_stopped(page, value_number(s, "held_stopped"), "");
}

void show_status(const struct page *page, const struct value *s)
{
	char when[WHEN_SIZE], guarded[1024], edges[256];

	join_texts(value_get(s, "guarded"), guarded, sizeof(guarded));
	join_processes(value_get(s, "edges"), edges, sizeof(edges));
	show_whether_enforced(page, s);
	page_line(page, "gateway", "%s, hallmarkd %s, home scheme %s", value_text(s, "gateway"),
		  value_text(s, "version"), value_text(s, "home"));
	page_line(page, "running since", "%s", when_to_text(value_number(s, "started"), page->now_sec, when));
	if (value_get(s, "listens") && value_number(s, "listens") == 0)
		page_line(page, "NOT HEARD",
			  "some or all devices: an edge does not listen, or no judge takes cases; `journalctl -u "
			  "hallmarkd -p err` says why");
	page_line(page, "edges",
		  translated_n("processes %s; replaced %" PRId64 " time", "processes %s; replaced %" PRId64 " times",
			       value_number(s, "edge_restarts")),
		  edges, value_number(s, "edge_restarts"));
	page_line(page, "judges",
		  translated_n("forks of process %" PRId64 ", replaced %" PRId64 " time; disagreements %" PRId64
			       ", waiting submissions %" PRId64,
			       "forks of process %" PRId64 ", replaced %" PRId64 " times; disagreements %" PRId64
			       ", waiting submissions %" PRId64,
			       value_number(s, "judges_replaced")),
		  value_number(s, "zygote"), value_number(s, "judges_replaced"), value_number(s, "judge_disagreements"),
		  value_number(s, "waiting"));
	page_line(page, "sessions", "%" PRId64 " on UDP port %" PRId64 ", and %" PRId64 " half-open",
		  value_number(s, "sessions"), value_number(s, "port"), value_number(s, "half_open"));
	page_line(page, "handshakes", "%" PRId64 ", %" PRId64 " that failed, %" PRId64 " over a limit",
		  value_number(s, "handshakes"), value_number(s, "handshake_failures"),
		  value_number(s, "refused_handshakes"));
	page_line(page, "requests", "%" PRId64 ", %" PRId64 " over a limit, decisions %" PRId64,
		  value_number(s, "requests"), value_number(s, "refused_requests"), value_number(s, "decisions"));
	show_zones(page, value_get(s, "zones"));
	if (value_number(s, "unknown") > 0)
		page_line(page, "unknown", "%" PRId64 " were never judged: `hallmarkctl list --unknown`",
			  value_number(s, "unknown"));
	if (value_number(s, "exceptions") > 0)
		page_line(page, "EXCEPTIONS",
			  translated_n("%" PRId64 " device is in a zone without a proof; its exception ends %s",
				       "%" PRId64 " devices are in a zone without a proof; the next exception ends %s",
				       value_number(s, "exceptions")),
			  value_number(s, "exceptions"),
			  when_to_text(value_number(s, "exceptions_next_end"), page->now_sec, when));
	page_line(page, "guarded", "%s", guarded);
	page_line(page, "ruleset", "%s", value_text(s, "ruleset"));
	show_enforcement(page, s);
	show_orders(page, value_get(s, "orders"));
	show_clock(page, s);
	show_held(page, s);
}

/* The label's level in words: its name where it has one. */
const char *show_level(const struct value *v, char *ret, size_t size)
{
	const char *name = value_text(v, "level_name");

	if (name[0] != '\0')
		(void)snprintf(ret, size, "%s %s", value_text(v, "scheme"), name);
	else
		(void)snprintf(ret, size, translated("%s level %" PRId64), value_text(v, "scheme"),
			       value_number(v, "level"));
	return ret;
}

/* Whether the home scheme recognises the label of this record. */
static bool is_recognised(const struct value *v)
{
	const char *level = value_text(v, "recognised");

	return level[0] != '\0' && strcmp(level, "none") != 0;
}

static bool is_transcribed(const struct value *v)
{
	return strcmp(value_text(v, "issuer_role"), issuer_role_name(HALLMARK_ISSUER_TRANSCRIBER)) == 0;
}

/* What the list shows of a device beside its zone: its recognised label, or why there is none. */
static void standing_text(const struct value *d, char *ret, size_t size)
{
	const char *held_back = value_text(d, "held_back"), *mark = is_transcribed(d) ? TRANSCRIBED : "";
	char level[64];

	if (value_text(d, "order")[0] != '\0')
		(void)snprintf(ret, size, translated("ORDER %s: %s"), value_text(d, "order"),
			       value_text(d, "order_reason"));
	else if (!is_recognised(d))
		(void)snprintf(ret, size, "%s", held_back[0] != '\0' ? held_back : value_text(d, "reason"));
	else if (value_text(d, "arrangement")[0] == '\0')
		(void)snprintf(ret, size, "%s%s", show_level(d, level, sizeof(level)), mark);
	else
		(void)snprintf(ret, size, translated("%s%s as %s"), show_level(d, level, sizeof(level)), mark,
			       value_text(d, "recognised"));
}

#define LIST_ZONE 1 /* its column */

/* Sums to PAGE_COLUMNS, with a space between two; the last two columns share the rest of a wider terminal. */
static const unsigned list_columns[] = { DEVICE_SHOWN, 10, 11, 24, 23 };

static enum page_colour zone_colour(const char *zone)
{
	return strcmp(zone, "trusted") == 0 ? PAGE_GREEN : strcmp(zone, "quarantine") == 0 ? PAGE_RED : PAGE_YELLOW;
}

void show_zone_name(const struct page *page, const char *zone, unsigned columns)
{
	page_paint(page, zone_colour(zone));
	page_cell(page, zone, columns);
	page_paint(page, PAGE_PLAIN);
}

static void list_row(const struct page *page, const char *const cells[5], bool is_head)
{
	const unsigned spare = page_width(page) - PAGE_COLUMNS;

	for (unsigned i = 0; i < 5; i++) {
		const unsigned columns = list_columns[i] + (i == 3 ? spare / 2 : i == 4 ? spare - spare / 2 : 0);

		if (i > 0)
			(void)fputc(' ', page->out);
		if (i == LIST_ZONE && !is_head)
			show_zone_name(page, cells[i], columns);
		else
			page_cell(page, cells[i], columns);
	}
	(void)fputc('\n', page->out);
}

bool show_is_lesser(const struct value *d)
{
	const char *held = value_text(d, "place_zone");

	return held[0] != '\0' && strcmp(value_text(d, "zone"), "quarantine") != 0 &&
	       strcmp(value_text(d, "zone"), held) != 0;
}

/* What people call it, with its household; else what it says that it is. Returns ret. */
static const char *show_name(const struct value *d, char *ret, size_t size)
{
	const char *name = value_text(d, "name"), *segment = value_text(d, "segment");

	if (name[0] == '\0')
		return value_text(d, "product");
	(void)snprintf(ret, size, "%s%s%s", name, segment[0] ? ", " : "", segment);
	return ret;
}

/* Names, where it has any. */
void show_called(const struct page *page, const struct value *d)
{
	if (value_text(d, "name")[0])
		page_line(page, "name", "%s", value_text(d, "name"));
	if (value_text(d, "segment")[0] || value_text(d, "place")[0])
		page_line(page, "place", "%s%s%s", value_text(d, "segment"),
			  value_text(d, "segment")[0] && value_text(d, "place")[0] ? ", " : "", value_text(d, "place"));
}

static void list_device(const struct page *page, const struct value *d)
{
	int64_t left_sec = value_number(d, "until") - page->now_sec;
	char device[DEVICE_SHOWN + 1], left[WHEN_SIZE] = "-", standing[256], zone[64], name[256];

	(void)snprintf(zone, sizeof(zone), "%s%s", show_is_lesser(d) ? LESSER : "", value_text(d, "zone"));
	(void)snprintf(device, sizeof(device), "%s", value_text(d, "device"));
	if (left_sec > 0)
		(void)span_to_text(left_sec, left);
	standing_text(d, standing, sizeof(standing));
	list_row(page, (const char *const[]){ device, zone, left, standing, show_name(d, name, sizeof(name)) }, false);
}

void show_list_rows(const struct page *page, const struct value *list, struct list_marks *marks)
{
	if (marks->n_rows == 0 && list->first)
		list_row(page,
			 (const char *const[]){ translated("DEVICE"), translated("ZONE"), translated("FOR"),
						translated("LABEL OR REASON"), translated("PRODUCT") },
			 true);
	for (const struct value *d = list->first; d; d = d->next) {
		list_device(page, d);
		marks->any_transcribed |= is_recognised(d) && is_transcribed(d);
		marks->any_lesser |= show_is_lesser(d);
		marks->n_rows++;
	}
}

void show_list_end(const struct page *page, const struct list_marks *marks)
{
	if (marks->any_transcribed)
		(void)fprintf(
			page->out, "%s %s\n", TRANSCRIBED,
			translated("copied from the scheme's register by a transcriber, not signed by the scheme"));
	if (marks->any_lesser)
		(void)fprintf(
			page->out, "%s %s\n", LESSER,
			translated("in a lesser zone: it shares its MAC (network.shared) with a device of that zone"));
}

void show_sharing(const struct page *page, const struct value *d)
{
	if (show_is_lesser(d))
		page_line(page, "SHARED MAC",
			  "%" PRId64
			  " devices are admitted behind this MAC (network.shared): all of them are in %s, the "
			  "least of their zones",
			  value_number(d, "place_devices"), value_text(d, "place_zone"));
}

static void show_device(const struct page *page, const struct value *d)
{
	char when[WHEN_SIZE];

	page_line(page, "device", "%s", value_text(d, "device"));
	show_called(page, d);
	page_line(page, "product", "%s", value_text(d, "product"));
	page_line(page, "ueid", "%s", value_text(d, "ueid"));
	page_line(page, "seen", "on %s, MAC %s, from %s", value_text(d, "interface"), value_text(d, "mac"),
		  value_text(d, "address"));
	page_line(page, "judged", "%s%s", when_to_text(value_number(d, "decided"), page->now_sec, when),
		  value_flag(d, "provisional") ? translated("; provisionally, as the clock is not synchronised") : "");
	show_renewals(page, d);
}

/* For a passed check only its name; for any other the reason and the specification. */
static void show_check(const struct page *page, const struct value *check)
{
	const char *state = value_text(check, "state");
	char label[32];

	(void)snprintf(label, sizeof(label), "  %s", word(state));
	if (strcmp(state, "passed") == 0)
		page_item(page, label, "%" PRId64 " %s", value_number(check, "number"), value_text(check, "name"));
	else
		page_item(page, label, "%" PRId64 " %s, %s: %s (%s)", value_number(check, "number"),
			  value_text(check, "name"), value_text(check, "reason"),
			  translated(value_text(check, "sentence")), value_text(check, "specification"));
}

static void show_checks(const struct page *page, const struct value *checks)
{
	for (const struct value *check = checks ? checks->first : NULL; check; check = check->next)
		show_check(page, check);
}

static void show_recognition(const struct page *page, const struct value *label)
{
	const char *arrangement = value_text(label, "arrangement");
	const char *recognised = value_text(label, "recognised");

	if (!is_recognised(label))
		page_line(page, "arrangement", "%s",
			  arrangement[0] != '\0' ? arrangement : translated("none that recognises it"));
	else if (arrangement[0] == '\0')
		page_line(page, "arrangement", "none needed: the home scheme's own, level %s", recognised);
	else
		page_line(page, "arrangement", "%s: recognised as %s", arrangement, recognised);
}

/* As "issued by csa.example, the scheme itself". */
static const char *issuer_text(const struct value *l, char *ret, size_t size)
{
	bool is_scheme = strcmp(value_text(l, "issuer_role"), issuer_role_name(HALLMARK_ISSUER_SCHEME)) == 0;

	(void)snprintf(ret, size, is_transcribed(l) ? translated("transcribed by %s%s") : translated("issued by %s%s"),
		       value_text(l, "issuer"), is_scheme ? translated(", the scheme itself") : "");
	return ret;
}

/* For a label whose signature did not verify, only the claimed issuer and number are known. */
static void show_statement(const struct page *page, const struct value *l)
{
	const char *field = value_text(l, "field");
	char level[64], when[WHEN_SIZE], issuer[128];

	if (value_text(l, "scheme")[0] == '\0') {
		page_line(page, "label", "not verified: it claims to be number %s, issued by %s",
			  value_text(l, "number"), value_text(l, "issuer"));
		return;
	}
	page_line(page, "label", "%s, number %s, %s", show_level(l, level, sizeof(level)), value_text(l, "number"),
		  issuer_text(l, issuer, sizeof(issuer)));
	page_line(page, "", "category %s%s%s, until %s", value_text(l, "category"),
		  field[0] != '\0' ? translated(", field ") : "", field,
		  when_to_text(value_number(l, "until"), page->now_sec, when));
	page_line(page, "", "%s, %s",
		  value_flag(l, "from_register") ? translated("from the register") : translated("sent by the device"),
		  value_flag(l, "firmware_bound") ? translated("bound to a range of firmware versions") :
						    translated("not bound to firmware versions"));
}

/* A class that the device is nearly of. A text that only looks the same is pointed out. */
static void show_class(const struct page *page, const struct value *l)
{
	const char *differs = value_text(l, "class_differs"), *named = value_text(l, "class_said");
	const char *said = value_text(l, "device_said"), *why;
	char near[128];

	if (differs[0] == '\0')
		return;
	page_line(page, "", "nearest of its %" PRId64 " classes: %s \"%s\", the device says \"%s\"",
		  value_number(l, "classes"), differs, named, said);
	why = translated(spelling_text(spelling_find(named, near, sizeof(near))));
	if (why[0] != '\0')
		page_line(page, "", "the label's %s is not as it looks: %s", differs, why);
	why = translated(spelling_text(spelling_find(said, near, sizeof(near))));
	if (why[0] != '\0')
		page_line(page, "", "the device's %s is not as it looks: %s", differs, why);
}

static void show_label(const struct page *page, const struct value *l)
{
	show_statement(page, l);
	show_class(page, l);
	show_checks(page, value_get(l, "checks"));
	show_recognition(page, l);
}

static void show_rule(const struct page *page, const char *label, const struct value *rule)
{
	const char *result = value_text(rule, "result"), *missing = value_text(rule, "missing");

	if (strcmp(result, "refused") == 0)
		page_line(page, label, "\"%s\" for %s: refused, %s: %s%s%s", value_text(rule, "name"),
			  value_text(rule, "zone"), value_text(rule, "reason"),
			  translated(value_text(rule, "sentence")), missing[0] != '\0' ? translated("; missing: ") : "",
			  missing);
	else
		page_line(page, label, "\"%s\" for %s: %s", value_text(rule, "name"), value_text(rule, "zone"),
			  word(result));
}

static void show_zone(const struct page *page, const struct value *d)
{
	const char *first = value_text(d, "expires_first");
	char when[WHEN_SIZE];

	if (value_number(d, "until") > page->now_sec)
		page_line(page, "zone", "%s until %s%s%s", value_text(d, "zone"),
			  when_to_text(value_number(d, "until"), page->now_sec, when),
			  first[0] != '\0' ? translated("; ends first: ") : "", first);
	else
		page_line(page, "zone", "%s", value_text(d, "zone"));
	page_line(page, "reason", "%s: %s", value_text(d, "reason"), translated(value_text(d, "sentence")));
	if (value_text(d, "held_back")[0] != '\0')
		page_line(page, "held back", "%s: %s", value_text(d, "held_back"),
			  translated(value_text(d, "held_back_sentence")));
	if (value_text(d, "missing")[0] != '\0')
		page_line(page, "missing", "%s", value_text(d, "missing"));
}

static void show_kernel(const struct page *page, const struct value *kernel)
{
	char left[WHEN_SIZE];

	if (!value_flag(kernel, "present"))
		page_line(page, "kernel", "not in any zone's set: quarantine");
	else
		page_line(page, "kernel", "in the set of %s for %s more", value_text(kernel, "zone"),
			  span_to_text(value_number(kernel, "timeout"), left));
}

void show_explain(const struct page *page, const struct value *d)
{
	const struct value *labels = value_get(d, "labels"), *rules = value_get(d, "rules");

	show_device(page, d);
	page_line(page, "evidence", "%s", "");
	show_checks(page, value_get(d, "checks"));
	if (!labels || !labels->first)
		page_line(page, "label", "none");
	for (const struct value *l = labels ? labels->first : NULL; l; l = l->next)
		show_label(page, l);
	for (const struct value *rule = rules ? rules->first : NULL; rule; rule = rule->next)
		show_rule(page, rule == rules->first ? TO_TRANSLATE("rule") : "", rule);
	show_standing_order(page, d);
	show_zone(page, d);
	show_kernel(page, value_get(d, "kernel"));
	show_sharing(page, d);
}
