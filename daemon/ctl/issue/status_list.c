/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text → struct status_list: places and their statuses, from either file format. The list's lifetime is not set here.
 */
#include <errno.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/csv.h"
#include "base/language.h"
#include "ctl/issue/conf.h"
#include "ctl/issue/list.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"
#include "token/status.h"

#define BITS_DEFAULT  2    /* one bit cannot express "suspended", and labels name the list for years */
#define PLACE_UNKNOWN (-1) /* 0 is a valid place and a valid status */

/* One line of the file. */
struct place {
	int64_t index, status; /* PLACE_UNKNOWN until given */
	struct position at;
};

/* The content of the file before it is checked. */
struct draft {
	char issuer[ISSUER_SIZE];
	struct status_size size;
	struct place *places; /* owned */
	size_t n;
};

static void draft_done(struct draft *d)
{
	free(d->places);
}

static const struct field of_list[] = {
	{ "issuer", FIELD_TEXT, false, INTO(struct draft, issuer) },
	{ "size", FIELD_NUMBER, false, INTO(struct draft, size.size) },
	{ "bits", FIELD_NUMBER, false, INTO(struct draft, size.bits) },
};
static const struct field of_place[] = {
	{ "index", FIELD_NUMBER, true, INTO(struct place, index) },
	{ "status", FIELD_STATUS, false, INTO(struct place, status) },
};
static const struct fields list_fields = FIELDS(of_list), place_fields = FIELDS(of_place);

/* --- Places --- */

static void add_place(struct loader *l, struct draft *d, const struct place *place)
{
	if (l->n_errors == 0 && (place->index == PLACE_UNKNOWN || place->status == PLACE_UNKNOWN))
		loader_error(l, "a place in a list needs its index and its status; give both");

	struct place *more = reallocarray(d->places, d->n + 1, sizeof(*more));

	if (!more) {
		loader_error(l, "out of memory");
		return;
	}
	d->places = more;
	d->places[d->n] = *place;
	d->places[d->n++].at = l->at;
}

static struct place place_new(void)
{
	return (struct place){ .index = PLACE_UNKNOWN, .status = PLACE_UNKNOWN };
}

/* --- libconfig --- */

static void read_place(struct loader *l, const config_setting_t *group, struct draft *d)
{
	struct place place = place_new();

	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const struct field *f = field_find(&place_fields, config_setting_name(setting));

		conf_enter(l, setting);
		if (f)
			conf_read(l, f, setting, &place);
		else
			loader_error(l, "%s: a place in a list has index and status; correct or remove it",
				     config_setting_name(setting));
	}
	conf_enter(l, group);
	add_place(l, d, &place);
}

static void read_setting(struct loader *l, const config_setting_t *setting, struct draft *d)
{
	const char *name = config_setting_name(setting);
	const struct field *f = field_find(&list_fields, name);

	conf_enter(l, setting);
	if (f)
		conf_read(l, f, setting, d);
	else if (strcmp(name, "statuses") == 0 && config_setting_is_list(setting))
		for (int i = 0; i < config_setting_length(setting); i++)
			read_place(l, config_setting_get_elem(setting, (unsigned)i), d);
	else
		loader_error(
			l, "%s: a list has issuer, size, bits and statuses = ( { index = 7; status = \"revoked\"; } )",
			name);
}

static void read_conf(struct loader *l, struct draft *d)
{
	const config_setting_t *root = conf_parse(l);

	for (int i = 0; root && i < config_setting_length(root); i++)
		read_setting(l, config_setting_get_elem(root, (unsigned)i), d);
}

/* --- CSV --- */

static const char *column(size_t i)
{
	return i < place_fields.n ? place_fields.list[i].name : NULL;
}

static void read_row(struct loader *l, const struct csv_row *row, void *to)
{
	struct place place = place_new();

	for (int i = 0; i < row->n; i++) {
		rows_enter(l, row, i);
		if (row->cells[i][0] != '\0')
			field_set(l, field_find(&place_fields, row->columns[i]), row->cells[i], &place);
	}
	rows_leave(l, row);
	add_place(l, to, &place);
}

static void read_csv(struct loader *l, struct draft *d)
{
	const struct rows rows = {
		.what = TO_TRANSLATE("columns index and status"), .column = column, .read_row = read_row, .to = d
	};

	rows_read(l, &rows);
}

/* --- The list --- */

/* There is no default size: a label whose index is beyond the end of the list would have no status. */
static void set_size(struct draft *d, const struct status_size *given, const struct status_list *previous)
{
	if (given->size > 0)
		d->size.size = given->size;
	else if (d->size.size == 0 && previous)
		d->size.size = status_list_places(previous);
	if (given->bits > 0)
		d->size.bits = given->bits;
	else if (d->size.bits == 0)
		d->size.bits = previous ? previous->bits : BITS_DEFAULT;
}

static void check_size(struct loader *l, const struct draft *d)
{

	const int64_t bits = d->size.bits, size = d->size.size;

	l->at.line = 0;
	if (size == 0)
		loader_error(l,
			     "size is missing; give how many labels the list has places for, in the file or as --size");
	if (bits != 1 && bits != 2 && bits != 4 && bits != 8)
		loader_error(l, "bits = %d: give 1, 2, 4 or 8", (int)bits);
	else if (size > HALLMARK_STATUS_MAX * 8 / bits)
		loader_error(l, "size = %lld: at most %lld places of %d bits; divide the list", (long long)size,
			     (long long)(HALLMARK_STATUS_MAX * 8 / bits), (int)bits);
}

/* seen: of each index, the number of its place from 1; 0: none yet. */
static void check_place(struct loader *l, const struct draft *d, unsigned number, unsigned *seen)
{
	const struct place *place = &d->places[number - 1];
	char first[PLACE_TEXT_SIZE];

	l->at = place->at;
	if (place->index >= d->size.size)
		loader_error(l, "index %lld is beyond the list's size of %lld", (long long)place->index,
			     (long long)d->size.size);
	else if (seen[place->index])
		loader_error(l, "index %lld occurs twice, first in %s; remove one", (long long)place->index,
			     loader_place(l, &d->places[seen[place->index] - 1].at, first));
	else if (place->status >> d->size.bits != 0)
		loader_error(l, "one bit cannot say \"suspended\"; give bits = 2");
	else
		seen[place->index] = number;
}

/* A missing row would by mistake lift the revocation of a label. */
static void check_previous(struct loader *l, const struct draft *d, const struct status_list *previous,
			   const unsigned *seen)
{
	const int64_t n = status_list_places(previous);

	l->at.line = 0;
	if (l->n_errors == 0 &&
	    d->size.size + 8 / previous->bits <= n) /* the former size was rounded up to whole bytes */
		loader_error(l,
			     "size = %lld: the previous list has %lld places, which labels may use; give "
			     "--size %lld or more",
			     (long long)d->size.size, (long long)n, (long long)n);
	for (int64_t i = 0; i < n; i++) {
		const int status = status_list_get(previous, i);

		if (status == STATUS_VALID || (i < d->size.size && seen[i]))
			continue;
		loader_error(l,
			     "index %lld is %s in the previous list and has no row here: add its row, or "
			     "one with the status \"valid\" if its label is to be valid again",
			     (long long)i,
			     status == STATUS_INVALID   ? "revoked" :
			     status == STATUS_SUSPENDED ? "suspended" :
							  translated("not valid"));
	}
}

static int fill(struct loader *l, const struct draft *d, const struct status_list *previous, struct status_list *ret)
{
	const size_t each = (size_t)(8 / d->size.bits), n = ((size_t)d->size.size + each - 1) / each;
	_cleanup_free_ unsigned *seen = calloc((size_t)d->size.size, sizeof(*seen));
	_cleanup_free_ uint8_t *statuses = calloc(n, 1);

	if (!seen || !statuses)
		return -ENOMEM;
	for (unsigned i = 1; i <= d->n; i++)
		check_place(l, d, i, seen);
	if (previous)
		check_previous(l, d, previous, seen);
	if (l->n_errors > 0)
		return 0;
	for (size_t i = 0; i < d->n; i++)
		statuses[(size_t)d->places[i].index / each] |=
			(uint8_t)(d->places[i].status << (size_t)d->places[i].index % each * (size_t)d->size.bits);
	memcpy(ret->issuer, d->issuer, sizeof(ret->issuer));
	ret->bits = (uint8_t)d->size.bits;
	ret->statuses = TAKE_PTR(statuses);
	ret->n = n;
	return 0;
}

int status_load(const struct statement_source *source, const struct status_size *given,
		const struct status_list *previous, struct status_list *ret)
{
	_cleanup_(draft_done) struct draft d = { 0 };
	struct loader l = { .source = source };
	int r = 0;

	*ret = (struct status_list){ 0 };
	if (source_is_csv(source))
		read_csv(&l, &d);
	else
		read_conf(&l, &d);
	set_size(&d, given, previous);
	if (l.n_errors == 0)
		check_size(&l, &d);
	if (source->issuer)
		statement_set_issuer(&l, source->issuer, d.issuer);
	if (l.n_errors == 0)
		r = fill(&l, &d, previous, ret);

	int end = loader_end(&l);

	return r == 0 ? end : r;
}
