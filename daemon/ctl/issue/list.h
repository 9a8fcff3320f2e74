/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input for status lists and reference values, like that for label statements (statement.h): libconfig, and for lists
 * also CSV with a header row. Errors are logged as FILE:LINE: text, where the text says what to do.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hallmark/protocol.h"
#include "token/reference.h"

struct statement_source;
struct status_list;

/* Values from the command line that replace those of the file; 0 when not given. */
struct status_size {
	int64_t size; /* for how many labels it has places */
	int64_t bits; /* of one status */
};

/*
 * Reads issuer, size, bits and statuses; the rest of *ret is zeroed. Places that the file does not name are valid. With
 * the former list (NULL: none, or not wanted), each of its places that is not valid must be named here, and all its
 * places must exist here. Returns 0 and *ret (release with status_list_done()), or -EINVAL or -ENOMEM.
 */
int status_load(const struct statement_source *source, const struct status_size *given,
		const struct status_list *previous, struct status_list *ret);

/* A reference with the bytes of its measurements. */
struct typed_reference {
	struct reference reference;
	uint8_t measured[HALLMARK_TOKEN_MAX];
	size_t n_measured;
};

/* Reads one reference. Returns 0, or -EINVAL. */
int reference_load(const struct statement_source *source, struct typed_reference *ret);
