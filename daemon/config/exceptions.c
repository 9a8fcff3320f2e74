/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the inventory with an exception → places, zones and ends. */
#include "config/exceptions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "base/when.h"
#include "config/config.h"
#include "config/inventory.h"
#include "config/reader.h"
#include "decide/policy.h"
#include "enforce/ruleset.h"

#define DAY_SEC INT64_C(86400)

bool exception_parse_end(const char *text, int64_t *ret_sec)
{
	return strchr(text, '-') && when_parse_end(text, ret_sec);
}

static const char *path_of(const struct config *c, const struct inventory_row *row)
{
	return c->inventory->files[row->file].path;
}

static int compare_place(const struct exception *e, const char *interface, const uint8_t mac[static 6])
{
	const int order = strcmp(e->interface, interface);

	return order != 0 ? order : memcmp(e->mac, mac, sizeof(e->mac));
}

static int compare(const void *a, const void *b)
{
	const struct exception *other = b;

	return compare_place(a, other->interface, other->mac);
}

/* Those of one place in the order of their rows. */
static int compare_rows(const void *a, const void *b)
{
	const struct exception *x = a, *y = b;
	const int order = compare(a, b);

	return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

const struct exception *exception_at(const struct inventory *i, const char *interface, const uint8_t mac[static 6])
{
	size_t low = 0, high = i->n_exceptions;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = compare_place(&i->exceptions[middle], interface, mac);

		if (order == 0)
			return &i->exceptions[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- Places --- */

/* The bridge that has a port of that name; NULL: none. */
static const struct bridge *bridge_of(const struct ruleset *ruleset, const char *port)
{
	for (size_t b = 0; b < ruleset->n_bridges; b++)
		for (size_t p = 0; p < ruleset->bridges[b].n_ports; p++)
			if (interface_matches(ruleset->bridges[b].ports[p], port))
				return &ruleset->bridges[b];
	return NULL;
}

/* Whether a device can be where the row says; else it is reported. */
static bool check_place(struct reader *r, const struct inventory_row *row, const struct bridge *bridge)
{
	const char *name = row->interface, *file = path_of(r->config, row);
	const unsigned n_errors = r->n_errors;

	if (strchr(name, '*'))
		reader_error_cell(r, file, &row->interface_at,
				  "interface \"%s\": a device is at one interface or port; name it, without '*'", name);
	else if (ruleset_bridge(&r->config->ruleset, name))
		reader_error_cell(
			r, file, &row->interface_at,
			"\"%s\" is a bridge whose ports are isolated; name the port behind which the device is", name);
	else if (!bridge && !ruleset_guards(&r->config->ruleset, name))
		reader_error_cell(
			r, file, &row->interface_at,
			"interface \"%s\" of this device is not guarded; add it to network.guarded, or to the ports "
			"of a bridge",
			name);
	return r->n_errors == n_errors;
}

/* --- Zones --- */

static bool read_zone(struct reader *r, const struct inventory_row *row, uint8_t *ret)
{
	const struct policy *policy = &r->config->policy;
	const int zone = zone_by_name(policy, row->exception);
	struct suggestion s = { .word = row->exception };
	const unsigned n_errors = r->n_errors;
	char hint[128];

	for (int z = ZONE_QUARANTINE + 1; zone < 0 && z < policy->n_zones; z++)
		suggestion_offer(&s, policy->zones[z].name);
	if (zone < 0)
		reader_error_cell(r, path_of(r->config, row), &row->exception_at,
				  "exception: there is no zone \"%s\"; declare it under zones%s", row->exception,
				  suggestion_text(&s, hint));
	else if (zone == ZONE_QUARANTINE)
		reader_error_cell(
			r, path_of(r->config, row), &row->exception_at,
			"exception: a device without a verdict is in %s anyway; name a better zone, or remove the "
			"exception",
			row->exception);
	else if (r->config->ruleset.binding == BINDING_IP)
		reader_error_cell(
			r, path_of(r->config, row), &row->exception_at,
			"exception: with network.binding = \"ip\" nothing of it would pass, because the device has "
			"proved no address; remove it, or write binding = \"mac\"");
	*ret = (uint8_t)zone;
	return r->n_errors == n_errors;
}

/* --- All of them --- */

static void add(struct reader *r, uint32_t number)
{
	struct inventory *i = r->config->inventory;
	const struct inventory_row *row = &i->rows[number];
	const struct bridge *bridge = bridge_of(&r->config->ruleset, row->interface);
	struct exception e = { .until_sec = row->until_sec, .row = number };

	if (!check_place(r, row, bridge) || !row->exception[0] || !read_zone(r, row, &e.zone))
		return;
	(void)snprintf(e.interface, sizeof(e.interface), "%s", bridge ? bridge->name : row->interface);
	(void)snprintf(e.port, sizeof(e.port), "%s", bridge ? row->interface : "");
	memcpy(e.mac, row->mac, sizeof(e.mac));
	i->exceptions[i->n_exceptions++] = e;
}

/* At one place. */
static void check_unique(struct reader *r, const struct inventory *i)
{
	for (size_t k = 1; k < i->n_exceptions; k++) {
		const struct inventory_row *row = &i->rows[i->exceptions[k].row];
		const struct inventory_row *first = &i->rows[i->exceptions[k - 1].row];

		if (compare(&i->exceptions[k - 1], &i->exceptions[k]) == 0)
			reader_error_cell(
				r, path_of(r->config, row), &row->exception_at,
				"a second exception for this MAC there, the first is in line %u of %s; remove one",
				first->at.line, path_of(r->config, first));
	}
}

static size_t count(const struct inventory *i)
{
	size_t n = 0;

	for (size_t k = 0; k < i->n_rows; k++)
		n += i->rows[k].exception[0] != '\0';
	return n;
}

void config_read_exceptions(struct reader *r)
{
	struct inventory *i = r->config->inventory;
	const size_t n = i ? count(i) : 0;

	if (!i || r->config->ruleset.n_guarded == 0 ||
	    r->config->policy.n_zones == 0) /* what was not read is an error already */
		return;
	i->exceptions = reader_alloc(r, n, sizeof(*i->exceptions));
	for (uint32_t k = 0; k < i->n_rows && (n == 0 || i->exceptions); k++)
		if (i->rows[k].has_mac && i->rows[k].interface[0])
			add(r, k);
	if (i->n_exceptions > 0)
		qsort(i->exceptions, i->n_exceptions, sizeof(*i->exceptions), compare_rows);
	check_unique(r, i);
	if (i->n_exceptions > r->config->ruleset.set_size)
		reader_error_cell(r, path_of(r->config, &i->rows[i->exceptions[0].row]),
				  &(struct csv_place){ .line = 1 },
				  "%zu exceptions, and network.set-size = %u; raise it above the number of all devices",
				  i->n_exceptions, r->config->ruleset.set_size);
}

int exceptions_check_ends(const struct config *c, int64_t now_sec)
{
	const struct inventory *i = c->inventory;
	unsigned n_errors = 0;
	char latest[32];

	for (size_t k = 0; k < i->n_exceptions && n_errors < CONFIG_ERRORS_MAX; k++) {
		const struct inventory_row *row = &i->rows[i->exceptions[k].row];

		if (row->until_sec <= now_sec + EXCEPTION_DAYS_MAX * DAY_SEC)
			continue;
		n_errors++;
		log_error(
			"%s:%u:%u: until: an exception ends within %d days, by %s; give an earlier end, and a new one "
			"then",
			path_of(c, row), row->until_at.line, row->until_at.column, EXCEPTION_DAYS_MAX,
			time_to_text(now_sec + EXCEPTION_DAYS_MAX * DAY_SEC, latest));
	}
	return n_errors > 0 ? -EINVAL : 0;
}
