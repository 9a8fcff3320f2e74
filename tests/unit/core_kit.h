/* SPDX-License-Identifier: Apache-2.0 */
/* What a core of the tests stands on: the configuration of pipeline.conf, a store in a folder that goes away, an event loop. */
#pragma once

#include "config/config.h"
#include "core/act/ordering.h"
#include "core/core.h"
#include "core/devices/naming.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/ending.h"
#include "core/settle/settle.h"
#include "core/tell/refusals.h"
#include "pki.h"
#include "store_kit.h"

static struct core core;

/* Adds that to a core whose other members are as the test wants them. Returns 0, or less. */
static inline int core_kit_start(void)
{
	core.settler.registry = registry_new();
	core.in_force.result_key = pki_key_new(PKI_P256);
	core.in_force.edges.n = 1;
	if (store_folder_make() < 0 || config_load("tests/unit/pipeline.conf", &core.in_force.config) < 0 ||
	    store_open(store_path, &core.settler.store) < 0 || sd_event_new(&core.event) < 0 ||
	    orders_load(core.settler.store, &core.orders) < 0)
		return -1;
	naming_begin(core.settler.registry, &core.in_force);
	core.teller.store = core.settler.store;
	core.teller.in_force = core.settler.in_force = &core.in_force;
	core.settler.teller = &core.teller;
	core.enforcement.settler = core.linkwatch.settler = &core.settler;
	core.unknowns.settler = &core.settler;
	core.linkwatch.enforcement = &core.enforcement;
	core.reviewer = (struct reviewer){ .settler = &core.settler,
					   .in_force = &core.in_force,
					   .orders = core.orders,
					   .due = &core.due,
					   .unknowns = &core.unknowns,
					   .event = core.event };
	return settle_start(&core.settler, core.event);
}

static inline int core_kit_stop(void)
{
	settle_stop(&core.settler);
	refusals_done(&core.teller.refusals);
	store_free(core.settler.store);
	registry_free(core.settler.registry);
	orders_free(core.orders);
	ending_done(&core.settler.ending);
	config_free(core.in_force.config);
	EVP_PKEY_free(core.in_force.result_key);
	sd_event_unref(core.event);
	return store_folder_done();
}
