/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a device by the beginning of its id, by its UEID or its MAC. Used by methods; calls none of them. */
#include "core/bus/find_device.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "core/devices/registry.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"

#define SEARCH_MIN 4 /* characters of a device id that must at least be given */

struct search {
	const char *text;
	struct verdict *found; /* where to */
	unsigned n;
};

static void search_one(const struct verdict *v, void *userdata)
{
	struct search *s = userdata;
	char device[SHA256_HEX_SIZE], ueid[2 * UEID_MAX + 1], mac[MAC_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	(void)mac_to_text(v->mac, mac);
	if (strncasecmp(device, s->text, strlen(s->text)) != 0 && strcasecmp(ueid, s->text) != 0 &&
	    strcasecmp(mac, s->text) != 0)
		return;
	*s->found = *v;
	s->n++;
}

const struct verdict *find_device(const struct registry *registry, const char *text, struct verdict *room,
				  sd_bus_error *error)
{
	struct search s = { .text = text, .found = room };
	uint8_t device[SHA256_LEN];

	if (bytes_from_hex(text, device, sizeof(device)) && registry_find(registry, device, room))
		return room; /* as hallmarkctl gives it for each of many devices */
	if (strlen(text) >= SEARCH_MIN)
		registry_each(registry, search_one, &s);
	if (s.n == 1)
		return room;
	if (s.n == 0)
		(void)sd_bus_error_setf(
			error, HALLMARK_BUS_NO_SUCH_DEVICE,
			"No device has the id, UEID or MAC \"%s\"; `hallmarkctl list` shows those known", text);
	else
		(void)sd_bus_error_setf(
			error, HALLMARK_BUS_AMBIGUOUS,
			"%u devices match \"%s\"; give more digits of the id that `hallmarkctl list` shows", s.n, text);
	return NULL;
}
