/* SPDX-License-Identifier: Apache-2.0 */
/* Who orders something: for the journal, also when it is refused. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct config;
struct entry;
struct verdict;

#define ORDERER_NOBODY    UINT32_MAX /* as login: not known, or nobody logged in */
#define ORDERER_NAME_SIZE 33
#define ORDERER_USER_SIZE 48
#define ORDERER_TEXT_SIZE 160

struct orderer {
	uint32_t uid;
	uint32_t login_uid; /* who logged in, before su or sudo; or ORDERER_NOBODY */
	char name[ORDERER_NAME_SIZE], login_name[ORDERER_NAME_SIZE]; /* "": not known to the system */
	char role[32];                                               /* that grants it, or comes nearest; "": none */
};

/* As "user 0 (root), logged in as 1001 (kim)", or "user 1001 (kim) in role reception". Returns ret. */
char *orderer_to_text(const struct orderer *o, char ret[static ORDERER_TEXT_SIZE]);

/* As "1001 (kim)", or "1001" without a name. Returns ret. */
char *orderer_user_to_text(uint32_t uid, const char *name, char ret[static ORDERER_USER_SIZE]);

/* The fields that say who. */
void entry_add_orderer(struct entry *e, const struct orderer *o);

/* What is ordered for no single device: reload, and what the brake holds. */
void journal_command(const struct orderer *by, const char *what);

/* --- Refused attempts: a limited number has an entry --- */

/* Zeroed, nothing was refused yet. */
struct denials {
	uint64_t since_usec; /* monotonic */
	unsigned n;          /* since then */
	unsigned n_untold;   /* of these and those before, without an entry */
};

struct denial {
	const struct orderer *by;
	const char *what;             /* "allow" */
	const char *limit;            /* that stands against it, as "zone" */
	const struct verdict *device; /* NULL: none, or not known */
	const struct config *config;  /* has what people call it */
};

/* Whether an attempt now gets an entry. *ret_n_untold: how many before it got none. */
bool denials_admit(struct denials *d, uint64_t now_usec, unsigned *ret_n_untold);

void journal_denial(const struct denial *d, unsigned n_untold);
