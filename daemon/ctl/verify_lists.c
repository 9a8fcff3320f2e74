/* SPDX-License-Identifier: Apache-2.0 */
/* What `verify` finds in status lists and in reference values. */
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/inspection.h"

#define PLACES_SHOWN 100 /* of a list, as text */

/* --- Status lists --- */

/* Those that are not valid; the places of all others are nobody's business here. */
static void put_places(struct inspection *i, const struct status_list *list, int status, const char *name)
{
	struct value *places = value_add_new(i->findings.contents, name, VALUE_LIST);
	const int64_t n = (int64_t)(list->n * 8 / list->bits);
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
		value_add_text(places, NULL, "and more; --json shows all");
}

static void put_list(struct inspection *i, const struct status_list *list)
{
	put_text(i, "issuer", list->issuer);
	put_text(i, "uri", list->uri);
	put_number(i, "issued", list->iat_sec);
	put_number(i, "valid_until", list->exp_sec);
	put_number(i, "good_for_sec", list->ttl_sec);
	put_number(i, "places", (int64_t)(list->n * 8 / list->bits));
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
	if (r < 0)
		return r;
	if (i->trust)
		find_issuer(i, list.issuer, reason);
	find_signature(i, &token);
	find_period(i, list.iat_sec, status_list_until(&list));
	return 0;
}

/* --- Reference values --- */

static void put_reference(struct inspection *i, const struct reference *reference)
{
	struct value *list;

	put_text(i, "issuer", reference->issuer);
	put_number(i, "issued", reference->iat_sec);
	put_number(i, "valid_until", reference->exp_sec);
	put_class(value_add_new(i->findings.contents, "firmware", VALUE_LIST), &reference->class);
	list = value_add_new(i->findings.contents, "measurements", VALUE_LIST);
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
	if (r < 0)
		return r;
	if (i->trust)
		find_issuer(i, reference.issuer, reason);
	find_signature(i, &token);
	find_period(i, reference.iat_sec, reference.exp_sec);
	return 0;
}
