/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity, evidence and labels → facts, by one table of checks. Pure: trust, session and time are
 * parameters.
 */
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
	char makers[16][sizeof(((struct product *)0)->maker)]; /* none: labels of any, no references */
	size_t n_makers;
	enum hallmark_issuer_role role;
};

/* All that the appraisal trusts. Immutable once built; replaced whole. */
struct trust {
	struct anchors *anchors;
	struct issuer *issuers;
	size_t n_issuers;
	struct known_register *registers; /* verified when they were added */
	size_t n_registers;
	struct standing *standings; /* of labels: status lists, verified when they were added */
	size_t n_standings;
	struct known_reference *references; /* verified when they were added */
	size_t n_references;
	struct label_entry *index; /* of the registers' classes, by maker and model */
	size_t n_index;
	struct label_cache *cache; /* of statements whose signature was verified */
	uint8_t rules[SHA256_LEN]; /* of what labels are chosen and settled by (trust_note_rules()) */
	int64_t latest_sec;        /* no new set may be dated later; 0: any */
	bool is_remembering;       /* what is added was accepted before */
};

struct trust *trust_new(void);
void trust_free(struct trust *t);

/*
 * Of the sets that are added from here on: none may be dated later than latest_sec (0: any); or, with is_remembering, they
 * are those that were accepted before. Such a one gives way to what is newer by sequence *and* time alone, in whichever order
 * the two are added, and is held although its end has come.
 */
void trust_expect(struct trust *t, int64_t latest_sec, bool is_remembering);

/*
 * `schemes` is a comma-separated list. Returns 0, -EBADMSG or -ENOTSUP for a bad key, -E2BIG for
 * too many schemes or a name that is too long, -EEXIST when the key is another issuer's. An issuer
 * may have two keys, one call for each.
 */
int trust_add_issuer(struct trust *t, const char *name, const char *schemes, struct bytes pem);

/*
 * Lets the issuer key that was added last sign references for makers, a comma-separated list of text forms as
 * "pen:32473", and labels of these makers alone. Returns 0, or -E2BIG for too many or one that is too long.
 */
int trust_add_makers(struct trust *t, const char *makers);

/* By which rules labels are chosen, and are in others' places, part after part: other rules may choose others. */
int trust_note_rules(struct trust *t, struct bytes rules);

/* Says whether the issuer key that was added last is the scheme's own; without it, it is a transcriber's. */
void trust_set_issuer_role(struct trust *t, enum hallmark_issuer_role role);

/* What the operator says of an issuer that signed; the scheme itself only when each of its keys is said to be. */
enum hallmark_issuer_role issuer_role_of(const struct trust *t, const char *name);

/* Check 10 of one statement, by itself. Returns 0 and a reason, or a negative errno for our own faults. */
int trust_verify_label(const struct trust *t, struct bytes statement, enum hallmark_reason *ret_reason);

/*
 * Each of the three verifies a signed set against the issuers, added before, and keeps it. Of one identity one set is
 * kept: a register's is its issuer; a status list's, issuer and address; a reference's, issuer, product and range of
 * versions. Another takes the place of the one that is held, whole, when it is newer (set_order()); else the held one
 * stays. Returns 0 and a reason: REASON_ADMITTED when the set is held now, or was already, and then its mark unless
 * ret_mark is NULL; else why not. Negative errno for our own faults, -E2BIG over a limit.
 */

/* One that has expired is refused. */
int trust_add_register(struct trust *t, struct bytes in, int64_t now_sec, struct set_mark *ret_mark,
		       enum hallmark_reason *ret_reason);

/* Also when it is stale: a label that it takes back stays so. It speaks for labels of its own signer. */
int trust_add_status_list(struct trust *t, struct bytes in, struct set_mark *ret_mark,
			  enum hallmark_reason *ret_reason);

/* Also when it is stale. */
int trust_add_reference(struct trust *t, struct bytes in, struct set_mark *ret_mark, enum hallmark_reason *ret_reason);

/* The question that an appraisal asks of trust_note_rules(): where they chose, or may have. */
uint64_t choice_question(void);

/*
 * The questions whose answers `t` and `former` do not agree on at now_sec, as in facts.rests_on: what rests on none of them
 * is judged alike by both. Returns 0 and sets *ret, to be freed with free(), or -ENOMEM.
 */
int trust_changes(const struct trust *former, const struct trust *t, int64_t now_sec, uint64_t **ret, size_t *ret_n);

/* What the appraisal must know of the session that the submission came in. */
struct channel {
	bool possession;   /* the handshake proved the key of the certificate */
	bool channel_good; /* the exporter value is unspent and younger than HALLMARK_CHANNEL_SEC */
	uint8_t channel_value[HALLMARK_HANDLE_LEN];
	bool nonce_issued, nonce_good; /* a nonce was issued; it is unspent and young enough */
	uint8_t nonce[HALLMARK_HANDLE_LEN];
	const struct check_result
		*recorded; /* by check: the session is over, and its two checks stay as they were; or NULL */
};

/* A label, and what only matters beside the others. */
struct appraised_label {
	struct label_facts facts;
	char extends[LABEL_NUMBER_SIZE]; /* "": none */
	bool was_sent;
	bool takes_place; /* set by labels_supersede(): it holds, and is in the place of what it continues */
};

/* Before it is settled which labels go on. Zeroed, it says no to everything. */
struct appraisal {
	struct facts facts;             /* of the device; no label yet */
	struct appraised_label *labels; /* owned: those that were sent, in their order, then those of registers */
	size_t n_labels;
};

void appraisal_done(struct appraisal *a);

/*
 * Makes all checks of 1 to 14 and sets *ret, to be released with appraisal_done(). Returns 0, or a negative errno when it
 * could not evaluate (*ret then refuses everything). *ret is large: the caller's storage. A failed check is no error.
 */
int appraise(const struct identity *id, const struct channel *channel, const struct submission *submission,
	     const struct trust *trust, int64_t now_sec, struct appraisal *ret);
