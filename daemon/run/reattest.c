/* SPDX-License-Identifier: Apache-2.0 */
/* As an order: first the disk, then the kernel, then all who are told. */
#include "run/reattest.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-id128.h>

#include "base/journal.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "run/admissions.h"
#include "run/journal.h"
#include "run/ledger.h"
#include "run/orders.h"
#include "run/turn.h"
#include "run/wave.h"

static int refuse(const struct core *c, const struct verdict *v, int64_t now_sec)
{
	const struct order *order = v ? orders_find(c->orders, v->facts.device) : NULL;

	if (!v)
		return -ENODEV;
	if (order && order->kind != ORDER_MONITOR && order_is_running(order, now_sec))
		return -EPERM;
	return verdict_zone(v, now_sec) == ZONE_QUARANTINE ? -ENODATA : 0;
}

static void demand(struct verdict *v, int64_t by_sec)
{
	sd_id128_t boot;

	if (v->reattest.by_sec && v->reattest.by_sec < by_sec)
		return;
	(void)sd_id128_get_boot(&boot);
	memcpy(v->reattest.boot, boot.bytes, sizeof(v->reattest.boot));
	v->reattest.by_sec = by_sec;
	expiry_bound(&v->decision.expiry, by_sec, EXPIRY_REATTEST);
}

/* One transaction, and on the disk when it returns. */
static int write_demand(struct core *c, struct demanded *d)
{
	struct store *s = c->store;
	int r;

	turn_commit(c->turn);
	r = store_begin(s);
	if (r < 0)
		return r;
	r = store_put(s, &d->after, NULL);
	if (r == 0)
		r = ledger_append_order(c, &d->after, d->after.zone, "reattest", &d->record);
	if (r == 0)
		r = store_commit(s);
	else
		store_rollback(s);
	if (r == 0 && store_sync(s) < 0)
		journal_event(
			LOG_ERR, HALLMARK_MESSAGE_STORE,
			"The store could not bring a demand for evidence from its log to its place; it is tried again");
	return r;
}

int reattest_demand(struct core *c, const uint8_t device[static SHA256_LEN], uint32_t seconds, struct demanded *ret)
{
	int64_t now_sec = admissions_now(c);
	const struct verdict *v = registry_find(c->registry, device);
	int r = refuse(c, v, now_sec);

	if (r < 0)
		return r;
	*ret = (struct demanded){ .former_until_sec = v->decision.expiry.at_sec, .after = *v };
	demand(&ret->after, now_sec + seconds);
	r = write_demand(c, ret);
	if (r < 0)
		return journal_errno(r, HALLMARK_MESSAGE_STORE,
				     "The store did not take a demand for evidence; it is not in force");
	if (registry_put(c->registry, &ret->after) < 0)
		log_error("Out of memory: a verdict is not remembered; its device must attest again");
	ret->is_in_kernel = admissions_apply(c, &ret->after) == 0;
	ending_demand(c, device);
	ending_send(c, c->supervisor ? supervisor_ipc_fd(c->supervisor) : -1);
	if (!ret->is_in_kernel) /* logged; the zone is what it was, and an end that is to come is told when it comes */
		return 0;
	wave_tell(c, &(struct journal_decision){ .config = c->config,
						 .verdict = &ret->after,
						 .zone_before = ret->after.zone,
						 .record = ret->record });
	return 0;
}
