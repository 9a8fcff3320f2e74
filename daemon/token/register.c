/* SPDX-License-Identifier: Apache-2.0 */
/* Registers: many label statements under one signature. Which of two is newer is not known here. */
#include <ctype.h>
#include <errno.h>

#include "base/cleanup.h"
#include "token/cwt.h"
#include "token/label.h"

#define STATEMENT_MIN 128 /* bytes of the smallest possible statement: bounds what is allocated before reading */

static int read_statement(struct cbor_cursor *c, struct label *ret)
{
	enum hallmark_reason reason;
	struct bytes claims;

	int r = cbor_skip(c, &claims);
	if (r < 0)
		return r;
	r = label_decode_claims(claims, ret, &reason);
	return r == 0 && reason != REASON_ADMITTED ? -EBADMSG : r;
}

static int read_statements(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct label_register *reg = member;
	size_t n;

	(void)claim;
	if (cbor_array(c, &n) < 0 || n == 0 || n > c->rest.n / STATEMENT_MIN)
		return -EBADMSG;
	reg->labels = calloc(n, sizeof(*reg->labels));
	if (!reg->labels)
		return -ENOMEM;
	reg->n_labels = n;

	for (size_t i = 0; i < n; i++) {
		int r = read_statement(c, &reg->labels[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_statements(struct writer *w, const struct claim *claim, const void *member)
{
	const struct label_register *reg = member;
	int r = 0;

	(void)claim;
	cbor_put_array(w, reg->n_labels);
	for (size_t i = 0; r == 0 && i < reg->n_labels; i++)
		r = label_encode_claims(&reg->labels[i], w);
	return r;
}

static bool statements_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct label_register *)member)->n_labels > 0;
}

static const struct claim_type claim_statements = { read_statements, write_statements, statements_given };

static const struct claim claims[] = {
	CLAIM(HALLMARK_CLAIM_ISS, claim_text, struct label_register, issuer, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_EXP, struct label_register, exp_sec, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct label_register, iat_sec, REQUIRED),
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_REGISTER),
	CLAIM_NUMBER(HALLMARK_CLAIM_SEQUENCE, struct label_register, sequence, 0, INT64_MAX, REQUIRED),
	CLAIM_WHOLE(HALLMARK_CLAIM_STATEMENTS, claim_statements, REQUIRED),
	CLAIM_NUMBER(HALLMARK_CLAIM_COMPLETE, struct label_register, is_complete, 1, 1),
};

static const struct cwt_kind kind = {
	.typ = HALLMARK_TYP_REGISTER,
	.profile = HALLMARK_PROFILE_REGISTER,
	.size_max = HALLMARK_REGISTER_MAX,
	.names_key = true,
	.claims = CLAIM_MAP(claims),
	CWT_REFUSED_AS_LABEL,
};

void label_register_done(struct label_register *r)
{
	for (size_t i = 0; i < r->n_labels; i++)
		label_done(&r->labels[i]);
	free(r->labels);
	r->labels = NULL;
	r->n_labels = 0;
}

static bool is_of_one_issuer(const struct label_register *reg)
{
	for (size_t i = 0; i < reg->n_labels; i++)
		if (strcmp(reg->labels[i].issuer, reg->issuer) != 0)
			return false;
	return true;
}

/* The next significant character of a label number; 0 at the end. */
static int number_next(const char **at)
{
	while (**at == ' ')
		(*at)++;
	return **at == '\0' ? 0 : tolower((unsigned char)*(*at)++);
}

int label_number_compare(const char *a, const char *b)
{
	int x, y;

	do {
		x = number_next(&a);
		y = number_next(&b);
	} while (x == y && x != 0);
	return x - y;
}

static int same_number(const struct label *a, const struct label *b)
{
	int order = strcmp(a->scheme, b->scheme);

	return order != 0 ? order : label_number_compare(a->number, b->number);
}

static int label_compare(const void *left, const void *right)
{
	const struct label *a = *(const struct label *const *)left, *b = *(const struct label *const *)right;
	int order = same_number(a, b);

	return order != 0 ? order : (a > b) - (a < b);
}

int label_register_find_twice(const struct label_register *r, struct label_pair *ret, size_t max)
{
	_cleanup_free_ const struct label **sorted = calloc(r->n_labels + 1, sizeof(struct label *));
	int n = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_labels; i++)
		sorted[i] = &r->labels[i];
	qsort(sorted, r->n_labels, sizeof(struct label *), label_compare);
	for (size_t i = 1; i < r->n_labels; i++) {
		if (same_number(sorted[i - 1], sorted[i]) != 0)
			continue;
		if ((size_t)n < max)
			ret[n] = (struct label_pair){ (size_t)(sorted[i - 1] - r->labels),
						      (size_t)(sorted[i] - r->labels) };
		n++;
	}
	return n;
}

int label_register_decode(struct bytes in, struct sign1 *ret_token, struct label_register *ret,
			  enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	int r = cwt_decode(&kind, in, ret_token, ret, ret_reason);

	if (r == 0 && *ret_reason == REASON_ADMITTED && !is_of_one_issuer(ret))
		*ret_reason = REASON_LABEL_CLAIMS;
	if (r < 0 || *ret_reason != REASON_ADMITTED)
		label_register_done(ret);
	return r;
}

int label_register_sign(const struct label_register *r, EVP_PKEY *key, struct writer *w)
{
	if (!is_of_one_issuer(r))
		return -EINVAL;
	return cwt_sign(&kind, r, NULL, key, w);
}
