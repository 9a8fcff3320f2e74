/* SPDX-License-Identifier: Apache-2.0 */
/* The place is as the kernel's tables have it now. Nothing is decided by it, so nobody's word is checked here. */
#include "core/act/failing.h"

#include <net/if.h>

#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/settle/settler.h"
#include "core/tell/failures.h"
#include "core/tell/teller.h"
#include "enforce/kernel.h"
#include "enforce/ruleset.h"
#include "ipc/ipc.h"

void failing_take(struct settler *settler, const struct ipc_failed *failed, uint64_t received_usec)
{
	const struct ipc_origin *origin = &failed->origin;
	struct failure one = {
		.address = origin->address,
		.ifindex = origin->ifindex,
		.udp_port = failed->port,
		.what = failed->what,
	};

	if (!failures_may_add(&settler->teller->failures, received_usec))
		return;
	if (if_indextoname(origin->ifindex, one.interface) &&
	    kernel_neighbour(settler->kernel, origin->ifindex, &origin->address, one.mac) >= 0 &&
	    ruleset_bridge(&settler->in_force->config->ruleset, one.interface))
		(void)kernel_bridge_port(settler->kernel, origin->ifindex, one.mac, one.port);
	failures_add(settler->teller, &one, received_usec);
}
