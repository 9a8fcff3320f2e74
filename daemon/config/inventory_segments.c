/* SPDX-License-Identifier: Apache-2.0 */
/* Households of the inventory: rows that define one, and those of devices that name one. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "config/inventory.h"
#include "config/reader.h"
#include "enforce/ruleset.h"

static const char *path_of(const struct reader *r, const struct inventory_row *row)
{
	return r->config->inventory->files[row->file].path;
}

/* Segments by name. */
static int compare_names(const void *a, const void *b)
{
	const struct segment *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int compare_name(const void *name, const void *segment)
{
	return strcmp(name, (*(const struct segment *const *)segment)->name);
}

/* --- Rows that define one --- */

/* The segment of that name, which is made when there is none; room for it is there. */
static struct segment *segment_named(struct ruleset *ruleset, const char *name)
{
	const struct segment *there = ruleset_segment(ruleset, name);
	struct segment *segment;

	if (there)
		return &ruleset->segments[there - ruleset->segments];
	segment = &ruleset->segments[ruleset->n_segments++];
	*segment = (struct segment){ 0 };
	memcpy(segment->name, name, strlen(name) + 1);
	return segment;
}

static void add_interface(struct reader *r, const struct inventory_row *row)
{
	struct segment *segment = segment_named(&r->config->ruleset, row->segment);
	char(*more)[IFNAMSIZ] = reallocarray(segment->interfaces, segment->n_interfaces + 1, sizeof(*more));

	if (!more) {
		r->out_of_memory = true;
		return;
	}
	segment->interfaces = more;
	memset(more[segment->n_interfaces], 0, sizeof(*more));
	memcpy(more[segment->n_interfaces++], row->interface, strlen(row->interface) + 1);
}

struct network {
	const struct names *taken, *guarded, *ports;
};

static void check_interface(struct reader *r, const struct inventory_row *row, const struct network *network,
			    const struct names *ours)
{
	const char *name = row->interface, *taken = names_overlapping(network->taken, name),
		   *pattern = names_including(ours, name);

	if (ruleset_bridge(&r->config->ruleset, name))
		reader_error_cell(
			r, path_of(r, row), &row->interface_at,
			"\"%s\" of segment \"%s\" is a bridge whose ports are isolated; name its ports instead", name,
			row->segment);
	else if (!names_covering(network->guarded, name) && !names_covering(network->ports, name))
		reader_error_cell(r, path_of(r, row), &row->interface_at,
				  "interface \"%s\" of segment \"%s\" is not guarded; add it to network.guarded, or to "
				  "the ports of a bridge",
				  name, row->segment);
	else if (taken)
		reader_error_cell(r, path_of(r, row), &row->interface_at,
				  "interface \"%s\" is in a segment of the configuration already, as \"%s\"; remove it "
				  "there or here",
				  name, taken);
	else if (pattern)
		reader_error_cell(r, path_of(r, row), &row->interface_at,
				  "\"%s\" includes \"%s\" already; remove or narrow one", pattern, name);
}

static size_t count_interfaces(const struct inventory *i)
{
	size_t n = 0;

	for (size_t k = 0; k < i->n_rows; k++)
		n += inventory_is_household(&i->rows[k]);
	return n;
}

/* Sorted; a name's order tells the row among those with an interface. Repetitions are errors. */
static void collect(struct reader *r, const struct inventory_row **rows, size_t n, struct names *ret)
{
	for (size_t k = 0; k < n; k++)
		names_add(ret, rows[k]->interface, NULL);
	names_sort(ret);
	for (size_t k = 1; k < ret->n; k++) {
		const struct inventory_row *row = rows[ret->names[k].order], *first = rows[ret->names[k - 1].order];

		if (strcmp(row->interface, first->interface) == 0)
			reader_error_cell(r, path_of(r, row), &row->interface_at,
					  "interface \"%s\" occurs twice, first in line %u of %s; remove one",
					  row->interface, first->at.line, path_of(r, first));
	}
}

/* Makes room for as many segments more. */
static bool make_room(struct reader *r, size_t n)
{
	struct ruleset *ruleset = &r->config->ruleset;
	struct segment *more = reallocarray(ruleset->segments, ruleset->n_segments + n, sizeof(*more));

	if (more)
		ruleset->segments = more;
	else
		r->out_of_memory = true;
	return more != NULL;
}

static void add_rows(struct reader *r, const struct inventory_row **rows, size_t n, const struct network *network)
{
	_cleanup_(names_done) struct names ours = { 0 };

	if (!names_reserve(r, &ours, n) || !make_room(r, n))
		return;
	collect(r, rows, n, &ours);
	for (size_t k = 0; k < n; k++) {
		check_interface(r, rows[k], network, &ours);
		add_interface(r, rows[k]);
	}
}

void config_add_segments(struct reader *r, const struct names *taken, const struct names *guarded,
			 const struct names *ports)
{
	const struct inventory *i = r->config->inventory;
	const struct network network = { taken, guarded, ports };
	const size_t n = i ? count_interfaces(i) : 0;
	_cleanup_free_ const struct inventory_row **rows = reader_alloc(r, n, sizeof(struct inventory_row *));
	size_t n_rows = 0;

	if (!rows)
		return;
	for (size_t k = 0; k < i->n_rows; k++)
		if (inventory_is_household(&i->rows[k]))
			rows[n_rows++] = &i->rows[k];
	if (n > INTERFACES_MAX - r->config->ruleset.n_segments)
		reader_error_cell(r, path_of(r, rows[INTERFACES_MAX - r->config->ruleset.n_segments]),
				  &rows[INTERFACES_MAX - r->config->ruleset.n_segments]->at,
				  "too many segments; at most %d interfaces can have one", INTERFACES_MAX);
	else if (n_rows > 0)
		add_rows(r, rows, n_rows, &network);
}

/* --- Rows that name one --- */

static void report_unknown(struct reader *r, const struct inventory_row *row)
{
	struct suggestion s = { .word = row->segment };
	char hint[128];

	for (size_t i = 0; r->n_errors < CONFIG_ERRORS_MAX && i < r->config->ruleset.n_segments;
	     i++) /* or nobody reads it */
		suggestion_offer(&s, r->config->ruleset.segments[i].name);
	reader_error_cell(r, path_of(r, row), &row->segment_at,
			  "there is no segment \"%s\"; correct it, or give it a row with interface and segment%s",
			  row->segment, suggestion_text(&s, hint));
}

void config_check_inventory(struct reader *r)
{
	struct inventory *i = r->config->inventory;
	const struct ruleset *ruleset = &r->config->ruleset;
	const size_t n = ruleset->n_segments;
	_cleanup_free_ const struct segment **sorted = reader_alloc(r, n, sizeof(struct segment *));

	if (ruleset->n_guarded == 0 || !i || !sorted) /* the network was not read, which is an error already */
		return;
	for (size_t s = 0; s < n; s++)
		sorted[s] = &ruleset->segments[s];
	qsort(sorted, n, sizeof(struct segment *), compare_names);
	for (size_t k = 0; k < i->n_rows; k++) {
		struct inventory_row *row = &i->rows[k];
		const struct segment *const *in = NULL;

		if (!row->segment[0])
			continue;
		in = bsearch(row->segment, sorted, n, sizeof(struct segment *), compare_name);
		if (in)
			row->in = *in;
		else
			report_unknown(r, row);
	}
}
