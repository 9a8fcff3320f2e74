/* SPDX-License-Identifier: Apache-2.0 */
/* Like an order: first the disk, then the kernel, then the reports. */
#include "core/act/reattest.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-id128.h>

#include "base/journal.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/settle.h"
#include "core/settle/settler.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "hallmark/journal.h"

static int refuse(const struct orders *orders, const struct verdict *v, int64_t now_sec)
{
	const struct order *order = v ? orders_find(orders, v->facts.device) : NULL;

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

int reattest_demand(struct settler *settler, const struct orders *orders, const uint8_t device[static SHA256_LEN],
		    uint32_t seconds, const struct orderer *by, struct demanded *ret)
{
	int64_t now_sec = admissions_now(settler);
	struct verdict before;
	const struct verdict *v = registry_find(settler->registry, device, &before);
	int r = refuse(orders, v, now_sec);

	if (r < 0)
		return r;

	struct settlement x = {
		.before = &before, .after = &ret->after, .by = by, .is_demand = true, .is_final = true, .is_told = true
	};
	struct settling s = { 0 };

	memcpy(x.zone_before, before.zone, sizeof(x.zone_before));
	*ret = (struct demanded){ .former_until_sec = before.decision.expiry.at_sec, .after = before };
	demand(&ret->after, now_sec + seconds);
	settle_begin(&s, settler, now_sec);
	r = settle_put_ordered(&s, &x, &ret->after, NULL, "reattest");
	if (r == 0)
		ret->is_in_kernel = settle_end(&s) == 0;
	settle_done(&s);
	ret->record = x.record;
	return r == 0 ? 0 :
			journal_errno(r, HALLMARK_MESSAGE_STORE,
				      "Cannot store a demand for evidence; it is not in force");
}
