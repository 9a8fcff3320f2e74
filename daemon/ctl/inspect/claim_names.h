/* SPDX-License-Identifier: Apache-2.0 */
/* Names for the numbers in tokens, for `hallmark-label inspect`. A name has at most 14 characters. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct names;

struct name {
	int64_t key;
	const char *text;
	bool is_time;
	const struct names *inside; /* of the maps in it; NULL: shown in diagnostic notation */
};

struct names {
	const struct name *list;
	unsigned n;
	const struct names *otherwise; /* of the maps under keys that are not in the list, or NULL */
};

extern const struct names names_of_claims, names_of_headers;

/* Returns NULL when the number has no name there. */
const struct name *name_find(const struct names *names, int64_t key);

/* The kind of file for a profile (claim 265) or type (header 16); NULL when it is unknown. */
const char *kind_of_profile(const char *profile);
const char *kind_of_type(const char *type);

/* Name of a COSE algorithm (RFC 9053, RFC 9864), "unknown" for others. */
const char *algorithm_name(int64_t algorithm);
