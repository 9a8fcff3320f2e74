/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an entry of the record, in one table: columns of the store, what is hashed, and what goes over the bus. Each
 * column has the name that docs/record.md tells.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum record_kind {
	RECORD_WIDE,   /* int64_t or uint64_t */
	RECORD_NUMBER, /* uint32_t */
	RECORD_TEXT,
	RECORD_BYTES, /* always as many */
};

struct record_field {
	const char *name;
	enum record_kind kind;
	uint32_t since; /* the first encoding whose hash covers it; 0: none does */
	size_t offset, size;
};

/*
 * X(column, kind, member of struct record, since), FIRST for the first of them, in the order of the table and of the hash
 * (hallmark/record.h). To add one, add a line at the end, a step in steps.c with a default of zero or "", and an encoding.
 */
#define RECORD_FIELDS(FIRST, X)                                                                                        \
	FIRST(sequence, WIDE, sequence, 1)                                                                             \
	X(time, WIDE, time_sec, 1)                                                                                     \
	X(device, BYTES, device, 1)                                                                                    \
	X(cause, NUMBER, cause, 1)                                                                                     \
	X(zone_before, TEXT, zone_before, 1)                                                                           \
	X(zone_after, TEXT, zone_after, 1)                                                                             \
	X(rule, TEXT, rule, 1)                                                                                         \
	X(reason, NUMBER, reason, 1)                                                                                   \
	X(missing, NUMBER, missing, 1)                                                                                 \
	X(scheme, TEXT, scheme, 1)                                                                                     \
	X(level, NUMBER, level, 1)                                                                                     \
	X(home_level, NUMBER, home_level, 1)                                                                           \
	X(arrangement, TEXT, arrangement, 1)                                                                           \
	X(label, TEXT, label, 1)                                                                                       \
	X(until, WIDE, until_sec, 1)                                                                                   \
	X(expiry_cause, NUMBER, expiry_cause, 1)                                                                       \
	X(inputs, BYTES, inputs, 1)                                                                                    \
	X(trust, BYTES, trust, 1)                                                                                      \
	X(previous, BYTES, previous, 1)                                                                                \
	X(hash, BYTES, hash, 0)                                                                                        \
	X(renewals, WIDE, renewals, 0)                                                                                 \
	X(renewed, WIDE, renewed_sec, 0)                                                                               \
	X(encoding, NUMBER, encoding, 0)                                                                               \
	X(ordered_by, TEXT, ordered_by, 2)                                                                             \
	X(ordered_login, TEXT, ordered_login, 2)                                                                       \
	X(ordered_role, TEXT, ordered_role, 2)                                                                         \
	X(name, TEXT, name, 3)                                                                                         \
	X(segment, TEXT, segment, 3)                                                                                   \
	X(place, TEXT, place, 3)                                                                                       \
	X(interface, TEXT, interface, 3)                                                                               \
	X(port, TEXT, port, 3)                                                                                         \
	X(mac, BYTES, mac, 3)

#define RECORD_COUNT_ONE(column, kind, member, since) +1
#define RECORD_FIELDS_N                               (0 RECORD_FIELDS(RECORD_COUNT_ONE, RECORD_COUNT_ONE))

extern const struct record_field record_fields[RECORD_FIELDS_N];
