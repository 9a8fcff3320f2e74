/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed sets (registers, status lists, references, CRLs) replace each other as a whole, and an older set never
 * replaces a newer one. This is what is remembered of a set to compare the next one with. The sets themselves are not
 * known here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/sizes.h"

#define SET_IDENTITY_SIZE 256 /* bytes: a kind, an issuer and an address; a hash stands for a longer identity */
#define SET_PARTS_MAX     8   /* of one identity: a reference has the most */
#define SET_TIME_MIN      (-INT64_C(62167219200)) /* the year 0, the first that a time in X.509 can have */

/* The store holds these numbers. */
enum set_kind {
	SET_NONE = 0,
	SET_REGISTER,
	SET_STATUS_LIST,
	SET_REFERENCE,
	SET_CRL,
	_SET_KIND_MAX,
};

/* "register", "status-list", "reference" or "crl"; "unknown" for any other number. */
const char *set_kind_name(enum set_kind kind);

/* Which set it is and how new. It outlives the set: it is kept across a restart, to detect an older set. */
#define SET_MARK_FIELDS(ONE, MANY)                                                                                     \
	ONE(ANY, uint64_t, sequence) /* 0 where the set has none */                                                    \
	ONE(END, int64_t, issued_sec, SET_TIME_MIN)                                                                    \
	ONE(END, int64_t, until_sec, SET_TIME_MIN)                /* TIME_FOREVER where the set names no end */        \
	ONE(INT, uint32_t, kind, SET_NONE + 1, _SET_KIND_MAX - 1) /* enum set_kind */                                  \
	MANY(NAME, char, identity, [SET_IDENTITY_SIZE]) /* the gateway holds one set of each kind and identity */      \
	MANY(ANY, uint8_t, hash, [SHA256_LEN])          /* of the set's bytes; for a CRL, of its DER */                \
	MANY(ZERO, uint8_t, reserved, [4])
RECORD(set_mark, SET_MARK_FIELDS)

/*
 * Sets kind and identity: the name of the kind and the parts, in the order that the kind defines. Different lists of
 * parts have different identities. Returns 0, or -EIO when OpenSSL fails.
 */
int set_mark_identify(struct set_mark *mark, enum set_kind kind, const char *const *parts, size_t n);

/* Of two marks with the same identity. */
enum set_order {
	SET_STEP_BACK = 0, /* the next one is not newer, and is not the same */
	SET_SAME,          /* the next one is the held one, byte for byte */
	SET_ADVANCE,       /* the next one was issued later, and its sequence agrees */
};

/*
 * The sequence and the time of a register must advance together. The number of a CRL must not go back (RFC 5280 section
 * 5.2.3). The other kinds have no sequence.
 */
enum set_order set_order(const struct set_mark *held, const struct set_mark *next);
