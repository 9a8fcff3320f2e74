/* SPDX-License-Identifier: Apache-2.0 */
/* Identity, evidence and labels → facts, by one table of checks. Pure: trust, session and time are parameters. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appraise/facts.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

struct bytes;
struct changes;
struct identity;
struct product;
struct set_mark;
struct submission;

/* Who may speak for which schemes. */
struct issuer {
	char name[ISSUER_SIZE];     /* equals `iss` */
	EVP_PKEY *key;              /* owned by struct trust */
	uint8_t key_id[SHA256_LEN]; /* equals `kid` */
	char schemes[16][SCHEME_ID_SIZE];
	size_t n_schemes;
	char makers[16][sizeof(((struct product *)0)->maker)]; /* none: labels of any maker, no references */
	size_t n_makers;
	enum hallmark_issuer_role role;
};

/* Everything that the appraisal trusts. Immutable once built; replaced as a whole. */
struct trust {
	struct anchors *anchors;
	struct issuer *issuers;
	size_t n_issuers;
	struct known_register *registers; /* verified when they were added */
	size_t n_registers;
	struct standing *standings; /* status lists, verified when they were added */
	size_t n_standings;
	struct known_reference *references; /* verified when they were added */
	size_t n_references;
	struct label_entry *index; /* of the registers' classes, by maker and model */
	size_t n_index;
	struct label_cache *cache; /* of statements whose signature was verified */
	uint8_t rules[SHA256_LEN]; /* digest of the rules that choose among labels (trust_note_rules()) */
	int64_t latest_sec;        /* no new set may have a later issue time; 0: no limit */
	bool is_remembering;       /* what is added was accepted before */
};

struct trust *trust_new(void);
void trust_free(struct trust *t);

/*
 * For the sets that are added from now on: none may have a later issue time than latest_sec (0: no limit); or, with
 * is_remembering, they are those that were accepted before. Such a set is replaced only by one with a newer sequence
 * *and* time, in whichever order the two are added, and is held although it has expired.
 */
void trust_expect(struct trust *t, int64_t latest_sec, bool is_remembering);

/*
 * `schemes` is a comma-separated list. Returns 0, -EBADMSG or -ENOTSUP for a bad key, -E2BIG for too many schemes or a
 * name that is too long, -EEXIST when the key belongs to another issuer. An issuer may have two keys, with one call for
 * each.
 */
int trust_add_issuer(struct trust *t, const char *name, const char *schemes, struct bytes pem);

/*
 * Writes what is wrong with the issuer's entry and the remedy, when trust_add_issuer() returned this error for its key.
 * Returns false for an error that is ours.
 */
bool trust_issuer_fault(const struct trust *t, struct bytes pem, int error, char *ret, size_t size);

/*
 * Lets the issuer key that was added last sign references for makers (a comma-separated list of text forms such as
 * "pen:32473"), and restricts its labels to these makers. Returns 0, or -E2BIG for too many makers or one that is too
 * long.
 */
int trust_add_makers(struct trust *t, const char *makers);

/* Notes the rules that choose among labels and replace them, one part per call: other rules may choose other labels. */
int trust_note_rules(struct trust *t, struct bytes rules);

/* Sets the role of the issuer key that was added last. Without this call it is a transcriber's. */
void trust_set_issuer_role(struct trust *t, enum hallmark_issuer_role role);

/* The configured role of an issuer that signed; HALLMARK_ISSUER_SCHEME only when each of its keys has that role. */
enum hallmark_issuer_role issuer_role_of(const struct trust *t, const char *name);

/* Check 10 of one statement only. Returns 0 and a reason, or a negative errno for our own faults. */
int trust_verify_label(const struct trust *t, struct bytes statement, enum hallmark_reason *ret_reason);

/*
 * Each of these three verifies a signed set against the issuers that were added before, and keeps it. Of each identity,
 * one set is kept: the identity of a register is its issuer; of a status list, issuer and address; of a reference,
 * issuer, product and range of versions. A newer set (set_order()) replaces the held one as a whole; else the held one
 * stays. Returns 0 and a reason: REASON_ADMITTED when the set is held now or was held already, and then sets its mark
 * unless ret_mark is NULL; else why not. A negative errno for our own faults, -E2BIG over a limit.
 */

/* An expired register is refused. */
int trust_add_register(struct trust *t, struct bytes in, int64_t now_sec, struct set_mark *ret_mark,
		       enum hallmark_reason *ret_reason);

/* A stale list is accepted: a label that it revokes stays revoked. It applies to labels of its own signer. */
int trust_add_status_list(struct trust *t, struct bytes in, struct set_mark *ret_mark,
			  enum hallmark_reason *ret_reason);

/* A stale reference is accepted. */
int trust_add_reference(struct trust *t, struct bytes in, struct set_mark *ret_mark, enum hallmark_reason *ret_reason);

/* The question that an appraisal asks when trust_note_rules() chose its labels, or might have. */
uint64_t choice_question(void);

/*
 * The questions whose answers differ between `t` and `former` at now_sec, as in facts.rests_on: both judge alike what
 * depends on none of them. Returns 0 and sets *ret (release it with free()), or -ENOMEM.
 */
int trust_changes(const struct trust *former, const struct trust *t, int64_t now_sec, uint64_t **ret, size_t *ret_n);

/*
 * What status lists say now of those places among c->ids, which are from trust_changes(), of which they said something else: adds the
 * news to c. Returns 0 or -ENOMEM.
 */
int trust_news(const struct trust *former, const struct trust *t, int64_t now_sec, struct changes *c);

/* What the appraisal must know of the session of the submission. */
struct channel {
	bool possession;   /* the handshake proved the key of the certificate */
	bool channel_good; /* the exporter value is unused and younger than HALLMARK_CHANNEL_SEC */
	uint8_t channel_value[HALLMARK_HANDLE_LEN];
	uint8_t empty_context_value[HALLMARK_HANDLE_LEN]; /* the exporter's with an empty context, which is a mistake */
	bool nonce_issued, nonce_good;                    /* a nonce was issued; it is unused and young enough */
	uint8_t nonce[HALLMARK_HANDLE_LEN];
	const struct check_result
		*recorded; /* by check: the session has ended, so its two checks keep these results; or NULL */
};

/* A label, with what matters only in comparison with others. */
struct appraised_label {
	struct label_facts facts;
	char extends[LABEL_NUMBER_SIZE]; /* "": none */
	bool was_sent;
	bool takes_place; /* set by labels_supersede(): it is valid and replaces the label that it extends */
};

/* The result before the labels are chosen. Zeroed, it denies everything. */
struct appraisal {
	struct facts facts;             /* of the device; without labels */
	struct appraised_label *labels; /* owned: the sent labels, in their order, then those of registers */
	size_t n_labels;
};

void appraisal_done(struct appraisal *a);

/*
 * Makes all checks from 1 to 14 and sets *ret; release it with appraisal_done(). Returns 0, or a negative errno when it
 * could not evaluate (*ret then denies everything). *ret is large: the caller provides it. A failed check is not an
 * error.
 */
int appraise(const struct identity *id, const struct channel *channel, const struct submission *submission,
	     const struct trust *trust, int64_t now_sec, struct appraisal *ret);
