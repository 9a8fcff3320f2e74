/* SPDX-License-Identifier: Apache-2.0 */
/* Each method reads an order, reports errors in terms of its arguments, and answers once the order is in force. */
#include "core/bus/order_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "base/check.h"
#include "base/language.h"
#include "config/config.h"
#include "core/act/ordering.h"
#include "core/bus/access.h"
#include "core/bus/find_device.h"
#include "core/core.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"
#include "token/names.h"

#define DAYS_MAX    (ORDER_MAX_SEC / 86400)
#define KEY_HEX_MIN 16 /* digits of an id that identify a key: nobody can make another key whose id begins with them */

static int bad(sd_bus_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int bad(sd_bus_error *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)sd_bus_error_setfv(error, HALLMARK_BUS_BAD_ORDER, format, ap);
	va_end(ap);
	return -EINVAL;
}

_Static_assert(ORDER_REASON_SIZE == 96, "take_reason() says so");

/* --- The order --- */

/* The arguments of an exception, besides the device. */
struct exception {
	enum order_kind kind;
	bool is_unproved; /* the operator knows that no trusted certificate confirms the UEID */
};

static int take_reason(const char *text, struct order *o, sd_bus_error *error)
{
	if (text[0] == '\0' && o->kind != ORDER_QUARANTINE)
		return bad(error, TO_TRANSLATE("this order needs a reason, for others to read") ": %s",
			   order_kind_name(o->kind));
	if (!bytes_to_text(bytes_of_string(text), o->reason, sizeof(o->reason)))
		return bad(error, "%s",
			   TO_TRANSLATE("the reason must be one line of at most 95 bytes, without control characters"));
	return 0;
}

static int take_time(uint32_t seconds, struct order *o, sd_bus_error *error)
{
	if (seconds == 0 && o->kind != ORDER_QUARANTINE)
		return bad(error, "%s needs an end: say for how long, at most %d days", order_kind_name(o->kind),
			   DAYS_MAX);
	if (seconds > ORDER_MAX_SEC && o->kind != ORDER_QUARANTINE)
		return bad(error, "%u s is too long: %s is for at most %d days; give the order again after that",
			   seconds, order_kind_name(o->kind), DAYS_MAX);
	if (seconds > 0)
		o->until_sec = o->since_sec + seconds;
	return 0;
}

static int take_zone(const struct policy *policy, const char *name, struct order *o, sd_bus_error *error)
{
	int zone = -1;

	for (int i = 0; i < policy->n_zones; i++)
		if (strcmp(policy->zones[i].name, name) == 0)
			zone = i;
	if (zone < 0)
		return bad(
			error,
			TO_TRANSLATE("the configuration has no such zone; `hallmarkctl status` lists them") ": \"%s\"",
			name);
	if (zone == ZONE_QUARANTINE)
		return bad(error, TO_TRANSLATE("that zone admits no device; use `hallmarkctl quarantine`") ": \"%s\"",
			   name);
	memcpy(o->zone, policy->zones[zone].name, sizeof(o->zone));
	return 0;
}

/* Anyone may claim a UEID or a MAC, and a key with a few given digits of its id can be found. */
static bool names_key(const char *text, const struct verdict *v)
{
	char device[SHA256_HEX_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	return strlen(text) >= KEY_HEX_MIN && strncasecmp(text, device, strlen(text)) == 0;
}

/*
 * Whether it is confirmed that this is the device that the operator means. When only the device itself states its UEID,
 * and the operator did not name its key, the order is refused with an explanation. A device whose evidence is not its
 * own is denied anyway, with that reason.
 */
static int check_proof(const struct verdict *v, const char *text, const struct exception *x, sd_bus_error *error)
{
	char device[SHA256_HEX_SIZE];

	if (verdict_is_proved(v) || v->is_restored || x->is_unproved || names_key(text, v) ||
	    (x->kind == ORDER_ALLOW && v->facts.checks[CHECK_EVIDENCE_SIGNATURE].state != CHECK_PASSED))
		return 0;
	bytes_to_hex(BYTES(v->facts.device), device);
	return sd_bus_error_setf(
		error, HALLMARK_BUS_UNPROVED,
		TO_TRANSLATE("only the device itself says who it is: its certificate chain ends in no "
			     "trusted CA, so anybody may have made its certificate. If its maker or its "
			     "installer gave you this id, use it; or add --unproved") ": \"%s\", %s, id %s",
		text, verdict_chain(v), device);
}

/* Who orders, and by which verb. */
struct order_attempt {
	enum verb verb;
	struct attempt attempt;
};

/*
 * Caller, device and time: the beginning of each order. What is known of it can refuse it already: who has no role learns
 * nothing of devices.
 */
static int begin(struct core *c, sd_bus_message *call, const char *device, enum order_kind kind,
		 struct order_attempt *a, struct order *ret, sd_bus_error *error)
{
	const struct verdict *v;
	struct verdict room;
	sd_id128_t boot;

	*ret = (struct order){ .kind = kind };
	if (!access_begin(call, verb_name(a->verb), &a->attempt, error) ||
	    !access_allows(c, &a->attempt, &(struct wish){ .verb = a->verb }, error))
		return -EACCES;
	ret->uid = a->attempt.caller.uid;
	v = find_device(c, device, &room, error);
	if (!v)
		return -sd_bus_error_get_errno(error);
	memcpy(ret->device, v->facts.device, sizeof(ret->device));
	ret->since_sec = admissions_now(&c->settler);
	(void)sd_id128_get_boot(&boot);
	memcpy(ret->boot, boot.bytes, sizeof(ret->boot));
	return 0;
}

/* Whether the caller may give the complete order, or, with NULL, release the one that the device has. */
static bool may(struct core *c, struct order_attempt *a, const uint8_t device[static SHA256_LEN],
		const struct order *order, sd_bus_error *error)
{
	struct verdict room;
	const struct wish wish = { .verb = a->verb,
				   .device = registry_find(c->settler.registry, device, &room),
				   .order = order,
				   .held = orders_find(c->orders, device),
				   .now_sec = admissions_now(&c->settler) };

	return access_allows(c, &a->attempt, &wish, error);
}

static int begin_exception(struct core *c, sd_bus_message *call, const char *device, const struct exception *x,
			   struct order_attempt *a, struct order *ret, sd_bus_error *error)
{
	int r = begin(c, call, device, x->kind, a, ret, error);
	struct verdict room;

	return r < 0 ? r : check_proof(registry_find(c->settler.registry, ret->device, &room), device, x, error);
}

/* --- The answer --- */

static int put_result(sd_bus_message *m, const struct ordered *o, const struct order *order)
{
	const struct verdict *v = &o->after;
	char device[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE], record[RECORD_MARK_SIZE] = "";
	char ueid[2 * UEID_MAX + 1];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	(void)product_to_text(&v->facts.product, product);
	if (o->record.sequence > 0)
		(void)record_mark_to_text(&o->record, record);
	return sd_bus_message_append(
		m, "a{sv}", 15, "device", "s", device, "ueid", "s", ueid, "product", "s", product, "chain", "s",
		verdict_chain(v), "proved", "b", (int)verdict_is_proved(v), "former", "s",
		o->former ? order_kind_name(o->former) : "", "order", "s", order ? order_kind_name(order->kind) : "",
		"order_until", "x", order ? order->until_sec : INT64_C(0), "before", "s", o->zone_before, "after", "s",
		v->zone, "until", "x", v->decision.expiry.at_sec, "reason", "s", reason_name(v->decision.reason),
		"sentence", "s", reason_sentence(v->decision.reason), "record", "s", record, "kernel", "b",
		(int)o->is_in_kernel);
}

static int answer(sd_bus_message *call, const struct ordered *o, const struct order *order)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_return(call, &m);

	if (r >= 0)
		r = put_result(m, o, order);
	if (r >= 0)
		r = sd_bus_send(NULL, m, NULL);
	sd_bus_message_unref(m);
	return r < 0 ? r : 1;
}

static int not_stored(int r, sd_bus_error *error)
{
	if (r == -ENOENT)
		return sd_bus_error_set(error, HALLMARK_BUS_NO_ORDER, "no order is in force for that device");
	return sd_bus_error_setf(
		error, HALLMARK_BUS_NOT_STORED,
		TO_TRANSLATE("the store could not write it, so nothing has changed; free space on the disk "
			     "of the state directory, and give the order again") ": %s",
		strerror(-r));
}

static int give(sd_bus_message *call, struct core *c, const struct order *order, struct order_attempt *a,
		sd_bus_error *error)
{
	struct ordered result;
	int r;

	if (!may(c, a, order->device, order, error))
		return -EACCES;
	r = ordering_give(&c->settler, c->orders, order, &a->attempt.by, &result);
	if (r == -EPERM)
		return bad(error, "no order can admit this device: %s (%s); let it attest again first",
			   reason_sentence(result.refusal), reason_name(result.refusal));
	return r < 0 ? not_stored(r, error) : answer(call, &result, order);
}

/* --- The methods --- */

int command_quarantine(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct order_attempt a = { .verb = VERB_QUARANTINE };
	struct core *c = userdata;
	const char *device, *reason;
	struct order o;
	uint32_t seconds;
	int r = sd_bus_message_read(call, "ssu", &device, &reason, &seconds);

	if (r >= 0)
		r = begin(c, call, device, ORDER_QUARANTINE, &a, &o, error);
	if (r >= 0)
		r = take_reason(reason, &o, error);
	if (r >= 0)
		r = take_time(seconds, &o, error);
	return r < 0 ? r : give(call, c, &o, &a, error);
}

static int allow(sd_bus_message *call, struct core *c, bool is_unproved, sd_bus_error *error)
{
	const struct exception x = { .kind = ORDER_ALLOW, .is_unproved = is_unproved };
	struct order_attempt a = { .verb = is_unproved ? VERB_ALLOW_UNPROVED : VERB_ALLOW };
	const char *device, *zone, *reason;
	struct order o;
	uint32_t seconds;
	int r = sd_bus_message_read(call, "ssus", &device, &zone, &seconds, &reason);

	if (r >= 0)
		r = begin_exception(c, call, device, &x, &a, &o, error);
	if (r >= 0)
		r = take_zone(&c->in_force.config->policy, zone, &o, error);
	if (r >= 0)
		r = take_reason(reason, &o, error);
	if (r >= 0)
		r = take_time(seconds, &o, error);
	return r < 0 ? r : give(call, c, &o, &a, error);
}

int command_allow(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	return allow(call, userdata, false, error);
}

int command_allow_unproved(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	return allow(call, userdata, true, error);
}

static int monitor(sd_bus_message *call, struct core *c, bool is_unproved, sd_bus_error *error)
{
	const struct exception x = { .kind = ORDER_MONITOR, .is_unproved = is_unproved };
	struct order_attempt a = { .verb = is_unproved ? VERB_MONITOR_UNPROVED : VERB_MONITOR };
	const char *device, *reason;
	struct order o;
	uint32_t seconds;
	int r = sd_bus_message_read(call, "sus", &device, &seconds, &reason);

	if (r >= 0)
		r = begin_exception(c, call, device, &x, &a, &o, error);
	if (r >= 0)
		r = take_reason(reason, &o, error);
	if (r >= 0)
		r = take_time(seconds, &o, error);
	return r < 0 ? r : give(call, c, &o, &a, error);
}

int command_monitor(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	return monitor(call, userdata, false, error);
}

int command_monitor_unproved(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	return monitor(call, userdata, true, error);
}

int command_release(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct order_attempt a = { .verb = VERB_RELEASE };
	struct core *c = userdata;
	struct ordered result;
	const char *device;
	struct order o;
	int r = sd_bus_message_read(call, "s", &device);

	if (r >= 0)
		r = begin(c, call, device, ORDER_NONE, &a, &o, error);
	if (r < 0)
		return r;
	if (!may(c, &a, o.device, NULL, error))
		return -EACCES;
	r = ordering_release(&c->settler, c->orders, o.device, &a.attempt.by, &result);
	return r < 0 ? not_stored(r, error) : answer(call, &result, NULL);
}
