/* SPDX-License-Identifier: Apache-2.0 */
/* When something ends, and why. */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/record.h"

/* What ends a verdict first; every output names it. */
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
	EXPIRY_ORDER,    /* an operator's order */
	EXPIRY_REATTEST, /* an operator demands new evidence by then */
	_EXPIRY_MAX,
};

/* Returns a static name, as "certificate". */
const char *expiry_cause_name(enum expiry_cause cause);

#define EXPIRY_FIELDS(ONE, MANY)                                                                                       \
	ONE(END, int64_t, at_sec, 0)                                                                                   \
	/* enum expiry_cause: a cause that an appraisal finds; the core alone sets the others */                       \
	ONE(ENUM, uint64_t, cause, EXPIRY_NONE, EXPIRY_CERTIFICATE, EXPIRY_LABEL, EXPIRY_REGISTER, EXPIRY_CRL,         \
	    EXPIRY_STATUS_LIST, EXPIRY_REFERENCE)
RECORD(expiry, EXPIRY_FIELDS)

/* Keeps the earlier of the two. An end before 1970, as a certificate may have, becomes 1970. */
void expiry_bound(struct expiry *e, int64_t at_sec, enum expiry_cause cause);

/* Of a label: the earliest of its own end, that of the register that it is in, and when its status becomes stale. */
struct expiry expiry_of_label(int64_t label_sec, int64_t register_sec, int64_t status_sec);
