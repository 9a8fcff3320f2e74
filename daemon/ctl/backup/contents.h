/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a gateway by their names in a backup: "etc/…" is in the folder of the configuration, "state/…" in that of the store.
 */
#pragma once

#include <stddef.h>

#include "ctl/backup/archive.h"

struct config;
struct stat;

#define BACKUP_ETC   "etc/"
#define BACKUP_STATE "state/"
#define BACKUP_STORE BACKUP_STATE "verdicts.db"
#define BACKUP_KEYS  "keys.cms" /* an archive of its own, encrypted */

struct contents {
	struct archive_member *members; /* owned */
	size_t n, room;
};

void contents_done(struct contents *c);

/* Takes over the member's content, unless it is borrowed; contents_done() wipes and frees it. Returns 0 or -ENOMEM. */
int contents_add(struct contents *c, const struct archive_member *m);
void contents_sort(struct contents *c);

/* Mode, time, and the names of owner and group. */
void contents_note(struct archive_member *m, const struct stat *st);

/*
 * Reads what the configuration names, but the store; and notify.conf beside it, if there is one, with what that names. What belongs to no other reader
 * (private keys, also within another file; secrets of notify.conf, and this if not everybody may read it) goes to ret_secret; NULL: it is left out. Files outside of the two folders, and
 * those that are not there, are left out with a warning. Returns 0 or a negative errno (logged).
 */
int contents_collect(const struct config *c, struct contents *ret_plain, struct contents *ret_secret);

/* Takes an archive apart; the result borrows from it. Returns 0, -EBADMSG with what is wrong, or -ENOMEM. */
int contents_read(struct bytes archive, struct contents *ret, const char **reterr_fault);
