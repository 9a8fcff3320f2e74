/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV files of the inventory → rows, and all that is wrong in them. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/csv.h"
#include "base/language.h"
#include "base/spelling.h"
#include "base/suggestion.h"
#include "base/text_file.h"
#include "base/ueid.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "config/reader.h"
#include "enforce/ruleset.h"
#include "token/product.h"

static const struct key inventory_keys[] = {
	OPTIONAL("files", KEY_PATHS),
};

/* One file that is being read. */
struct sheet {
	struct reader *r;
	struct inventory *inventory;
	const char *path;
	uint16_t file;
};

/* One cell that is not empty. */
struct cell {
	char *text;
	const struct csv_place *at;
};

struct column {
	const char *name;
	void (*set)(struct sheet *s, const struct column *column, const struct cell *cell, struct inventory_row *row);
	size_t offset; /* of a text */
};

/* --- Cells --- */

/* Who searches the journal for the name types the usual characters. Wide ones and other dashes may be meant. */
static void check_spelling(struct sheet *s, const struct column *column, const struct cell *cell)
{
	char near[256];
	const unsigned found = spelling_find(cell->text, near, sizeof(near)) & (SPELLING_JAMO | SPELLING_OTHER_SPACE);

	if (found)
		reader_error_cell(s->r, s->path, cell->at, "%s: \"%s\": %s; write \"%s\"", column->name, cell->text,
				  translated(spelling_text(found)), near);
}

static void set_text(struct sheet *s, const struct column *column, const struct cell *cell, struct inventory_row *row)
{
	const char *text = cell->text;

	if (strlen(text) > INVENTORY_TEXT_MAX)
		reader_error_cell(s->r, s->path, cell->at,
				  "%s: %zu bytes; shorten it to %d bytes. A syllable of Hangul has 3", column->name,
				  strlen(text), INVENTORY_TEXT_MAX);
	else if (!bytes_are_text(bytes_of_string(text)))
		reader_error_cell(s->r, s->path, cell->at,
				  "%s: there is a line break or another control character; remove it", column->name);
	else
		check_spelling(s, column, cell);
	memcpy((char *)row + column->offset, &text, sizeof(text));
}

static void set_segment(struct sheet *s, const struct column *column, const struct cell *cell,
			struct inventory_row *row)
{
	set_text(s, column, cell, row);
	row->segment_at = *cell->at;
}

static void set_interface(struct sheet *s, const struct column *column, const struct cell *cell,
			  struct inventory_row *row)
{
	row->interface = cell->text;
	row->interface_at = *cell->at;
	if (interface_pattern_is_valid(cell->text))
		return;
	reader_error_cell(
		s->r, s->path, cell->at,
		"%s: \"%s\" cannot be an interface; use at most 15 letters, digits, '.', '-' and '_', or '*' as "
		"the last one for all names that begin so",
		column->name, cell->text);
	row->interface = "";
}

static void set_key(struct sheet *s, const struct column *column, const struct cell *cell, struct inventory_row *row)
{
	row->has_key = bytes_from_hex(cell->text, row->key, sizeof(row->key));
	if (!row->has_key)
		reader_error_cell(s->r, s->path, cell->at,
				  "%s: \"%.80s\" is not the id of a device; give 64 hex digits, as `hallmarkctl list` "
				  "has them, and format the column as text, not as numbers",
				  column->name, cell->text);
}

static void set_ueid(struct sheet *s, const struct column *column, const struct cell *cell, struct inventory_row *row)
{
	const size_t n = strlen(cell->text) / 2;

	if (n <= UEID_MAX && bytes_from_hex(cell->text, row->ueid, n) && ueid_is_sound(bytes_of(row->ueid, n)))
		row->n_ueid = (uint8_t)n;
	else
		reader_error_cell(s->r, s->path, cell->at,
				  "%s: \"%.80s\" is not a UEID; give 14 to 66 hex digits, of which the first two are "
				  "01, 02 or 03, and format the column as text, not as numbers",
				  column->name, cell->text);
}

/* Windows shows them with '-'. */
static void set_mac(struct sheet *s, const struct column *column, const struct cell *cell, struct inventory_row *row)
{
	char text[MAC_TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%s", cell->text);
	for (char *dash = text; (dash = strchr(dash, '-'));)
		*dash = ':';
	row->has_mac = strlen(cell->text) < sizeof(text) && mac_from_text(text, row->mac);
	if (!row->has_mac)
		reader_error_cell(s->r, s->path, cell->at,
				  "%s: \"%.80s\" is not a MAC; use the form \"02:00:5e:10:00:01\"", column->name,
				  cell->text);
}

static void check_category(struct sheet *s, const struct column *column, const struct cell *cell, const char *category)
{
	struct suggestion suggestion;
	char hint[128];

	if (category[0] && !vocabulary_has(&s->r->config->recognition.categories, category, &suggestion))
		reader_error_cell(
			s->r, s->path, cell->at,
			"%s: \"%.80s\" is not among the configured categories%s. Write a category, a maker or "
			"both, as \"wall-pad by pen:32473\"",
			column->name, category, suggestion_text(&suggestion, hint));
}

/* "wall-pad by pen:32473", and either part of it; with "a" or "an" before it, as people say it. */
static void set_expected(struct sheet *s, const struct column *column, const struct cell *cell,
			 struct inventory_row *row)
{
	char *text = cell->text, *by = strstr(text, "by ");
	uint8_t scratch[128];
	struct writer w = WRITER(scratch);

	text += strncmp(text, "a ", 2) == 0 ? 2 : strncmp(text, "an ", 3) == 0 ? 3 : 0;
	while (by && by != text && by[-1] != ' ') /* within a word */
		by = strstr(by + 1, "by ");
	row->maker = by ? by + strlen("by ") : "";
	if (by)
		by[by > text ? -1 : 0] = '\0';
	row->category = text;
	if (by && product_encode_maker(row->maker, &w) < 0)
		reader_error_cell(s->r, s->path, cell->at,
				  "%s: maker \"%.80s\": give pen:32473, ieee:acde48 or random: and 32 hex digits",
				  column->name, row->maker);
	else
		check_category(s, column, cell, row->category);
}

static void set_exception(struct sheet *s, const struct column *column, const struct cell *cell,
			  struct inventory_row *row)
{
	(void)s;
	(void)column;
	row->exception = cell->text; /* zones are read later */
	row->exception_at = *cell->at;
}

static void set_until(struct sheet *s, const struct column *column, const struct cell *cell, struct inventory_row *row)
{
	row->until_at = *cell->at;
	if (!exception_parse_end(cell->text, &row->until_sec) || row->until_sec == 0)
		reader_error_cell(
			s->r, s->path, cell->at,
			"%s: \"%.80s\" is neither a day nor a time; write \"2027-01-31\" (to its end, in UTC) or "
			"\"2027-01-31T18:00:00+09:00\", and format the column as text",
			column->name, cell->text);
}

static const struct column columns[] = {
	{ "name", set_text, offsetof(struct inventory_row, name) },
	{ "key", set_key, 0 },
	{ "ueid", set_ueid, 0 },
	{ "mac", set_mac, 0 },
	{ "segment", set_segment, offsetof(struct inventory_row, segment) },
	{ "interface", set_interface, 0 },
	{ "place", set_text, offsetof(struct inventory_row, place) },
	{ "reference", set_text, offsetof(struct inventory_row, reference) },
	{ "expected", set_expected, 0 },
	{ "exception", set_exception, 0 },
	{ "until", set_until, 0 },
};

static const char *column_name(size_t i)
{
	return i < ARRAY_SIZE(columns) ? columns[i].name : NULL;
}

/* --- Rows --- */

static bool is_device(const struct inventory_row *row)
{
	return row->has_key || row->n_ueid > 0 || row->has_mac;
}

static void check_row(struct sheet *s, const struct inventory_row *row)
{
	const bool is_named = row->name[0] || row->category[0] || row->maker[0];

	if (inventory_is_household(row) && (is_device(row) || is_named))
		reader_error_cell(
			s->r, s->path, &row->interface_at,
			"interface \"%s\" in the row of a device without a MAC; add mac, if the device is there, or "
			"give the household a row of its own, with interface and segment",
			row->interface);
	else if (inventory_is_household(row) && !row->segment[0])
		reader_error_cell(s->r, s->path, &row->interface_at,
				  "interface \"%s\": the row names no segment, to which it belongs; add it",
				  row->interface);
	else if (!row->interface[0] && !is_device(row))
		reader_error_cell(
			s->r, s->path, &row->at,
			"the row does not say which device it is about; give key, ueid or mac, or interface and "
			"segment for a household");
}

static void check_exception(struct sheet *s, const struct inventory_row *row)
{
	if (row->exception[0] && (!row->has_mac || !row->interface[0]))
		reader_error_cell(
			s->r, s->path, &row->exception_at,
			"exception \"%s\": it is only for a MAC at an interface; give mac and interface (of a bridge: "
			"the port)",
			row->exception);
	else if (row->exception[0] && row->until_sec == 0)
		reader_error_cell(
			s->r, s->path, &row->exception_at,
			"exception \"%s\" has no end; give until, as \"2027-01-31\", at most %d days from now",
			row->exception, EXCEPTION_DAYS_MAX);
	else if (!row->exception[0] && row->until_sec != 0)
		reader_error_cell(
			s->r, s->path, &row->until_at,
			"until: the row has no exception that ends then; name its zone in the column exception, or "
			"remove until");
}

/* "line 7", or "line 7 of FILE". */
static const char *describe_other(const struct sheet *s, const struct inventory_row *other, char *ret, size_t size)
{
	if (other->file == s->file)
		(void)snprintf(ret, size, translated("line %u"), other->at.line);
	else
		(void)snprintf(ret, size, translated("line %u of %s"), other->at.line,
			       s->inventory->files[other->file].path);
	return ret;
}

/* Makes the row found by what one column says. */
static void index_by(struct sheet *s, const struct inventory_row *row, enum inventory_key key,
		     const struct csv_place *at)
{
	const struct inventory_row *other = NULL;
	char where[PATH_MAX];
	int r = inventory_index(s->inventory, row, key, &other);

	if (r == -ENOMEM)
		s->r->out_of_memory = true;
	if (r != -EEXIST)
		return;
	(void)describe_other(s, other, where, sizeof(where));
	if (key != INVENTORY_BY_NAME)
		reader_error_cell(s->r, s->path, at, "this device has two rows, the first is %s; remove one of them",
				  where);
	else if (row->segment[0])
		reader_error_cell(
			s->r, s->path, at,
			"the name \"%s\" occurs twice in segment \"%s\", first in %s; rename one of the devices",
			row->name, row->segment, where);
	else
		reader_error_cell(s->r, s->path, at,
				  "the name \"%s\" occurs twice, first in %s; rename one of the devices", row->name,
				  where);
}

static void index_row(struct sheet *s, const struct csv_row *cells, const struct inventory_row *row)
{
	for (int i = 0; i < cells->n; i++) {
		const char *name = cells->columns[i];

		if (strcmp(name, "key") == 0 && row->has_key)
			index_by(s, row, INVENTORY_BY_KEY, &cells->at[i]);
		else if (strcmp(name, "ueid") == 0 && row->n_ueid > 0)
			index_by(s, row, INVENTORY_BY_UEID, &cells->at[i]);
		else if (strcmp(name, "mac") == 0 && row->has_mac)
			index_by(s, row, INVENTORY_BY_MAC, &cells->at[i]);
		else if (strcmp(name, "name") == 0 && row->name[0])
			index_by(s, row, INVENTORY_BY_NAME, &cells->at[i]);
	}
}

/* Without spaces around it, which nobody sees in a spreadsheet. */
static char *trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n > 0 && strchr(" \t", text[n - 1]))
		text[--n] = '\0';
	return text;
}

static void read_cells(struct sheet *s, const struct csv_row *cells, struct inventory_row *row)
{
	for (int i = 0; i < cells->n; i++) {
		const struct cell cell = { trim(cells->cells[i]), &cells->at[i] };

		for (size_t k = 0; cell.text[0] && k < ARRAY_SIZE(columns); k++)
			if (columns[k].name == cells->columns[i])
				columns[k].set(s, &columns[k], &cell, row);
	}
}

static void read_row(const struct csv_row *cells, void *to)
{
	struct sheet *s = to;
	const unsigned before = s->r->n_errors;
	struct inventory_row row = { .name = "",
				     .segment = "",
				     .place = "",
				     .reference = "",
				     .interface = "",
				     .category = "",
				     .maker = "",
				     .exception = "",
				     .at = { .line = cells->at[0].line },
				     .file = s->file };
	const struct inventory_row *added;

	read_cells(s, cells, &row);
	if (s->r->n_errors == before)
		check_row(s, &row);
	if (s->r->n_errors == before)
		check_exception(s, &row);
	if (s->r->n_errors > before)
		return;
	if (s->inventory->n_rows == INVENTORY_ROWS_MAX) {
		reader_error_cell(s->r, s->path, &row.at,
				  "more than %d rows in all files; remove those of devices that are gone",
				  INVENTORY_ROWS_MAX);
		return;
	}
	added = inventory_add(s->inventory, &row);
	if (added)
		index_row(s, cells, added);
	else
		s->r->out_of_memory = true;
}

static void on_error(struct csv_place at, const char *text, void *to)
{
	struct sheet *s = to;

	reader_error_cell(s->r, s->path, &at, "%s", text);
}

/* --- Files --- */

/* Reading anything but a regular file could block or never end. */
static int read_text(const char *path, char **ret, struct text_fault *ret_fault)
{
	struct stat st;
	int r;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		*ret_fault = (struct text_fault){ .text = TO_TRANSLATE("is not a file; name the CSV file itself") };
		return -EINVAL;
	}
	r = text_file_read(path, ret, ret_fault);
	return r == 0 ? text_check_utf8(*ret, ret_fault) : r;
}

static void read_file(struct sheet *s, const config_setting_t *at)
{
	const struct csv_form form = {
		.what = TO_TRANSLATE("columns: name, key, ueid, mac, segment, interface, place, reference, expected, "
				     "exception, until"),
		.column = column_name,
		.read_row = read_row,
		.on_error = on_error,
		.to = s,
	};
	struct inventory_file *file = &s->inventory->files[s->file];
	struct text_fault fault = { 0 };
	int r = read_text(file->path, &file->text, &fault);

	if (r == 0)
		csv_read(file->text, &form);
	else if (fault.line > 0)
		reader_error_cell(s->r, file->path, &(struct csv_place){ .line = fault.line }, "%s",
				  translated(fault.text));
	else if (r == -ENOMEM)
		s->r->out_of_memory = true;
	else
		reader_error(s->r, at, "inventory %s: %s%s", file->path, translated(fault.text),
			     fault.is_unread ? translated("; is the name right?") : "");
}

static bool is_named_before(const struct inventory *i, size_t file)
{
	for (size_t k = 0; k < file; k++)
		if (strcmp(i->files[k].path, i->files[file].path) == 0)
			return true;
	return false;
}

static void read_files(struct reader *r, struct inventory *i, const config_setting_t *list)
{
	for (; i->n_files < reader_length(list); i->n_files++) {
		struct inventory_file *file = &i->files[i->n_files];
		struct sheet s = { r, i, file->path, (uint16_t)i->n_files };

		if (!reader_path(r, reader_element(list, i->n_files), file->path, sizeof(file->path)))
			reader_error(r, list, "\"%s\": a path has at most %zu bytes when absolute",
				     reader_element(list, i->n_files), sizeof(file->path) - 1);
		else if (is_named_before(i, i->n_files))
			reader_error(r, list, "\"%s\" occurs twice; remove one", file->path);
		else
			read_file(&s, list);
	}
}

void config_read_inventory(struct reader *r)
{
	const config_setting_t *group = reader_member(r->root, "inventory"), *list = reader_member(group, "files");
	struct inventory *i = reader_alloc(r, 1, sizeof(*i));

	r->config->inventory = i;
	if (!i || !group || !reader_keys(r, group, inventory_keys, ARRAY_SIZE(inventory_keys), i))
		return;
	if (reader_length(list) > INVENTORY_FILES_MAX) {
		reader_error(r, list, "too many files; at most %d", INVENTORY_FILES_MAX);
		return;
	}
	i->files = reader_alloc(r, reader_length(list), sizeof(*i->files));
	if (i->files)
		read_files(r, i, list);
}
