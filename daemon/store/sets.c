/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust sets as rows. The SQL statement SET_PUT enforces that an older set never replaces a newer one: it then changes
 * no row.
 */
#include "store/sets.h"

#include <errno.h>

#include "store/statement.h"

/* An unchanged set is not written again: flash memory wears out. */
static int has_it(struct store *s, const struct stored_set *set)
{
	sqlite3_stmt *has = s->statements[SET_HAS];
	int r;

	(void)sqlite3_bind_int(has, 1, set->kind);
	statement_bind_text(has, 2, bytes_of_string(set->identity));
	statement_bind_text(has, 3, bytes_of_string(set->path));
	statement_bind(has, 4, set->bytes);
	r = statement_fetch(s, SET_HAS);
	statement_reset(s, SET_HAS);
	return r;
}

/*
 * A file holds one set: the set that it held under another identity is removed. A CRL stays: it continues to revoke
 * beside others.
 */
static int remove_others(struct store *s, const struct stored_set *set)
{
	sqlite3_stmt *remove = s->statements[SET_REMOVE_OTHERS];

	(void)sqlite3_bind_int(remove, 1, set->kind);
	statement_bind_text(remove, 2, bytes_of_string(set->path));
	statement_bind_text(remove, 3, bytes_of_string(set->identity));
	return statement_run(s, SET_REMOVE_OTHERS);
}

int store_set_put(struct store *s, const struct stored_set *set)
{
	sqlite3_stmt *put = s->statements[SET_PUT];
	int r;

	if (set->kind == SET_NONE || !set->identity || set->identity[0] == '\0' || !set->path)
		return -EINVAL;
	r = has_it(s, set);
	if (r != 0)
		return r < 0 ? r : 0;
	(void)sqlite3_bind_int(put, 1, set->kind);
	statement_bind_text(put, 2, bytes_of_string(set->identity));
	statement_bind_text(put, 3, bytes_of_string(set->path));
	(void)sqlite3_bind_int64(put, 4, set->sequence);
	(void)sqlite3_bind_int64(put, 5, set->issued_sec);
	(void)sqlite3_bind_int64(put, 6, set->until_sec);
	statement_bind(put, 7, set->bytes);
	r = statement_run(s, SET_PUT);
	if (r < 0)
		return r;
	if (sqlite3_changes(s->db) != 1)
		return -ESTALE;
	return set->kind == SET_CRL ? 0 : remove_others(s, set);
}

int store_set_remove_path(struct store *s, enum set_kind kind, const char *path)
{
	sqlite3_stmt *remove = s->statements[SET_REMOVE_PATH];

	(void)sqlite3_bind_int(remove, 1, kind);
	statement_bind_text(remove, 2, bytes_of_string(path));
	return statement_run(s, SET_REMOVE_PATH);
}

static int give_all(struct store *s, enum statement which, void (*on_set)(const struct stored_set *set, void *userdata),
		    void *userdata)
{
	sqlite3_stmt *row = s->statements[which];
	int r, n = 0;

	for (r = statement_fetch(s, which); r > 0; r = statement_fetch(s, which), n++)
		on_set(&(struct stored_set){ .kind = (enum set_kind)sqlite3_column_int(row, 0),
					     .identity = (const char *)sqlite3_column_text(row, 1),
					     .path = (const char *)sqlite3_column_text(row, 2),
					     .sequence = sqlite3_column_int64(row, 3),
					     .issued_sec = sqlite3_column_int64(row, 4),
					     .until_sec = sqlite3_column_int64(row, 5),
					     .bytes = statement_column(row, 6) },
		       userdata);
	statement_reset(s, which);
	return r < 0 ? r : n;
}

int store_sets_of(struct store *s, enum set_kind kind, const char *path,
		  void (*on_set)(const struct stored_set *set, void *userdata), void *userdata)
{
	sqlite3_stmt *row = s->statements[SET_OF_PATH];

	(void)sqlite3_bind_int(row, 1, kind);
	statement_bind_text(row, 2, bytes_of_string(path));
	return give_all(s, SET_OF_PATH, on_set, userdata);
}

int store_sets_each(struct store *s, void (*on_set)(const struct stored_set *set, void *userdata), void *userdata)
{
	return give_all(s, SET_EACH, on_set, userdata);
}
