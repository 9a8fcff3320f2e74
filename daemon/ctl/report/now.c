/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/now.h"

#include <string.h>

#include "base/cleanup.h"
#include "ctl/ask/online.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/unknown.h"
#include "ctl/report/scope.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

DEFINE_CLEANUP(struct value *, value_free);

/* What is asked for page by page. */
struct paging {
	sd_bus *bus;
	const struct scope *scope;
	struct value *last; /* owned: the mark behind the last page; NULL: there was none */
	struct now *now;
};

static void paging_done(struct paging *p)
{
	if (p->last)
		value_free(p->last);
}

static void free_value(struct value *v)
{
	if (v)
		value_free(v);
}

void now_done(struct now *n)
{
	counts_done(&n->refused);
	free_value(n->metrics);
	free_value(n->segments);
	free_value(n->orders);
	free_value(n->exceptions);
}

/* --- Devices --- */

static void keep_order(struct value *orders, const struct value *device)
{
	static const char *const texts[] = { "device", "name", "segment", "order", "order_reason" };
	static const char *const numbers[] = { "order_since", "order_until", "order_by" };
	struct value *one = value_add_new(orders, NULL, VALUE_MAP);

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		value_add_text(one, texts[i], value_text(device, texts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		value_add_number(one, numbers[i], value_number(device, numbers[i]));
}

static void count_device(struct now *n, const struct value *device)
{
	const char *order = value_text(device, "order");

	if (order[0] != '\0')
		keep_order(n->orders, device);
	if (strcmp(order, "quarantine") == 0) {
		n->n_quarantined++;
	} else if (order[0] != '\0') {
		n->n_excepted++;
	} else if (strcmp(value_text(device, "zone"), "quarantine") != 0) {
		n->n_attested++;
	} else {
		n->n_refused++;
		counts_of(&n->refused, value_text(device, "reason"))[0]++;
	}
}

static int append_devices(sd_bus_message *m, const void *userdata)
{
	const struct paging *p = userdata;
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0 && p->scope->segment)
		r = sd_bus_message_append(m, "{sv}", "segment", "s", p->scope->segment);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "ssu", "id", p->last ? p->last->text : "", HALLMARK_BUS_LIMIT_MAX);
}

/* Returns whether there may be another page. */
static bool count_page(struct paging *p, enum ctl_exit *ret)
{
	_cleanup_(value_freep) struct value *devices = NULL;
	struct value *next = NULL;

	*ret = ask_over(p->bus,
			&(struct peer_question){
				.method = "ListDevices", .append = append_devices, .userdata = p, .ret_second = &next },
			&devices);
	paging_done(p);
	p->last = next;
	if (*ret != CTL_YES)
		return false;
	for (const struct value *d = devices->first; d; d = d->next)
		if (scope_has(p->scope, value_text(d, "segment")))
			count_device(p->now, d);
	return p->last && p->last->kind == VALUE_TEXT && p->last->text[0] != '\0';
}

static enum ctl_exit count_devices(sd_bus *bus, const struct scope *scope, struct now *ret)
{
	_cleanup_(paging_done) struct paging p = { .bus = bus, .scope = scope, .now = ret };
	enum ctl_exit r;

	while (count_page(&p, &r))
		;
	return r;
}

/* --- Devices that were never judged --- */

/* Who has an exception is counted with these. */
static enum ctl_exit count_unknown(sd_bus *bus, const struct scope *scope, struct now *ret)
{
	_cleanup_(value_freep) struct value *all = value_new(VALUE_LIST);
	const enum ctl_exit r = unknown_ask(bus, all);

	for (const struct value *d = all->first; d; d = d->next)
		if (scope_has(scope, value_text(d, "segment")) && value_text(d, "exception")[0] == '\0')
			ret->n_unknown++;
	return r;
}

/* --- Exceptions of the inventory --- */

static int append_number(sd_bus_message *m, const void *userdata)
{
	return sd_bus_message_append(m, "u", *(const uint32_t *)userdata);
}

/* One that was never judged has no id: its MAC stands for a name that nobody gave it. */
static void keep_exception(struct now *n, const struct value *exception)
{
	const char *name = value_text(exception, "name");
	struct value *one = value_add_new(n->exceptions, NULL, VALUE_MAP);

	value_add_text(one, "name", name[0] != '\0' ? name : value_text(exception, "mac"));
	value_add_text(one, "household", value_text(exception, "segment"));
	value_add_text(one, "zone", value_text(exception, "zone"));
	value_add_text(one, "state", value_text(exception, "state"));
	value_add_number(one, "until", value_number(exception, "until"));
	n->n_excepted += strcmp(value_text(exception, "state"), NOW_IN_FORCE) == 0;
}

static enum ctl_exit list_exceptions(sd_bus *bus, const struct scope *scope, struct now *ret)
{
	uint32_t from = 0;

	for (bool has_more = true; has_more;) {
		_cleanup_(value_freep) struct value *some = NULL;
		const enum ctl_exit r = ask_over(
			bus,
			&(struct peer_question){ .method = "Exceptions", .append = append_number, .userdata = &from },
			&some);

		if (r != CTL_YES)
			return r;
		has_more = some->first != NULL;
		for (const struct value *e = some->first; e; e = e->next, from++)
			if (scope_has(scope, value_text(e, "segment")))
				keep_exception(ret, e);
	}
	return CTL_YES;
}

static enum ctl_exit list_segments(sd_bus *bus, const struct scope *scope, struct now *ret)
{
	_cleanup_(value_freep) struct value *all = NULL;
	const enum ctl_exit r = ask_over(bus, &(struct peer_question){ .method = "Segments" }, &all);

	if (r != CTL_YES)
		return r;
	for (const struct value *s = all->first; s; s = s->next)
		if (scope_has(scope, value_text(s, "name")))
			value_add_text(value_add_new(ret->segments, NULL, VALUE_MAP), "name", value_text(s, "name"));
	return CTL_YES;
}

enum ctl_exit now_ask(const struct ctl *ctl, const struct scope *scope, struct now *ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	enum ctl_exit r;

	*ret = (struct now){ .segments = value_new(VALUE_LIST),
			     .orders = value_new(VALUE_LIST),
			     .exceptions = value_new(VALUE_LIST) };
	if (peer_connect(ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET, &bus) < 0)
		return CTL_FAULT;
	r = ask_over(bus, &(struct peer_question){ .method = "Metrics" }, &ret->metrics);
	if (r == CTL_YES)
		r = list_segments(bus, scope, ret);
	if (r != CTL_YES || (scope->segment && !ret->segments->first)) /* nobody is in a household that there is not */
		return r;
	r = count_devices(bus, scope, ret);
	if (r == CTL_YES)
		r = count_unknown(bus, scope, ret);
	return r == CTL_YES ? list_exceptions(bus, scope, ret) : r;
}
