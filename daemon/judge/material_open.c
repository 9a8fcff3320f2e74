/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed trust material → struct trust, in a zygote. What cannot be used is left out; it never counts as
 * good.
 */
#include "judge/material_open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "identity/describe.h"
#include "identity/identity.h"
#include "ipc/ipc.h"
#include "ipc/material_item.h"
#include "token/cose.h"
#include "token/label.h"
#include "token/pem.h"
#include "token/status.h"

DEFINE_CLEANUP(struct material *, material_free);

/* Notes an item that is in force. */
static int accept_item(struct material *m, const struct set_mark *mark)
{
	struct accepted_set *accepted = reallocarray(m->accepted, m->n_accepted + 1, sizeof(*accepted));

	if (!accepted)
		return -ENOMEM;
	m->accepted = accepted;
	accepted[m->n_accepted++] = (struct accepted_set){ .mark = *mark, .item = m->n_items };
	m->has_accepted = true;
	return 0;
}

/* Logs why an item is not in force. A remembered item is replaced by its file's content without a log entry. */
static int leave_out(struct material *m, const struct item *item, const char *name, const char *why)
{
	char text[1024];

	if (item->identity.n > 0)
		return 0;
	log_error("%s is left out: %s", name, translated_parts(why, text, sizeof(text)));
	m->n_left_out++;
	return 0;
}

/*
 * A list that only revokes is no fault. A list that another of its CA leads, or that is dated in the future, is
 * otherwise not in force.
 */
static int hold_crl(struct material *m, const struct item *item, const char *name, const struct set_mark *mark)
{
	enum crl_limit limit = anchors_crl_limit(m->trust->anchors, mark);
	char why[256];

	(void)snprintf(why, sizeof(why), "%s; " TO_TRANSLATE("it still revokes what it names"), crl_limit_text(limit));
	if (limit == CRL_IS_BESIDE || limit == CRL_IS_EARLY)
		return leave_out(m, item, name, why);
	if (limit != CRL_IS_COMPLETE && item->identity.n == 0)
		log_warning("%s revokes what it names, but does not show that other devices are not revoked: %s", name,
			    translated(crl_limit_text(limit)));
	return anchors_vouch_for_crl(m->trust->anchors, mark) ? accept_item(m, mark) : 0;
}

/* A list that no configured CA signed may be from anybody, and is not remembered. */
static int add_crl(struct material *m, const struct item *item, const char *name)
{
	struct set_mark mark = { .kind = SET_NONE };
	int r = anchors_add_crl(m->trust->anchors, item->value, !bytes_equal_string(item->scope, "accept"), &mark);

	const char *fault = r < 0 ? crl_fault(r, item->value) : NULL;

	if (r == 0)
		return hold_crl(m, item, name, &mark);
	return fault ? leave_out(m, item, name, fault) : log_errno(r, "Cannot evaluate the revocation list %s", name);
}

/* Names the two statements with the same number: the operator must remove one of them. */
static void name_twice(struct bytes in, char *ret, size_t size)
{
	_cleanup_(label_register_done) struct label_register reg = { 0 };
	enum hallmark_reason reason;
	struct label_pair pair;
	struct sign1 token;

	ret[0] = '\0';
	if (label_register_decode(in, &token, &reg, &reason) == 0 && reason == REASON_ADMITTED &&
	    label_register_find_twice(&reg, &pair, 1) > 0)
		(void)snprintf(ret, size, ": number %s of %s in statements %zu and %zu", reg.labels[pair.first].number,
			       reg.labels[pair.first].scheme, pair.first + 1, pair.second + 1);
}

/* Registers, status lists and references. */
static int add_signed(struct material *m, const struct item *item, const char *name, int64_t now_sec)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct set_mark mark = { .kind = SET_NONE };
	char twice[160] = "", why[512];
	int r;

	if (item->kind == MATERIAL_REGISTER)
		r = trust_add_register(m->trust, item->value, now_sec, &mark, &reason);
	else if (item->kind == MATERIAL_STATUS_LIST)
		r = trust_add_status_list(m->trust, item->value, &mark, &reason);
	else
		r = trust_add_reference(m->trust, item->value, &mark, &reason);
	if (r == -E2BIG)
		return leave_out(m, item, name,
				 TO_TRANSLATE("there are too many of its kind; remove those that are not needed"));
	if (r < 0)
		return log_errno(r, "Cannot evaluate %s", name);
	if (reason == REASON_ADMITTED)
		return accept_item(m, &mark);
	if (reason == REASON_REGISTER_NUMBER_TWICE)
		name_twice(item->value, twice, sizeof(twice));
	(void)snprintf(why, sizeof(why),
		       "%s (%s)%s; " TO_TRANSLATE("examine it with `hallmark-label verify`, or fetch it again from its "
						  "issuer"),
		       reason_sentence(reason), reason_name(reason), twice);
	return leave_out(m, item, name, why);
}

static int add_set(struct material *m, const struct item *item, const char *name, int64_t now_sec)
{
	return item->kind == MATERIAL_CRL ? add_crl(m, item, name) : add_signed(m, item, name, now_sec);
}

/* Notes revocations of the previous set that the file's set does not contain. */
static int note_lifted(struct accepted_set *accepted, struct bytes before, struct bytes after)
{
	_cleanup_(status_list_done) struct status_list former = { 0 }, list = { 0 };
	enum hallmark_reason former_reason, reason;
	struct sign1 token;
	int r;

	if (accepted->mark.kind == SET_CRL)
		return crl_lifted(before, after, &accepted->n_lifted);
	if (accepted->mark.kind != SET_STATUS_LIST)
		return 0;
	r = status_list_decode(before, &token, &former, &former_reason);
	if (r == 0)
		r = status_list_decode(after, &token, &list, &reason);
	if (r == 0 && strcmp(former.uri, list.uri) != 0) /* the lists are about different places */
		list.n = 0;
	if (r == 0 && former_reason == REASON_ADMITTED && reason == REASON_ADMITTED)
		accepted->n_lifted = (uint32_t)status_list_lifted(&former, &list, accepted->lifted, LIFTED_TOLD);
	accepted->n_told = accepted->n_lifted < LIFTED_TOLD ? accepted->n_lifted : LIFTED_TOLD;
	return r;
}

/* When both have the same identity, the file's set is not in force: the remembered one is. */
static void tell_remembered(struct material *m, const char *name, bool is_same)
{
	struct accepted_set *file = is_same ? &m->accepted[m->n_accepted - 2] : NULL;
	const struct accepted_set *last = &m->accepted[m->n_accepted - 1];

	if (file && memcmp(file->mark.hash, last->mark.hash, SHA256_LEN) == 0) {
		m->n_accepted--; /* the same set, in another encoding */
		return;
	}
	if (file && file->mark.sequence < last->mark.sequence)
		log_error("%s is older than the one accepted last, which stays in force, number %llu; the file's "
			  "number is %llu, and the next one must be higher",
			  name, (unsigned long long)last->mark.sequence, (unsigned long long)file->mark.sequence);
	else if (file)
		log_error("%s is older than the one accepted last, which stays in force", name);
	if (!file)
		return;
	*file = *last;
	m->n_accepted--;
}

/*
 * A remembered set stays in force when its file was not accepted or is older: of one identity, the newer set is kept.
 * When the file holds a good set of another identity, it ends the remembered one. A remembered CRL does not end that
 * way: it revokes beside any other until a newer one of its CA and scope arrives, so that a narrower list does not
 * replace it.
 */
static int add_remembered(struct material *m, const struct item *item, const char *name, int64_t now_sec)
{
	const bool has_file = m->has_accepted;
	const size_t n = m->n_accepted;
	const bool is_same = m->has_accepted && bytes_equal_string(item->identity, m->accepted[n - 1].mark.identity);
	int r;

	if (m->has_accepted && !is_same && item->kind != MATERIAL_CRL)
		return note_lifted(&m->accepted[n - 1], item->value, m->file);
	trust_expect(m->trust, 0, true);
	r = add_set(m, item, name, now_sec);
	if (r == 0 && m->n_accepted > n && !has_file)
		log_error("%s is not valid: the one accepted last stays in force", name);
	else if (r == 0 && m->n_accepted > n)
		tell_remembered(m, name, is_same);
	else if (r == 0 && is_same)
		r = note_lifted(&m->accepted[n - 1], item->value, m->file);
	return r;
}

/* Reads an array of structs. */
static int take_structs(const struct item *item, size_t size, void *ret, size_t *ret_n)
{
	uint8_t *copy = item->value.n % size == 0 ? bytes_dup(item->value) : NULL;

	if (!copy)
		return item->value.n % size == 0 ? -ENOMEM : -EBADMSG;
	memcpy(ret, &copy, sizeof(copy));
	*ret_n = item->value.n / size;
	return 0;
}

/*
 * Each bad anchor and issuer is logged before all of the material is refused: else the operator would learn of one after the
 * other.
 */
static int refuse(struct material *m, const struct item *item, const char *what, const char *name, const char *why)
{
	char text[1024];

	log_error("%.*s%sthe %s \"%s\": %s", (int)item->place.n, (const char *)item->place.p,
		  item->place.n > 0 ? ": " : "", what, name, translated_parts(why, text, sizeof(text)));
	m->n_refused++;
	return 0;
}

static int add_anchor(struct material *m, const struct item *item, const char *name)
{
	int r = anchors_add(m->trust->anchors, name, item->value);

	if (r == -EBADMSG)
		return refuse(m, item, "anchor", name,
			      pem_fault(item->value, PEM_CA,
					TO_TRANSLATE("it holds no CA certificate of the profile in PEM")));
	return r < 0 ? log_errno(r, "Cannot evaluate the anchor \"%s\"", name) : 0;
}

static int add_issuer(struct material *m, const struct item *item, const char *name, const char *scope)
{
	int r = trust_add_issuer(m->trust, name, scope, item->value);
	char why[512];

	m->is_issuer_refused = r < 0;
	if (r == 0)
		return 0;
	if (trust_issuer_fault(m->trust, item->value, r, why, sizeof(why)))
		return refuse(m, item, "issuer", name, why);
	return log_errno(r, "Cannot evaluate the issuer \"%s\"", name);
}

/* Makers and role are of the issuer in the item before. */
static int add_to_issuer(struct material *m, const struct item *item, const char *scope)
{
	if (m->is_issuer_refused)
		return 0;
	if (m->trust->n_issuers == 0)
		return -EBADMSG;
	if (item->kind == MATERIAL_MAKERS)
		return trust_add_makers(m->trust, scope);
	trust_set_issuer_role(m->trust, HALLMARK_ISSUER_SCHEME);
	return 0;
}

static int take_rules(struct material *m, const struct item *item)
{
	struct recognition_rules *rules = &m->rules.recognition;

	switch (item->kind) {
	case MATERIAL_HOME:
		return bytes_to_text(item->value, rules->home, sizeof(rules->home)) ? 0 : -EBADMSG;
	case MATERIAL_SCHEMES:
		return rules->schemes ? -EBADMSG :
					take_structs(item, sizeof(*rules->schemes), &rules->schemes, &rules->n_schemes);
	case MATERIAL_ARRANGEMENTS:
		return rules->arrangements ? -EBADMSG :
					     take_structs(item, sizeof(*rules->arrangements), &rules->arrangements,
							  &rules->n_arrangements);
	default:
		if (item->value.n != sizeof(m->rules.policy))
			return -EBADMSG;
		memcpy(&m->rules.policy, item->value.p, sizeof(m->rules.policy));
		return 0;
	}
}

static int add(struct material *m, const struct item *item, int64_t now_sec)
{
	char name[256], scope[256];
	int r = 0;

	(void)snprintf(name, sizeof(name), "%.*s", (int)item->name.n, (const char *)item->name.p);
	(void)snprintf(scope, sizeof(scope), "%.*s", (int)item->scope.n, (const char *)item->scope.p);

	switch (item->kind) {
	case MATERIAL_ANCHOR:
		return add_anchor(m, item, name);
	case MATERIAL_ISSUER:
		return add_issuer(m, item, name, scope);
	case MATERIAL_REGISTER:
	case MATERIAL_STATUS_LIST:
	case MATERIAL_REFERENCE:
	case MATERIAL_CRL:
		if (item->identity.n > 0)
			return add_remembered(m, item, name, now_sec);
		m->has_accepted = false;
		m->file = item->value;
		trust_expect(m->trust, m->is_known ? 0 : now_sec + TIME_SLACK_SEC, false);
		m->is_known = false;
		return add_set(m, item, name, now_sec);
	case MATERIAL_KNOWN:
		m->is_known = true;
		break;
	case MATERIAL_MAKERS:
	case MATERIAL_SCHEME_ITSELF:
		return add_to_issuer(m, item, scope);
	case MATERIAL_HOME:
	case MATERIAL_SCHEMES:
	case MATERIAL_ARRANGEMENTS:
	case MATERIAL_POLICY:
		r = take_rules(m, item);
		return r < 0 ? r : trust_note_rules(m->trust, item->value);
	case MATERIAL_CERTIFICATE: /* these are the edge's */
	case MATERIAL_KEY:
	case MATERIAL_LIMITS:
	case MATERIAL_COOKIE_SECRET:
	case MATERIAL_NONE:
		return -EBADMSG;
	}
	return 0;
}

void material_free(struct material *m)
{
	if (!m)
		return;
	trust_free(m->trust);
	recognition_rules_done(&m->rules.recognition);
	material_unmap(&m->map);
	free(m->accepted);
	free(m);
}

int material_open(int fd, int64_t now_sec, struct material **ret)
{
	_cleanup_(material_freep) struct material *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->trust = trust_new();
	if (!m->trust)
		return -ENOMEM;
	m->map = material_map(fd);
	if (!m->map.p)
		return -EIO;

	struct bytes rest = m->map;

	while (rest.n > 0) {
		struct item item;
		int r = item_take(&rest, &item);

		if (r < 0)
			return r;
		r = add(m, &item, now_sec);
		if (r < 0)
			return r;
		m->n_items++;
	}
	if (m->n_refused > 0)
		return -EBADMSG; /* logged */
	*ret = TAKE_PTR(m);
	return 0;
}
