/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a device by the beginning of its id, by its UEID, its MAC or its name. Used by methods; calls none of them. */
#include "core/bus/find_device.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/ueid.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"
#include "token/names.h"

#define SEARCH_MIN     4  /* characters of a device id that must at least be given */
#define CANDIDATES_MAX 5  /* named where several match */
#define ROWS_MAX       16 /* of the inventory that have one name */
#define SHORT_DIGITS   8  /* of an id that `list` shows; more where two candidates begin with the same */

struct candidate {
	char id[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE], mac[MAC_TEXT_SIZE];
	char interface[IFNAMSIZ];
};

struct search {
	struct verdict *found; /* where to; the latest */
	size_t n;
	struct candidate candidates[CANDIDATES_MAX];
};

static void note_candidate(const struct verdict *v, void *userdata)
{
	struct search *s = userdata;
	struct candidate *c = &s->candidates[s->n++];

	*s->found = *v;
	bytes_to_hex(BYTES(v->facts.device), c->id);
	(void)product_to_text(&v->facts.product, c->product);
	(void)mac_to_text(v->mac, c->mac);
	(void)snprintf(c->interface, sizeof(c->interface), "%s", v->interface);
}

bool ids_of_digits(const char *digits, uint8_t ret_least[static SHA256_LEN], uint8_t ret_most[static SHA256_LEN])
{
	char least[SHA256_HEX_SIZE], most[SHA256_HEX_SIZE];
	const size_t n = strlen(digits);

	if (n >= sizeof(least))
		return false;
	memset(least, '0', sizeof(least) - 1);
	memset(most, 'f', sizeof(most) - 1);
	least[sizeof(least) - 1] = most[sizeof(most) - 1] = '\0';
	memcpy(least, digits, n);
	memcpy(most, digits, n);
	return bytes_from_hex(least, ret_least, SHA256_LEN) && bytes_from_hex(most, ret_most, SHA256_LEN);
}

/* --- By name --- */

/* Of the devices at a MAC, that which the row names. */
struct naming {
	const struct config *config;
	const struct inventory_row *row;
	struct search *search;
	size_t n;
};

static void note_named(const struct verdict *v, void *userdata)
{
	struct naming *x = userdata;

	if (inventory_row_of(x->config, v) != x->row)
		return;
	x->n++;
	if (x->search->n < CANDIDATES_MAX)
		note_candidate(v, x->search);
}

static void search_row(const struct registry *registry, struct naming *x)
{
	struct registry_names names = { .ueid = bytes_of(x->row->ueid, x->row->n_ueid) };

	if (x->row->has_mac)
		names.mac = x->row->mac;
	if (x->row->has_key) {
		names.has_ids = true;
		memcpy(names.id_least, x->row->key, SHA256_LEN);
		memcpy(names.id_most, x->row->key, SHA256_LEN);
	}
	(void)registry_each_named(registry, &names, SIZE_MAX, note_named, x);
}

/* "Kim's wall-pad", or with the household, as the journal has it: "Kim's wall-pad, 101-1203". */
static bool is_called(const struct inventory_row *row, const char *text)
{
	const size_t n = strlen(row->name);

	return row->name[0] && strncmp(text, row->name, n) == 0 &&
	       (text[n] == '\0' || (strncmp(text + n, ", ", 2) == 0 && strcmp(text + n + 2, row->segment) == 0));
}

/*
 * Each household may have a device of that name. Of many rows only the first are looked for, since each may cost a walk through all
 * devices: the household says which one is meant.
 */
static size_t search_name(const struct registry *registry, const struct config *config, const char *text,
			  struct search *s)
{
	const struct inventory *i = config->inventory;
	struct naming x = { .config = config, .search = s };
	size_t n_rows = 0;

	for (size_t k = 0; i && k < i->n_rows && n_rows < ROWS_MAX; k++) {
		if (!is_called(&i->rows[k], text))
			continue;
		n_rows++;
		x.row = &i->rows[k];
		search_row(registry, &x);
	}
	return n_rows == ROWS_MAX ? SIZE_MAX : x.n;
}

/* --- By what it is --- */

static size_t search(const struct registry *registry, const char *text, struct search *s)
{
	const size_t n = strlen(text) / 2;
	uint8_t ueid[UEID_MAX], mac[6];
	struct registry_names names = { 0 };

	names.has_ids = strlen(text) >= SEARCH_MIN && ids_of_digits(text, names.id_least, names.id_most);
	if (n >= UEID_MIN && n <= UEID_MAX && bytes_from_hex(text, ueid, n))
		names.ueid = bytes_of(ueid, n);
	if (mac_from_text(text, mac))
		names.mac = mac;
	return registry_each_named(registry, &names, CANDIDATES_MAX, note_candidate, s);
}

/* Digits by which the candidates can be told apart. */
static int digits_apart(const struct search *s)
{
	size_t digits = SHORT_DIGITS;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i; k++)
			while (strncmp(s->candidates[i].id, s->candidates[k].id, digits) == 0 &&
			       digits < 2 * SHA256_LEN)
				digits++;
	return (int)digits;
}

static void set_ambiguous(const struct search *s, size_t n, const char *text, sd_bus_error *error)
{
	char list[CANDIDATES_MAX * (sizeof(struct candidate) + 8) + 96] = "";
	const int digits = digits_apart(s);
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct candidate *c = &s->candidates[i];

		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%.*s (%s, %s %s)", i > 0 ? ", " : "", digits,
				       c->id, c->product, c->interface[0] ? c->interface : "no interface", c->mac);
	}
	if (n == SIZE_MAX)
		(void)snprintf(list + at, sizeof(list) - at,
			       "%smany have that name; add the household: \"NAME, SEGMENT\"", at > 0 ? ", and " : "");
	else if (n > s->n)
		(void)snprintf(list + at, sizeof(list) - at, ", and %zu more", n - s->n);
	(void)sd_bus_error_setf(error, HALLMARK_BUS_AMBIGUOUS,
				TO_TRANSLATE("several devices match; give more digits of the id of one") ": \"%s\": %s",
				text, list);
}

const struct verdict *find_device(const struct core *c, const char *text, struct verdict *room, sd_bus_error *error)
{
	const struct registry *registry = c->settler.registry;
	struct search s = { .found = room };
	uint8_t device[SHA256_LEN];
	size_t n;

	if (bytes_from_hex(text, device, sizeof(device)) && registry_find(registry, device, room))
		return room; /* as hallmarkctl gives it for each of many devices */
	n = search(registry, text, &s);
	if (n == 0)
		n = search_name(registry, c->in_force.config, text, &s);
	if (n == 1)
		return room;
	if (n == 0)
		(void)sd_bus_error_setf(
			error, HALLMARK_BUS_NO_SUCH_DEVICE,
			"No device has the id, UEID, MAC or name \"%s\"; `hallmarkctl list` shows those known", text);
	else
		set_ambiguous(&s, n, text, error);
	return NULL;
}
