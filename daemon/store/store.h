/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must survive a power cut: for each device its verdict, where it was admitted, and the signed inputs.
 * SQLite in WAL mode. The decision record, the remembered trust sets and operators' orders are in the same file: record.h,
 * sets.h, orders.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct signed_inputs;
struct verdict;

#define STORE_FILE "verdicts.db" /* in the state directory */

struct store;

/*
 * Opens or creates the file, and brings one of an earlier schema version to this one. Returns 0; -EPROTO when it was
 * written by a later version and -EBADMSG when it is not a sound database (both logged with the remedy); else a negative
 * errno. Release with store_free().
 */
int store_open(const char *path, struct store **ret);

/* Opens a file as it is, beside the daemon that has it open or without one. Nothing can be put. Returns as store_open(). */
int store_open_to_read(const char *path, struct store **ret);
void store_free(struct store *s);

/* One transaction around many puts. A put that fails leaves the others of the transaction as they are. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s); /* nothing of it was */

/* What was committed so far survives a power cut from here on, and not only a crash. Returns 0 or a negative errno. */
int store_sync(struct store *s);

/* Replaces the device's verdict and, when inputs is given, its signed inputs. */
int store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);

int store_remove(struct store *s, const uint8_t device[static SHA256_LEN]);

/*
 * Calls on_verdict for every row. One that another build wrote gives what its columns say, if signed inputs are stored to
 * derive the rest from: `is_restored`, no check but 1, 6 and 7 is known, and the zone has a name and no number. A row that
 * cannot be read is skipped and logged. Returns how many were given.
 */
int store_load(struct store *s, void (*on_verdict)(const struct verdict *v, void *userdata), void *userdata);

/*
 * The device in a zone other than quarantine that holds this UEID, the one admitted longest when there are several.
 * Returns 0, or -ENOENT when there is none. Whether its admission still lasts is the caller's question.
 */
int store_ueid_owner(struct store *s, const uint8_t *ueid, size_t n, uint8_t ret_device[static SHA256_LEN]);

/*
 * The signed inputs of a device; they stay valid until the next call. Returns 0 or -ENOENT.
 */
int store_inputs(struct store *s, const uint8_t device[static SHA256_LEN], struct signed_inputs *ret);

/* The digest of all of them, as hallmark/record.h has it. Returns 0, or -ENOENT when there are none (then it is all zero). */
int store_inputs_digest(struct store *s, const uint8_t device[static SHA256_LEN], uint8_t ret[static SHA256_LEN]);

/* The time floor: the latest time that was ever seen (architecture: honest clock). 0 when none was kept. */
int store_time_floor(struct store *s, int64_t *ret_sec);

/* Never lowers it. */
int store_raise_time_floor(struct store *s, int64_t now_sec);

/* For a time that is known to be right: a floor from a clock that was once in the future goes. */
int store_set_time_floor(struct store *s, int64_t now_sec);

/* Since when the brake has held something without a pause; 0: it holds nothing. */
int store_held_since(struct store *s, int64_t *ret_sec);
int store_set_held_since(struct store *s, int64_t since_sec);
