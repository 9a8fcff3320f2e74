/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices page by page. What a page costs is bounded three times: rows, bytes of the message, and devices that a filter looks at in
 * vain. So its answer may be short, or empty, although there are more; the mark that it ends with says so.
 */
#include "core/bus/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/bus/filter.h"
#include "core/bus/find_device.h"
#include "core/bus/report.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"
#include "hallmark/bus.h"

#define LOOKS_MAX 16384 /* of a page: to unpack that many verdicts takes some 10 ms */
#define MARK_SIZE (24 + SHA256_HEX_SIZE)

/* --- The filter --- */

struct filter {
	const struct core *core;
	uint32_t given; /* a bit for each of filter_keys */
	int64_t now_sec;
	const char *scheme; /* borrowed from the call */
	enum hallmark_reason reason;
	uint32_t within_sec;
	bool has_ids;
	uint8_t id_least[SHA256_LEN], id_most[SHA256_LEN];
	const struct segment *segment; /* of the configuration */
	uint8_t zone;
	bool is_held_back;
};

/* What a key is compared with, and of what. */
struct sight {
	const struct core *core;
	const struct verdict *v;
};

static int take_zone(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	const char *name = value->text;
	const int zone = zone_by_name(&f->core->in_force.config->policy, name);

	if (zone < 0)
		return filter_refuse(
			error,
			TO_TRANSLATE("the configuration has no such zone; `hallmarkctl status` lists them") ": \"%s\"",
			name);
	f->zone = (uint8_t)zone;
	return 0;
}

static bool has_zone(const struct filter *f, const struct sight *s)
{
	return verdict_zone(s->v, f->now_sec) == f->zone;
}

static int take_reason(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	const char *name = value->text;

	if (!reason_from_name(name, &f->reason))
		return filter_refuse(
			error, TO_TRANSLATE("there is no such reason; hallmark-protocol(7) has all") ": \"%s\"", name);
	return 0;
}

static bool has_reason(const struct filter *f, const struct sight *s)
{
	return report_reason(s->v, f->now_sec) == f->reason;
}

/* Also one that the gateway does not know: a label may be of any. */
static int take_scheme(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	(void)error;
	f->scheme = value->text;
	return 0;
}

static bool has_scheme(const struct filter *f, const struct sight *s)
{
	const struct label_facts *l = verdict_label(s->v);

	return strcasecmp(l ? l->scheme : "", f->scheme) == 0;
}

static int take_held(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	(void)error;
	f->is_held_back = value->boolean;
	return 0;
}

static bool has_held(const struct filter *f, const struct sight *s)
{
	const struct policy *policy = &s->core->in_force.config->policy;

	return (verdict_held_back(s->v, policy) != REASON_ADMITTED) == f->is_held_back;
}

static int take_expiring(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	(void)error;
	f->within_sec = value->number;
	return 0;
}

static bool has_expiring(const struct filter *f, const struct sight *s)
{
	return verdict_zone(s->v, f->now_sec) != ZONE_QUARANTINE &&
	       s->v->decision.expiry.at_sec <= f->now_sec + (int64_t)f->within_sec;
}

static int take_segment(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	const struct ruleset *r = &f->core->in_force.config->ruleset;
	const char *name = value->text;

	for (size_t i = 0; i < r->n_segments; i++)
		if (strcmp(r->segments[i].name, name) == 0)
			f->segment = &r->segments[i];
	return f->segment ?
		       0 :
		       filter_refuse(error,
				     TO_TRANSLATE("neither configuration nor inventory has such a segment") ": \"%s\"",
				     name);
}

/* Where it is counts, and its row only where no segment is: that is looked at last, since it costs more. */
static bool has_segment(const struct filter *f, const struct sight *s)
{
	const struct config *config = s->core->in_force.config;
	const struct inventory_row *row;

	if (segment_has(f->segment, place_at(s->v)))
		return true;
	row = inventory_row_of(config, s->v);
	return row && strcmp(row->segment, f->segment->name) == 0 &&
	       strcmp(inventory_segment_of(config, row, s->v), f->segment->name) == 0;
}

static int take_id(const union filter_value *value, void *userdata, sd_bus_error *error)
{
	struct filter *f = userdata;
	const char *digits = value->text;

	f->has_ids = ids_of_digits(digits, f->id_least, f->id_most);
	if (!f->has_ids)
		return filter_refuse(error, TO_TRANSLATE("no id begins so: give up to 64 hex digits") ": \"%s\"",
				     digits);
	return 0;
}

static bool has_id(const struct filter *f, const struct sight *s)
{
	return memcmp(s->v->facts.device, f->id_least, SHA256_LEN) >= 0 &&
	       memcmp(s->v->facts.device, f->id_most, SHA256_LEN) <= 0;
}

static const struct filter_key filter_keys[] = {
	{ "zone", "s", "a string", take_zone },
	{ "reason", "s", "a string", take_reason },
	{ "scheme", "s", "a string", take_scheme },
	{ "held", "b", "a boolean", take_held },
	{ "expiring", "u", "a number of seconds (u)", take_expiring },
	{ "id", "s", "a string", take_id },
	{ "segment", "s", "a string", take_segment },
};

static bool (*const fitting[])(const struct filter *f, const struct sight *s) = {
	has_zone, has_reason, has_scheme, has_held, has_expiring, has_id, has_segment,
};

_Static_assert(ARRAY_SIZE(fitting) == ARRAY_SIZE(filter_keys), "one for each key");

static bool fits(const struct filter *f, const struct core *core, const struct verdict *v)
{
	const struct sight s = { .core = core, .v = v };

	for (size_t i = 0; i < ARRAY_SIZE(fitting); i++)
		if (f->given & 1u << i && !fitting[i](f, &s))
			return false;
	return true;
}

/* --- The page --- */

static const char *const order_names[_REGISTRY_ORDERS_MAX] = {
	[REGISTRY_BY_ID] = "id",
	[REGISTRY_BY_END] = "until",
};

static int take_order(const char *name, enum registry_order *ret, sd_bus_error *error)
{
	for (int i = 0; i < _REGISTRY_ORDERS_MAX; i++)
		if (strcmp(name, order_names[i]) == 0) {
			*ret = (enum registry_order)i;
			return 0;
		}
	if (name[0] == '\0')
		return 0;
	return filter_refuse(error, TO_TRANSLATE("there is no such order: it is \"id\" or \"until\"") ": \"%s\"", name);
}

/* A device id; by time it has the time in front. */
static void mark_to_text(const struct registry_mark *mark, enum registry_order order, char ret[static MARK_SIZE])
{
	int n = order == REGISTRY_BY_END ? snprintf(ret, MARK_SIZE, "%" PRId64 ":", mark->ends_sec) : 0;

	bytes_to_hex(BYTES(mark->device), ret + n);
}

static bool mark_from_text(const char *text, enum registry_order order, struct registry_mark *ret)
{
	const char *id = order == REGISTRY_BY_END ? strchr(text, ':') : text;
	char again[MARK_SIZE];

	if (!id || strlen(text) >= MARK_SIZE)
		return false;
	if (order == REGISTRY_BY_END) {
		ret->ends_sec = strtoll(text, NULL, 10);
		id++;
	}
	if (!bytes_from_hex(id, ret->device, sizeof(ret->device)))
		return false;
	mark_to_text(ret, order, again);
	return strcasecmp(again, text) == 0; /* as it was given out: no second form of a number */
}

struct listing {
	const struct core *core;
	struct filter filter;
	struct registry_page page;
	struct registry_mark after;
	size_t bytes_max, bytes; /* of the message, about; 0: it is not bounded */
	sd_bus_message *m;
	int r;
};

static bool list_one(const struct verdict *v, void *userdata)
{
	struct listing *l = userdata;

	if (l->page.order == REGISTRY_BY_ID && l->filter.has_ids &&
	    memcmp(v->facts.device, l->filter.id_most, SHA256_LEN) > 0)
		l->page.most = 0; /* nor does any behind it */
	if (l->r < 0 || !fits(&l->filter, l->core, v))
		return false;
	l->r = report_device(l->core, l->m, v);
	if (l->r >= 0)
		l->bytes += (size_t)l->r;
	if (l->bytes_max > 0 && l->bytes >= l->bytes_max)
		l->page.most = 0; /* this is the last one */
	return true;
}

/* By id, those that begin with some digits are behind each other: nobody looks at the others. */
static void begin_with_ids(struct listing *l)
{
	size_t i = SHA256_LEN;

	if (l->page.order != REGISTRY_BY_ID || !l->filter.has_ids || l->page.after)
		return;
	memcpy(l->after.device, l->filter.id_least, SHA256_LEN);
	while (i > 0 && l->after.device[i - 1]-- == 0) /* the id before that */
		i--;
	l->page.after = i > 0 ? &l->after : NULL;
}

static bool is_behind_ids(const struct listing *l, const struct registry_mark *mark)
{
	return l->page.order == REGISTRY_BY_ID && l->filter.has_ids &&
	       memcmp(mark->device, l->filter.id_most, SHA256_LEN) >= 0;
}

/* Returns 0 or a negative errno, and whether there are more behind the mark. */
static int put_page(struct listing *l, bool *ret_more, struct registry_mark *ret_next)
{
	l->r = sd_bus_message_open_container(l->m, 'a', "a{sv}");
	l->page.take = list_one;
	l->page.userdata = l;
	begin_with_ids(l);
	*ret_more = registry_each_of_page(l->core->settler.registry, &l->page, ret_next) && !is_behind_ids(l, ret_next);
	return l->r < 0 ? l->r : sd_bus_message_close_container(l->m);
}

static int answer(sd_bus_message *call, struct listing *l, bool has_next)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	char next[MARK_SIZE] = "";
	struct registry_mark mark;
	bool more = false;
	int r = sd_bus_message_new_method_return(call, &m);

	l->m = m;
	if (r >= 0)
		r = put_page(l, &more, &mark);
	if (r >= 0 && more)
		mark_to_text(&mark, l->page.order, next);
	if (r >= 0 && has_next)
		r = sd_bus_message_append(m, "s", next);
	if (r < 0)
		return log_errno(r, "Cannot make an answer for the control socket");
	return sd_bus_send(NULL, m, NULL);
}

/* --- The methods --- */

int listing_of_all(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct listing l = { .core = userdata,
			     .page = { .most = HALLMARK_BUS_LIST_MAX, .looks = HALLMARK_BUS_LIST_MAX } };
	const size_t n = registry_count(l.core->settler.registry);

	if (n > HALLMARK_BUS_LIST_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
					 "%zu devices are too many for one answer: ask ListDevices", n);
	return answer(call, &l, false);
}

int listing_after(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct listing l = { .core = userdata, .page = { .most = HALLMARK_BUS_PAGE, .looks = HALLMARK_BUS_PAGE } };
	const char *text;
	int r = sd_bus_message_read(call, "s", &text);

	if (r < 0)
		return r;
	if (text[0] && !mark_from_text(text, REGISTRY_BY_ID, &l.after))
		return filter_refuse(error, "\"%s\" is not a whole device id", text);
	l.page.after = text[0] ? &l.after : NULL;
	return answer(call, &l, false);
}

/* What follows the filter. Returns 0 or a negative errno. */
static int take_page(sd_bus_message *call, struct listing *l, sd_bus_error *error)
{
	const char *order, *after;
	uint32_t limit;
	int r = sd_bus_message_read(call, "ssu", &order, &after, &limit);

	if (r < 0)
		return r;
	r = take_order(order, &l->page.order, error);
	if (r < 0)
		return r;
	if (after[0] && !mark_from_text(after, l->page.order, &l->after))
		return filter_refuse(
			error,
			TO_TRANSLATE("\"after\" is not what an answer in this order gave as \"next\"") ": \"%s\"",
			after);
	if (limit > HALLMARK_BUS_LIMIT_MAX)
		return filter_refuse(
			error, TO_TRANSLATE("more devices than one answer holds are asked for") ": %u; at most %d",
			limit, HALLMARK_BUS_LIMIT_MAX);
	l->page.after = after[0] ? &l->after : NULL;
	l->page.most = limit > 0 ? limit : HALLMARK_BUS_LIMIT;
	return 0;
}

int listing_of_devices(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct listing l = { .core = userdata, .page.looks = LOOKS_MAX, .bytes_max = HALLMARK_BUS_PAGE_BYTES };
	int r;

	l.filter.core = l.core;
	l.filter.now_sec = timekeeper_peek(&l.core->settler.time);
	r = filter_read(call, filter_keys, ARRAY_SIZE(filter_keys), &l.filter, &l.filter.given, error);
	if (r >= 0)
		r = take_page(call, &l, error);
	return r < 0 ? r : answer(call, &l, true);
}
