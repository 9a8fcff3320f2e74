/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict says, in the words that journal, record and bus share. */
#include "decide/verdict.h"

#include <string.h>

#include "base/check.h"
#include "decide/policy.h"

const struct label_facts *verdict_label(const struct verdict *v)
{
	int i = v->decision.label;

	return i >= 0 && i < v->facts.n_labels ? &v->facts.labels[i] : NULL;
}

const char *verdict_rule(const struct verdict *v, const struct policy *policy)
{
	int i = v->decision.rule;

	if (v->decision.reason == REASON_OPERATOR_QUARANTINE)
		return "order: quarantine";
	if (v->decision.reason == REASON_OPERATOR_ALLOWED)
		return "order: allow";
	if (v->is_restored && v->decision.zone != ZONE_QUARANTINE)
		return "restored";
	return i >= 0 && i < policy->n_rules ? policy->rules[i].name : "quarantine";
}

const char *verdict_chain(const struct verdict *v)
{
	const struct check_result *chain = &v->facts.checks[CHECK_CHAIN];

	if (chain->state != CHECK_PASSED)
		return v->is_restored ? reason_name(REASON_RESTORED) : reason_name(chain->reason);
	return v->facts.anchor[0] ? v->facts.anchor : "label";
}

enum hallmark_reason verdict_held_back(const struct verdict *v, const struct policy *policy)
{
	const struct decision *d = &v->decision;

	for (int i = d->n_refusals - 1; d->zone != ZONE_QUARANTINE && i >= 0; i--)
		if (i < policy->n_rules && policy->rules[i].zone != d->zone)
			return d->refusals[i].reason;
	return REASON_ADMITTED;
}

bool verdict_is_proved(const struct verdict *v)
{
	return v->facts.checks[CHECK_SAME_DEVICE].state == CHECK_PASSED &&
	       (v->is_restored || v->facts.checks[CHECK_CHAIN].state == CHECK_PASSED);
}

uint8_t verdict_zone(const struct verdict *v, int64_t now_sec)
{
	return now_sec < v->decision.expiry.at_sec ? v->decision.zone : ZONE_QUARANTINE;
}

void verdict_end(struct verdict *v, const struct policy *policy, int64_t now_sec)
{
	v->decision.zone = ZONE_QUARANTINE;
	memcpy(v->zone, policy->zones[ZONE_QUARANTINE].name, sizeof(v->zone));
	v->decision.reason = REASON_EXPIRED;
	v->decision.missing = 0;
	v->decision.rule = -1;
	v->decision.n_refusals = 0;
	v->reattest.by_sec = 0; /* after this it must attest anyway */
	if (v->decision.expiry.at_sec > now_sec)
		v->decision.expiry.at_sec = now_sec;
}

const char *place_at(const struct verdict *v)
{
	return v->port[0] ? v->port : v->interface;
}

bool place_is_same(const struct verdict *a, const struct verdict *b)
{
	return strcmp(a->interface, b->interface) == 0 && strcmp(a->port, b->port) == 0 &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

bool place_has_same_addresses(const struct verdict *a, const struct verdict *b)
{
	return a->address4.s_addr == b->address4.s_addr && IN6_ARE_ADDR_EQUAL(&a->address6, &b->address6);
}

void place_copy(struct verdict *to, const struct verdict *from)
{
	memcpy(to->interface, from->interface, sizeof(to->interface));
	memcpy(to->port, from->port, sizeof(to->port));
	memcpy(to->mac, from->mac, sizeof(to->mac));
	to->address4 = from->address4;
	to->address6 = from->address6;
	to->former = from->former;
}
