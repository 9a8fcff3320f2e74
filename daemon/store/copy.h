/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/: copies of a whole database. */
#pragma once

#include <sqlite3.h>

/* Copies all of it, as of one moment, into a new file that is complete by itself and on the disk. Returns 0 or a negative errno,
 * and then leaves no file. */
int copy_database(sqlite3 *from, const char *path);

/* Removes a database that nobody has open, with what SQLite has beside it. */
void copy_remove(const char *path);
