/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label statements, from a submission or a register, as far as check 10 goes. Private to appraise/.
 */
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

#define LABEL_CACHE_MAX     64 /* statements: models of one building; 100 KiB when full */
#define REGISTER_LABELS_MAX 64 /* of one product, of each register: so no issuer takes another's place */

/* A class of a label in a register. */
struct label_entry {
	const struct label_class *class;
	const struct label *label;
	size_t reg;
};

/* One label and what check 10 found. Zeroed, it was not verified. */
struct candidate {
	const struct label *label;   /* in `own` or in struct trust; NULL: not decoded */
	enum hallmark_reason reason; /* REASON_ADMITTED: an issuer that may sign it did */
	enum hallmark_reason newer;  /* why it is not its issuer's latest word; REASON_ADMITTED: it is */
	bool from_register;
	int64_t said_sec;         /* when its issuer said so, or said it again in a register */
	int64_t register_exp_sec; /* TIME_FOREVER for one that was submitted */
	struct label own;
};

void candidate_done(struct candidate *c);

/* The entries of exactly this maker and model, those of one label and of one register side by side. Returns how many. */
size_t entries_find(const struct trust *t, const struct product *product, const struct label_entry **ret_first);

struct candidate candidate_of_entry(const struct trust *t, const struct label_entry *entry);

/*
 * Notes of each label whether its issuer says something else of its number by now: in a statement that was sent too, in
 * its register, or by a complete register that does not have it. The first n_sent were sent.
 */
void candidates_compare(const struct trust *t, struct candidate *candidates, size_t n, size_t n_sent, int64_t now_sec);

/*
 * Decodes and verifies one statement. Returns 0 and sets *ret, or a negative errno for our own
 * faults.
 */
int candidate_verify(const struct trust *t, struct bytes statement, struct candidate *ret);

/* REASON_ADMITTED when now lies in the label's period and its register's: check 13. */
enum hallmark_reason candidate_period(const struct candidate *c, int64_t now_sec);

/* Who signed a token, if it was an issuer. */
struct signature {
	const struct issuer *issuer; /* NULL unless it was verified */
	enum hallmark_reason reason;
};

/*
 * Verifies a label's, register's or list's token with the key of the issuer that it names; of one that names none, "",
 * with the key of `kid`. Returns 0 or a negative errno.
 */
int signature_verify(const struct trust *t, const struct sign1 *token, const char *iss, struct signature *ret);

/* REASON_ADMITTED when the issuer may sign such a label: the rest of check 10. */
enum hallmark_reason issuer_check(const struct issuer *issuer, const struct label *label);
bool issuer_speaks_for_maker(const struct issuer *issuer, const char *maker);

struct known_register {
	struct set_mark mark;
	struct label_register reg; /* owned */
};

/* A reference with the bytes that it borrows from. */
struct known_reference {
	struct set_mark mark;
	uint8_t *token; /* owned */
	size_t size;
	struct reference reference;
};

/* A status list and whose it is. */
struct standing {
	struct set_mark mark;
	char issuer[ISSUER_SIZE];
	struct status_list list; /* owned */
};

/*
 * The order of a held set and the next one. Of one that was accepted before, the held one must be the newer to stay: where
 * sequence and time do not agree, what was accepted first stands.
 */
enum set_order trust_order(const struct trust *t, const struct set_mark *held, const struct set_mark *next);

/* Whether a set is dated later than any that is new may be. */
bool trust_is_early(const struct trust *t, const struct set_mark *mark);

/*
 * Check 14: REASON_ADMITTED, REASON_NO_STATUS, or why not. Sets *ret_until_sec to when the answer goes stale, or
 * TIME_FOREVER when it rests on no list that is current.
 */
enum hallmark_reason standing_check(const struct trust *t, const struct label *label, int64_t now_sec,
				    int64_t *ret_until_sec);

/* Makes the index of all classes of all registers anew. Returns 0, or -ENOMEM and leaves it as it was. */
int index_build(struct trust *t);

/* The questions that an appraisal asks (base/dependency.h). */
uint64_t issuer_question(const char *issuer);
uint64_t status_question(const char *issuer, const char *uri);
uint64_t status_entry_question(const char *issuer, const char *uri, uint64_t index);
uint64_t product_question(enum dependency_kind kind, const struct product *product);
uint64_t number_question(const char *issuer, const char *number);
uint64_t complete_question(const char *issuer);

/* When a status list is no longer to be relied on for what it does not revoke. */
int64_t standing_until(const struct standing *standing);

struct label_cache *label_cache_new(void);
void label_cache_free(struct label_cache *cache);
