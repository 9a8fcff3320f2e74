/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a restore writes: two folders, and no place outside of them, whatever links are in them. Each file is staged first, as
 * NAME.restore; when all are, they take their places.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "ctl/backup/archive.h"

struct target {
	char etc[PATH_MAX], state[PATH_MAX];
	bool keeps_owner; /* root gives each file to the user who had it */
};

/* All return 0 or a negative errno (logged), if not said otherwise. A name is one of contents.h. */
int target_stage(const struct target *t, const struct archive_member *m);

/* What is in its place, and is not the same, becomes NAME.before-restore. */
int target_keep(const struct target *t, const struct archive_member *m);

/* Puts a staged file into its place. */
int target_install(const struct target *t, const struct archive_member *m);

/* Removes a staged file and what is beside it, if there is one; no error. */
void target_unstage(const struct target *t, const char *name);

/* Whether another file is in its place; a store with a WAL is another one. */
bool target_has_other(const struct target *t, const struct archive_member *m);

/* Whether target_keep() would replace what an earlier restore kept. */
bool target_loses_kept(const struct target *t, const struct archive_member *m);

/* Where a file is, or with an ending. Returns ret, or "" when it does not fit. */
const char *target_path(const struct target *t, const char *name, const char *ending, char ret[static PATH_MAX]);

#define TARGET_STAGED ".restore"
#define TARGET_KEPT   ".before-restore"
