/* SPDX-License-Identifier: Apache-2.0 */
/* Label statements, from a submission or a register, for check 10. Private to appraise/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dependency.h"
#include "base/set.h"
#include "base/sizes.h"
#include "hallmark/reason.h"
#include "token/label.h"
#include "token/reference.h"
#include "token/status.h"

struct bytes;
struct product;
struct sign1;
struct trust;

#define LABEL_CACHE_MAX     64 /* statements: product models in one building; 100 KiB when full */
#define REGISTER_LABELS_MAX 64 /* of one product, from each register: no issuer takes places from another */

/* A class of a label in a register. */
struct label_entry {
	const struct label_class *class;
	const struct label *label;
	size_t reg;
};

/* One label and the result of check 10. Zeroed, it was not verified. */
struct candidate {
	const struct label *label;   /* in `own` or in struct trust; NULL: not decoded */
	enum hallmark_reason reason; /* REASON_ADMITTED: signed by an issuer that may sign it */
	enum hallmark_reason newer;  /* why it is not its issuer's latest statement; REASON_ADMITTED: it is */
	bool from_register;
	int64_t said_sec;         /* when its issuer stated it, or repeated it in a register */
	int64_t register_exp_sec; /* TIME_FOREVER for one that was submitted */
	struct label own;
};

void candidate_done(struct candidate *c);

/*
 * The entries of exactly this maker and model; those of one label and of one register are adjacent. Returns how many.
 */
size_t entries_find(const struct trust *t, const struct product *product, const struct label_entry **ret_first);

struct candidate candidate_of_entry(const struct trust *t, const struct label_entry *entry);

/*
 * Notes for each label whether its issuer has a newer statement for its number: in another label that was sent, in its
 * register, or in a complete register that does not contain it. The first n_sent were sent.
 */
void candidates_compare(const struct trust *t, struct candidate *candidates, size_t n, size_t n_sent, int64_t now_sec);

/* Decodes and verifies one statement. Returns 0 and sets *ret, or a negative errno for our own faults. */
int candidate_verify(const struct trust *t, struct bytes statement, struct candidate *ret);

/* Check 13: REASON_ADMITTED when now is in the label's period and its register's. */
enum hallmark_reason candidate_period(const struct candidate *c, int64_t now_sec);

/* The issuer that signed a token. */
struct signature {
	const struct issuer *issuer; /* NULL unless it was verified */
	enum hallmark_reason reason;
};

/*
 * Verifies the token of a label, register or list with the key of the issuer that it names; with iss "", with the key
 * that `kid` names. Returns 0 or a negative errno.
 */
int signature_verify(const struct trust *t, const struct sign1 *token, const char *iss, struct signature *ret);

/*
 * The same for what others than our tools sign, whose `kid` may be anything: if it names none of our keys, each key of the
 * issuer is tried, with iss "" each key. Only for files that an operator chose: it costs a verification for each key.
 */
int signature_verify_any_kid(const struct trust *t, const struct sign1 *token, const char *iss, struct signature *ret);

/* REASON_ADMITTED when the issuer may sign such a label: the rest of check 10. */
enum hallmark_reason issuer_check(const struct issuer *issuer, const struct label *label);
bool issuer_speaks_for_maker(const struct issuer *issuer, const char *maker);

struct known_register {
	struct set_mark mark;
	struct label_register reg; /* owned */
};

/* A reference with the bytes that it borrows. */
struct known_reference {
	struct set_mark mark;
	uint8_t *token; /* owned */
	size_t size;
	struct reference reference;
};

/* A status list and its issuer. */
struct standing {
	struct set_mark mark;
	char issuer[ISSUER_SIZE];
	struct status_list list; /* owned */
};

/*
 * The order of a held set and the next one. A set that was accepted before replaces the held one unless the held one is
 * newer: where sequence and time disagree, the one accepted first stays.
 */
enum set_order trust_order(const struct trust *t, const struct set_mark *held, const struct set_mark *next);

/* Whether the set's issue time is later than a new set may have. */
bool trust_is_early(const struct trust *t, const struct set_mark *mark);

/* The list of the address; NULL: none is held. */
struct standing *standing_find(const struct trust *t, const char *issuer, const char *uri);

/* What a list says of the place, as standing_check(). */
enum hallmark_reason standing_at(const struct standing *held, int64_t index, int64_t now_sec, int64_t *ret_until_sec);

/*
 * Check 14: REASON_ADMITTED, REASON_NO_STATUS, or why not. Sets *ret_until_sec to when the answer becomes stale, or to
 * TIME_FOREVER when it does not come from a current list.
 */
enum hallmark_reason standing_check(const struct trust *t, const struct label *label, int64_t now_sec,
				    int64_t *ret_until_sec);

/* Rebuilds the index of all classes of all registers. Returns 0, or -ENOMEM and leaves the index unchanged. */
int index_build(struct trust *t);

/* The questions that an appraisal asks (base/dependency.h). */
uint64_t issuer_question(const char *issuer);
uint64_t status_question(const char *issuer, const char *uri);
uint64_t status_entry_question(const char *issuer, const char *uri, uint64_t index);
uint64_t product_question(enum dependency_kind kind, const struct product *product);
uint64_t number_question(const char *issuer, const char *number);
uint64_t complete_question(const char *issuer);

/* Until when a status list may be relied on for labels that it does not revoke. */
int64_t standing_until(const struct standing *standing);

struct label_cache *label_cache_new(void);
void label_cache_free(struct label_cache *cache);
