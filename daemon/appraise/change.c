/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the answers of two sets of trust material, question by question (base/dependency.h). Nothing is judged here.
 * Staleness is part of the answer, because an appraisal would see it.
 */
#include <errno.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "appraise/labels.h"
#include "base/cleanup.h"
#include "identity/identity.h"

#define ENTRIES_MAX 65536 /* statuses of one list that are compared singly: a list with more counts as one answer */

uint64_t issuer_question(const char *issuer)
{
	return dependency_id(DEPENDENCY_ISSUER, bytes_of_string(issuer), bytes_of(NULL, 0), 0);
}

uint64_t status_question(const char *issuer, const char *uri)
{
	return dependency_id(DEPENDENCY_STATUS, bytes_of_string(issuer), bytes_of_string(uri), 0);
}

uint64_t status_entry_question(const char *issuer, const char *uri, uint64_t index)
{
	return dependency_id(DEPENDENCY_STATUS_ENTRY, bytes_of_string(issuer), bytes_of_string(uri), index);
}

uint64_t product_question(enum dependency_kind kind, const struct product *product)
{
	return dependency_id(kind, bytes_of_string(product->maker), bytes_of_string(product->model), 0);
}

uint64_t choice_question(void)
{
	return dependency_id(DEPENDENCY_CHOICE, bytes_of(NULL, 0), bytes_of(NULL, 0), 0);
}

/* Differences in spaces and case do not make another number. */
uint64_t number_question(const char *issuer, const char *number)
{
	uint8_t space[LABEL_NUMBER_SIZE];
	struct writer w = WRITER(space);

	for (; *number; number++) {
		const char c = *number >= 'A' && *number <= 'Z' ? (char)(*number - 'A' + 'a') : *number;

		if (c != ' ')
			writer_put(&w, bytes_of(&c, 1));
	}
	return dependency_id(DEPENDENCY_NUMBER, bytes_of_string(issuer), writer_bytes(&w), 0);
}

uint64_t complete_question(const char *issuer)
{
	return dependency_id(DEPENDENCY_COMPLETE, bytes_of_string(issuer), bytes_of(NULL, 0), 0);
}

static int issuer_answer(const struct issuer *issuer, struct answers *ret)
{
	uint8_t space[sizeof(*issuer)];
	struct writer w = WRITER(space);

	writer_put(&w, BYTES(issuer->key_id));
	writer_put(&w, bytes_of(issuer->schemes, sizeof(issuer->schemes)));
	writer_put(&w, bytes_of(issuer->makers, sizeof(issuer->makers)));
	writer_put(&w, bytes_of(&issuer->role, sizeof(issuer->role)));
	return answers_add(ret, issuer_question(issuer->name), writer_bytes(&w));
}

/*
 * A valid status is the default and needs no answer. Returns how many other statuses there are, up to ENTRIES_MAX + 1.
 */
static size_t count_entries(const struct status_list *list)
{
	int64_t all = status_list_places(list);
	size_t n = 0;

	for (int64_t i = 0; i < all && n <= ENTRIES_MAX; i++)
		n += status_list_get(list, i) != STATUS_VALID;
	return n;
}

static int entry_answers(const struct standing *standing, struct answers *ret)
{
	const struct status_list *list = &standing->list;
	int64_t all = status_list_places(list);
	int r = 0;

	for (int64_t i = 0; i < all && r == 0; i++) {
		const uint8_t status = (uint8_t)status_list_get(list, i);

		if (status != STATUS_VALID)
			r = answers_add(ret, status_entry_question(standing->issuer, list->uri, (uint64_t)i),
					bytes_of(&status, 1));
	}
	return r;
}

/* The times at which the two sets of trust material are evaluated. */
struct look {
	const struct trust *former; /* NULL for the former itself */
	int64_t now_sec;
};

/* A list that ends before its predecessor shortens what depended on that. */
static bool standing_ends_earlier(const struct standing *standing, const struct trust *former)
{
	for (size_t i = 0; former && i < former->n_standings; i++) {
		const struct standing *other = &former->standings[i];

		if (strcmp(other->issuer, standing->issuer) == 0 && strcmp(other->list.uri, standing->list.uri) == 0)
			return standing_until(standing) < standing_until(other);
	}
	return false;
}

static bool register_ends_earlier(const struct label_register *reg, const struct trust *former)
{
	for (size_t i = 0; former && i < former->n_registers; i++)
		if (strcmp(former->registers[i].reg.issuer, reg->issuer) == 0)
			return reg->exp_sec < former->registers[i].reg.exp_sec;
	return false;
}

static int standing_answers(const struct standing *standing, const struct look *look, struct answers *ret)
{
	const struct status_list *list = &standing->list;
	const uint64_t question = status_question(standing->issuer, list->uri);
	const uint64_t state[] = { look->now_sec >= standing_until(standing), (uint64_t)status_list_places(list),
				   standing_ends_earlier(standing, look->former) };
	int r = answers_add(ret, question, bytes_of(state, sizeof(state)));

	if (r < 0)
		return r;
	if (count_entries(list) > ENTRIES_MAX)
		return answers_add(ret, question, bytes_of(list->statuses, list->n));
	return entry_answers(standing, ret);
}

/* What the register states for the number, and when it was stated. */
static int number_answer(const struct label_register *reg, const struct label *label, struct bytes words,
			 struct answers *ret)
{
	uint8_t space[sizeof(reg->iat_sec) + 2 + sizeof(label->issuer) + HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(space);

	writer_put(&w, bytes_of(&reg->iat_sec, sizeof(reg->iat_sec)));
	writer_put(&w, words);
	return answers_add(ret, number_question(label->issuer, label->number), writer_bytes(&w));
}

static int label_answers(const struct label_register *reg, const struct label *label, const uint8_t state[static 2],
			 struct answers *ret)
{
	uint8_t space[2 + sizeof(label->issuer) + HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(space);
	int r;

	writer_put(&w, bytes_of(state, 2));
	writer_put(&w, BYTES((const uint8_t *)label->issuer));
	r = label_encode_claims(label, &w);
	for (size_t i = 0; i < label->n_classes && r == 0; i++)
		r = answers_add(ret, product_question(DEPENDENCY_REGISTER, &label->classes[i].product),
				writer_bytes(&w));
	return r < 0 ? r : number_answer(reg, label, writer_bytes(&w), ret);
}

/* Only a complete register says something of numbers that it does not contain. */
static int complete_answer(const struct label_register *reg, const uint8_t state[static 2], struct answers *ret)
{
	const int64_t answer[] = { reg->iat_sec, state[0] };

	return reg->is_complete ? answers_add(ret, complete_question(reg->issuer), bytes_of(answer, sizeof(answer))) :
				  0;
}

static int register_answers(const struct label_register *reg, const struct look *look, struct answers *ret)
{
	const uint8_t state[] = { look->now_sec >= reg->exp_sec, register_ends_earlier(reg, look->former) };
	int r = complete_answer(reg, state, ret);

	for (size_t i = 0; i < reg->n_labels && r == 0; i++)
		r = label_answers(reg, &reg->labels[i], state, ret);
	return r;
}

/* The same token is equally stale in both. */
static int reference_answer(const struct known_reference *known, struct answers *ret)
{
	return answers_add(ret, product_question(DEPENDENCY_REFERENCE, &known->reference.class.product),
			   bytes_of(known->token, known->size));
}

static int collect(const struct trust *t, const struct look *look, struct answers *ret)
{
	int r = anchors_answers(t->anchors, look->former ? look->former->anchors : NULL, look->now_sec, ret);

	if (r == 0)
		r = answers_add(ret, choice_question(), BYTES(t->rules));
	for (size_t i = 0; i < t->n_issuers && r == 0; i++)
		r = issuer_answer(&t->issuers[i], ret);
	for (size_t i = 0; i < t->n_standings && r == 0; i++)
		r = standing_answers(&t->standings[i], look, ret);
	for (size_t i = 0; i < t->n_registers && r == 0; i++)
		r = register_answers(&t->registers[i].reg, look, ret);
	for (size_t i = 0; i < t->n_references && r == 0; i++)
		r = reference_answer(&t->references[i], ret);
	return r;
}

int trust_changes(const struct trust *former, const struct trust *t, int64_t now_sec, uint64_t **ret, size_t *ret_n)
{
	_cleanup_(answers_done) struct answers before = { 0 };
	_cleanup_(answers_done) struct answers after = { 0 };
	int r = collect(former, &(struct look){ .now_sec = now_sec }, &before);

	if (r == 0)
		r = collect(t, &(struct look){ .former = former, .now_sec = now_sec }, &after);
	return r < 0 ? r : answers_compare(&before, &after, ret, ret_n);
}
