/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a configuration names, and where it does. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct config;

/* One file of the configuration, or the state's directory. */
struct named_file {
	const char *path;
	const char *place;  /* a key, or what the file is; in English */
	const char *source; /* the file that names it; NULL: the place says it */
	unsigned line;
	bool is_key, is_state;
	bool may_lack;   /* hallmarkctl writes or fetches it */
	bool is_program; /* it came with the program, which has it at another place too */
	bool is_secret;  /* like a key, but not the daemon's */
};

struct named_files {
	struct named_file *items;   /* owned; a file that is named twice is there twice */
	char (*included)[PATH_MAX]; /* owned: files that the configuration includes, or that notify.conf names */
	size_t n, n_included;
};

/* The texts are those of the configuration, which must stay. Returns 0, or a negative errno (logged where the file is at fault). */
int named_files_list(const struct config *c, struct named_files *ret);

/* The same of notify.conf, and of no file but its targets'. */
int named_files_of_notify(const char *path, struct named_files *ret);

void named_files_done(struct named_files *l);
