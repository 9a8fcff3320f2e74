/* SPDX-License-Identifier: Apache-2.0 */
/* One run of `verify`, shared by its kinds of file. Private to verify*.c. */
#pragma once

#include <openssl/types.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ctl/inspect/finding.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

struct crl_text;
struct label_class;
struct sign1;
struct value;

struct inspection {
	const struct ctl *ctl;
	struct bytes file;
	EVP_PKEY *key;       /* NULL: none given */
	struct trust *trust; /* the configuration's issuers; NULL: none given */
	int64_t at_sec;
	struct findings findings;
};

void inspection_begin(struct inspection *i, const char *kind);

/* Contents: an absent value is not shown. */
void put_text(struct inspection *i, const char *name, const char *text);
void put_number(struct inspection *i, const char *name, int64_t number);

/* A product's claims with its versions, as one text in a list. */
void put_class(struct value *list, const struct label_class *c);

/* For a token that cannot be read: the only finding is the reason. */
void find_unreadable(struct inspection *i, enum hallmark_check check, enum hallmark_reason reason);

/*
 * Who signed it: what the configuration's issuers say, where they are known, of which r and the reason came; and whether it is the
 * key given. Returns r.
 */
int find_signer(struct inspection *i, const struct sign1 *token, const char *issuer, int r,
		enum hallmark_reason reason);

/* Whether it is by the key given; without one that is open. */
void find_signature(struct inspection *i, const struct sign1 *token);

void find_period(struct inspection *i, int64_t iat_sec, int64_t exp_sec);

/* Each kind returns 0 when its findings are complete, or a negative errno. */
int inspect_status_list(struct inspection *i);
int inspect_reference(struct inspection *i);
int inspect_seal(struct inspection *i);
int inspect_crl(struct inspection *i, const struct crl_text *text);

/* With the CA certificate in a PEM file, or empty when path is NULL. Returns NULL when the file has none (logged). */
struct anchors *anchors_load(const char *path);

/* The issuers of a configuration as the gateway would know them. Returns 0, or a negative errno (logged). */
int issuers_load(const char *config, struct trust **ret);
