/* SPDX-License-Identifier: Apache-2.0 */
/* Many devices in one record: a demotion of ten thousand needs some forty. */
#include "core/settle/ending.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "ipc/ipc.h"
#include "ipc/supervisor.h"

void ending_done(struct ending *e)
{
	free(e->devices);
	*e = (struct ending){ 0 };
}

static int add(struct ending *e, const uint8_t device[static SHA256_LEN])
{
	if (e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 64;
		uint8_t(*devices)[SHA256_LEN] = reallocarray(e->devices, room, SHA256_LEN);

		if (!devices)
			return -1;
		e->devices = devices;
		e->room = room;
	}
	memcpy(e->devices[e->n++], device, SHA256_LEN);
	return 0;
}

void ending_demand(struct ending *e, const uint8_t device[static SHA256_LEN])
{
	if (add(e, device) < 0)
		log_error("Out of memory: a device keeps its DTLS session until it is idle");
}

void ending_note(struct ending *e, const struct policy *policy, const char *zone_before, const struct verdict *after)
{
	if (strcmp(zone_before, policy->zones[ZONE_QUARANTINE].name) == 0 || strcmp(zone_before, after->zone) == 0 ||
	    zone_is_better(policy, after->zone, zone_before))
		return;
	ending_demand(e, after->facts.device);
}

void ending_forget(struct ending *e, unsigned edge)
{
	e->told[edge] = e->n;
}

static void tell(struct ending *e, unsigned edge, int ipc_fd)
{
	while (e->told[edge] < e->n) {
		struct ipc_record record = { .kind = IPC_END };
		const size_t left = e->n - e->told[edge], n = left < IPC_END_MAX ? left : IPC_END_MAX;

		record.end.n = (uint32_t)n;
		memcpy(record.end.devices, e->devices + e->told[edge], n * SHA256_LEN);
		if (ipc_send(ipc_fd, &record, NULL) < 0)
			return;
		e->told[edge] += n;
	}
}

void ending_send(struct ending *e, const struct supervisor *edges)
{
	const unsigned n_edges = supervisor_edges(edges);
	size_t done = e->n;

	for (unsigned i = 0; i < n_edges; i++) {
		const int ipc_fd = supervisor_ipc_fd(edges, i);

		if (ipc_fd < 0)
			ending_forget(e, i);
		else
			tell(e, i, ipc_fd);
		if (e->told[i] < done)
			done = e->told[i];
	}
	if (done == e->n) {
		ending_done(e);
		return;
	}
	if (done > 0)
		memmove(e->devices, e->devices + done, (e->n - done) * SHA256_LEN);
	e->n -= done;
	for (unsigned i = 0; i < n_edges; i++)
		e->told[i] -= done;
}
