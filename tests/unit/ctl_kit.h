/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of ctl/ share: a directory of files that goes away, and commands whose output is a text. */
#pragma once

#include <ftw.h>
#include <stdio.h>

#include "ctl/commands.h"
#include "token_kit.h"

struct place {
	char path[64];
};

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void place_done(struct place *p)
{
	(void)nftw(p->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
#define _cleanup_place_ _cleanup_(place_done)

static inline struct place place_new(void)
{
	struct place p = { "/tmp/hallmark-test.XXXXXX" };

	assert_non_null(mkdtemp(p.path));
	return p;
}

/* Returns a path within the place; the same name has the same one, and 64 names are remembered. */
static inline const char *in(const struct place *p, const char *name)
{
	static char paths[64][128];
	static unsigned n;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", p->path, name);
	for (unsigned i = 0; i < ARRAY_SIZE(paths); i++)
		if (strcmp(paths[i], path) == 0)
			return paths[i];
	return strcpy(paths[n++ % ARRAY_SIZE(paths)], path);
}

static inline const char *put_file(const struct place *p, const char *name, struct bytes b)
{
	const char *path = in(p, name);
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	return path;
}

static inline const char *put_text(const struct place *p, const char *name, const char *text)
{
	return put_file(p, name, bytes_of_string(text));
}

static inline struct bytes get_file(const char *path)
{
	static uint8_t p[65536];
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	assert_non_null(f);
	return bytes_of(p, fread(p, 1, sizeof(p), f));
}

/* Runs a command; what it prints is in output[], which is overwritten. */
static char output[65536];

static inline enum ctl_exit run(enum ctl_exit (*command)(const struct ctl *), struct ctl ctl)
{
	enum ctl_exit status;

	memset(output, 0, sizeof(output));
	ctl.out = fmemopen(output, sizeof(output) - 1, "w");
	assert_non_null(ctl.out);
	status = command(&ctl);
	(void)fclose(ctl.out);
	return status;
}

static inline bool printed(const char *text)
{
	return strstr(output, text) != NULL;
}
