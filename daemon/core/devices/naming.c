/* SPDX-License-Identifier: Apache-2.0 */
#include "core/devices/naming.h"

#include "config/config.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"

static void name(const struct verdict *v, void *userdata, struct registry_naming *ret)
{
	const struct in_force *in_force = userdata;
	const struct config *config = in_force->config;
	const struct inventory_row *row = inventory_row_of(config, v);
	const struct segment *segment = inventory_segment(config, row, v);

	if (row)
		ret->row = (uint32_t)(row - config->inventory->rows) + 1;
	if (segment)
		ret->segment = (uint16_t)(segment - config->ruleset.segments + 1);
}

void naming_begin(struct registry *r, struct in_force *in_force)
{
	registry_name_by(r, name, in_force);
}
