/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl list`: asks for the devices page by page, and prints each page when it comes, so that neither side has all of them
 * at once. Which devices and in which order is the daemon's to decide.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "ctl/ask/online.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/show.h"
#include "ctl/ask/unknown.h"
#include "ctl/page.h"
#include "ctl/pager.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

DEFINE_CLEANUP(struct value *, value_free);

/* What is asked for, and what was printed of it. */
struct listing {
	const struct ctl *ctl;
	struct page page;
	struct pager *pager; /* owned; NULL: none */
	struct list_marks marks;
	struct value *next; /* owned; the mark behind the last page; NULL: there was none */
	uint32_t expiring_sec;
	uint32_t most; /* devices; 0: all */
	bool has_begun;
};

static void listing_done(struct listing *l)
{
	if (l->next)
		value_free(l->next);
	pager_end(l->pager);
}

static bool has_filter(const struct ctl *ctl)
{
	return ctl->zone || ctl->reason || ctl->scheme || ctl->segment || ctl->held || ctl->expiring || ctl->id;
}

static int append_text(sd_bus_message *m, const char *key, const char *text)
{
	return text ? sd_bus_message_append(m, "{sv}", key, "s", text) : 0;
}

static int append_filter(sd_bus_message *m, const struct listing *l)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_text(m, "zone", l->ctl->zone);
	if (r >= 0)
		r = append_text(m, "reason", l->ctl->reason);
	if (r >= 0)
		r = append_text(m, "scheme", l->ctl->scheme);
	if (r >= 0)
		r = append_text(m, "segment", l->ctl->segment);
	if (r >= 0)
		r = append_text(m, "id", l->ctl->id);
	if (r >= 0 && l->ctl->held)
		r = sd_bus_message_append(m, "{sv}", "held", "b", 1);
	if (r >= 0 && l->ctl->expiring)
		r = sd_bus_message_append(m, "{sv}", "expiring", "u", l->expiring_sec);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_question(sd_bus_message *m, const void *userdata)
{
	const struct listing *l = userdata;
	const size_t left = l->most - l->marks.n_rows;
	const uint32_t limit = l->most > 0 && left < HALLMARK_BUS_LIMIT_MAX ? (uint32_t)left : HALLMARK_BUS_LIMIT_MAX;
	int r = append_filter(m, l);

	return r < 0 ? r :
		       sd_bus_message_append(m, "ssu", l->ctl->sort ? l->ctl->sort : "", l->next ? l->next->text : "",
					     limit);
}

/* Not earlier: what goes wrong until then is told on the terminal. */
static void begin(struct listing *l)
{
	if (!l->ctl->json && !l->ctl->no_pager)
		l->pager = pager_begin(l->ctl->out);
	l->page.out = pager_out(l->pager, l->ctl->out);
	if (l->ctl->json)
		(void)fputc('[', l->page.out);
	l->has_begun = true;
}

static void print_page(struct listing *l, const struct value *devices)
{
	if (!l->has_begun)
		begin(l);
	if (!l->ctl->json) {
		show_list_rows(&l->page, devices, &l->marks);
		return;
	}
	value_members_to_json(devices, l->marks.n_rows == 0, l->page.out);
	for (const struct value *d = devices->first; d; d = d->next)
		l->marks.n_rows++;
}

static void print_end(const struct listing *l)
{
	const struct ctl *ctl = l->ctl;

	if (ctl->json)
		(void)fputs("]\n", l->page.out);
	else if (l->marks.n_rows > 0)
		show_list_end(&l->page, &l->marks);
	else if (has_filter(ctl))
		(void)fputs(translated("no device fits these options\n"), l->page.out);
	else
		(void)fputs(translated("no device has been judged yet\n"), l->page.out);
}

/* Asks for the next page and prints it. Returns whether there may be another one. */
static bool list_page(struct listing *l, sd_bus *bus, enum ctl_exit *ret)
{
	_cleanup_(value_freep) struct value *devices = NULL;
	struct value *next = NULL;

	*ret = ask_over(
		bus,
		&(struct peer_question){
			.method = "ListDevices", .append = append_question, .userdata = l, .ret_second = &next },
		&devices);
	if (l->next)
		value_free(l->next);
	l->next = next;
	if (*ret != CTL_YES)
		return false;
	print_page(l, devices);
	l->has_begun = true;
	return next && next->kind == VALUE_TEXT && next->text[0] != '\0' && (l->most == 0 || l->marks.n_rows < l->most);
}

static enum ctl_exit list_devices(struct listing *l)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	enum ctl_exit r;

	if (peer_connect(l->ctl->socket ? l->ctl->socket : HALLMARK_BUS_SOCKET, &bus) < 0)
		return CTL_FAULT;
	while (list_page(l, bus, &r))
		;
	if (r == CTL_YES)
		print_end(l);
	return r;
}

/* --- The command --- */

static bool parse_limit(const char *text, uint32_t *ret)
{
	char *end = NULL;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < 1 || n > UINT32_MAX) {
		log_error("--limit \"%s\": give a whole number from 1: how many devices to show", text);
		return false;
	}
	*ret = (uint32_t)n;
	return true;
}

static bool parse_expiring(const char *text, uint32_t *ret)
{
	int64_t sec;

	if (!when_parse_span(text, &sec) || sec > UINT32_MAX) {
		log_error("--expiring \"%s\": give a time as 90s, 30m, 24h or 7d", text);
		return false;
	}
	*ret = (uint32_t)sec;
	return true;
}

static bool is_about_devices(const struct ctl *ctl)
{
	return has_filter(ctl) || ctl->sort || ctl->limit;
}

enum ctl_exit ctl_list(const struct ctl *ctl)
{
	_cleanup_(listing_done) struct listing l = { .ctl = ctl, .page = page_open(ctl->out, clock_realtime_sec()) };

	if ((ctl->refused || ctl->unknown) && (is_about_devices(ctl) || (ctl->refused && ctl->unknown))) {
		log_error("--refused and --unknown list who was not judged, and take none of the options that choose "
			  "devices: give one or the other");
		return CTL_FAULT;
	}
	if (ctl->unknown)
		return list_unknown(ctl);
	if (ctl->refused)
		return ask_daemon(ctl, &(struct peer_question){ .method = "FailedHandshakes" }, show_refused, NULL);
	if ((ctl->limit && !parse_limit(ctl->limit, &l.most)) ||
	    (ctl->expiring && !parse_expiring(ctl->expiring, &l.expiring_sec)))
		return CTL_FAULT;
	return list_devices(&l);
}
