/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry: fetches it, judges it as the daemon would beside the installed one, and installs it. After any failure the
 * installed file stays as it is.
 */
#include "ctl/refresh/refresh.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/language.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/file.h"
#include "ctl/page.h"
#include "ctl/refresh/fetch.h"
#include "ctl/trust/fetch_memory.h"
#include "hallmark/protocol.h"
#include "identity/identity.h"

DEFINE_CLEANUP(struct trust *, trust_free);

/* One refresh in progress. */
struct attempt {
	const struct desk *desk;
	enum trust_kind kind;
	const struct config_file *file;
	struct bytes installed; /* owned; n is 0 when there is none, or it cannot be read */
	struct fetch_memory memory;
	struct refresh_outcome *outcome;
};

static void attempt_done(struct attempt *a)
{
	free_bytes(&a->installed);
}

static void fail(struct attempt *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct attempt *a, const char *format, ...)
{
	char why[sizeof(a->outcome->why)];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	(void)page_clean(why, a->outcome->why, sizeof(a->outcome->why)); /* parts of the text may come from a server */
	a->outcome->result = REFRESH_FAILED;
}

static bool hash_to_hex(struct bytes b, char ret[static SHA256_HEX_SIZE])
{
	uint8_t hash[SHA256_LEN];

	if (digest_sha256(b, hash) < 0)
		return false;
	bytes_to_hex(BYTES(hash), ret);
	return true;
}

/* The server's validators are for the file that it sent, not for a file that replaced it later. */
static bool is_as_fetched(const struct attempt *a)
{
	char hex[SHA256_HEX_SIZE];

	return a->installed.n > 0 && hash_to_hex(a->installed, hex) && strcmp(hex, a->memory.sha256) == 0;
}

/* --- Judging --- */

/*
 * The set in a file keeps its identity: otherwise another register under its name could replace one unasked. A
 * reference may be for another range of versions, the next firmware: all but the last three parts of its identity stay
 * the same.
 */
static size_t length_to_compare(enum trust_kind kind, const char *identity)
{
	size_t n = strlen(identity);

	for (int parts = kind == TRUST_REFERENCE ? 3 : 0; parts > 0; parts--)
		while (n > 0 && identity[--n] != ' ')
			;
	return n;
}

static bool is_same_set(enum trust_kind kind, const struct set_mark *held, const struct set_mark *next)
{
	size_t n = length_to_compare(kind, held->identity);

	return n == length_to_compare(kind, next->identity) && strncmp(held->identity, next->identity, n) == 0;
}

/* Whether the new set may replace the held one. Of one identity, the trust_add functions have already compared them. */
static bool may_follow(struct attempt *a, const struct set_mark *held, const struct set_mark *next)
{
	if (held->kind == SET_NONE)
		return true;
	if (!is_same_set(a->kind, held, next)) {
		fail(a,
		     TO_TRANSLATE(
			     "it is another set; to accept it, remove the file and refresh again") ": \"%s\" → \"%s\"",
		     held->identity, next->identity);
		return false;
	}
	if (set_order(held, next) == SET_STEP_BACK) {
		fail(a, TO_TRANSLATE("it is not newer than the one that is installed"));
		return false;
	}
	return true;
}

static bool judge_in(struct attempt *a, struct trust *t, struct bytes fetched)
{
	struct trust_finding held = { 0 }, next;
	int r = a->installed.n > 0 ? trust_hold(t, a->kind, a->file, a->installed, a->desk->now_sec, &held) : 0;

	if (r == 0)
		r = trust_take(t, a->kind, a->file, fetched, a->desk->now_sec, &next);
	if (r < 0) {
		fail(a, TO_TRANSLATE("it cannot be evaluated") ": %s", strerror(-r));
		return false;
	}
	if (next.state == TRUST_LEFT_OUT) {
		fail(a, "%s", next.why);
		return false;
	}
	if (a->kind == TRUST_CRL && !anchors_vouch_for_crl(t->anchors, &next.mark)) {
		fail(a, TO_TRANSLATE("no configured anchor has signed it; add the CA that issues it as an anchor"));
		return false;
	}
	trust_remember(a->desk, a->file, &next);
	if (next.state == TRUST_LEFT_OUT) {
		fail(a, "%s", next.why);
		return false;
	}
	a->outcome->mark = next.mark;
	return may_follow(a, &held.mark, &next.mark);
}

static bool judge(struct attempt *a, struct bytes fetched)
{
	_cleanup_(trust_freep) struct trust *t = NULL;

	if (desk_trust(a->desk, &t) < 0) {
		fail(a, TO_TRANSLATE("the anchors and issuers cannot be read"));
		return false;
	}
	return judge_in(a, t, fetched);
}

/* --- Steps --- */

static void fetch_it(struct attempt *a, struct fetch_answer *ret)
{
	struct fetch_request request = { .url = a->file->url,
					 .ca_file = a->desk->config->fetch_ca,
					 .max = HALLMARK_REGISTER_MAX };
	char why[FETCH_FAILURE_SIZE];

	a->outcome->result = REFRESH_UNCHANGED;
	if (is_as_fetched(a))
		request.known = a->memory.validators;
	if (fetch(&request, ret, why) < 0)
		fail(a, "%s", why);
}

static void install(struct attempt *a, struct bytes fetched)
{
	if (bytes_equal(a->installed, fetched)) {
		a->outcome->result = REFRESH_UNCHANGED;
		return;
	}

	int r = file_replace(a->file->path, fetched);

	if (r < 0)
		fail(a, TO_TRANSLATE("the file cannot be written") ": %s", strerror(-r));
	else
		a->outcome->result = REFRESH_INSTALLED;
}

static void remember(struct attempt *a, const struct fetch_answer *answer)
{
	struct fetch_memory *m = &a->memory;
	uint32_t chance = 0;

	if (a->outcome->result == REFRESH_FAILED) {
		if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
			chance = 0; /* it only spreads gateways that failed at the same time */
		m->failures++;
		m->next_sec = a->desk->now_sec + fetch_backoff_sec(m->failures, chance);
		(void)snprintf(m->failure, sizeof(m->failure), "%.383s", a->outcome->why);
		a->outcome->next_sec = m->next_sec;
	} else {
		m->failures = m->next_sec = 0;
		m->failure[0] = '\0';
		m->fetched_sec = a->desk->now_sec;
		if (!answer->is_unchanged) {
			m->validators = answer->validators;
			(void)hash_to_hex(answer->body, m->sha256);
		}
	}
	(void)fetch_memory_save(a->file->path, m); /* on failure the file is fetched once more */
}

void refresh_file(const struct desk *desk, enum trust_kind kind, const struct config_file *file, bool is_forced,
		  struct refresh_outcome *ret)
{
	_cleanup_(attempt_done) struct attempt a = { .desk = desk, .kind = kind, .file = file, .outcome = ret };
	_cleanup_(fetch_answer_done) struct fetch_answer answer = { 0 };
	uint8_t *p = NULL;
	size_t n = 0;

	*ret = (struct refresh_outcome){ .result = REFRESH_WAITING };
	fetch_memory_load(file->path, file->url, &a.memory);
	if (!is_forced && !fetch_memory_is_due(&a.memory, desk->now_sec)) {
		(void)snprintf(ret->why, sizeof(ret->why), "%s", a.memory.failure);
		ret->next_sec = a.memory.next_sec;
		return;
	}
	if (file_read(file->path, HALLMARK_REGISTER_MAX, &p, &n) == 0)
		a.installed = bytes_of(p, n);

	fetch_it(&a, &answer);
	if (ret->result != REFRESH_FAILED && !answer.is_unchanged && judge(&a, answer.body))
		install(&a, answer.body);
	remember(&a, &answer);
}
