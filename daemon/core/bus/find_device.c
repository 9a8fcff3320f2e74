/* SPDX-License-Identifier: Apache-2.0 */
/* All that a person may call a device is looked for at once, in one walk through those known. Used by methods; calls none of them. */
#include "core/bus/find_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/ueid.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "decide/verdict.h"
#include "enforce/answer.h"
#include "enforce/ruleset.h"
#include "enforce/unknown.h"
#include "hallmark/bus.h"
#include "store/record.h"
#include "token/names.h"

#define SEARCH_MIN     4  /* characters of a device id that must at least be given */
#define CANDIDATES_MAX 5  /* named where several match */
#define ROWS_MAX       16 /* of the inventory that have one name: more are told apart by their households */
#define SHORT_DIGITS   8  /* of an id that `list` shows; more where two candidates begin with the same */

struct candidate {
	char id[SHA256_HEX_SIZE];
	char text[2 * SEGMENT_NAME_SIZE + PRODUCT_TEXT_SIZE + IFNAMSIZ + MAC_TEXT_SIZE +
		  16]; /* what it is, and where */
};

struct search {
	const struct config *config;
	struct verdict *found; /* where to; the latest */
	size_t n;              /* candidates */
	struct candidate candidates[CANDIDATES_MAX];
};

static void note_candidate(const struct verdict *v, void *userdata)
{
	struct search *s = userdata;
	const struct inventory_row *row = inventory_row_of(s->config, v);
	const char *segment = inventory_segment_of(s->config, row, v), *name = row ? row->name : "";
	char product[PRODUCT_TEXT_SIZE], mac[MAC_TEXT_SIZE];
	struct candidate *c;

	*s->found = *v;
	if (s->n == CANDIDATES_MAX)
		return;
	c = &s->candidates[s->n++];
	bytes_to_hex(BYTES(v->facts.device), c->id);
	(void)product_to_text(&v->facts.product, product);
	(void)snprintf(c->text, sizeof(c->text), "%s%s%s%s%s, %s %s", name, name[0] && segment[0] ? ", " : "", segment,
		       name[0] || segment[0] ? ": " : "", product, v->interface[0] ? v->interface : "no interface",
		       mac_to_text(v->mac, mac));
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

/* --- What a text may mean --- */

struct meanings {
	struct registry_names names;
	uint8_t ueid[UEID_MAX], mac[6];
	struct in6_addr address;
	uint32_t rows[ROWS_MAX];
	bool has_more_rows; /* than there is room for */
};

/* "Kim's wall-pad", or with the household, as the journal has it: each household may have a device of that name. */
static void take_rows(const struct inventory *i, const char *text, struct meanings *m)
{
	m->names.rows = m->rows;
	for (size_t k = 0; i && k < i->n_rows && !m->has_more_rows; k++) {
		if (!record_is_called(i->rows[k].name, i->rows[k].segment, text))
			continue;
		m->has_more_rows = m->names.n_rows == ROWS_MAX;
		if (!m->has_more_rows)
			m->rows[m->names.n_rows++] = (uint32_t)k + 1;
	}
}

/* All that it may mean counts: a word that means two devices in two ways is ambiguous, and not the first of them. */
static void understand(const struct config *config, const char *text, struct meanings *m)
{
	const size_t n = strlen(text) / 2;
	const struct segment *segment = ruleset_segment(&config->ruleset, text);
	struct registry_names *names = &m->names;

	names->has_ids = strlen(text) >= SEARCH_MIN && ids_of_digits(text, names->id_least, names->id_most);
	if (n >= UEID_MIN && n <= UEID_MAX && bytes_from_hex(text, m->ueid, n))
		names->ueid = bytes_of(m->ueid, n);
	if (mac_from_text(text, m->mac))
		names->mac = m->mac;
	if (address_from_text(text, &m->address))
		names->address = &m->address;
	if (text[0])
		names->label = text;
	if (segment)
		names->segment = (uint16_t)(segment - config->ruleset.segments + 1);
	take_rows(config->inventory, text, m);
}

/* Where the kernel has neighbours with that address: many have the same link-local one. The caller frees the array. */
static struct registry_place *places_of(const struct core *c, const struct in6_addr *address, size_t *ret_n)
{
	_cleanup_free_ struct sender *neighbours = NULL;
	struct registry_place *places;
	size_t n_neighbours = 0;

	*ret_n = 0;
	if (kernel_neighbours(c->settler.kernel, &neighbours, &n_neighbours) < 0)
		return NULL;
	places = calloc(n_neighbours + 1, sizeof(*places));
	if (!places)
		return NULL;
	for (size_t i = 0; i < n_neighbours; i++) {
		struct registry_place *there = &places[*ret_n];

		if (!IN6_ARE_ADDR_EQUAL(&neighbours[i].address, address))
			continue;
		memcpy(there->interface, neighbours[i].interface, sizeof(there->interface));
		memcpy(there->mac, neighbours[i].mac, sizeof(there->mac));
		(*ret_n)++;
	}
	qsort(places, *ret_n, sizeof(*places), registry_compare_places);
	return places;
}

/* The device may have another address by now than that which it attested from. One walk, however many neighbours have it. */
static size_t search_neighbours(const struct core *c, const struct in6_addr *address, struct search *s)
{
	struct registry_names there = { 0 };
	_cleanup_free_ struct registry_place *places = places_of(c, address, &there.n_places);

	there.places = places;
	return there.n_places > 0 ?
		       registry_each_named(c->settler.registry, &there, CANDIDATES_MAX, note_candidate, s) :
		       0;
}

/* --- The answer --- */

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

static void set_ambiguous(const struct search *s, size_t n, bool has_more_rows, const char *text, sd_bus_error *error)
{
	char list[CANDIDATES_MAX * (sizeof(struct candidate) + 8) + 96] = "";
	const int digits = digits_apart(s);
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%.*s (%s)", i > 0 ? ", " : "", digits,
				       s->candidates[i].id, s->candidates[i].text);
	if (has_more_rows)
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
	struct search s = { .config = c->in_force.config, .found = room };
	uint8_t device[SHA256_LEN];
	struct meanings m = { 0 };
	size_t n;

	if (bytes_from_hex(text, device, sizeof(device)) && registry_find(registry, device, room))
		return room; /* as hallmarkctl gives it for each of many devices */
	understand(s.config, text, &m);
	n = registry_each_named(registry, &m.names, CANDIDATES_MAX, note_candidate, &s);
	if (n == 0 && m.names.address)
		n = search_neighbours(c, m.names.address, &s);
	if (n == 1 && !m.has_more_rows)
		return room;
	if (n == 0 && !m.has_more_rows)
		(void)sd_bus_error_setf(
			error, HALLMARK_BUS_NO_SUCH_DEVICE,
			"No device has the id, UEID, MAC, address, name, segment or label number \"%s\"; "
			"`hallmarkctl list` shows those known",
			text);
	else
		set_ambiguous(&s, n, m.has_more_rows, text, error);
	return NULL;
}
