/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label statements as a person types them from a public register page: libconfig, or CSV with a header row. Errors are
 * logged as FILE:LINE: text, where the text says what to do.
 */
#pragma once

#include <stdint.h>

struct label;
struct label_register;

struct statement_source {
	const char *path;                      /* CSV when the name ends in ".csv", else libconfig */
	const char *issuer;                    /* replaces the one in the file; NULL: the file names it */
	const struct recognition_rules *rules; /* to check scheme and level; NULL: not checked */
	int64_t now_sec;                       /* `issued`, when the file gives none */
};

/* Reads one statement. Returns 0 and *ret (release with label_done()), or -EINVAL or -ENOMEM. */
int statement_load(const struct statement_source *source, struct label *ret);

/* Reads issuer and labels; the rest of *ret is zeroed. Release it with label_register_done(). Returns the same. */
int statements_load(const struct statement_source *source, struct label_register *ret);
