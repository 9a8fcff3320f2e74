/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ask/record_source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "config/inventory.h"
#include "ctl/ask/peer.h"
#include "ctl/value.h"
#include "hallmark/bus.h"
#include "store/fields.h"
#include "store/store.h"

struct record_source {
	struct store *store;   /* owned; NULL: the daemon is asked */
	char path[PATH_MAX];   /* of its file */
	struct config *config; /* owned; NULL: it says nothing of the file */
	sd_bus *bus;           /* owned; NULL: there is the store */
	const char *roles;     /* the file that has them */
};

DEFINE_CLEANUP(struct record_source *, record_source_free);
DEFINE_CLEANUP(struct value *, value_free);

/* --- Opening --- */

/* The given file, in the given directory, or where the configuration has it. */
static bool find_store(const struct ctl *ctl, struct record_source *s)
{
	const char *place = ctl->state;
	struct stat st;

	if (!place) {
		if (config_load(s->roles, &s->config) < 0)
			return false;
		place = s->config->state;
	}

	bool is_directory = stat(place, &st) == 0 && S_ISDIR(st.st_mode);

	return snprintf(s->path, sizeof(s->path), "%s%s", place, is_directory || !ctl->state ? "/" STORE_FILE : "") <
	       (int)sizeof(s->path);
}

static bool open_store(const struct ctl *ctl, struct record_source *s)
{
	return find_store(ctl, s) && store_open_to_read(s->path, &s->store) >= 0;
}

/* Root asks a daemon only where the socket alone is named. */
static bool is_of_file(const struct ctl *ctl)
{
	return ctl->state || (geteuid() == 0 && (ctl->config || !ctl->socket));
}

/* Returns 0, -ENOENT when no daemon runs, and none was named, or a negative errno (logged). */
static int connect_daemon(const struct ctl *ctl, struct record_source *s)
{
	return ctl->socket ? peer_connect(ctl->socket, &s->bus) : peer_connect_if_running(HALLMARK_BUS_SOCKET, &s->bus);
}

enum ctl_exit record_source_open(const struct ctl *ctl, struct record_source **ret)
{
	_cleanup_(record_source_freep) struct record_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return CTL_FAULT;
	s->roles = ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf";
	r = is_of_file(ctl) ? -ENOENT : connect_daemon(ctl, s);
	if (r == -ENOENT && (is_of_file(ctl) || !ctl->socket))
		r = open_store(ctl, s) ? 0 : -EIO;
	if (r < 0)
		return CTL_FAULT; /* logged */
	*ret = TAKE_PTR(s);
	return CTL_YES;
}

void record_source_free(struct record_source *s)
{
	if (!s)
		return;
	store_free(s->store);
	if (s->config)
		config_free(s->config);
	sd_bus_flush_close_unref(s->bus);
	free(s);
}

const char *record_source_file(const struct record_source *s)
{
	return s->store ? s->path : NULL;
}

struct store *record_source_store(struct record_source *s)
{
	return s->store;
}

/* --- From the daemon --- */

/* One page of what is asked for. */
struct request {
	const struct record_filter *filter;
	uint64_t after;
	uint32_t limit;
	bool is_newest;
};

static int append_device(sd_bus_message *m, const struct record_filter *f)
{
	char hex[SHA256_HEX_SIZE];

	if (!f->name && !f->device)
		return 0;
	if (!f->name)
		bytes_to_hex(bytes_of(f->device, SHA256_LEN), hex);
	return sd_bus_message_append(m, "{sv}", "device", "s", f->name ? f->name : hex);
}

static int append_filter(sd_bus_message *m, const struct record_filter *f)
{
	int r = append_device(m, f);

	if (r >= 0 && f->from > 0)
		r = sd_bus_message_append(m, "{sv}", "from", "t", f->from);
	if (r >= 0 && f->since_sec > 0)
		r = sd_bus_message_append(m, "{sv}", "since", "x", f->since_sec);
	if (r >= 0 && f->until_sec > 0)
		r = sd_bus_message_append(m, "{sv}", "until", "x", f->until_sec);
	if (r >= 0 && f->segment)
		r = sd_bus_message_append(m, "{sv}", "segment", "s", f->segment);
	if (r >= 0 && f->has_reason)
		r = sd_bus_message_append(m, "{sv}", "reason", "s", reason_name(f->reason));
	if (r >= 0 && f->who)
		r = sd_bus_message_append(m, "{sv}", "who", "s", f->who);
	return r;
}

static int append_request(sd_bus_message *m, const void *userdata)
{
	const struct request *q = userdata;
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_filter(m, q->filter);
	if (r >= 0 && q->is_newest)
		r = sd_bus_message_append(m, "{sv}", "newest", "b", 1);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "tu", q->after, q->limit);
}

/* Returns 0 or a negative errno (logged). */
static int ask(const struct record_source *s, const struct peer_question *question, struct value **ret)
{
	const int r = peer_call(s->bus, question, ret);

	if (r == -EACCES || r == -EPERM)
		log_error("who may read the record has a role with the verb \"record\", and is a member of the group "
			  "hallmark: "
			  "roles in %s, then `hallmarkctl reload`",
			  s->roles);
	return r;
}

static bool read_field(const struct value *v, const struct record_field *f, struct record *ret)
{
	uint8_t *at = (uint8_t *)ret + f->offset;
	uint32_t number;

	switch (f->kind) {
	case RECORD_WIDE:
		memcpy(at, &v->number, sizeof(v->number));
		return v->kind == VALUE_NUMBER;
	case RECORD_NUMBER:
		number = (uint32_t)v->number;
		memcpy(at, &number, sizeof(number));
		return v->kind == VALUE_NUMBER && number == v->number;
	case RECORD_TEXT:
		return v->kind == VALUE_TEXT && snprintf((char *)at, f->size, "%s", v->text) < (int)f->size;
	default:
		return v->kind == VALUE_TEXT && bytes_from_hex(v->text, at, f->size);
	}
}

/* Fields that a later daemon adds are not looked at. */
static bool read_record(const struct value *entry, struct record *ret)
{
	*ret = (struct record){ .sequence = (uint64_t)value_number(entry, "sequence") };
	for (size_t i = 0; i < RECORD_FIELDS_N; i++) {
		const struct value *v = value_get(entry, record_fields[i].name);

		if (v && !read_field(v, &record_fields[i], ret))
			return false;
	}
	return !value_flag(entry, "unreadable");
}

/* Returns 0 and what comes behind it; 0: there is no more. */
static int ask_page(struct record_source *s, const struct request *q,
		    void (*take)(const struct record *r, bool is_readable, void *userdata), void *userdata,
		    uint64_t *ret_next)
{
	_cleanup_(value_freep) struct value *entries = NULL, *next = NULL;
	int r = ask(s,
		    &(struct peer_question){
			    .method = "Record", .append = append_request, .userdata = q, .ret_second = &next },
		    &entries);

	if (r < 0)
		return r;
	for (const struct value *v = entries->first; v; v = v->next) {
		struct record entry;
		const bool is_readable = read_record(v, &entry);

		take(&entry, is_readable, userdata);
	}
	*ret_next = (uint64_t)next->number;
	return 0;
}

struct taken {
	void (*on_record)(const struct record *r, void *userdata);
	void *userdata;
	uint32_t n, skipped;
	uint64_t last;
};

static void take_record(const struct record *r, bool is_readable, void *userdata)
{
	struct taken *taken = userdata;

	if (is_readable && taken->on_record)
		taken->on_record(r, taken->userdata);
	taken->n += is_readable;
	taken->skipped += !is_readable;
	taken->last = r->sequence;
}

static int ask_each(struct record_source *s, const struct record_filter *filter, struct taken *taken)
{
	struct request q = { .filter = filter, .limit = HALLMARK_BUS_LIMIT_MAX };
	int r;

	do
		r = ask_page(s, &q, take_record, taken, &q.after);
	while (r == 0 && q.after > 0);
	record_log_unreadable(taken->skipped);
	return r < 0 ? r : (int)taken->n;
}

static int ask_last(struct record_source *s, const struct record_filter *filter, uint32_t n, uint64_t *ret_from)
{
	struct request q = { .filter = filter, .is_newest = true };
	struct taken taken = { 0 };
	int r;

	do {
		const uint32_t left = n - taken.n - taken.skipped;

		q.limit = left < HALLMARK_BUS_LIMIT_MAX ? left : HALLMARK_BUS_LIMIT_MAX;
		r = ask_page(s, &q, take_record, &taken, &q.after);
	} while (r == 0 && q.after > 0 && taken.n + taken.skipped < n);
	*ret_from = taken.n + taken.skipped < n ? 0 : taken.last;
	return r;
}

static bool read_mark(const struct value *head, const char *sequence, const char *hash, struct record_mark *ret)
{
	*ret = (struct record_mark){ .sequence = (uint64_t)value_number(head, sequence), .n_hash = SHA256_LEN };
	return ret->sequence == 0 || bytes_from_hex(value_text(head, hash), ret->hash, SHA256_LEN);
}

/* A copy of the names. */
static struct value *copy_names(const struct value *names)
{
	struct value *copy = value_new(VALUE_LIST);

	for (const struct value *v = names->first; v; v = v->next)
		value_add(copy, NULL, value_new_text(v->text ? v->text : ""));
	return copy;
}

static int ask_ends(struct record_source *s, struct record_mark *ret_foot, struct record_mark *ret_head,
		    struct value **ret_segments)
{
	_cleanup_(value_freep) struct value *head = NULL;
	const int r = ask(s, &(struct peer_question){ .method = "RecordHead" }, &head);
	const struct value *segments;

	if (r < 0)
		return r;
	if (!read_mark(head, "sequence", "hash", ret_head) || !read_mark(head, "foot_sequence", "foot_hash", ret_foot))
		return -EBADMSG;
	segments = value_get(head, "segments");
	*ret_segments = segments ? copy_names(segments) : NULL;
	return 0;
}

/* --- From the file --- */

/* The device of a row of the inventory: the row says who it is, or who is stored with its UEID or MAC. Returns 0, also for none. */
static int find_of_row(const struct record_source *s, const struct inventory_row *row, uint8_t room[static SHA256_LEN],
		       struct record_filter *ret)
{
	char text[2 * UEID_MAX + 1];

	if (row->has_key) {
		ret->device = memcpy(room, row->key, SHA256_LEN);
		return 0;
	}
	if (row->has_mac)
		(void)mac_to_text(row->mac, text);
	else
		bytes_to_hex(bytes_of(row->ueid, row->n_ueid), text);
	return record_find(s->store, text, room, ret);
}

/* The device that the inventory calls so now: the daemon would know it. -EEXIST when the filter has another one. */
static int find_called(const struct record_source *s, const char *word, uint8_t room[static SHA256_LEN],
		       struct record_filter *ret)
{
	const struct inventory *inventory = s->config ? s->config->inventory : NULL;
	struct record_filter found = { 0 };
	uint8_t device[SHA256_LEN];
	int r;

	for (size_t i = 0; inventory && i < inventory->n_rows; i++) {
		const struct inventory_row *row = &inventory->rows[i];

		if (!record_is_called(row->name, row->segment, word))
			continue;
		r = find_of_row(s, row, device, &found);
		if (r < 0 || !found.device)
			return r;
		if (ret->device && memcmp(ret->device, device, SHA256_LEN) != 0)
			return -EEXIST;
		ret->device = memcpy(room, device, SHA256_LEN);
		return 0;
	}
	return 0;
}

static int find(const struct record_source *s, const char *word, uint8_t room[static SHA256_LEN],
		struct record_filter *ret)
{
	const int r = record_find(s->store, word, room, ret);

	return r < 0 || !ret->name ? r : find_called(s, word, room, ret);
}

/* --- From either --- */

enum ctl_exit record_source_find(struct record_source *s, const char *word, uint8_t room[static SHA256_LEN],
				 struct record_filter *ret)
{
	int r = 0;

	if (s->bus)
		ret->name = word;
	else
		r = find(s, word, room, ret);
	if (r == -EEXIST)
		log_error("several devices have \"%s\"; give more digits of the id that `hallmarkctl list` shows",
			  word);
	return r < 0 ? CTL_FAULT : CTL_YES;
}

int record_source_each(struct record_source *s, const struct record_filter *filter,
		       void (*on_record)(const struct record *r, void *userdata), void *userdata)
{
	static const struct record_filter all;
	struct taken taken = { .on_record = on_record, .userdata = userdata };

	return s->bus ? ask_each(s, filter ? filter : &all, &taken) :
			record_each(s->store, filter, on_record, userdata);
}

int record_source_last(struct record_source *s, const struct record_filter *filter, uint32_t n, uint64_t *ret_from)
{
	static const struct record_filter all;

	return s->bus ? ask_last(s, filter ? filter : &all, n, ret_from) : record_last(s->store, filter, n, ret_from);
}

int record_source_ends(struct record_source *s, struct record_mark *ret_foot, struct record_mark *ret_head,
		       struct value **ret_segments)
{
	int r;

	if (s->bus)
		return ask_ends(s, ret_foot, ret_head, ret_segments);
	*ret_segments = NULL;
	r = record_foot(s->store, ret_foot);
	return r < 0 ? r : record_head(s->store, ret_head);
}
