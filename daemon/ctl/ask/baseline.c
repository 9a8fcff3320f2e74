/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl baseline`: who is there and was never judged, as a file of the inventory with an exception for each. It changes nothing:
 * somebody reviews it, and names it in the configuration.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/language.h"
#include "base/log.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/unknown.h"
#include "ctl/file.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

#define DAY_SEC    INT64_C(86400)
#define VENDOR_MAX 20 /* letters of a name */
#define LETTERS    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define UNKNOWN    "unknown"

DEFINE_CLEANUP(struct value *, value_free);

/* One device, at the place where it was heard last. */
struct row {
	const struct value *device;
	uint8_t mac[6];
	char name[INVENTORY_TEXT_MAX + 1];
};

struct baseline {
	const struct ctl *ctl;
	struct row *rows; /* owned */
	size_t n;
	size_t n_nowhere; /* devices of which it is not known at which port of a bridge they are, or whose port is gone */
};

static void baseline_done(struct baseline *b)
{
	free(b->rows);
}

/* --- Which devices --- */

static int compare_devices(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	const int64_t last = value_number(x->device, "last"), other = value_number(y->device, "last");
	int order = memcmp(x->mac, y->mac, sizeof(x->mac));

	if (order == 0)
		order = strcmp(value_text(x->device, "interface"), value_text(y->device, "interface"));
	return order != 0 ? order : (last < other) - (last > other);
}

static bool has_place(const struct value *d)
{
	return value_text(d, "interface")[0] && (!value_flag(d, "bridge") || value_text(d, "bridge_port")[0]);
}

static const char *place_of(const struct value *d)
{
	const char *port = value_text(d, "bridge_port");

	return port[0] ? port : value_text(d, "interface");
}

/* At the same interface; of a bridge, at any of its ports. */
static bool are_one_place(const struct row *a, const struct row *b)
{
	return memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 &&
	       strcmp(value_text(a->device, "interface"), value_text(b->device, "interface")) == 0;
}

/* Of each MAC at an interface the place where it was heard last, if that is known. */
static int choose(struct baseline *b, const struct value *all)
{
	const char *segment = b->ctl->segment;
	size_t n = 0, kept = 0;

	for (const struct value *d = all->first; d; d = d->next)
		n++;
	b->rows = calloc(n + 1, sizeof(*b->rows));
	if (!b->rows)
		return log_errno(-ENOMEM, "the list of devices");
	for (const struct value *d = all->first; d; d = d->next) {
		struct row *row = &b->rows[b->n];

		row->device = d;
		if ((segment && strcmp(segment, value_text(d, "segment")) != 0) ||
		    !mac_from_text(value_text(d, "mac"), row->mac))
			continue;
		b->n += has_place(d);
		b->n_nowhere += !has_place(d);
	}
	if (b->n > 0)
		qsort(b->rows, b->n, sizeof(*b->rows), compare_devices);
	for (size_t i = 0; i < b->n; i++)
		if (kept == 0 || !are_one_place(&b->rows[kept - 1], &b->rows[i]))
			b->rows[kept++] = b->rows[i];
	b->n = kept;
	return 0;
}

/* --- What they are called --- */

/* "Acme-A1B2C3", or with all digits of the MAC: the vendor's first word, whatever else its name has. */
static void make_name(struct row *row, bool is_long)
{
	const char *vendor = value_text(row->device, "vendor");
	const size_t from = is_long ? 0 : sizeof(row->mac) / 2, n = strspn(vendor, LETTERS);
	char digits[2 * sizeof(row->mac) + 1];

	bytes_to_hex(bytes_of(row->mac + from, sizeof(row->mac) - from), digits);
	for (char *c = digits; *c; c++)
		*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
	(void)snprintf(row->name, sizeof(row->name), "%.*s-%s",
		       n > 1 ? (int)(n < VENDOR_MAX ? n : VENDOR_MAX) : (int)strlen(UNKNOWN), n > 1 ? vendor : UNKNOWN,
		       digits);
}

static bool have_same_name(const struct row *a, const struct row *b)
{
	return strcmp(value_text(a->device, "segment"), value_text(b->device, "segment")) == 0 &&
	       strcmp(a->name, b->name) == 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(value_text(x->device, "segment"), value_text(y->device, "segment"));

	order = order != 0 ? order : strcmp(x->name, y->name);
	return order != 0 ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
}

/* Unique within a household, whose devices stand together. A name of the inventory stays. */
static void name_all(struct baseline *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (value_text(b->rows[i].device, "name")[0])
			(void)snprintf(b->rows[i].name, sizeof(b->rows[i].name), "%s",
				       value_text(b->rows[i].device, "name"));
		else
			make_name(&b->rows[i], false);
	if (b->n > 0)
		qsort(b->rows, b->n, sizeof(*b->rows), compare_names);
	for (size_t i = b->n; i-- > 1;) /* the first of equal ones keeps the short name */
		if (!value_text(b->rows[i].device, "name")[0] && have_same_name(&b->rows[i - 1], &b->rows[i]))
			make_name(&b->rows[i], true);
}

/* --- The file --- */

static void write_rows(const struct baseline *b, FILE *out)
{
	static const char *const columns[] = { "segment", "name", "interface", "mac", "place", "exception", "until" };

	csv_begin(out);
	csv_write(columns, ARRAY_SIZE(columns), out);
	for (size_t i = 0; i < b->n; i++) {
		const struct value *d = b->rows[i].device;
		const char *const cells[ARRAY_SIZE(columns)] = {
			value_text(d, "segment"), b->rows[i].name, place_of(d),  value_text(d, "mac"),
			value_text(d, "place"),   b->ctl->zone,    b->ctl->until
		};

		csv_write(cells, ARRAY_SIZE(cells), out);
	}
}

static int put_rows(FILE *out, void *userdata)
{
	write_rows(userdata, out);
	return 0;
}

/* The daemon's user must be able to read it. */
static int save(struct baseline *b)
{
	const mode_t mask = umask(022);
	const int r = file_save_with(b->ctl->output, put_rows, b);

	(void)umask(mask);
	return r;
}

/* --- What it is for --- */

static bool check_until(const char *text)
{
	const int64_t now_sec = clock_realtime_sec();
	int64_t until_sec;

	if (!exception_parse_end(text, &until_sec))
		log_error("--until \"%s\": give a day, as 2027-01-31 (to its end, in UTC), or a time, as "
			  "2027-01-31T18:00:00+09:00",
			  text);
	else if (until_sec <= now_sec)
		log_error("--until \"%s\" is over already; give a later one", text);
	else if (until_sec > now_sec + EXCEPTION_DAYS_MAX * DAY_SEC)
		log_error("--until \"%s\": an exception ends within %d days; give an earlier end", text,
			  EXCEPTION_DAYS_MAX);
	else
		return true;
	return false;
}

/* "quarantine" leads to nothing; the daemon names the zone that cannot be given. */
static bool check_zone(const char *zone, const struct value *status)
{
	const struct value *zones = value_get(status, "zones");
	char known[1024] = "";

	for (const struct value *z = zones ? zones->first : NULL; z; z = z->next) {
		if (z == zones->first) /* quarantine */
			continue;
		if (strcmp(z->key, zone) == 0)
			return true;
		(void)snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", known[0] ? ", " : "",
			       z->key);
	}
	log_error("--zone \"%s\": no zone for an exception; give one of these: %s", zone, known);
	return false;
}

static void say_result(const struct baseline *b)
{
	log_notice(translated_n("%zu device, in zone %s until %s. Nothing has changed yet.",
				"%zu devices, each in zone %s until %s. Nothing has changed yet.", (int64_t)b->n),
		   b->n, b->ctl->zone, b->ctl->until);
	if (b->n_nowhere > 0)
		log_warning(
			"%zu places are left out: it is not known at which port of the bridge the device is, or the "
			"port is gone. Try again when it sends",
			b->n_nowhere);
	if (b->n == 0)
		return;
	log_notice("Look at each row, and remove what should not pass. Name the file in inventory.files of the "
		   "configuration, in place of an earlier baseline");
	log_notice(
		"`hallmarkctl check CONFIGURATION --diff` says who would still be cut off; `hallmarkctl reload` puts "
		"it into force");
}

static enum ctl_exit find_zone(const struct ctl *ctl)
{
	_cleanup_(value_freep) struct value *status = NULL;
	char why[PEER_WHY_SIZE];
	const struct peer_errand errand = { .path = ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET,
					    .method = "Status" };
	const int r = peer_ask(&errand, &status, why);

	if (r < 0) {
		log_error("%s: %s; is hallmarkd running (`systemctl status hallmarkd`), and are you allowed to ask it?",
			  errand.path, why);
		return CTL_FAULT;
	}
	return check_zone(ctl->zone, status) ? CTL_YES : CTL_FAULT;
}

enum ctl_exit ctl_baseline(const struct ctl *ctl)
{
	_cleanup_(baseline_done) struct baseline b = { .ctl = ctl };
	_cleanup_(value_freep) struct value *all = value_new(VALUE_LIST);
	enum ctl_exit r;

	if (ctl->json) {
		log_error("a baseline is CSV; for JSON use `hallmarkctl --json list --unknown`");
		return CTL_FAULT;
	}
	if (ctl->output && access(ctl->output, F_OK) == 0) {
		log_error("%s is there already; give another name, or move it away", ctl->output);
		return CTL_FAULT;
	}
	r = check_until(ctl->until) ? find_zone(ctl) : CTL_FAULT;
	if (r == CTL_YES)
		r = unknown_ask_daemon(ctl, all);
	if (r != CTL_YES)
		return r;
	if (choose(&b, all) < 0)
		return CTL_FAULT;
	name_all(&b);
	if (!ctl->output)
		write_rows(&b, ctl->out);
	else if (save(&b) < 0)
		return CTL_FAULT;
	say_result(&b);
	return CTL_YES;
}
