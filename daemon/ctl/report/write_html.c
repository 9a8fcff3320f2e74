/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a printer, and for an inspector's browser: one page that is complete in itself. No script and nothing from elsewhere, which
 * the page also forbids the browser. Every text is escaped.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/page.h"
#include "ctl/report/sheet.h"
#include "ctl/value.h"

static const char style[] =
	":root{--ink:#16212e;--dim:#5a6876;--line:#d5dce3;--soft:#f3f6f9;--mark:#14507a}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:186mm;padding:8mm 6mm;color:var(--ink);background:#fff;word-break:keep-all;"
	"font:9.5pt/1.45 \"Noto Sans\",\"Noto Sans CJK KR\",\"Noto Sans KR\",NanumGothic,\"Malgun Gothic\","
	"\"Apple SD Gothic Neo\",sans-serif}\n"
	"header{border-bottom:2.5pt solid var(--mark);margin-bottom:5mm;padding-bottom:3mm}\n"
	"header p{margin:0;color:var(--dim)}\n"
	"h1{font-size:19pt;line-height:1.2;margin:0 0 1mm;color:var(--mark)}\n"
	"h2{font-size:11.5pt;margin:6.5mm 0 1.5mm;color:var(--mark);break-after:avoid}\n"
	"p{margin:0 0 2mm}\n"
	".about{color:var(--dim);font-size:8.5pt;break-after:avoid}\n"
	".none{color:var(--dim);font-style:italic}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.7mm 5mm;margin:0}\n"
	"dt{color:var(--dim)}\n"
	"dd{margin:0;overflow-wrap:anywhere}\n"
	".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(26mm,1fr));gap:2.5mm;margin:0}\n"
	".figures div{background:var(--soft);border-left:2.5pt solid var(--mark);padding:2mm 2.5mm;break-inside:avoid;"
	"display:flex;flex-direction:column-reverse;justify-content:flex-end}\n"
	".figures dd{font-size:16pt;line-height:1.15;font-weight:600;font-variant-numeric:tabular-nums}\n"
	".figures dt{font-size:8pt;line-height:1.3}\n"
	"table{width:100%;border-collapse:collapse;font-size:8.5pt}\n"
	"th{text-align:left;font-weight:600;color:var(--dim);border-bottom:1pt solid "
	"var(--ink);vertical-align:bottom}\n"
	"td{border-bottom:.5pt solid var(--line);vertical-align:top;overflow-wrap:anywhere}\n"
	"th,td{padding:1mm 1.5mm}\n"
	"th:first-child,td:first-child{padding-left:0}\n"
	"th:last-child,td:last-child{padding-right:0}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:1%}\n"
	".t{font-variant-numeric:tabular-nums;min-width:19mm}\n"
	".k,.d{white-space:nowrap}\n"
	".w{overflow-wrap:normal}\n"
	".d{font-family:monospace}\n"
	"thead{display:table-header-group}\n"
	"tr{break-inside:avoid}\n"
	"@page{size:A4;margin:14mm 12mm 16mm;@bottom-right{content:counter(page) \" / \" counter(pages);"
	"font:8pt sans-serif;color:#5a6876}}\n"
	"@media print{body{max-width:none;padding:0}.figures div{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}}\n";

static void put_text(const char *text, FILE *out)
{
	char clean[2 * SHEET_CELL_SIZE];

	for (const char *c = page_clean(text, clean, sizeof(clean)); *c; c++)
		switch (*c) {
		case '&':
			(void)fputs("&amp;", out);
			break;
		case '<':
			(void)fputs("&lt;", out);
			break;
		case '>':
			(void)fputs("&gt;", out);
			break;
		case '"':
			(void)fputs("&quot;", out);
			break;
		case '\'':
			(void)fputs("&#39;", out);
			break;
		default:
			(void)fputc(*c, out);
			break;
		}
}

/* `tag` is a name, and may have attributes. */
static void put_element(const char *tag, const char *text, FILE *out)
{
	(void)fprintf(out, "<%s>", tag);
	put_text(text, out);
	(void)fprintf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* --- Sections --- */

static void put_facts(const struct sheet_section *section, const struct value *facts, FILE *out)
{
	const bool is_figures = section->form == SECTION_FIGURES;
	char room[SHEET_CELL_SIZE];

	(void)fputs(is_figures ? "<dl class=\"figures\">\n" : "<dl>\n", out);
	for (size_t i = 0; i < section->n_columns; i++) {
		const char *text = sheet_cell(facts, &section->columns[i], room);

		if (text[0] == '\0')
			continue;
		(void)fputs(is_figures ? "<div>" : "", out);
		put_element("dt", translated(section->columns[i].title), out);
		put_element("dd", text, out);
		(void)fputs(is_figures ? "</div>\n" : "\n", out);
	}
	(void)fputs("</dl>\n", out);
}

static const char *cell_tag(enum column_kind kind)
{
	switch (kind) {
	case COLUMN_COUNT:
		return "td class=\"n\"";
	case COLUMN_TIME:
		return "td class=\"t\"";
	case COLUMN_WORD:
		return "td class=\"w\"";
	case COLUMN_KEYWORD:
		return "td class=\"k\"";
	case COLUMN_DEVICE:
		return "td class=\"d\"";
	default:
		return "td";
	}
}

static void put_rows(const struct sheet_section *section, const struct value *rows, FILE *out)
{
	const unsigned used = sheet_used(rows, section);
	char room[SHEET_CELL_SIZE];

	(void)fputs("<table>\n<thead><tr>", out);
	for (size_t i = 0; i < section->n_columns; i++)
		if (used & 1U << i)
			put_element(section->columns[i].kind == COLUMN_COUNT ? "th class=\"n\"" : "th",
				    translated(section->columns[i].title), out);
	(void)fputs("</tr></thead>\n<tbody>\n", out);
	for (const struct value *row = rows->first; row; row = row->next) {
		(void)fputs("<tr>", out);
		for (size_t i = 0; i < section->n_columns; i++)
			if (used & 1U << i)
				put_element(cell_tag(section->columns[i].kind),
					    sheet_cell(row, &section->columns[i], room), out);
		(void)fputs("</tr>\n", out);
	}
	(void)fputs("</tbody>\n</table>\n", out);
}

static void put_section(const struct sheet_section *section, const struct value *v, FILE *out)
{
	if (!v && section->is_optional)
		return;
	(void)fprintf(out, "<section id=\"%s\">\n", section->key);
	put_element("h2", translated(section->title), out);
	(void)fputc('\n', out);
	if (v && section->about)
		put_element("p class=\"about\"", translated(section->about), out);
	if (!v)
		put_element("p class=\"none\"", translated(sheet_unknown), out);
	else if (section->form != SECTION_ROWS)
		put_facts(section, v, out);
	else if (v->first)
		put_rows(section, v, out);
	else
		put_element("p class=\"none\"", translated(section->empty), out);
	(void)fputs("</section>\n", out);
}

void report_write_html(const struct value *sheet, const char *language, FILE *out)
{
	const struct value *about = value_get(sheet, "report");
	char title[SHEET_CELL_SIZE];

	(void)snprintf(title, sizeof(title), translated("Report for %s"), value_text(about, "month"));
	(void)fprintf(out,
		      "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
		      "'unsafe-inline'\">\n<title>",
		      language);
	put_text(title, out);
	(void)fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n", style);
	put_element("h1", title, out);
	(void)fputc('\n', out);
	put_element("p", value_text(about, "gateway"), out);
	(void)fputs("\n</header>\n", out);
	for (size_t i = 0; i < sheet_sections_n; i++)
		put_section(&sheet_sections[i], value_get(sheet, sheet_sections[i].key), out);
	(void)fputs("</body>\n</html>\n", out);
}
