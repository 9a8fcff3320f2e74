/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renewals: a device attests again, or speaks from another address at its place, and nothing changes but times, handles and
 * addresses. They are in force at once, in registry and kernel; the store gets them only from time to time, so that a device
 * that attests often, or from two addresses in turn, does not wear out the flash memory. Until then the store holds an
 * earlier end of the same admission, by no more than renewal_span(), and a former address.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct stored_row;
struct verdict;

/*
 * Whether `after` says what `before` says, ends no earlier, and the store has all of it but times, handles and addresses: then it need
 * not be stored, and the record needs no entry.
 */
bool renewal_is_equal(const struct verdict *before, const struct verdict *after);

/*
 * How long the store may be behind. A tenth of the lifetime, but at least an hour; and never more than half of the lifetime:
 * a device that renews when its result says so (at 50 to 70 %) finds each renewal stored.
 */
int64_t renewal_span(const struct verdict *v);

/* Whether the store is behind by that much, or was not written for so long: then a change of addresses waits no longer. */
bool renewal_is_due(const struct verdict *v, const struct stored_row *row, int64_t now_sec);

/* The verdict is as the store held it at the start. */
void renewal_loaded(struct stored_row *row, const struct verdict *v);

/* The store was given the verdict: 0, or a negative errno; then it is due when the device attests next. */
void renewal_stored(struct stored_row *row, const struct verdict *v, int result, int64_t now_sec);
