/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record page by page. What a page costs is bounded as in listing.c: entries, bytes of the message, and entries that a filter looks
 * at in vain. An entry is sent as it is in the store, without what is empty, so that whoever has all of them can verify the chain.
 */
#include "core/bus/record_pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/record.h"
#include "base/utf8.h"
#include "core/bus/access.h"
#include "core/bus/filter.h"
#include "core/bus/find_device.h"
#include "core/core.h"
#include "core/tell/dictionary.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"
#include "hallmark/reason.h"
#include "store/fields.h"
#include "store/record.h"

#define LOOKS_MAX 2048 /* of a page: to read that many takes some 6 ms */

/* A call, and the answer to it. */
struct reading {
	struct core *core;
	struct record_filter filter;
	struct record_page page;
	uint8_t device[SHA256_LEN]; /* of the filter */
	const char **within;        /* of the filter; owned */
	sd_bus_message *m;
	size_t bytes; /* of the message, about */
	int r;
};

static void reading_done(struct reading *reading)
{
	free(reading->within);
}

/* --- The filter --- */

static int take_time(const union filter_value *value, int64_t *ret, sd_bus_error *error)
{
	if (value->time < 1)
		return filter_refuse(error, TO_TRANSLATE("a time is in seconds since 1970, from 1") ": %lld",
				     (long long)value->time);
	*ret = value->time;
	return 0;
}

static int take_since(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	return take_time(value, &((struct reading *)userdata)->filter.since_sec, error);
}

static int take_until(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	return take_time(value, &((struct reading *)userdata)->filter.until_sec, error);
}

/* Also one that the configuration does not have any more. */
static int take_segment(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	(void)error;
	((struct reading *)userdata)->filter.segment = value->text;
	return 0;
}

static int take_reason(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct record_filter *f = &((struct reading *)userdata)->filter;
	enum hallmark_reason reason;

	if (!reason_from_name(value->text, &reason))
		return filter_refuse(error,
				     TO_TRANSLATE("there is no such reason; hallmark-protocol(7) has all") ": \"%s\"",
				     value->text);
	f->has_reason = true;
	f->reason = reason;
	return 0;
}

static int take_who(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	(void)error;
	((struct reading *)userdata)->filter.who = value->text;
	return 0;
}

static int refuse_ambiguous(sd_bus_error *error, const char *text)
{
	return sd_bus_error_setf(error, HALLMARK_BUS_AMBIGUOUS,
				 TO_TRANSLATE("several devices match; give more digits of the id of one") ": \"%s\"",
				 text);
}

/* The one that is known now by whatever finds it, unless the record has another one by its id. */
static int take_known(struct reading *reading, const char *text, sd_bus_error *error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error unknown = SD_BUS_ERROR_NULL;
	struct record_filter *f = &reading->filter;
	struct verdict room;
	const struct verdict *v = find_device(reading->core, text, &room, &unknown);

	if (!v && sd_bus_error_has_name(&unknown, HALLMARK_BUS_AMBIGUOUS))
		return sd_bus_error_copy(error, &unknown);
	if (v && f->device && memcmp(f->device, v->facts.device, SHA256_LEN) != 0)
		return refuse_ambiguous(error, text);
	if (v)
		f->device = memcpy(reading->device, v->facts.device, SHA256_LEN);
	return 0;
}

/*
 * All that it may mean counts: the digits of an id are a name as well. Those of a whole id are not: they are what the answers have.
 * The filter has the device that is meant, if there is one, and all that were called so.
 */
static int take_device(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct reading *reading = userdata;
	struct record_filter *f = &reading->filter;
	const int r = record_find_id(reading->core->settler.store, value->text, reading->device);

	if (r == -EEXIST)
		return refuse_ambiguous(error, value->text);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0)
		f->device = reading->device;
	if (r == 0 && record_is_whole_id(value->text))
		return 0;
	f->name = value->text;
	return take_known(reading, value->text, error);
}

static int take_from(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	if (value->wide > INT64_MAX)
		return filter_refuse(error, TO_TRANSLATE("no entry has such a sequence") ": %llu",
				     (unsigned long long)value->wide);
	((struct reading *)userdata)->filter.from = value->wide;
	return 0;
}

static int take_newest(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	(void)error;
	((struct reading *)userdata)->page.is_backward = value->boolean;
	return 0;
}

static const struct filter_key filter_keys[] = {
	{ "since", "x", "a time (x)", take_since },   { "until", "x", "a time (x)", take_until },
	{ "segment", "s", "a string", take_segment }, { "reason", "s", "a string", take_reason },
	{ "who", "s", "a string", take_who },         { "device", "s", "a string", take_device },
	{ "from", "t", "a sequence (t)", take_from }, { "newest", "b", "a boolean", take_newest },
};

/* --- An entry --- */

static bool is_utf8(const char *text)
{
	struct bytes rest = bytes_of_string(text);
	uint32_t character;
	size_t n;

	while (rest.n > 0 && (n = utf8_next(rest, &character)) > 0)
		rest = bytes_of(rest.p + n, rest.n - n);
	return rest.n == 0;
}

/* A text that the bus does not carry was not written by the daemon. */
static bool has_texts(const struct record *r)
{
	for (size_t i = 0; i < RECORD_FIELDS_N; i++)
		if (record_fields[i].kind == RECORD_TEXT && !is_utf8((const char *)r + record_fields[i].offset))
			return false;
	return true;
}

static void put_field(struct dictionary *d, const struct record *r, const struct record_field *f)
{
	const uint8_t *at = (const uint8_t *)r + f->offset;
	char hex[SHA256_HEX_SIZE];
	uint32_t number;
	int64_t wide;

	if (record_is_zero(at, f->size))
		return;
	switch (f->kind) {
	case RECORD_WIDE:
		memcpy(&wide, at, sizeof(wide));
		put_time(d, f->name, wide);
		break;
	case RECORD_NUMBER:
		memcpy(&number, at, sizeof(number));
		put_u32(d, f->name, number);
		break;
	case RECORD_TEXT:
		put_string(d, f->name, (const char *)at);
		break;
	case RECORD_BYTES:
		bytes_to_hex(bytes_of(at, f->size), hex);
		put_string(d, f->name, hex);
		break;
	}
}

/* What cannot be read may be of any segment. */
static void put_entry(const struct record *r, bool is_readable, void *userdata)
{
	struct reading *reading = userdata;
	struct dictionary d;

	if (reading->r < 0 || (!is_readable && reading->filter.within))
		return;
	d = dictionary_open(reading->m);
	if (is_readable && has_texts(r)) {
		for (size_t i = 0; i < RECORD_FIELDS_N; i++)
			put_field(&d, r, &record_fields[i]);
	} else {
		put_time(&d, "sequence", (int64_t)r->sequence);
		put_bool(&d, "unreadable", true);
	}
	reading->r = dictionary_close(&d);
	reading->bytes += d.bytes;
	if (reading->bytes >= HALLMARK_BUS_PAGE_BYTES)
		reading->page.most = 0; /* this is the last one */
}

/* --- The methods --- */

static int answer(sd_bus_message *call, struct reading *reading)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	uint64_t next = 0;
	int r = sd_bus_message_new_method_return(call, &m), e;

	reading->m = m;
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	if (r >= 0) {
		e = record_each_of_page(reading->core->settler.store, &reading->page, &next);
		r = e < 0 ? e : reading->r;
	}
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_append(m, "t", next);
	return r < 0 ? r : sd_bus_send(NULL, m, NULL);
}

/* What follows the filter. Returns 0 or a negative errno. */
static int take_page(sd_bus_message *call, struct record_page *page, sd_bus_error *error)
{
	uint32_t limit;
	int r = sd_bus_message_read(call, "tu", &page->after, &limit);

	if (r < 0)
		return r;
	if (page->after >= INT64_MAX) /* what is behind it could not be counted */
		return filter_refuse(error, TO_TRANSLATE("no entry has such a sequence") ": %llu",
				     (unsigned long long)page->after);
	if (limit > HALLMARK_BUS_LIMIT_MAX)
		return filter_refuse(
			error, TO_TRANSLATE("more entries than one answer holds are asked for") ": %u; at most %d",
			limit, HALLMARK_BUS_LIMIT_MAX);
	page->most = limit > 0 ? limit : HALLMARK_BUS_LIMIT;
	page->looks = LOOKS_MAX;
	return 0;
}

/* Before anything is looked for: who has no role does not learn what there is. Returns 0 or a negative errno with the error set. */
static int check_caller(struct core *core, sd_bus_message *call, struct attempt *ret, sd_bus_error *error)
{
	const struct wish wish = { .verb = VERB_RECORD };

	if (access_begin(call, "record", ret, error) && access_permits(core, ret, &wish, error))
		return 0;
	return -sd_bus_error_get_errno(error);
}

/* The same for the segment that is asked for; if none is, the caller gets what it may read. */
static int check_segments(struct reading *reading, struct attempt *a, sd_bus_error *error)
{
	struct record_filter *f = &reading->filter;
	const struct wish wish = { .verb = VERB_RECORD, .segment = f->segment };
	int r;

	if (f->segment && !access_permits(reading->core, a, &wish, error))
		return -sd_bus_error_get_errno(error);
	r = access_segments(reading->core->in_force.config, &a->caller, VERB_RECORD, &reading->within, &f->n_within);
	f->within = reading->within;
	return r;
}

int record_pages_read(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(reading_done) struct reading reading = { .core = userdata };
	struct attempt attempt;
	uint32_t given;
	int r = check_caller(reading.core, call, &attempt, error);

	reading.page.filter = &reading.filter;
	reading.page.take = put_entry;
	reading.page.userdata = &reading;
	if (r >= 0)
		r = filter_read(call, filter_keys, ARRAY_SIZE(filter_keys), &reading, &given, error);
	if (r >= 0)
		r = take_page(call, &reading.page, error);
	if (r >= 0)
		r = check_segments(&reading, &attempt, error);
	return r < 0 ? r : answer(call, &reading);
}

static void put_mark(struct dictionary *d, const char *sequence, const char *hash, const struct record_mark *mark)
{
	char hex[SHA256_HEX_SIZE];

	bytes_to_hex(BYTES(mark->hash), hex);
	put_u64(d, sequence, mark->sequence);
	put_string(d, hash, mark->sequence > 0 ? hex : "");
}

/* Only for a caller whose roles have segments: those. */
static int put_segments(struct dictionary *d, const struct core *core, const struct attempt *a)
{
	_cleanup_free_ const char **segments = NULL;
	size_t n;
	const int r = access_segments(core->in_force.config, &a->caller, VERB_RECORD, &segments, &n);

	if (r < 0 || !segments)
		return r;
	open_entry(d, "segments", "as");
	for (size_t i = 0; i < n && d->r >= 0; i++)
		d->r = sd_bus_message_append(d->m, "s", segments[i]);
	close_entry(d);
	return 0;
}

int record_pages_head(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct record_mark head, foot;
	struct core *core = userdata;
	struct attempt attempt;
	struct dictionary d;
	int r = check_caller(core, call, &attempt, error);

	if (r >= 0)
		r = record_head(core->settler.store, &head);
	if (r >= 0)
		r = record_foot(core->settler.store, &foot);
	if (r >= 0)
		r = sd_bus_message_new_method_return(call, &m);
	if (r < 0)
		return r;
	d = dictionary_open(m);
	put_mark(&d, "sequence", "hash", &head);
	put_mark(&d, "foot_sequence", "foot_hash", &foot);
	r = put_segments(&d, core, &attempt);
	if (r >= 0)
		r = dictionary_close(&d);
	return r < 0 ? r : sd_bus_send(NULL, m, NULL);
}
