/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that fit a filter. What a device index can narrow, SQLite does; record_fits() decides. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "store/entry.h"
#include "store/record.h"
#include "store/statement.h"

#define DIGITS_MIN 4 /* of a device id that must at least be given */

/* --- What fits --- */

/* "1001 (kim)" is 1001, kim, and itself. */
static bool is_user(const char *user, const char *who)
{
	const size_t uid = strcspn(user, " "), n = strlen(who);
	const char *name = user[uid] ? user + uid + 2 : "";

	if (user[0] == '\0')
		return false;
	return strcmp(user, who) == 0 || (n == uid && strncmp(user, who, n) == 0) ||
	       (n > 0 && strncmp(name, who, n) == 0 && strcmp(name + n, ")") == 0);
}

static bool is_ordered_by(const struct record *r, const char *who)
{
	return is_user(r->ordered_by, who) || is_user(r->ordered_login, who) ||
	       (r->ordered_role[0] && strcmp(r->ordered_role, who) == 0);
}

bool record_is_called(const char *name, const char *segment, const char *text)
{
	const size_t n = strlen(name);

	if (n == 0 || strncmp(text, name, n) != 0)
		return false;
	return text[n] == '\0' || (strncmp(text + n, ", ", 2) == 0 && strcmp(text + n + 2, segment) == 0);
}

static bool is_of_device(const struct record *r, const struct record_filter *f)
{
	if (!f->device && !f->name)
		return true;
	return (f->device && memcmp(r->device, f->device, SHA256_LEN) == 0) ||
	       (f->name && record_is_called(r->name, r->segment, f->name));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

static bool is_within(const struct record *r, const struct record_filter *f)
{
	return !f->within || bsearch(r->segment, f->within, f->n_within, sizeof(*f->within), compare_names);
}

bool record_fits(const struct record *r, const struct record_filter *f)
{
	return r->sequence >= f->from && (f->since_sec == 0 || r->time_sec >= f->since_sec) &&
	       (f->until_sec == 0 || r->time_sec < f->until_sec) &&
	       (!f->segment || strcmp(r->segment, f->segment) == 0) && is_within(r, f) &&
	       (!f->has_reason || r->reason == f->reason) && (!f->who || is_ordered_by(r, f->who)) &&
	       is_of_device(r, f);
}

/* --- Pages --- */

/* The statement with the rows of the page, bound. */
static enum statement begin(struct store *s, const struct record_page *p)
{
	const struct record_filter *f = p->filter;
	const bool is_of = f->device && !f->name;
	const enum statement which =
		p->is_backward ? (is_of ? ENTRY_BACK_OF : ENTRY_BACK) : (is_of ? ENTRY_EACH_OF : ENTRY_EACH);
	int64_t start = (int64_t)(p->after + 1 > f->from ? p->after + 1 : f->from);

	if (p->is_backward)
		start = p->after > 0 ? (int64_t)p->after - 1 : INT64_MAX;
	(void)sqlite3_bind_int64(s->statements[which], 1, start);
	if (is_of)
		statement_bind(s->statements[which], 2, bytes_of(f->device, SHA256_LEN));
	return which;
}

/* Of one row. Returns whether it counts as given. */
static bool take(struct store *s, enum statement which, const struct record_page *p)
{
	struct record entry;
	const bool is_readable = entry_read(s->statements[which], &entry);

	entry.sequence = (uint64_t)sqlite3_column_int64(s->statements[which], 0);
	if (is_readable && !record_fits(&entry, p->filter))
		return false;
	p->take(&entry, is_readable, p->userdata);
	return true;
}

int record_each_of_page(struct store *s, struct record_page *p, uint64_t *ret_next)
{
	const enum statement which = begin(s, p);
	uint64_t last = 0;
	int r;

	while ((r = statement_fetch(s, which)) > 0) {
		const uint64_t sequence = (uint64_t)sqlite3_column_int64(s->statements[which], 0);

		if (p->most == 0 || p->looks == 0 || sequence < p->filter->from)
			break;
		p->looks--;
		if (take(s, which, p) && p->most > 0)
			p->most--;
		last = sequence;
	}
	statement_reset(s, which);
	*ret_next = r > 0 && (p->most == 0 || p->looks == 0) ? last : 0;
	return r < 0 ? r : 0;
}

/* --- All of it --- */

struct reading {
	void (*on_record)(const struct record *r, void *userdata);
	void *userdata;
	int given, skipped;
};

static void give(const struct record *r, bool is_readable, void *userdata)
{
	struct reading *reading = userdata;

	if (is_readable)
		reading->on_record(r, reading->userdata);
	reading->given += is_readable;
	reading->skipped += !is_readable;
}

int record_each(struct store *s, const struct record_filter *filter,
		void (*on_record)(const struct record *r, void *userdata), void *userdata)
{
	const struct record_filter all = { 0 };
	struct reading reading = { .on_record = on_record, .userdata = userdata };
	struct record_page page = { .filter = filter ? filter : &all, .take = give, .userdata = &reading };
	int r;

	do {
		page.most = page.looks = UINT32_MAX;
		r = record_each_of_page(s, &page, &page.after);
	} while (r == 0 && page.after > 0);
	record_log_unreadable((unsigned)reading.skipped);
	return r < 0 ? r : reading.given;
}

void record_log_unreadable(unsigned n)
{
	if (n > 0)
		log_warning("store: %u entries of the record cannot be read; `hallmarkctl log verify` names the first",
			    n);
}

static void note_sequence(const struct record *r, bool is_readable, void *userdata)
{
	(void)is_readable;
	*(uint64_t *)userdata = r->sequence;
}

int record_last(struct store *s, const struct record_filter *filter, uint32_t n, uint64_t *ret_from)
{
	const struct record_filter all = { 0 };
	uint64_t from = 0, next;
	struct record_page page = {
		.filter = filter ? filter : &all,
		.is_backward = true,
		.most = n,
		.looks = UINT32_MAX,
		.take = note_sequence,
		.userdata = &from,
	};
	const int r = record_each_of_page(s, &page, &next);

	if (r == 0) /* not before: it may be the filter's */
		*ret_from = page.most > 0 ? 0 : from;
	return r;
}

/* --- Which device is meant --- */

/* Returns 0, -ENOENT, -EEXIST when there are several rows, or a negative errno. */
static int fetch_only_device(struct store *s, enum statement which, uint8_t ret_device[static SHA256_LEN])
{
	int r, n = 0;

	for (r = statement_fetch(s, which); r > 0; r = statement_fetch(s, which)) {
		struct bytes device = statement_column(s->statements[which], 0);

		if (device.n != SHA256_LEN)
			continue;
		memcpy(ret_device, device.p, SHA256_LEN);
		n++;
	}
	statement_reset(s, which);
	return r < 0 ? r : n == 0 ? -ENOENT : n > 1 ? -EEXIST : 0;
}

int record_find_id(struct store *s, const char *digits, uint8_t ret[static SHA256_LEN])
{
	char low[] = "0000000000000000000000000000000000000000000000000000000000000000";
	char high[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
	uint8_t from[SHA256_LEN], to[SHA256_LEN];
	const size_t n = strlen(digits);

	if (n < DIGITS_MIN || n >= sizeof(low))
		return -ENOENT;
	memcpy(low, digits, n);
	memcpy(high, digits, n);
	if (!bytes_from_hex(low, from, sizeof(from)) || !bytes_from_hex(high, to, sizeof(to)))
		return -ENOENT;
	statement_bind(s->statements[ENTRY_DEVICES], 1, BYTES(from));
	statement_bind(s->statements[ENTRY_DEVICES], 2, BYTES(to));
	return fetch_only_device(s, ENTRY_DEVICES, ret);
}

bool record_is_whole_id(const char *text)
{
	uint8_t id[SHA256_LEN];

	return bytes_from_hex(text, id, sizeof(id));
}

/* By its MAC or UEID, which the verdict has that is stored now. */
static int find_by_verdict(struct store *s, const char *word, uint8_t ret[static SHA256_LEN])
{
	size_t n = strlen(word) / 2;
	uint8_t key[UEID_MAX];

	if (mac_from_text(word, key))
		n = 6;
	else if (n < DIGITS_MIN / 2 || n > sizeof(key) || !bytes_from_hex(word, key, n))
		return -ENOENT;
	statement_bind(s->statements[ENTRY_STORED], 1, bytes_of(key, n));
	return fetch_only_device(s, ENTRY_STORED, ret);
}

int record_find(struct store *s, const char *word, uint8_t room[static SHA256_LEN], struct record_filter *ret)
{
	int r = record_find_id(s, word, room);

	if (r == -ENOENT)
		r = find_by_verdict(s, word, room);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0)
		ret->device = room;
	if (r == -ENOENT || !record_is_whole_id(word))
		ret->name = word;
	return 0;
}
