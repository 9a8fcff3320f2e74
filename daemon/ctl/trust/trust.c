/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon would do with an entry of the configuration's trust, by the same functions that it uses. */
#include "ctl/trust/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "appraise/appraise.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "identity/describe.h"
#include "identity/identity.h"
#include "store/sets.h"
#include "store/store.h"
#include "token/pem.h"

DEFINE_CLEANUP(struct trust *, trust_free);

static const char *const state_names[_TRUST_STATE_MAX] = {
	[TRUST_LEFT_OUT] = TO_TRANSLATE("left out"),
	[TRUST_MISSING] = TO_TRANSLATE("missing"),
	[TRUST_STALE] = TO_TRANSLATE("stale"),
	[TRUST_CURRENT] = TO_TRANSLATE("current"),
};

const char *trust_state_name(enum trust_state state)
{
	return state_names[state];
}

/* --- Each kind --- */

/* The text of a reason, as the daemon has it. */
static void put_reason(enum hallmark_reason reason, struct trust_finding *ret)
{
	(void)snprintf(ret->why, sizeof(ret->why), "%s (%s)", reason_sentence(reason), reason_name(reason));
}

static void describe_anchor(struct bytes pem, struct set_mark *ret)
{
	_cleanup_(certificates_done) struct certificates list = { 0 };
	struct certificate_text text;

	ret->until_sec = TIME_FOREVER;
	if (certificates_decode(pem, &list) < 0)
		return;
	for (size_t i = 0; i < list.n; i++) {
		if (certificate_describe(list.der[i], &text) < 0)
			continue;
		if (!ret->identity[0])
			(void)snprintf(ret->identity, sizeof(ret->identity), "%.255s", text.subject);
		if (text.not_after_sec < ret->until_sec)
			ret->until_sec = text.not_after_sec;
	}
}

static int take_anchor(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
		       struct trust_finding *ret)
{
	int r = anchors_add(t->anchors, file->name, in);

	(void)now_sec;
	if (r < 0 && r != -EBADMSG)
		return r;
	if (r < 0)
		(void)snprintf(ret->why, sizeof(ret->why), "%s",
			       pem_fault(in, PEM_CA, TO_TRANSLATE("it holds no CA certificate of the profile in PEM")));
	else
		describe_anchor(in, &ret->mark);
	return 0;
}

static int take_issuer(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
		       struct trust_finding *ret)
{
	char hex[SHA256_HEX_SIZE];
	int r = trust_add_issuer(t, file->name, file->scope, in);

	(void)now_sec;
	if (r == 0)
		r = trust_add_makers(t, file->makers);
	if (r < 0)
		return trust_issuer_fault(t, in, r, ret->why, sizeof(ret->why)) ? 0 : r;
	bytes_to_hex(BYTES(t->issuers[t->n_issuers - 1].key_id), hex);
	(void)snprintf(ret->mark.identity, sizeof(ret->mark.identity), "for %.80s%s%.80s" ISSUER_KEY "%s", file->scope,
		       file->scope[0] && file->makers[0] ? "," : "", file->makers, hex);
	ret->mark.until_sec = TIME_FOREVER;
	return 0;
}

/* A CRL that only revokes is in force. A CRL that does not lead its CA's lists, or is early, is not. */
static void put_limit(enum crl_limit limit, struct trust_finding *ret)
{
	if (limit == CRL_IS_BESIDE || limit == CRL_IS_EARLY)
		(void)snprintf(ret->why, sizeof(ret->why), "%s; " TO_TRANSLATE("it still revokes what it names"),
			       crl_limit_text(limit));
	else if (limit != CRL_IS_COMPLETE)
		(void)snprintf(ret->note, sizeof(ret->note),
			       TO_TRANSLATE("it revokes what it names, but does not show that other devices are not "
					    "revoked") ": %s",
			       crl_limit_text(limit));
}

static int take_crl(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
		    struct trust_finding *ret)
{
	int r = anchors_add_crl(t->anchors, in, strcmp(file->scope, "accept") != 0, &ret->mark);

	(void)now_sec;
	const char *fault = r < 0 ? crl_fault(r, in) : NULL;

	if (fault)
		(void)snprintf(ret->why, sizeof(ret->why), "%s", fault);
	else if (r < 0)
		return r;
	else
		put_limit(anchors_crl_limit(t->anchors, &ret->mark), ret);
	return 0;
}

static int take_register(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
			 struct trust_finding *ret)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_register(t, in, now_sec, &ret->mark, &reason);

	(void)file;
	if (r == 0 && reason != REASON_ADMITTED)
		put_reason(reason, ret);
	return r;
}

static int take_status_list(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
			    struct trust_finding *ret)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_status_list(t, in, &ret->mark, &reason);

	(void)file;
	(void)now_sec;
	if (r == 0 && reason != REASON_ADMITTED)
		put_reason(reason, ret);
	return r;
}

static int take_reference(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
			  struct trust_finding *ret)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_reference(t, in, &ret->mark, &reason);

	(void)file;
	(void)now_sec;
	if (r == 0 && reason != REASON_ADMITTED)
		put_reason(reason, ret);
	return r;
}

static const struct {
	const char *name, *list;
	size_t files, n_files; /* offsets in struct config */
	int (*take)(struct trust *t, const struct config_file *file, struct bytes in, int64_t now_sec,
		    struct trust_finding *ret);
} kinds[_TRUST_KIND_MAX] = {
#define KIND(files_) offsetof(struct config, files_), offsetof(struct config, n_##files_)
	[TRUST_ANCHOR] = { "anchor", "anchors", KIND(anchors), take_anchor },
	[TRUST_ISSUER] = { "issuer", "issuers", KIND(issuers), take_issuer },
	[TRUST_CRL] = { "crl", "crls", KIND(crls), take_crl },
	[TRUST_STATUS_LIST] = { "status-list", "status-lists", KIND(status_lists), take_status_list },
	[TRUST_REFERENCE] = { "reference", "references", KIND(references), take_reference },
	[TRUST_REGISTER] = { "register", "registers", KIND(registers), take_register },
#undef KIND
};

const char *trust_kind_name(enum trust_kind kind)
{
	return kinds[kind].name;
}

const char *trust_kind_list(enum trust_kind kind)
{
	return kinds[kind].list;
}

bool trust_kind_from_name(const char *name, enum trust_kind *ret)
{
	for (*ret = 0; *ret < _TRUST_KIND_MAX; (*ret)++)
		if (strcmp(kinds[*ret].name, name) == 0)
			return true;
	return false;
}

const struct config_file *trust_files(const struct config *config, enum trust_kind kind, size_t *ret_n)
{
	*ret_n = *(const size_t *)((const char *)config + kinds[kind].n_files);
	return *(struct config_file *const *)((const char *)config + kinds[kind].files);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool trust_file_is(const struct config_file *file, const char *word)
{
	_cleanup_free_ char *here = NULL;

	if (strcmp(file->name, word) == 0 || strcmp(file->path, word) == 0)
		return true;
	if (!strchr(word, '/'))
		return strcmp(last_part(file->path), word) == 0;
	here = file_absolute(word);
	return here && strcmp(file->path, here) == 0;
}

/* --- Adding --- */

int trust_take(struct trust *t, enum trust_kind kind, const struct config_file *file, struct bytes in, int64_t now_sec,
	       struct trust_finding *ret)
{
	*ret = (struct trust_finding){ .state = TRUST_LEFT_OUT };

	trust_expect(t, now_sec > 0 ? now_sec + TIME_SLACK_SEC : 0, false);

	int r = kinds[kind].take(t, file, in, now_sec, ret);

	if (r == -E2BIG) {
		(void)snprintf(ret->why, sizeof(ret->why), TO_TRANSLATE("it exceeds a limit of size or number"));
		return 0;
	}
	if (r < 0 || ret->why[0])
		return r;
	ret->state = TRUST_CURRENT;
	if (now_sec >= ret->mark.until_sec) {
		ret->state = TRUST_STALE;
		(void)snprintf(ret->why, sizeof(ret->why), TO_TRANSLATE("it has expired; install the next one"));
	}
	return 0;
}

int trust_hold(struct trust *t, enum trust_kind kind, const struct config_file *file, struct bytes in, int64_t now_sec,
	       struct trust_finding *ret)
{
	int r = trust_take(t, kind, file, in, 0, ret);

	if (r == 0 && ret->state == TRUST_CURRENT && !time_has_come(ret->mark.issued_sec, now_sec)) {
		ret->state = TRUST_LEFT_OUT;
		(void)snprintf(ret->why, sizeof(ret->why),
			       TO_TRANSLATE("it is dated in the future; check the clock, or `hallmarkctl reload` after "
					    "that time"));
	}
	if (r == 0 && ret->state == TRUST_CURRENT && now_sec >= ret->mark.until_sec) {
		ret->state = TRUST_STALE;
		(void)snprintf(ret->why, sizeof(ret->why), TO_TRANSLATE("it has expired; install the next one"));
	}
	return r;
}

/* --- What the daemon remembers --- */

struct memory {
	const struct set_mark *mark;
	bool is_newer;
	int64_t sequence, issued_sec; /* of the remembered set */
};

static void compare(const struct stored_set *set, void *userdata)
{
	struct memory *m = userdata;
	struct set_mark held = { .kind = set->kind,
				 .sequence = (uint64_t)set->sequence,
				 .issued_sec = set->issued_sec };
	const bool is_same = set->sequence == (int64_t)m->mark->sequence && set->issued_sec == m->mark->issued_sec;

	if (strcmp(set->identity, m->mark->identity) != 0 || is_same || set_order(&held, m->mark) == SET_ADVANCE)
		return;
	m->is_newer = true;
	m->sequence = set->sequence;
	m->issued_sec = set->issued_sec;
}

void trust_remember(const struct desk *desk, const struct config_file *file, struct trust_finding *finding)
{
	struct memory m = { .mark = &finding->mark };
	char path[PATH_MAX], issued[32];
	struct store *store = NULL;

	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, desk->config->state);
	if (finding->mark.kind == SET_NONE || access(path, R_OK) < 0 || store_open_to_read(path, &store) < 0)
		return;
	(void)store_sets_of(store, finding->mark.kind, file->path, compare, &m);
	store_free(store);
	if (!m.is_newer)
		return;
	finding->state = TRUST_LEFT_OUT;
	(void)snprintf(finding->why, sizeof(finding->why),
		       TO_TRANSLATE("hallmarkd still uses the one that it accepted last, and the next must be newer by "
				    "number and time (docs/trust.md)") ": %lld, %s",
		       (long long)m.sequence, time_to_text(m.issued_sec, issued));
}

/* --- The desk --- */

static struct desk desk_of(const struct ctl *ctl)
{
	return (struct desk){ .path = ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf",
			      .now_sec = clock_realtime_sec() };
}

int desk_open(const struct ctl *ctl, struct desk *ret)
{
	*ret = desk_of(ctl);
	return config_load(ret->path, &ret->config);
}

int desk_open_alone(const struct ctl *ctl, struct desk *ret)
{
	*ret = desk_of(ctl);
	ret->lock_fd = open(ret->path, O_RDONLY | O_CLOEXEC);
	if (ret->lock_fd < 0) {
		ret->lock_fd = 0;
		return log_errno(-errno, "%s", ret->path);
	}
	if (flock(ret->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return log_errno(-errno,
				 "%s: another `hallmarkctl trust` is changing it; try again when that has finished",
				 ret->path);
	return config_load(ret->path, &ret->config);
}

void desk_done(struct desk *desk)
{
	if (desk->lock_fd > 0)
		(void)close(desk->lock_fd);
	if (desk->config)
		config_free(desk->config);
}

/* The daemon does not start without these, so it judges nothing without them either. */
static int take_needed(const struct desk *desk, enum trust_kind kind, struct trust *t)
{
	size_t n;
	const struct config_file *files = trust_files(desk->config, kind, &n);

	for (size_t i = 0; i < n; i++) {
		_cleanup_(free_bytes) struct bytes in = { 0 };
		struct trust_finding finding;
		int r = file_load(files[i].path, HALLMARK_REGISTER_MAX, &in);

		if (r < 0)
			return r;
		r = trust_take(t, kind, &files[i], in, desk->now_sec, &finding);
		if (r < 0)
			return log_errno(r, "%s cannot be evaluated", files[i].path);
		if (finding.state == TRUST_LEFT_OUT) {
			char why[TRUST_WHY_SIZE];

			log_error("%s:%u: the %s \"%s\": %s", files[i].source, files[i].line, trust_kind_name(kind),
				  files[i].name, translated_parts(finding.why, why, sizeof(why)));
			return -EINVAL;
		}
	}
	return 0;
}

int desk_trust(const struct desk *desk, struct trust **ret)
{
	_cleanup_(trust_freep) struct trust *t = trust_new();
	int r = t ? 0 : log_errno(-ENOMEM, "trust");

	for (enum trust_kind kind = 0; !trust_kind_is_set(kind) && r == 0; kind++)
		r = take_needed(desk, kind, t);
	if (r == 0)
		*ret = TAKE_PTR(t);
	return r;
}
