/* SPDX-License-Identifier: Apache-2.0 */
/* When something ends, and by what. */
#pragma once

#include <stdint.h>

/* What ends a verdict first; named in every output. */
enum expiry_cause {
	EXPIRY_NONE = 0,
	EXPIRY_CERTIFICATE,
	EXPIRY_LABEL,
	EXPIRY_REGISTER,
	EXPIRY_ARRANGEMENT,
	EXPIRY_POLICY,
	EXPIRY_CRL,
	EXPIRY_STATUS_LIST,
	EXPIRY_REFERENCE,
	EXPIRY_ORDER,    /* an operator's */
	EXPIRY_REATTEST, /* an operator wants to see new evidence until then */
	_EXPIRY_MAX,
};

/* Returns a static name, as "certificate". */
const char *expiry_cause_name(enum expiry_cause cause);

struct expiry {
	int64_t at_sec;
	enum expiry_cause cause;
};

/* Keeps the earlier of the two; what ended before 1970 (a certificate may say so) ended then. */
void expiry_bound(struct expiry *e, int64_t at_sec, enum expiry_cause cause);
