/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: the connection and its prepared statements. Bind a statement, then run it, or fetch its rows and
 * reset it. The meaning of the rows is not known here.
 */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/protocol.h"

struct bytes;

#define LAYOUT_SIZE 64
#define HELD_MAX    (HALLMARK_CHAIN_MAX + 1 + HALLMARK_LABELS_MAX)

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	SAVE,
	RELEASE,
	UNDO,
	PUT,
	REMOVE,
	REMOVE_INPUTS,
	PUT_INPUT,
	LOAD,
	LOAD_OTHER,
	INPUTS,
	UEID_OWNER,
	TIME_FLOOR,
	RAISE_TIME_FLOOR,
	SET_TIME_FLOOR,
	HELD_SINCE,
	SET_HELD_SINCE,
	ENTRY_APPEND,
	ENTRY_RENEW,
	ENTRY_LAST,
	ENTRY_EACH,
	ENTRY_EACH_OF,
	ENTRY_BACK,
	ENTRY_BACK_OF,
	ENTRY_DEVICES,
	ENTRY_STORED,
	ENTRY_FOOT,
	ENTRY_PUT_FOOT,
	ENTRY_KEPT,
	ENTRY_REMOVE,
	ENTRY_IS_OVERDUE,
	ENTRY_REMOVE_OVERDUE,
	SET_HAS,
	SET_OF_PATH,
	SET_REMOVE_OTHERS,
	SET_PUT,
	SET_REMOVE_PATH,
	SET_EACH,
	ORDER_PUT,
	ORDER_REMOVE,
	ORDER_EACH,
	_STATEMENT_MAX,
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[_STATEMENT_MAX];
	uint64_t told_usec[_STATEMENT_MAX]; /* monotonic: when its failure was last logged; 0: never */
	char layout[LAYOUT_SIZE];
	uint8_t *held[HELD_MAX]; /* bytes that the last store_inputs() returned */
	size_t n_held;
};

/* Prepares all of them. Returns 0; -EBADMSG when a table differs from the schema; else a negative errno. */
int statement_prepare_all(struct store *s);

int statement_errno(int code);

/* The bytes must stay until the statement was run or reset. */
void statement_bind(sqlite3_stmt *statement, int position, struct bytes b);
void statement_bind_text(sqlite3_stmt *statement, int position, struct bytes text);

/* Valid until the next fetch. */
struct bytes statement_column(sqlite3_stmt *statement, int column);

/* Runs a statement that returns no rows, and resets it. Returns 0 or a negative errno (logged). */
int statement_run(struct store *s, enum statement which);
int statement_run_for_device(struct store *s, enum statement which, const uint8_t device[static SHA256_LEN]);

/* Returns 1 for a row, 0 after the last row, or a negative errno (logged). End with statement_reset(). */
int statement_fetch(struct store *s, enum statement which);
void statement_reset(struct store *s, enum statement which);

/*
 * Changes between the two calls are kept together or, when r < 0, undone together; also within store_begin(). The
 * second call returns r, or the negative errno of its own failure.
 */
int statement_save(struct store *s);
int statement_end_saved(struct store *s, int r);
