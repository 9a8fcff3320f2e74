/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of `verify` for status lists, reference values and CRLs. */
#include <errno.h>
#include <inttypes.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/set.h"
#include "ctl/inspect/inspection.h"
#include "ctl/value.h"
#include "identity/describe.h"
#include "identity/identity.h"
#include "token/cose.h"
#include "token/reference.h"
#include "token/status.h"

DEFINE_CLEANUP(struct anchors *, anchors_free);

#define PLACES_SHOWN 100 /* of a list, as text */

/* --- Status lists --- */

/* Shows the places that are not valid. */
static void put_places(struct inspection *i, const struct status_list *list, int status, const char *name)
{
	struct value *places = value_add_new(i->findings.contents, name, VALUE_LIST);
	const int64_t n = status_list_places(list);
	int64_t found = 0;
	char text[32];

	for (int64_t k = 0; k < n; k++) {
		if (status_list_get(list, k) != status)
			continue;
		(void)snprintf(text, sizeof(text), "%" PRId64, k);
		if (i->ctl->json || found++ < PLACES_SHOWN)
			value_add_text(places, NULL, text);
	}
	if (found > PLACES_SHOWN)
		value_add_text(places, NULL, translated("and more; --json shows all"));
}

static void put_list(struct inspection *i, const struct status_list *list)
{
	put_text(i, "issuer", list->issuer);
	put_text(i, "uri", list->uri);
	put_number(i, "issued", list->iat_sec);
	put_number(i, "valid_until", list->exp_sec);
	put_number(i, "good_for_sec", list->ttl_sec);
	put_number(i, "places", status_list_places(list));
	put_number(i, "bits", list->bits);
	put_places(i, list, STATUS_INVALID, "revoked");
	put_places(i, list, STATUS_SUSPENDED, "suspended");
}

int inspect_status_list(struct inspection *i)
{
	_cleanup_(status_list_done) struct status_list list = { 0 };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;
	int r;

	inspection_begin(i, "status list");
	r = status_list_decode(i->file, &token, &list, &reason);
	if (r < 0)
		return r;
	if (reason != REASON_ADMITTED) {
		find_unreadable(i, CHECK_LABEL_STATUS, reason);
		return 0;
	}

	put_list(i, &list);
	r = i->trust ? trust_add_status_list(i->trust, i->file, NULL, &reason) : 0;
	r = find_signer(i, &token, list.issuer, r, reason);
	if (r == 0)
		find_period(i, list.iat_sec, status_list_until(&list));
	return r;
}

/* --- Reference values --- */

static void put_reference(struct inspection *i, const struct reference *reference)
{
	struct value *list;

	put_text(i, "issuer", reference->issuer);
	put_number(i, "issued", reference->iat_sec);
	put_number(i, "valid_until", reference->exp_sec);
	put_class(value_add_new(i->findings.contents, TO_TRANSLATE("firmware"), VALUE_LIST), &reference->class);
	list = value_add_new(i->findings.contents, TO_TRANSLATE("measurements"), VALUE_LIST);
	for (size_t k = 0; k < reference->n_measurements; k++) {
		_cleanup_free_ char *hex = malloc(2 * reference->measurements[k].n + 1);

		if (!hex)
			return;
		bytes_to_hex(reference->measurements[k], hex);
		value_add_text(list, NULL, hex);
	}
}

int inspect_reference(struct inspection *i)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct reference reference;
	struct sign1 token;
	int r;

	inspection_begin(i, "reference values of a maker");
	r = reference_decode(i->file, &token, &reference, &reason);
	if (r < 0)
		return r;
	if (reason != REASON_ADMITTED) {
		find_unreadable(i, CHECK_FIRMWARE, reason);
		return 0;
	}

	put_reference(i, &reference);
	r = i->trust ? trust_add_reference(i->trust, i->file, NULL, &reason) : 0;
	r = find_signer(i, &token, reference.issuer, r, reason);
	if (r == 0)
		find_period(i, reference.iat_sec, reference.exp_sec);
	return r;
}

/* --- CRLs --- */

static void put_crl(struct inspection *i, const struct crl_text *text)
{
	struct value *revoked;

	put_text(i, "issuer", text->issuer);
	put_number(i, "issued", text->this_update_sec);
	put_number(i, "valid_until", text->next_update_sec);
	put_number(i, "certificates", (int64_t)text->n_revoked);
	revoked = value_add_new(i->findings.contents, TO_TRANSLATE("revoked"), VALUE_LIST);
	for (size_t k = 0; k < text->n_revoked && k < CRL_SERIALS_MAX; k++)
		value_add_text(revoked, NULL, text->revoked[k]);
	if (text->n_revoked > CRL_SERIALS_MAX)
		value_add_text(revoked, NULL, translated("and more"));
}

/* Whether it revokes: it does in any scope, once its CA signed it. */
static int find_revokes(struct inspection *i)
{
	static const struct question about_revoking = { "revokes", "RFC 5280 section 6.3.3" };
	_cleanup_(anchors_freep) struct anchors *anchors = anchors_load(i->ctl->key);
	struct set_mark mark;
	int r;

	if (!anchors)
		return -EINVAL;
	if (!i->ctl->key) {
		findings_add_text(&i->findings, &about_revoking, CHECK_ABSENT,
				  "no CA to verify it with; give --key CA.pem");
		return 0;
	}
	r = anchors_add_crl(anchors, i->file, false, &mark);
	if (r < 0 && r != -EBADMSG)
		return r;
	if (r == 0 && anchors_vouch_for_crl(anchors, &mark))
		findings_add_text(&i->findings, &about_revoking, CHECK_PASSED,
				  "the CA given has signed it: it revokes what it names");
	else
		findings_add_text(&i->findings, &about_revoking, CHECK_FAILED,
				  r < 0 ? TO_TRANSLATE("it is not signed as the profile asks, or has no date") :
					  TO_TRANSLATE("the CA given has not signed it"));
	return 0;
}

/* Whether it vouches for what it does not name. For a list that only revokes, neither this nor its end is a fault. */
static void find_vouches(struct inspection *i, const struct crl_text *text)
{
	static const struct question about_vouching = { "vouches", "RFC 5280 section 5.2" };

	if (i->ctl->signature_only)
		return;
	if (text->limit == CRL_IS_COMPLETE) {
		findings_add_text(&i->findings, &about_vouching, CHECK_PASSED,
				  "it is complete: what it does not name is not revoked, while it is current");
		find_period(i, text->this_update_sec, text->next_update_sec);
		return;
	}
	put_text(i, "vouches", translated("for nobody; it only revokes"));
	put_text(i, "why", translated(crl_limit_text(text->limit)));
}

int inspect_crl(struct inspection *i, const struct crl_text *text)
{
	int r;

	inspection_begin(i, "certificate revocation list");
	put_crl(i, text);
	r = find_revokes(i);
	if (r == 0)
		find_vouches(i, text);
	return r;
}
