/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label statements as a person types them from a public register page: libconfig, or CSV with a
 * header row. Errors are logged as FILE:LINE: text, where the text names the remedy.
 */
#pragma once

#include <stdint.h>

struct label;
struct label_register;

struct statement_source {
	const char *path;                      /* a name that ends in ".csv" is CSV, any other libconfig */
	const char *issuer;                    /* instead of one in the file; NULL: the file names it */
	const struct recognition_rules *rules; /* to check scheme and level against; NULL: not checked */
	int64_t now_sec;                       /* `issued`, where the file names none */
};

/* Reads one statement. Returns 0 and *ret, released with label_done(), or -EINVAL or -ENOMEM. */
int statement_load(const struct statement_source *source, struct label *ret);

/* Reads issuer and labels; the rest of *ret is zeroed. Release it with label_register_done(). Same
 * results. */
int statements_load(const struct statement_source *source, struct label_register *ret);
