/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decision record says of a month: sums, and lists of bounded length, filled entry by entry in the record's order. Entries
 * from before the month are needed, too: an order may have begun long ago.
 */
#pragma once

#include "ctl/report/counts.h"
#include "ctl/report/month.h"

struct record;
struct value;

#define SUMS_ROWS_MAX 10000 /* of a list: four hundred pages; what is behind is counted */

/* Counters: of a zone, */
enum { SUM_ADMITTED = 0, SUM_MOVED /* from another zone but quarantine */, SUM_CHANGED /* in another way */ };
/* of a person, */
enum { SUM_ALLOW = 0, SUM_MONITOR, SUM_QUARANTINE, SUM_OTHER /* released, reattest, open, closed */ };
/* and of a household. Those of a reason have one, as have those of nothing else. */
enum { SUM_REFUSALS = 0, SUM_ORDERS, SUM_EXCEPTIONS, SUM_ADMISSIONS };

struct sums {
	const struct month *month;
	int64_t end_sec;            /* what the report covers ends before it */
	const char *segment;        /* only of this household; NULL: of all */
	const struct value *within; /* texts: the daemon gave entries of these alone; NULL: of all. Set it as `foot` */
	uint64_t foot;      /* the sequence up to which retention has removed entries: set it before the first entry */
	int64_t whole_sec;  /* from this time on the record has all entries; 0: always, or nothing is known */
	uint64_t n_entries; /* of the month */
	uint64_t n_admitted, n_refused, n_expired, n_ordered;
	struct counts zones, reasons, people, households;
	struct value *orders, *ended; /* owned lists: orders that were given, and those that ended */
	void *standing;               /* owned tree: orders in force, by device */
	size_t n_standing;
	uint64_t n_left_out; /* rows behind the limits */
};

/* Release it with sums_done(). */
void sums_init(struct sums *s, const struct month *month, int64_t now_sec, const char *segment);
void sums_done(struct sums *s);

/* Adds the record's next entry. For record_each(): userdata is the struct sums. */
void sums_add(const struct record *r, void *userdata);

/*
 * After the last entry: the orders that are in force, as a list that the caller owns; their households have an exception more.
 * `sums_add()` must not be called after it.
 */
struct value *sums_take_standing(struct sums *s);
