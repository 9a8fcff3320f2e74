/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status lists and reference values as a person types them, beside label statements (statement.h): libconfig, and lists
 * also as CSV with a header row. Errors are logged as FILE:LINE: text, where the text names the remedy.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hallmark/protocol.h"
#include "token/reference.h"

struct statement_source;
struct status_list;

/* What the command line says of a list instead of the file; 0 where it says nothing. */
struct status_size {
	int64_t size; /* how many labels it has places for */
	int64_t bits; /* of one status */
};

/*
 * Reads issuer, size, bits and statuses; the rest of *ret is zeroed. Places that the file does not name are valid; but with
 * the list before (NULL: none, or not asked), each place that is not valid there must be named, and each that is there must
 * be here. Returns 0 and *ret, released with status_list_done(), or -EINVAL or -ENOMEM.
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
