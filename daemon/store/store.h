/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must survive a power cut: for each device its verdict, its place, and the signed inputs. SQLite in WAL mode. The
 * decision record, the remembered trust sets and operators' orders are in the same file: record.h, sets.h, orders.h.
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
 * Opens or creates the file, and converts an earlier schema version to this one; before that, a copy is kept beside it. Where
 * a later version wrote it, the copy that it kept becomes the store, with the rows of the later file (store/earlier.h). Returns 0; -EPROTO
 * when there is no such copy and -EBADMSG when it is not a database of ours (both logged with the remedy); else a
 * negative errno. Release with store_free().
 */
int store_open(const char *path, struct store **ret);

/* The same for a file that is itself a copy: nothing is kept beside it, and nothing taken from there. */
int store_open_staged(const char *path, struct store **ret);

/* What store_open() would do. */
struct store_outlook {
	unsigned version;      /* of the file; 0: there is none, and it is made */
	unsigned earlier;      /* of the copy that is taken, when the file is of a later version; else 0 */
	uint64_t needed, free; /* bytes, when it is of another version */
};

/*
 * Looks at the file without a change, also while a daemon has it open. Returns 0 when store_open() will do; else a negative
 * errno, as store_open() (logged).
 */
int store_examine(const char *path, struct store_outlook *ret);

/*
 * Whether the file is intact. This reads all of it: a start does so when the kernel has the admissions, each of which has a digest of
 * its own. Returns 0; -EBADMSG when it is not (logged with the remedy); else a negative errno.
 */
int store_check(struct store *s);

/* Opens an existing file only to read, also while the daemon has it open, and checks it. Returns as both. */
int store_open_to_read(const char *path, struct store **ret);
void store_free(struct store *s);

/*
 * Copies all of it, as of one moment, into a new file that is complete by itself; also while the daemon writes. Returns 0 or a negative
 * errno (logged), and then leaves no file.
 */
int store_copy(struct store *s, const char *path);

/* The version of the tables that this build writes. */
unsigned store_version(void);

/* One transaction around many puts. When one put fails, the others of the transaction stay. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s); /* undoes the whole transaction */

/* After this, what was committed survives a power cut, not only a crash. Returns 0 or a negative errno. */
int store_sync(struct store *s);

/* Replaces the device's verdict and, when inputs is given, its signed inputs. */
int store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);

int store_remove(struct store *s, const uint8_t device[static SHA256_LEN]);

/*
 * Calls on_verdict for every row. For a row of another build it gives what the columns say, if signed inputs to derive
 * the rest are stored: it has `is_restored`, only checks 1, 6, 7 and 17 are known, and the zone has a name but no number. A
 * row that cannot be read is skipped and logged. Returns how many were given.
 */
int store_load(struct store *s, void (*on_verdict)(const struct verdict *v, void *userdata), void *userdata);

/*
 * The device in a zone other than quarantine with this UEID; of several, the one admitted longest. Returns 0, or
 * -ENOENT when there is none. The caller checks whether its admission is still in force.
 */
int store_ueid_owner(struct store *s, const uint8_t *ueid, size_t n, uint8_t ret_device[static SHA256_LEN]);

/* The signed inputs of a device; valid until the next call. Returns 0 or -ENOENT. */
int store_inputs(struct store *s, const uint8_t device[static SHA256_LEN], struct signed_inputs *ret);

/*
 * The digest of all of them, as defined in hallmark/record.h. Returns 0, or -ENOENT when there are none (then it is all
 * zero).
 */
int store_inputs_digest(struct store *s, const uint8_t device[static SHA256_LEN], uint8_t ret[static SHA256_LEN]);

/* The time floor: the latest time that was ever seen (base/timekeeper.h). 0 when none is stored. */
int store_time_floor(struct store *s, int64_t *ret_sec);

/* Never lowers it. */
int store_raise_time_floor(struct store *s, int64_t now_sec);

/* For a time that is known to be right: also lowers a floor that a wrong clock set in the future. */
int store_set_time_floor(struct store *s, int64_t now_sec);

/* Since when the brake has held changes without a break; 0: it holds nothing. */
int store_held_since(struct store *s, int64_t *ret_sec);
int store_set_held_since(struct store *s, int64_t since_sec);
