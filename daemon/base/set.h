/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed sets (registers, status lists, references, CRLs) replace each other whole, and old never replaces new. What
 * is remembered of one to tell the next by; the sets themselves are not known here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

#define SET_IDENTITY_SIZE 256 /* bytes: a kind, an issuer and an address; what is longer is told by its hash */
#define SET_PARTS_MAX     8   /* of one identity: a reference has the most */

/* The numbers stand in the store. */
enum set_kind {
	SET_NONE = 0,
	SET_REGISTER,
	SET_STATUS_LIST,
	SET_REFERENCE,
	SET_CRL,
	_SET_KIND_MAX,
};

/* "register", "status-list", "reference" or "crl"; "unknown" for a number that is none. */
const char *set_kind_name(enum set_kind kind);

/* Which set it is and how new. It outlives the set: kept across a restart, it tells a step back. */
struct set_mark {
	enum set_kind kind;
	char identity[SET_IDENTITY_SIZE]; /* printable; of one kind and identity the gateway holds one set */
	uint64_t sequence;                /* 0 where the set has none */
	int64_t issued_sec;
	int64_t until_sec;        /* TIME_FOREVER where it does not say */
	uint8_t hash[SHA256_LEN]; /* of its bytes; a CRL's of its DER */
};

/*
 * Sets kind and identity: the kind's name and the parts, in an order that is the kind's own. No two lists of parts
 * have one identity. Returns 0, or -EIO when OpenSSL fails.
 */
int set_mark_identify(struct set_mark *mark, enum set_kind kind, const char *const *parts, size_t n);

/* Of two marks of one identity. */
enum set_order {
	SET_STEP_BACK = 0, /* the next one is as old, or older, and another */
	SET_SAME,          /* it is the held one, to the byte */
	SET_ADVANCE,       /* it was issued later, and its sequence says so too */
};

/*
 * The sequence of a register must advance together with its time; that of a CRL must not go back (RFC 5280 section
 * 5.2.3); the others have none.
 */
enum set_order set_order(const struct set_mark *held, const struct set_mark *next);
