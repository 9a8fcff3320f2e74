/* SPDX-License-Identifier: Apache-2.0 */
/* References, kept with the bytes that they borrow. checks.c decides whether they fit a device. */
#include <errno.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "appraise/labels.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "token/cose.h"
#include "token/names.h"

static int mark_of(const struct reference *reference, struct bytes in, struct set_mark *ret)
{
	const struct label_class *class = &reference->class;
	const char *scheme = version_scheme_name(class->version_scheme);
	const char *const parts[] = { reference->issuer,        class->product.maker, class->product.model,
				      class->product.hwversion, class->version_from,  class->version_to,
				      scheme ? scheme : "" };

	*ret = (struct set_mark){ .issued_sec = reference->iat_sec, .until_sec = reference->exp_sec };

	int r = digest_sha256(in, ret->hash);

	return r < 0 ? r : set_mark_identify(ret, SET_REFERENCE, parts, ARRAY_SIZE(parts));
}

static struct known_reference *find(const struct trust *t, const struct set_mark *mark)
{
	for (size_t i = 0; i < t->n_references; i++)
		if (strcmp(t->references[i].mark.identity, mark->identity) == 0)
			return &t->references[i];
	return NULL;
}

/* Makes room for one more. Returns 0, -E2BIG or -ENOMEM. */
static int append(struct trust *t, struct known_reference **ret)
{
	if (t->n_references == HALLMARK_REFERENCES_MAX)
		return -E2BIG;

	struct known_reference *references = reallocarray(t->references, t->n_references + 1, sizeof(*references));

	if (!references)
		return -ENOMEM;
	t->references = references;
	*ret = &references[t->n_references++];
	**ret = (struct known_reference){ 0 };
	return 0;
}

static int keep(struct trust *t, struct known_reference *known, enum hallmark_reason *ret_reason)
{
	struct known_reference *held = find(t, &known->mark);
	enum set_order order = held ? trust_order(t, &held->mark, &known->mark) : SET_ADVANCE;

	if (order == SET_STEP_BACK)
		*ret_reason = REASON_REFERENCE_OLDER;
	if (order != SET_ADVANCE)
		return 0;

	int r = held ? 0 : append(t, &held);

	if (r < 0)
		return r;
	free(held->token);
	*held = *known;
	known->token = NULL;
	return 0;
}

static void known_done(struct known_reference *known)
{
	free(known->token);
}

int trust_add_reference(struct trust *t, struct bytes in, struct set_mark *ret_mark, enum hallmark_reason *ret_reason)
{
	_cleanup_(known_done) struct known_reference known = { .token = bytes_dup(in), .size = in.n };
	struct signature signature;
	struct sign1 token;

	if (!known.token)
		return -ENOMEM;

	int r = reference_decode(bytes_of(known.token, in.n), &token, &known.reference, ret_reason);

	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;
	r = signature_verify(t, &token, known.reference.issuer, &signature);
	if (r < 0)
		return r;
	*ret_reason = signature.reason;
	if (!signature.issuer)
		return 0;
	if (!issuer_speaks_for_maker(signature.issuer, known.reference.class.product.maker)) {
		*ret_reason = REASON_REFERENCE_MAKER;
		return 0;
	}
	r = mark_of(&known.reference, in, &known.mark);
	if (r < 0)
		return r;
	if (trust_is_early(t, &known.mark)) {
		*ret_reason = REASON_REFERENCE_NOT_YET;
		return 0;
	}
	r = keep(t, &known, ret_reason);
	if (r == 0 && *ret_reason == REASON_ADMITTED && ret_mark)
		*ret_mark = known.mark;
	return r;
}
