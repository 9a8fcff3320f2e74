/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed trust material (core/act/material.h) as judges use it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "decide/choose.h"

struct material {
	struct bytes map;              /* owned mapping */
	struct trust *trust;           /* owned */
	struct rules rules;            /* owned */
	size_t n_left_out;             /* CRLs, status lists, references and registers that could not be used; logged */
	struct accepted_set *accepted; /* owned */
	size_t n_accepted;
	size_t n_refused;       /* anchors and issuers that cannot be used; logged */
	bool is_issuer_refused; /* the last one: what follows about it does not count */
	uint32_t n_items;       /* so far */
	struct bytes file;      /* borrowed: content of the file that was read last, */
	bool has_accepted;      /* whether its set was accepted */
	bool is_known;          /* the next file holds what was accepted last */
};

/*
 * Maps and decodes. Registers are judged at `now_sec`. Returns 0, or a negative errno (logged, with the file). A bad
 * register, CRL, status list or reference is left out (logged); a bad key or anchor is fatal.
 */
int material_open(int fd, int64_t now_sec, struct material **ret);
void material_free(struct material *m);
