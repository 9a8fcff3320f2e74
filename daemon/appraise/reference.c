/* SPDX-License-Identifier: Apache-2.0 */
/* References, kept with the bytes that they point into. Whether they fit a device is appraise.c's question. */
#include <errno.h>
#include <stdlib.h>

#include "appraise/labels.h"
#include "base/cleanup.h"

static bool issuer_describes(const struct issuer *issuer, const char *maker)
{
	for (size_t i = 0; i < issuer->n_makers; i++)
		if (strcmp(issuer->makers[i], maker) == 0)
			return true;
	return false;
}

static int keep(struct trust *t, struct known_reference *known)
{
	if (t->n_references == HALLMARK_REFERENCES_MAX)
		return -E2BIG;

	struct known_reference *references = reallocarray(t->references, t->n_references + 1, sizeof(*references));

	if (!references)
		return -ENOMEM;
	t->references = references;
	references[t->n_references++] = *known;
	known->token = NULL;
	return 0;
}

static void known_done(struct known_reference *known)
{
	free(known->token);
}

int trust_add_reference(struct trust *t, struct bytes in, enum hallmark_reason *ret_reason)
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
	if (!issuer_describes(signature.issuer, known.reference.class.product.maker)) {
		*ret_reason = REASON_REFERENCE_MAKER;
		return 0;
	}
	return keep(t, &known);
}
