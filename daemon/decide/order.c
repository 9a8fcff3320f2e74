/* SPDX-License-Identifier: Apache-2.0 */
/* Only this file knows what each kind of order means. */
#include "decide/order.h"

#include <string.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/check_result.h"
#include "decide/check_place.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"

const char *order_kind_name(enum order_kind kind)
{
	static const char *const names[_ORDER_MAX] = {
		[ORDER_NONE] = "none",
		[ORDER_QUARANTINE] = "quarantine",
		[ORDER_ALLOW] = "allow",
		[ORDER_MONITOR] = "monitor",
	};

	return (unsigned)kind < _ORDER_MAX ? names[kind] : names[ORDER_NONE];
}

static bool text_is_sound(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	return n < size && bytes_are_text(bytes_of(text, n));
}

bool order_is_sound(const struct order *o)
{
	bool is_exception = o->kind == ORDER_ALLOW || o->kind == ORDER_MONITOR;

	if (!text_is_sound(o->zone, sizeof(o->zone)) || !text_is_sound(o->reason, sizeof(o->reason)))
		return false;
	if ((o->zone[0] != '\0') != (o->kind == ORDER_ALLOW))
		return false;
	if (o->kind == ORDER_QUARANTINE && o->until_sec == 0)
		return true;
	return (is_exception || o->kind == ORDER_QUARANTINE) && o->until_sec > o->since_sec &&
	       (!is_exception || (o->reason[0] != '\0' && o->until_sec - o->since_sec <= ORDER_MAX_SEC));
}

bool order_is_running(const struct order *o, int64_t now_sec)
{
	return o->until_sec == 0 || now_sec < o->until_sec;
}

enum hallmark_reason order_refusal(const struct order *o, const struct policy *policy, const struct facts *facts)
{
	const struct check_result *checks = facts->checks;

	if (zone_by_name(policy, o->zone) <= ZONE_QUARANTINE)
		return REASON_NO_RULE;
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if ((ORDER_NEEDS & CHECK_BIT(i)) && checks[i].state != CHECK_PASSED)
			return check_why_not(&checks[i]);
	if (checks[CHECK_DEVICE_REVOCATION].state == CHECK_FAILED &&
	    checks[CHECK_DEVICE_REVOCATION].reason == REASON_DEVICE_REVOKED)
		return REASON_DEVICE_REVOKED;
	if (place_is_elsewhere(&checks[CHECK_PLACE]))
		return check_why_not(&checks[CHECK_PLACE]);
	if (checks[CHECK_SAME_DEVICE].state == CHECK_FAILED && checks[CHECK_SAME_DEVICE].reason == REASON_UEID_TAKEN)
		return REASON_UEID_TAKEN;
	return REASON_ADMITTED;
}

static void set_zone(const struct policy *policy, uint8_t zone, struct verdict *v)
{
	v->decision.zone = zone;
	memcpy(v->zone, policy->zones[zone].name, sizeof(v->zone));
}

/*
 * No rule decided and no label counts, so the decision must not look like a certification. The missing checks stay
 * visible.
 */
static void take_credit(struct decision *d, enum hallmark_reason reason)
{
	d->reason = reason;
	d->rule = -1;
	d->label = -1;
	d->home_level = 0;
	memset(d->arrangement, 0, sizeof(d->arrangement));
}

static void quarantine(const struct policy *policy, int64_t now_sec, struct verdict *v)
{
	set_zone(policy, ZONE_QUARANTINE, v);
	take_credit(&v->decision, REASON_OPERATOR_QUARANTINE);
	v->decision.expiry = (struct expiry){ .at_sec = now_sec };
	v->decision.decided_sec = now_sec;
}

static void allow(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v)
{
	int zone = zone_by_name(policy, o->zone);

	if (order_refusal(o, policy, &v->facts) != REASON_ADMITTED || v->interface[0] == '\0' ||
	    v->decision.reason == REASON_DISPLACED) /* it must attest from where it is now */
		return;
	set_zone(policy, (uint8_t)zone, v);
	take_credit(&v->decision, REASON_OPERATOR_ALLOWED);
	v->decision.expiry = (struct expiry){ .at_sec = o->until_sec, .cause = EXPIRY_ORDER };
	v->decision.decided_sec = now_sec;
}

void order_lay_over(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v)
{
	v->monitored_until_sec = 0;
	if (!o || !order_is_running(o, now_sec))
		return;
	switch (o->kind) {
	case ORDER_QUARANTINE:
		quarantine(policy, now_sec, v);
		break;
	case ORDER_ALLOW:
		allow(o, policy, now_sec, v);
		break;
	case ORDER_MONITOR:
		if (v->interface[0] != '\0' && v->decision.reason != REASON_DISPLACED &&
		    !place_is_elsewhere(&v->facts.checks[CHECK_PLACE]))
			v->monitored_until_sec = o->until_sec;
		break;
	case ORDER_NONE:
	case _ORDER_MAX:
		break;
	}
}
