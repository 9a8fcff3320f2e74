/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check 10. Many devices share one label, so a verified statement is kept, decoded, under its hash. Only what stays
 * true for the life of struct trust is kept; dates are checked each time.
 */
#include "appraise/labels.h"

#include <errno.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "token/cose.h"

struct cached_label {
	uint8_t hash[SHA256_LEN]; /* of the statement as received */
	uint64_t used;            /* the largest was used last */
	struct label label;
};

struct label_cache {
	struct cached_label entries[LABEL_CACHE_MAX];
	size_t n; /* in use; a judge touches no page of the others */
	uint64_t uses;
};

struct label_cache *label_cache_new(void)
{
	return calloc(1, sizeof(struct label_cache));
}

void label_cache_free(struct label_cache *cache)
{
	for (size_t i = 0; cache && i < cache->n; i++)
		label_done(&cache->entries[i].label);
	free(cache);
}

static const struct label *cache_get(struct label_cache *cache, const uint8_t hash[static SHA256_LEN])
{
	for (size_t i = 0; i < cache->n; i++) {
		struct cached_label *entry = &cache->entries[i];

		if (memcmp(entry->hash, hash, SHA256_LEN) != 0)
			continue;
		entry->used = ++cache->uses;
		return &entry->label;
	}
	return NULL;
}

/* An unused entry, or that of the least recently used label, which is released. */
static struct cached_label *cache_make_room(struct label_cache *cache)
{
	struct cached_label *oldest = &cache->entries[0];

	if (cache->n < LABEL_CACHE_MAX)
		return &cache->entries[cache->n++];
	for (size_t i = 1; i < cache->n; i++)
		if (cache->entries[i].used < oldest->used)
			oldest = &cache->entries[i];
	label_done(&oldest->label);
	return oldest;
}

/*
 * Takes ownership of the label. The labels of one submission are among the HALLMARK_LABELS_MAX used last: none of them
 * is dropped while it is in use.
 */
static const struct label *cache_put(struct label_cache *cache, const uint8_t hash[static SHA256_LEN],
				     struct label *label)
{
	struct cached_label *entry = cache_make_room(cache);

	memcpy(entry->hash, hash, SHA256_LEN);
	entry->used = ++cache->uses;
	entry->label = *label;
	*label = (struct label){ 0 };
	return &entry->label;
}

void candidate_done(struct candidate *c)
{
	label_done(&c->own);
}

/* By `kid` where there is one, else the first key with that name; at least one of them must be given. */
static const struct issuer *issuer_find(const struct trust *t, struct bytes kid, const char *name)
{
	for (size_t i = 0; i < t->n_issuers; i++) {
		const struct issuer *issuer = &t->issuers[i];

		if (name[0] ? strcmp(issuer->name, name) != 0 : kid.n == 0)
			continue;
		if (kid.n == 0 || bytes_equal(kid, BYTES(issuer->key_id)))
			return issuer;
	}
	return NULL;
}

int signature_verify(const struct trust *t, const struct sign1 *token, const char *iss, struct signature *ret)
{
	const struct issuer *issuer = issuer_find(t, token->kid, iss);
	enum sign1_result result = SIGN1_BAD_SIGNATURE;

	*ret = (struct signature){ .reason = REASON_LABEL_SIGNER };
	if (!issuer)
		return 0;

	int r = sign1_verify(token, issuer->key, &result);

	if (r < 0)
		return r;
	switch (result) {
	case SIGN1_VALID:
		*ret = (struct signature){ .issuer = issuer, .reason = REASON_ADMITTED };
		break;
	case SIGN1_BAD_ALGORITHM:
		ret->reason = REASON_LABEL_ALGORITHM;
		break;
	case SIGN1_BAD_SIGNATURE:
		ret->reason = REASON_LABEL_SIGNATURE;
		break;
	}
	return 0;
}

static bool is_key_known(const struct trust *t, struct bytes kid)
{
	for (size_t i = 0; i < t->n_issuers; i++)
		if (bytes_equal(kid, BYTES(t->issuers[i].key_id)))
			return true;
	return false;
}

int signature_verify_any_kid(const struct trust *t, const struct sign1 *token, const char *iss, struct signature *ret)
{
	int r = signature_verify(t, token, iss, ret);

	if (r < 0 || ret->issuer || is_key_known(t, token->kid))
		return r;
	for (size_t i = 0; r == 0 && !ret->issuer && i < t->n_issuers; i++) {
		const struct issuer *issuer = &t->issuers[i];
		enum sign1_result result = SIGN1_BAD_SIGNATURE;

		if (iss[0] && strcmp(issuer->name, iss) != 0)
			continue;
		r = sign1_verify(token, issuer->key, &result);
		if (r == 0 && result == SIGN1_VALID)
			*ret = (struct signature){ .issuer = issuer, .reason = REASON_ADMITTED };
	}
	return r;
}

static bool speaks_for_scheme(const struct issuer *issuer, const char *scheme)
{
	for (size_t i = 0; i < issuer->n_schemes; i++)
		if (strcmp(issuer->schemes[i], scheme) == 0)
			return true;
	return false;
}

bool issuer_speaks_for_maker(const struct issuer *issuer, const char *maker)
{
	for (size_t i = 0; i < issuer->n_makers; i++)
		if (strcmp(issuer->makers[i], maker) == 0)
			return true;
	return false;
}

/*
 * Every class must be of the issuer's makers: a class of another maker would admit that maker's devices on this
 * issuer's word.
 */
enum hallmark_reason issuer_check(const struct issuer *issuer, const struct label *label)
{
	if (!speaks_for_scheme(issuer, label->scheme))
		return REASON_LABEL_ISSUER_SCHEME;
	for (size_t i = 0; issuer->n_makers > 0 && i < label->n_classes; i++)
		if (!issuer_speaks_for_maker(issuer, label->classes[i].product.maker))
			return REASON_LABEL_ISSUER_MAKER;
	return REASON_ADMITTED;
}

enum hallmark_issuer_role issuer_role_of(const struct trust *t, const char *name)
{
	enum hallmark_issuer_role role = HALLMARK_ISSUER_UNKNOWN;

	for (size_t i = 0; i < t->n_issuers; i++) {
		const struct issuer *issuer = &t->issuers[i];

		if (strcmp(issuer->name, name) != 0)
			continue;
		if (role == HALLMARK_ISSUER_UNKNOWN || issuer->role < role)
			role = issuer->role;
	}
	return role;
}

int candidate_verify(const struct trust *t, struct bytes statement, struct candidate *ret)
{
	uint8_t hash[SHA256_LEN];
	struct sign1 token;
	struct signature signature;
	int r = digest_sha256(statement, hash);

	if (r < 0)
		return r;
	*ret = (struct candidate){ .register_exp_sec = TIME_FOREVER, .label = cache_get(t->cache, hash) };
	if (ret->label) {
		ret->reason = REASON_ADMITTED;
		ret->said_sec = ret->label->iat_sec;
		return 0;
	}

	r = label_decode(statement, &token, &ret->own, &ret->reason);
	if (r < 0 || ret->reason != REASON_ADMITTED)
		return r;
	ret->label = &ret->own;
	ret->said_sec = ret->own.iat_sec;
	ret->reason = REASON_INTERNAL;

	r = signature_verify(t, &token, ret->own.issuer, &signature);
	if (r < 0)
		return r;
	ret->reason = signature.issuer ? issuer_check(signature.issuer, &ret->own) : signature.reason;
	if (ret->reason == REASON_ADMITTED)
		ret->label = cache_put(t->cache, hash, &ret->own);
	return 0;
}

int trust_verify_label(const struct trust *t, struct bytes statement, enum hallmark_reason *ret_reason)
{
	_cleanup_(candidate_done) struct candidate c = { 0 };
	int r = candidate_verify(t, statement, &c);

	*ret_reason = c.reason;
	return r;
}

enum hallmark_reason candidate_period(const struct candidate *c, int64_t now_sec)
{
	if (label_ends_first(c->label))
		return REASON_LABEL_ENDS_FIRST;
	if (!label_has_begun(c->label, now_sec))
		return REASON_LABEL_NOT_YET;
	if (now_sec >= c->label->exp_sec || now_sec >= c->register_exp_sec)
		return REASON_LABEL_EXPIRED;
	return REASON_ADMITTED;
}

/* --- Registers --- */

static int product_compare(const struct product *a, const struct product *b)
{
	int order = strcmp(a->maker, b->maker);

	return order != 0 ? order : strcmp(a->model, b->model);
}

/* Sorts so that the classes of one label for one product are adjacent. */
static int entry_compare(const void *left, const void *right)
{
	const struct label_entry *a = left, *b = right;
	int order = product_compare(&a->class->product, &b->class->product);

	if (order != 0)
		return order;
	if (a->reg != b->reg)
		return a->reg < b->reg ? -1 : 1;
	return (a->label > b->label) - (a->label < b->label);
}

static size_t count_classes(const struct trust *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_registers; i++)
		for (size_t j = 0; j < t->registers[i].reg.n_labels; j++)
			n += t->registers[i].reg.labels[j].n_classes;
	return n;
}

static void index_fill(const struct trust *t, struct label_entry *entry)
{
	for (size_t i = 0; i < t->n_registers; i++) {
		const struct label_register *r = &t->registers[i].reg;

		for (size_t j = 0; j < r->n_labels; j++)
			for (size_t k = 0; k < r->labels[j].n_classes; k++)
				*entry++ = (struct label_entry){ .class = &r->labels[j].classes[k],
								 .label = &r->labels[j],
								 .reg = i };
	}
}

int index_build(struct trust *t)
{
	size_t n = count_classes(t);
	struct label_entry *index = calloc(n > 0 ? n : 1, sizeof(*index));

	if (!index)
		return -ENOMEM;
	index_fill(t, index);
	qsort(index, n, sizeof(*index), entry_compare);
	free(t->index);
	t->index = index;
	t->n_index = n;
	return 0;
}

/* The first entry that does not sort before the product. */
static size_t index_find(const struct trust *t, const struct product *product)
{
	size_t from = 0, to = t->n_index;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (product_compare(&t->index[middle].class->product, product) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

size_t entries_find(const struct trust *t, const struct product *product, const struct label_entry **ret_first)
{
	size_t first = index_find(t, product), n = 0;

	*ret_first = &t->index[first];
	while (first + n < t->n_index && product_compare(&t->index[first + n].class->product, product) == 0)
		n++;
	return n;
}

/* A register states all its statements anew. */
static int64_t said_at(const struct label_register *reg, const struct label *label)
{
	return reg->iat_sec > label->iat_sec ? reg->iat_sec : label->iat_sec;
}

struct candidate candidate_of_entry(const struct trust *t, const struct label_entry *entry)
{
	const struct label_register *reg = &t->registers[entry->reg].reg;

	return (struct candidate){
		.label = entry->label,
		.reason = REASON_ADMITTED,
		.newer = REASON_ADMITTED,
		.from_register = true,
		.said_sec = said_at(reg, entry->label),
		.register_exp_sec = reg->exp_sec,
	};
}

/* --- The latest statement --- */

static bool is_same_number(const struct label *a, const struct label *b)
{
	return strcmp(a->issuer, b->issuer) == 0 && strcmp(a->scheme, b->scheme) == 0 &&
	       label_number_compare(a->number, b->number) == 0;
}

/* Except for their time of issue. A label that cannot be encoded equals none. */
static bool say_the_same(const struct label *a, const struct label *b)
{
	uint8_t space[2][HALLMARK_TOKEN_MAX];
	struct writer w[] = { WRITER(space[0]), WRITER(space[1]) };
	struct label timeless[] = { *a, *b };

	timeless[0].iat_sec = timeless[1].iat_sec = 0;
	return label_encode_claims(&timeless[0], &w[0]) == 0 && label_encode_claims(&timeless[1], &w[1]) == 0 &&
	       bytes_equal(writer_bytes(&w[0]), writer_bytes(&w[1]));
}

/* The earlier label counts until the later one becomes valid. */
static bool replaces(const struct label *later, const struct label *earlier, int64_t now_sec)
{
	return label_has_begun(later, now_sec) && !say_the_same(later, earlier);
}

static const struct label_register *register_of(const struct trust *t, const char *issuer)
{
	for (size_t i = 0; i < t->n_registers; i++)
		if (strcmp(t->registers[i].reg.issuer, issuer) == 0)
			return &t->registers[i].reg;
	return NULL;
}

static const struct label *register_find_number(const struct label_register *reg, const struct label *like)
{
	for (size_t i = 0; i < reg->n_labels; i++)
		if (is_same_number(&reg->labels[i], like))
			return &reg->labels[i];
	return NULL;
}

/* What the issuer's register says of a label that was sent, while the register is valid. */
static enum hallmark_reason compare_with_register(const struct trust *t, const struct candidate *c, int64_t now_sec)
{
	const struct label_register *reg = register_of(t, c->label->issuer);
	const struct label *row = reg && now_sec < reg->exp_sec ? register_find_number(reg, c->label) : NULL;

	if (row)
		return said_at(reg, row) >= c->said_sec && replaces(row, c->label, now_sec) ? REASON_LABEL_REPLACED :
											      REASON_ADMITTED;
	return reg && now_sec < reg->exp_sec && reg->is_complete && reg->iat_sec > c->said_sec ?
		       REASON_LABEL_WITHDRAWN :
		       REASON_ADMITTED;
}

static bool is_replaced(const struct candidate *c, const struct candidate *sent, size_t n_sent, int64_t now_sec)
{
	for (size_t i = 0; i < n_sent; i++) {
		const struct candidate *other = &sent[i];

		if (other != c && other->reason == REASON_ADMITTED && other->said_sec > c->said_sec &&
		    is_same_number(other->label, c->label) && replaces(other->label, c->label, now_sec))
			return true;
	}
	return false;
}

void candidates_compare(const struct trust *t, struct candidate *candidates, size_t n, size_t n_sent, int64_t now_sec)
{
	for (size_t i = 0; i < n; i++) {
		struct candidate *c = &candidates[i];

		c->newer = REASON_ADMITTED;
		if (c->reason != REASON_ADMITTED)
			continue;
		if (!c->from_register)
			c->newer = compare_with_register(t, c, now_sec);
		if (c->newer == REASON_ADMITTED && is_replaced(c, candidates, n_sent, now_sec))
			c->newer = REASON_LABEL_REPLACED;
	}
}
