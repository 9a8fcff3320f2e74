/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own that goes away, in which nothing else may be left. */
#pragma once

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

static char store_folder[32];
static char store_path[64];

static inline int store_folder_make(void)
{
	(void)strcpy(store_folder, "/tmp/hallmark-store-XXXXXX");
	if (!mkdtemp(store_folder))
		return -1;
	(void)snprintf(store_path, sizeof(store_path), "%s/store", store_folder);
	return 0;
}

/* The file that another version of the tables had or has; valid until the next call. */
static inline const char *store_of_version(unsigned version)
{
	static char file[80];

	(void)snprintf(file, sizeof(file), "%s.schema-%u", store_path, version);
	return file;
}

/* Fails when there is anything beside the store, and the copies for other versions. */
static inline int store_folder_done(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char file[80];

		(void)snprintf(file, sizeof(file), "%s%s", store_path, ends[i]);
		(void)unlink(file);
	}
	for (unsigned version = 1; version <= store_version() + 1; version++)
		(void)unlink(store_of_version(version));
	return rmdir(store_folder);
}

static inline struct store *open_store(void)
{
	struct store *s = NULL;

	assert_int_equal(store_open(store_path, &s), 0);
	return s;
}

/* Runs SQL behind the store's back. */
static inline void meddle_with(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline void meddle(const char *sql)
{
	meddle_with(store_path, sql);
}

/* To version 9 of the tables. */
#define WITHOUT_NAMES                                                                                                  \
	"ALTER TABLE record DROP COLUMN name; ALTER TABLE record DROP COLUMN segment; "                                \
	"ALTER TABLE record DROP COLUMN place; ALTER TABLE record DROP COLUMN interface; "                             \
	"ALTER TABLE record DROP COLUMN port; ALTER TABLE record DROP COLUMN mac; "
