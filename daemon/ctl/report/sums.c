/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/sums.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "ctl/value.h"
#include "hallmark/reason.h"
#include "hallmark/record.h"
#include "store/record.h"

#define QUARANTINE "quarantine"
#define ORDER      "order: " /* how the rule of an order's entry begins */

/* An order in force. */
struct standing {
	uint8_t device[SHA256_LEN];
	struct value *row; /* owned */
};

void sums_init(struct sums *s, const struct month *month, int64_t now_sec, const char *segment)
{
	*s = (struct sums){ .month = month,
			    .end_sec = month_end(month, now_sec),
			    .segment = segment,
			    .orders = value_new(VALUE_LIST),
			    .ended = value_new(VALUE_LIST) };
}

static void free_standing(void *node)
{
	struct standing *one = node;

	if (one->row)
		value_free(one->row);
	free(one);
}

void sums_done(struct sums *s)
{
	tdestroy(s->standing, free_standing);
	counts_done(&s->zones);
	counts_done(&s->reasons);
	counts_done(&s->people);
	counts_done(&s->households);
	value_free(s->orders);
	value_free(s->ended);
}

/* --- What an entry is --- */

static bool is_of_gateway(const struct record *r)
{
	static const uint8_t none[SHA256_LEN];

	return memcmp(r->device, none, SHA256_LEN) == 0;
}

/* As "allow", "released", "reattest" or "open vlan101"; NULL: nobody ordered anything. */
static const char *order_of(const struct record *r)
{
	if (r->cause != CAUSE_OPERATOR)
		return NULL;
	if (is_of_gateway(r))
		return r->zone_after;
	return strncmp(r->rule, ORDER, strlen(ORDER)) == 0 ? r->rule + strlen(ORDER) : r->rule;
}

static bool begins_order(const char *order)
{
	return strcmp(order, "allow") == 0 || strcmp(order, "monitor") == 0 || strcmp(order, QUARANTINE) == 0;
}

static bool ends_order(const char *order)
{
	return strcmp(order, "released") == 0 || strcmp(order, "ended") == 0;
}

/* That the whole gateway was opened concerns each household; of an interface alone it is not known which. */
static bool concerns(const struct sums *s, const struct record *r)
{
	if (!s->segment)
		return true;
	return is_of_gateway(r) ? !strchr(r->zone_after, ' ') : strcmp(r->segment, s->segment) == 0;
}

/* --- Rows --- */

static struct value *row_of(const struct record *r, const char *order)
{
	struct value *row = value_new(VALUE_MAP);
	char device[SHA256_HEX_SIZE] = "";

	if (!is_of_gateway(r))
		bytes_to_hex(BYTES(r->device), device);
	value_add_number(row, "entry", (int64_t)r->sequence);
	value_add_text(row, "order", order);
	value_add_text(row, "device", device);
	value_add_text(row, "name", r->name);
	value_add_text(row, "household", r->segment);
	value_add_text(row, "by", r->ordered_by);
	value_add_text(row, "login", strcmp(r->ordered_login, r->ordered_by) == 0 ? "" : r->ordered_login);
	value_add_text(row, "role", r->ordered_role);
	return row;
}

/* --- Orders in force --- */

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct standing *)a)->device, ((const struct standing *)b)->device, SHA256_LEN);
}

static void drop(struct sums *s, struct standing *one)
{
	(void)tdelete(one, &s->standing, compare);
	s->n_standing--;
	free_standing(one);
}

/* A device may have gone to another household since its order began. */
static bool is_wanted(const struct sums *s, const struct value *row)
{
	return !s->segment || strcmp(value_text(row, "household"), s->segment) == 0;
}

/* Told in the month's list, if it was in force in the month. */
static void end_order(struct sums *s, struct standing *one, int64_t at_sec, const char *state)
{
	if (at_sec >= s->month->from_sec && is_wanted(s, one->row)) {
		counts_of(&s->households, value_text(one->row, "household"))[SUM_EXCEPTIONS]++;
		value_add_number(one->row, "until", at_sec);
		value_add_text(one->row, "state", state);
		value_add(s->ended, NULL, TAKE_PTR(one->row));
	}
	drop(s, one);
}

static void begin_order(struct sums *s, const struct record *r, const char *order)
{
	struct standing *one = calloc(1, sizeof(*one));

	if (!one) {
		log_error("out of memory");
		exit(2);
	}
	memcpy(one->device, r->device, SHA256_LEN);
	one->row = row_of(r, order);
	value_add_number(one->row, "from", r->time_sec);
	if (!tsearch(one, &s->standing, compare)) {
		log_error("out of memory");
		exit(2);
	}
	s->n_standing++;
}

/* Whether the order before it is in force or not, a new one takes its place. */
static void follow_order(struct sums *s, const struct record *r, const char *order)
{
	struct standing key, *const *found;

	memcpy(key.device, r->device, SHA256_LEN);
	found = tfind(&key, &s->standing, compare);
	if (found && begins_order(order))
		end_order(s, *found, r->time_sec, TO_TRANSLATE("replaced"));
	else if (found && ends_order(order))
		end_order(s, *found, r->time_sec,
			  strcmp(order, "ended") == 0 ? TO_TRANSLATE("ended") : TO_TRANSLATE("released"));
	if (!begins_order(order))
		return;
	if (s->n_standing < SUMS_ROWS_MAX)
		begin_order(s, r, order);
	else
		s->n_left_out++;
}

struct standing_list {
	struct sums *sums;
	struct value *list;
};

static void take_one(const void *node, VISIT visit, void *userdata)
{
	struct standing *one = *(struct standing *const *)node;
	struct standing_list *to = userdata;

	if ((visit != postorder && visit != leaf) || !is_wanted(to->sums, one->row))
		return;
	counts_of(&to->sums->households, value_text(one->row, "household"))[SUM_EXCEPTIONS]++;
	value_add_text(one->row, "state", TO_TRANSLATE("still in force"));
	value_add(to->list, NULL, TAKE_PTR(one->row));
}

struct value *sums_take_standing(struct sums *s)
{
	struct standing_list to = { s, value_new(VALUE_LIST) };

	twalk_r(s->standing, take_one, &to);
	return to.list;
}

/* --- Counting --- */

static unsigned kind_of(const char *order)
{
	if (strcmp(order, "allow") == 0)
		return SUM_ALLOW;
	if (strcmp(order, "monitor") == 0)
		return SUM_MONITOR;
	return strcmp(order, QUARANTINE) == 0 ? SUM_QUARANTINE : SUM_OTHER;
}

/* What ended by itself, nobody ordered. */
static void count_order(struct sums *s, const struct record *r, const char *order)
{
	struct value *row;

	if (strcmp(order, "ended") == 0)
		return;
	s->n_ordered++;
	counts_of(&s->people, r->ordered_by)[kind_of(order)]++;
	if (!is_of_gateway(r))
		counts_of(&s->households, r->segment)[SUM_ORDERS]++;
	if (s->n_ordered > SUMS_ROWS_MAX) {
		s->n_left_out++;
		return;
	}
	row = row_of(r, order);
	value_add_number(row, "at", r->time_sec);
	value_add_text(row, "zone", is_of_gateway(r) ? "" : r->zone_after);
	value_add_number(row, "until", begins_order(order) || is_of_gateway(r) ? r->until_sec : 0);
	value_add_text(row, "why", is_of_gateway(r) ? r->rule : "");
	value_add(s->orders, NULL, row);
}

static void count_refusal(struct sums *s, const struct record *r)
{
	if (r->reason == REASON_EXPIRED || r->cause == CAUSE_EXPIRED) {
		s->n_expired++;
		return;
	}
	s->n_refused++;
	counts_of(&s->reasons, reason_name(r->reason))[SUM_REFUSALS]++;
	counts_of(&s->households, r->segment)[SUM_REFUSALS]++;
}

static void count_decision(struct sums *s, const struct record *r)
{
	const bool was_outside = r->zone_before[0] == '\0' || strcmp(r->zone_before, QUARANTINE) == 0;
	uint64_t *zone;

	if (strcmp(r->zone_after, QUARANTINE) == 0) {
		count_refusal(s, r);
		return;
	}
	zone = counts_of(&s->zones, r->zone_after);
	if (!was_outside) {
		zone[strcmp(r->zone_before, r->zone_after) == 0 ? SUM_CHANGED : SUM_MOVED]++;
		return;
	}
	zone[SUM_ADMITTED]++;
	s->n_admitted++;
	counts_of(&s->households, r->segment)[SUM_ADMISSIONS]++;
}

void sums_add(const struct record *r, void *userdata)
{
	struct sums *s = userdata;
	const char *order = order_of(r);

	if (s->foot > 0 && s->whole_sec == 0 && r->sequence > s->foot)
		s->whole_sec = r->time_sec;
	if (r->time_sec >= s->end_sec)
		return;
	if (order && !is_of_gateway(r))
		follow_order(s, r, order);
	if (r->time_sec < s->month->from_sec || !concerns(s, r))
		return;
	s->n_entries++;
	if (order)
		count_order(s, r, order);
	else
		count_decision(s, r);
}
