/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a verdict: the earliest end of its inputs, and which input that is. */
#include "appraise/expiry.h"

const char *expiry_cause_name(enum expiry_cause cause)
{
	static const char *const names[_EXPIRY_MAX] = {
		[EXPIRY_NONE] = "none",         [EXPIRY_CERTIFICATE] = "certificate", [EXPIRY_LABEL] = "label",
		[EXPIRY_REGISTER] = "register", [EXPIRY_ARRANGEMENT] = "arrangement", [EXPIRY_POLICY] = "policy",
		[EXPIRY_CRL] = "crl",           [EXPIRY_STATUS_LIST] = "status-list", [EXPIRY_REFERENCE] = "reference",
		[EXPIRY_ORDER] = "order",       [EXPIRY_REATTEST] = "reattest",
	};

	return cause < _EXPIRY_MAX ? names[cause] : "unknown";
}

void expiry_bound(struct expiry *e, int64_t at_sec, enum expiry_cause cause)
{
	if (at_sec < e->at_sec)
		*e = (struct expiry){ .at_sec = at_sec > 0 ? at_sec : 0, .cause = cause };
}

struct expiry expiry_of_label(int64_t label_sec, int64_t register_sec, int64_t status_sec)
{
	struct expiry e = { .at_sec = TIME_FOREVER };

	expiry_bound(&e, label_sec, EXPIRY_LABEL);
	expiry_bound(&e, register_sec, EXPIRY_REGISTER);
	expiry_bound(&e, status_sec, EXPIRY_STATUS_LIST);
	return e;
}
