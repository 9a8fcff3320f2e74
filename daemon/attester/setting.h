/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of hallmark-attester by name: how a text changes struct options. Private to options*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct options;

enum setting_kind {
	SETTING_FLAG, /* no value on the command line, true or false in a file */
	SETTING_TEXT,
	SETTING_NUMBER,
	SETTING_PATH,  /* in a file, relative to its directory */
	SETTING_PATHS, /* given more than once, or an array of texts in a file */
};

/* Position of a value; file NULL: on the command line. */
struct origin {
	const char *file;
	unsigned line;
};

struct setting {
	const char *name;
	enum setting_kind kind;
	/* Takes the value, or logs the error and returns false. For a flag `text` is NULL. */
	bool (*set)(struct options *o, const struct setting *setting, const struct origin *at, const char *text);
	size_t offset, size; /* of the member, if `set` needs it */
};

extern const struct setting settings[];
extern const size_t n_settings;

/* Logs `--NAME "TEXT": REMEDY`, or the same with FILE:LINE. Returns false. */
bool setting_wrong(const struct origin *at, const char *name, const char *text, const char *remedy, ...)
	__attribute__((format(printf, 4, 5)));

/* Reads the file into *o, which borrows from it. Returns false after a logged error. */
bool options_read_file(struct options *o, const char *path);
