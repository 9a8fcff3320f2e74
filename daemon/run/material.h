/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core hands to a worker at its start, in one sealed memfd: keys, anchors, CRLs, issuers, status lists, references, registers, limits and
 * rules as bytes. The core reads files and never decodes them; the worker decodes and has no files.
 */
#pragma once

#include "appraise/appraise.h"
#include "base/set.h"
#include "config/config.h"

struct store;

/*
 * Reads the files that the configuration names into a sealed memfd. Where a file's set is another than the one that was
 * accepted last, which the store (may be NULL) remembers, that one goes along: what is older, bad or gone does not displace
 * it. Returns the fd, or a negative errno (logged).
 */
int material_seal(const struct config *config, struct store *store);

#define LIFTED_TOLD 8 /* places of a status list that are told one by one */

/* A set that was accepted, and which of the material's items it is. */
struct accepted_set {
	struct set_mark mark;
	uint32_t item;
	uint32_t n_lifted; /* that the one before it took back, and it does not: places of a list, entries of a CRL */
	uint32_t lifted[LIFTED_TOLD]; /* the first of those places */
};

/* Puts it into the store, as what the next one must be newer than. Returns 0 or a negative errno (logged). */
int material_remember(int fd, const struct accepted_set *accepted, struct store *store);

/*
 * Tells which of the material's sets are in force and are not in the store yet, and which files' sets are not in force. Returns
 * how many of the former there are.
 */
size_t material_tell(int fd, const struct accepted_set *sets, size_t n, struct store *store);

/* Makes the store forget the sets of files that the configuration does not name any more. */
void material_forget(const struct config *config, struct store *store);

/* Whether the two hold the same bytes; not when that cannot be told. */
bool material_equals(int fd, int other_fd);

struct material {
	struct bytes map;              /* owned mapping */
	struct bytes certificate, key; /* PEM; borrowed from map */
	struct edge_limits limits;
	struct trust *trust;           /* owned */
	struct rules rules;            /* owned */
	size_t n_left_out;             /* CRLs, status lists, references and registers that could not be used; logged */
	struct accepted_set *accepted; /* owned */
	size_t n_accepted;
	uint32_t n_items;  /* so far */
	struct bytes file; /* borrowed: what the file that was taken last holds, */
	bool has_accepted; /* and whether its set was accepted */
	bool is_known;     /* the next file holds what was accepted last */
};

/*
 * Maps and decodes. `now_sec` judges registers. Returns 0, or a negative errno; what was wrong with which file was
 * logged. A bad register, CRL, status list or reference is left out (logged), a bad key or anchor is fatal.
 */
int material_open(int fd, int64_t now_sec, struct material **ret);
void material_free(struct material *m);
