/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: the members of a verdict that have columns of their own. These are an admission without its facts.
 * They mean the same to every build of this schema version, whatever the layout of struct verdict.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"
#include "hallmark/check.h"

struct verdict;

/*
 * ONE(column, kind, member) and MANY(column, member, number of them), in the order in which they are bound. To add one,
 * add a line here and one in a step of steps.c: rows without it stay valid, and their member is zero. Its place is not in `sum`
 * but in a sum of its own: an earlier version that goes on with the row (store/earlier.h) sums up what it knows.
 */
#define ADMISSION_COLUMNS(ONE, MANY)                                                                                   \
	ONE(device, BYTES, facts.device)                                                                               \
	MANY(ueid, facts.ueid, facts.n_ueid)                                                                           \
	ONE(zone, TEXT, zone)                                                                                          \
	ONE(until, WIDE, decision.expiry.at_sec)                                                                       \
	ONE(expires_first, CAUSE, decision.expiry.cause)                                                               \
	ONE(decided, WIDE, decision.decided_sec)                                                                       \
	ONE(reason, REASON, decision.reason)                                                                           \
	ONE(interface, TEXT, interface)                                                                                \
	ONE(port, TEXT, port)                                                                                          \
	ONE(mac, BYTES, mac)                                                                                           \
	ONE(address, TEXT, address)                                                                                    \
	ONE(address4, BYTES, address4)                                                                                 \
	ONE(address6, BYTES, address6)                                                                                 \
	ONE(renewals, WIDE, renewals)                                                                                  \
	ONE(attested, WIDE, attested_sec)                                                                              \
	ONE(provisional, FLAG, is_provisional)                                                                         \
	ONE(boot, BYTES, boot)                                                                                         \
	ONE(monitored_until, WIDE, monitored_until_sec)                                                                \
	ONE(reattest_by, WIDE, reattest.by_sec)                                                                        \
	ONE(reattest_boot, BYTES, reattest.boot)                                                                       \
	ONE(ended, REASON, ended)                                                                                      \
	ONE(unstored, FLAG, is_unstored)                                                                               \
	ONE(possession, CHECK, facts.checks[CHECK_POSSESSION])                                                         \
	ONE(freshness, CHECK, facts.checks[CHECK_FRESHNESS])                                                           \
	ONE(same_device, CHECK, facts.checks[CHECK_SAME_DEVICE])                                                       \
	ONE(place, CHECK, facts.checks[CHECK_PLACE])                                                                   \
	MANY(handles, facts.handles, facts.n_handles)                                                                  \
	MANY(result, ear, n_ear)

/* Binds the sum of the columns, then all columns. The verdict and the sum must stay until the statement was run. */
int admission_bind(sqlite3_stmt *put, int first, const struct verdict *v, uint8_t sum[static SHA256_LEN]);

/*
 * The same, read from a row; the rest of *ret is zero. Returns false when the row has no such columns, they are
 * damaged, or one has an unknown name.
 */
bool admission_read(sqlite3_stmt *row, int first, struct verdict *ret);
