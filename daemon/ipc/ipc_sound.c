/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function for each struct of a record, with its fields in their order. A compromised worker chooses each byte. So
 * a bool is checked as a byte first, because reading a value other than 0 or 1 is undefined; and all unused bytes must
 * be zero, because facts are compared and stored as memory.
 */
#include "ipc/ipc_sound.h"

#include <errno.h>
#include <limits.h>
#include <syslog.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/clock.h"
#include "base/sessions.h"
#include "base/set.h"
#include "base/timekeeper.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "ipc/ipc.h"
#include "token/cbor.h"
#include "token/product.h"

#define ERRNO_MAX 4095 /* of the kernel, and of our own */

#define PAST_YEARS_SEC INT64_C(62167219200) /* from the year 0, where X.509 times begin, to 1970 */

/* --- one field --- */

static bool is_zero(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static bool flag_is_sound(const bool *flag)
{
	uint8_t byte;

	memcpy(&byte, flag, sizeof(byte));
	return byte <= 1;
}

/* Printable, terminated, and zero after the terminator. */
static bool text_is_sound(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	return n < size && bytes_are_text(bytes_of(text, n)) && is_zero(text + n, size - n);
}

#define TEXT_IS_SOUND(array) text_is_sound(array, sizeof(array))

/* The count is in bounds, and the entries after it are zero. */
#define LIST_IS_SOUND(array, n)                                                                                        \
	((n) <= sizeof(array) / sizeof((array)[0]) && is_zero((array) + (n), sizeof(array) - (n) * sizeof((array)[0])))

static bool time_is_sound(int64_t sec)
{
	return sec >= 0 && sec <= CBOR_TIME_MAX;
}

static bool end_time_is_sound(int64_t sec)
{
	return time_is_sound(sec) || sec == TIME_FOREVER;
}

/* A CRL may have a date before 1970. */
static bool set_time_is_sound(int64_t sec)
{
	return sec >= -PAST_YEARS_SEC && (sec <= CBOR_TIME_MAX || sec == TIME_FOREVER);
}

static bool scheme_is_sound(enum version_scheme scheme)
{
	return scheme == VERSION_NONE || version_scheme_name(scheme);
}

/* Only causes that an appraisal finds: the core sets the others itself. */
static bool expiry_is_sound(const struct expiry *e)
{
	switch (e->cause) {
	case EXPIRY_NONE:
	case EXPIRY_CERTIFICATE:
	case EXPIRY_LABEL:
	case EXPIRY_REGISTER:
	case EXPIRY_CRL:
	case EXPIRY_STATUS_LIST:
	case EXPIRY_REFERENCE:
		return end_time_is_sound(e->at_sec);
	default:
		return false;
	}
}

/* --- facts --- */

/* A passed check has exactly one possible reason; else the reason is one of the check's own or a general one. */
static bool check_is_sound(const struct check_result *result, int check)
{
	enum hallmark_reason reason = result->reason;

	if (result->state == CHECK_PASSED)
		return reason == REASON_ADMITTED;
	return (unsigned)result->state < CHECK_PASSED && reason != REASON_ADMITTED && reason_is_known(reason) &&
	       (REASON_CHECK(reason) == CHECK_NONE || REASON_CHECK(reason) == check);
}

/* The checks of the set; all others must be unset. */
static bool checks_are_sound(const struct check_result checks[static _CHECK_MAX], uint32_t set)
{
	for (int i = 0; i < _CHECK_MAX; i++) {
		bool is_made = set & CHECK_BIT(i);

		if (is_made ? !check_is_sound(&checks[i], i) : !is_zero(&checks[i], sizeof(checks[i])))
			return false;
	}
	return true;
}

static bool product_is_sound(const struct product *p)
{
	return TEXT_IS_SOUND(p->maker) && TEXT_IS_SOUND(p->model) && TEXT_IS_SOUND(p->hwversion) &&
	       TEXT_IS_SOUND(p->swname) && TEXT_IS_SOUND(p->swversion) && scheme_is_sound(p->swversion_scheme);
}

static bool further_is_sound(const struct label_facts *l)
{
	if (!LIST_IS_SOUND(l->further, l->n_further))
		return false;
	for (size_t i = 0; i < l->n_further; i++)
		if (!TEXT_IS_SOUND(l->further[i]))
			return false;
	return true;
}

static bool label_is_sound(const struct label_facts *l)
{
	return TEXT_IS_SOUND(l->issuer) && TEXT_IS_SOUND(l->number) && TEXT_IS_SOUND(l->scheme) &&
	       TEXT_IS_SOUND(l->category) && TEXT_IS_SOUND(l->field) && TEXT_IS_SOUND(l->scheme_version) &&
	       further_is_sound(l) && l->basis <= HALLMARK_BASIS_RECOGNITION &&
	       l->issuer_role <= HALLMARK_ISSUER_SCHEME && flag_is_sound(&l->from_register) &&
	       flag_is_sound(&l->firmware_bound) && flag_is_sound(&l->is_extension) &&
	       flag_is_sound(&l->names_status) && time_is_sound(l->nbf_sec) && time_is_sound(l->exp_sec) &&
	       expiry_is_sound(&l->expiry) && checks_are_sound(l->checks, CHECKS_OF_LABEL);
}

static bool labels_are_sound(const struct facts *f)
{
	if (!LIST_IS_SOUND(f->labels, f->n_labels))
		return false;
	for (size_t i = 0; i < f->n_labels; i++)
		if (!label_is_sound(&f->labels[i]))
			return false;
	return true;
}

bool ipc_facts_are_sound(const struct facts *f)
{
	return LIST_IS_SOUND(f->ueid, f->n_ueid) && product_is_sound(&f->product) && (unsigned)f->debug < _DEBUG_MAX &&
	       TEXT_IS_SOUND(f->anchor) && TEXT_IS_SOUND(f->mud_url) && LIST_IS_SOUND(f->handles, f->n_handles) &&
	       checks_are_sound(f->checks, CHECKS_OF_DEVICE) && expiry_is_sound(&f->expiry) && labels_are_sound(f) &&
	       LIST_IS_SOUND(f->rests_on.ids, f->rests_on.n);
}

/* --- the other structs --- */

static bool origin_is_sound(const struct ipc_origin *o, uint64_t now_usec)
{
	return o->ifindex > 0 && o->ifindex <= INT_MAX && o->received_usec <= now_usec;
}

static bool counters_are_sound(const struct edge_counters *c)
{
	return c->half_open <= c->sessions && c->sessions <= INT_MAX && c->datagrams <= INT64_MAX &&
	       c->handshakes <= INT64_MAX && c->handshake_failures <= INT64_MAX && c->requests <= INT64_MAX &&
	       c->displaced_sessions <= INT64_MAX;
}

/* There is a result exactly when the reason says so. */
static bool answer_is_sound(const struct ipc_answer *a)
{
	return (a->to == IPC_SUBMISSION || a->to == IPC_ADMISSION) && reason_is_known(a->reason) &&
	       (a->reason == REASON_ADMITTED || a->n_ear == 0) && LIST_IS_SOUND(a->ear, a->n_ear);
}

static bool clock_is_sound(const struct timekeeper_record *c, uint64_t now_usec)
{
	return time_is_sound(c->at_sec) && c->at_usec <= now_usec && c->log_level >= LOG_EMERG &&
	       c->log_level <= LOG_DEBUG;
}

static bool mark_is_sound(const struct set_mark *m)
{
	return m->kind > SET_NONE && m->kind < _SET_KIND_MAX && TEXT_IS_SOUND(m->identity) && m->identity[0] &&
	       set_time_is_sound(m->issued_sec) && set_time_is_sound(m->until_sec);
}

static bool changes_are_sound(const struct ipc_changes *c)
{
	return flag_is_sound(&c->is_last) && LIST_IS_SOUND(c->ids, c->n);
}

static bool case_is_sound(const struct ipc_case *c)
{
	return time_is_sound(c->now_sec) && check_is_sound(&c->possession, CHECK_POSSESSION) &&
	       check_is_sound(&c->freshness, CHECK_FRESHNESS);
}

static bool judged_is_sound(const struct ipc_judged *j)
{
	if (j->result == 0)
		return ipc_facts_are_sound(&j->facts);
	return j->result < 0 && j->result >= -ERRNO_MAX && is_zero(&j->facts, sizeof(j->facts));
}

static bool end_is_sound(const struct ipc_end *e)
{
	return e->n > 0 && LIST_IS_SOUND(e->devices, e->n);
}

bool ipc_is_sound(const struct ipc_record *record, uint64_t now_usec)
{
	switch (record->kind) {
	case IPC_READY:
		return true;
	case IPC_SUBMISSION:
		return origin_is_sound(&record->submission.origin, now_usec) &&
		       ipc_facts_are_sound(&record->submission.facts);
	case IPC_ADMISSION:
		return origin_is_sound(&record->admission.origin, now_usec);
	case IPC_COUNTERS:
		return counters_are_sound(&record->counters);
	case IPC_ANSWER:
		return answer_is_sound(&record->answer);
	case IPC_SET:
		return mark_is_sound(&record->set.mark);
	case IPC_CHANGES:
		return changes_are_sound(&record->changes);
	case IPC_CASE:
		return case_is_sound(&record->case_);
	case IPC_JUDGED:
		return judged_is_sound(&record->judged);
	case IPC_CLOCK:
		return clock_is_sound(&record->clock, now_usec);
	case IPC_END:
		return end_is_sound(&record->end);
	case IPC_NONE:
	case _IPC_MAX:
		break;
	}
	return false;
}
