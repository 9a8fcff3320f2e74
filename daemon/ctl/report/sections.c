/* SPDX-License-Identifier: Apache-2.0 */
/* What a report has, in its order: a row of this table for each section. Titles are translated when they are shown. */
#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/report/sheet.h"

#define COLUMN(kind_, key_, ...)                                                                                       \
	{                                                                                                              \
		.kind = COLUMN_##kind_, .key = key_, .title = __VA_ARGS__                                              \
	}
#define COLUMNS(...)                                                                                                   \
	.columns = { __VA_ARGS__ },                                                                                    \
	.n_columns = sizeof((struct sheet_column[]){ __VA_ARGS__ }) / sizeof(struct sheet_column)

const struct sheet_section sheet_sections[] = {
	{ .key = "report",
	  .title = TO_TRANSLATE("About this report"),
	  .form = SECTION_FACTS,
	  COLUMNS(COLUMN(TEXT, "gateway", TO_TRANSLATE("gateway")),
		  COLUMN(TEXT, "household", TO_TRANSLATE("household")), COLUMN(TIME, "from", TO_TRANSLATE("from")),
		  COLUMN(TIME, "until", TO_TRANSLATE("until")), COLUMN(TEXT, "zone", TO_TRANSLATE("time zone")),
		  COLUMN(WORD, "covers", TO_TRANSLATE("covers")),
		  COLUMN(TIME, "whole_from", TO_TRANSLATE("complete from")),
		  COLUMN(TEXT, "home", TO_TRANSLATE("home scheme")), COLUMN(TIME, "made", TO_TRANSLATE("made")),
		  COLUMN(TEXT, "version", TO_TRANSLATE("made by"))) },
	{ .key = "scope",
	  .title = TO_TRANSLATE("Households that this report is about"),
	  .about = TO_TRANSLATE(
		  "Whoever made it may read only their entries of the record. It says nothing of any other household, "
		  "nor of what was done to the whole gateway."),
	  .empty = TO_TRANSLATE("none"),
	  .form = SECTION_ROWS,
	  .is_optional = true,
	  COLUMNS(COLUMN(TEXT, "household", TO_TRANSLATE("household"))) },
	{ .key = "summary",
	  .title = TO_TRANSLATE("Summary"),
	  .form = SECTION_FIGURES,
	  COLUMNS(COLUMN(COUNT, "admissions", TO_TRANSLATE("admissions")),
		  COLUMN(COUNT, "refusals", TO_TRANSLATE("refusals")),
		  COLUMN(COUNT, "orders", TO_TRANSLATE("orders given")),
		  COLUMN(COUNT, "exceptions", TO_TRANSLATE("exceptions and other orders in force")),
		  COLUMN(COUNT, "households", TO_TRANSLATE("households")),
		  COLUMN(COUNT, "without_incident", TO_TRANSLATE("of these without incident"))) },
	{ .key = "coverage",
	  .title = TO_TRANSLATE("Devices at the time of this report"),
	  .about = TO_TRANSLATE(
		  "Who is admitted by what it proved, who by an exception, and who is not admitted. Unknown "
		  "devices are on the wires and were never judged."),
	  .form = SECTION_FIGURES,
	  COLUMNS(COLUMN(COUNT, "attested", TO_TRANSLATE("attested and admitted")),
		  COLUMN(COUNT, "excepted", TO_TRANSLATE("admitted by an exception")),
		  COLUMN(COUNT, "refused", TO_TRANSLATE("refused")),
		  COLUMN(COUNT, "quarantined", TO_TRANSLATE("quarantined by order")),
		  COLUMN(COUNT, "unknown", TO_TRANSLATE("unknown"))) },
	{ .key = "admissions",
	  .title = TO_TRANSLATE("Admissions"),
	  .about = TO_TRANSLATE(
		  "Decisions that led into a zone, as the record has them. A renewal that changes nothing is "
		  "no decision."),
	  .empty = TO_TRANSLATE("no device was admitted"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(KEYWORD, "zone", TO_TRANSLATE("zone")), COLUMN(COUNT, "admitted", TO_TRANSLATE("admitted")),
		  COLUMN(COUNT, "moved", TO_TRANSLATE("from another zone")),
		  COLUMN(COUNT, "changed", TO_TRANSLATE("changed within it"))) },
	{ .key = "refusals",
	  .title = TO_TRANSLATE("Refusals by reason"),
	  .about = TO_TRANSLATE(
		  "Devices that were admitted once, and lost their zone or were refused it. The record has no "
		  "entries of others; the next section has those that are refused now."),
	  .empty = TO_TRANSLATE("no device was refused"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(COUNT, "refusals", TO_TRANSLATE("refusals")),
		  COLUMN(KEYWORD, "reason", TO_TRANSLATE("reason")),
		  COLUMN(WORD, "meaning", TO_TRANSLATE("meaning"))) },
	{ .key = "refused_now",
	  .title = TO_TRANSLATE("Refused at the time of this report"),
	  .empty = TO_TRANSLATE("no device is refused"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(COUNT, "devices", TO_TRANSLATE("devices")), COLUMN(KEYWORD, "reason", TO_TRANSLATE("reason")),
		  COLUMN(WORD, "meaning", TO_TRANSLATE("meaning"))) },
	{ .key = "exceptions",
	  .title = TO_TRANSLATE("Exceptions and other orders, in force and ended"),
	  .about = TO_TRANSLATE(
		  "By allow, by monitor and by the inventory a device reaches more than it proved that "
		  "it may; by quarantine less. "
		  "Exceptions of the inventory are those whose rows stand in its files at the time of this report."),
	  .empty = TO_TRANSLATE("no exception or other order was in force"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(WORD, "state", TO_TRANSLATE("status")), COLUMN(KEYWORD, "order", TO_TRANSLATE("order")),
		  COLUMN(DEVICE, "device", TO_TRANSLATE("device")), COLUMN(TEXT, "name", TO_TRANSLATE("name")),
		  COLUMN(TEXT, "household", TO_TRANSLATE("household")), COLUMN(TIME, "from", TO_TRANSLATE("from")),
		  COLUMN(TIME, "until", TO_TRANSLATE("until")), COLUMN(PERSON, "by", TO_TRANSLATE("by")),
		  COLUMN(TEXT, "why", TO_TRANSLATE("reason given"))) },
	{ .key = "people",
	  .title = TO_TRANSLATE("Who ordered how much"),
	  .empty = TO_TRANSLATE("nobody ordered anything"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(PERSON, "by", TO_TRANSLATE("by"), .none = TO_TRANSLATE("not recorded")),
		  COLUMN(COUNT, "allow", "allow"), COLUMN(COUNT, "monitor", "monitor"),
		  COLUMN(COUNT, "quarantine", "quarantine"), COLUMN(COUNT, "other", TO_TRANSLATE("other"))) },
	{ .key = "orders",
	  .title = TO_TRANSLATE("Who ordered what"),
	  .about = TO_TRANSLATE(
		  "Each order with the number of its entry in the record. \"open\" and \"closed\" are of the "
		  "whole gateway, or of the interface that they name."),
	  .empty = TO_TRANSLATE("no order was given"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(COUNT, "entry", TO_TRANSLATE("entry")), COLUMN(TIME, "at", TO_TRANSLATE("time")),
		  COLUMN(KEYWORD, "order", TO_TRANSLATE("order")), COLUMN(DEVICE, "device", TO_TRANSLATE("device")),
		  COLUMN(TEXT, "name", TO_TRANSLATE("name")), COLUMN(TEXT, "household", TO_TRANSLATE("household")),
		  COLUMN(PERSON, "by", TO_TRANSLATE("by")), COLUMN(TEXT, "why", TO_TRANSLATE("reason given"))) },
	{ .key = "households",
	  .title = TO_TRANSLATE("Households with incidents"),
	  .about = TO_TRANSLATE(
		  "A refusal, an order or an exception is an incident; an admission that ended by its time is "
		  "none. A row without a household has the devices of none, and entries of earlier versions."),
	  .empty = TO_TRANSLATE("no household had an incident"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(TEXT, "household", TO_TRANSLATE("household"), .none = TO_TRANSLATE("no household known")),
		  COLUMN(COUNT, "refusals", TO_TRANSLATE("refusals")),
		  COLUMN(COUNT, "orders", TO_TRANSLATE("orders given")),
		  COLUMN(COUNT, "exceptions", TO_TRANSLATE("exceptions")),
		  COLUMN(COUNT, "admissions", TO_TRANSLATE("admissions"))) },
	{ .key = "trust",
	  .title = TO_TRANSLATE("Trust in force at the time of this report"),
	  .about = TO_TRANSLATE("Signed sets by which devices are judged, and their age."),
	  .empty = TO_TRANSLATE("no signed set is in force"),
	  .form = SECTION_ROWS,
	  COLUMNS(COLUMN(KEYWORD, "kind", TO_TRANSLATE("kind")), COLUMN(TEXT, "file", TO_TRANSLATE("file")),
		  COLUMN(TIME, "issued", TO_TRANSLATE("issued")),
		  COLUMN(COUNT, "age_days", TO_TRANSLATE("age in days")),
		  COLUMN(TIME, "until", TO_TRANSLATE("valid until"))) },
	{ .key = "record",
	  .title = TO_TRANSLATE("The decision record"),
	  .about = TO_TRANSLATE(
		  "The record is a chain of hashes: its head proves every entry before it, and `hallmarkctl log verify "
		  "--head HEAD` compares. A saved report is signed, in the file of its name and .cose: "
		  "`hallmark-label verify FILE.cose --key PUBLIC.pem` checks that it is whole."),
	  .form = SECTION_FACTS,
	  COLUMNS(COLUMN(COUNT, "entries", TO_TRANSLATE("entries of the month")),
		  COLUMN(COUNT, "expired", TO_TRANSLATE("of these ended by time")),
		  COLUMN(COUNT, "left_out", TO_TRANSLATE("rows left out")),
		  COLUMN(KEYWORD, "foot", TO_TRANSLATE("foot")), COLUMN(KEYWORD, "head", TO_TRANSLATE("head")),
		  COLUMN(WORD, "answer", TO_TRANSLATE("verification")),
		  COLUMN(WORD, "meaning", TO_TRANSLATE("meaning"))) },
};

const size_t sheet_sections_n = ARRAY_SIZE(sheet_sections);

const char sheet_unknown[] = TO_TRANSLATE("not known: hallmarkd was not asked, or did not answer");
