/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision record, so that anyone can verify it: table `record` of the store, one row for each entry, `sequence` from 1
 * without a gap. Each row's `hash` is SHA-256 over these fields, in this order:
 *
 *   the text HALLMARK_RECORD_ENCODING_3, then the row's columns in the order of the table (sequence, time, device, cause,
 *   zone_before, zone_after, rule, reason, missing, scheme, level, home_level, arrangement, label, until,
 *   expiry_cause, inputs, trust, previous, ordered_by, ordered_login, ordered_role, name, segment, place, interface, port,
 *   mac), all but `hash` itself, `renewals` and `renewed`, which change after the entry was written, and `encoding`, which
 *   is 3.
 *
 * Earlier versions wrote less, with another text in front. Where `encoding` is 2, that is HALLMARK_RECORD_ENCODING_2, and the
 * columns from `name` on are not hashed; where it is 1, HALLMARK_RECORD_ENCODING_1, and nor are those from `ordered_by` on. They are
 * empty then: "", and six zero bytes as `mac`.
 *
 * Each field is preceded by its length in bytes, as four bytes. A number is a field of eight bytes, two's
 * complement; a text is its UTF-8 bytes; a digest is its 32 bytes, a MAC its 6. Lengths and numbers are big-endian. `previous` is the `hash`
 * of the previous entry, or of the last one that retention removed (table `record_foot`, with its sequence), or 32 zero
 * bytes when there was none.
 *
 * Rows up to the sequence of `record_foot` are entries that retention kept, not all that there were: each has its own hash, and
 * `kept` of `record_foot` is the digest, with the same length prefixes, over HALLMARK_KEPT_ENCODING and then sequence and hash
 * of each of them, by sequence; zero without any row.
 *
 * `inputs` is the digest, with the same length prefixes, over HALLMARK_INPUTS_ENCODING and then, for each row of
 * table `input` of the device, ordered by kind and position, its kind as a number and its bytes; zero without any row.
 */
#pragma once

#define HALLMARK_RECORD_ENCODING_1 "hallmark-record-1"
#define HALLMARK_RECORD_ENCODING_2 "hallmark-record-2"
#define HALLMARK_RECORD_ENCODING_3 "hallmark-record-3"
#define HALLMARK_INPUTS_ENCODING   "hallmark-inputs-1"
#define HALLMARK_KEPT_ENCODING     "hallmark-kept-1"

/* What made the gateway decide. Number and name are stable. X(number, IDENTIFIER, "name") */
#define HALLMARK_CAUSES(X)                                                                                             \
	X(1, ATTESTED, "attested")   /* the device attested */                                                         \
	X(2, MOVED, "moved")         /* the device attested from another port or MAC */                                \
	X(3, REJUDGED, "rejudged")   /* its stored inputs were judged again */                                         \
	X(4, DISPLACED, "displaced") /* another device was admitted at its port and MAC */                             \
	X(5, EXPIRED, "expired")     /* its admission ended */                                                         \
	X(6, OPERATOR, "operator")   /* an operator's order */                                                         \
	X(7, RELOAD, "reload")       /* the configuration or the trust material changed */                             \
	X(8, CLOCK, "clock")         /* real time was set */                                                           \
	X(9, UNDONE, "undone")       /* the kernel refused the previous entry: the state before it holds */

enum hallmark_cause {
	CAUSE_NONE = 0,
#define X(number, id, name) CAUSE_##id = number,
	HALLMARK_CAUSES(X)
#undef X
};
