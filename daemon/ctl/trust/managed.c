/* SPDX-License-Identifier: Apache-2.0 */
/* Entries → libconfig text. The main file is not changed: people edit it. */
#include "ctl/trust/managed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/file.h"

DEFINE_CLEANUP(struct config *, config_free);

static void put_text(FILE *f, const char *text, size_t n)
{
	(void)fputc('"', f);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			(void)fputc('\\', f);
		(void)fputc(text[i], f);
	}
	(void)fputc('"', f);
}

static void put_setting(FILE *f, const char *name, const char *value)
{
	if (!value[0])
		return;
	(void)fprintf(f, " %s = ", name);
	put_text(f, value, strlen(value));
	(void)fputc(';', f);
}

/* "a,b" as [ "a", "b" ]. */
static void put_array(FILE *f, const char *name, const char *list)
{
	if (!list[0])
		return;
	(void)fprintf(f, " %s = [", name);
	for (const char *at = list;;) {
		size_t n = strcspn(at, ",");

		(void)fputc(' ', f);
		put_text(f, at, n);
		if (at[n] == '\0')
			break;
		(void)fputc(',', f);
		at += n + 1;
	}
	(void)fputs(" ];", f);
}

static void put_entry(FILE *f, enum trust_kind kind, const struct config_file *file, bool is_first)
{
	(void)fputs(is_first ? "\n    {" : ",\n    {", f);
	put_setting(f, "name", file->name);
	put_setting(f, kind == TRUST_ISSUER ? "key" : "file", file->path);
	put_setting(f, "url", file->url);
	if (kind == TRUST_ISSUER) {
		put_array(f, "schemes", file->scope);
		put_array(f, "makers", file->makers);
	} else if (kind == TRUST_CRL) {
		put_setting(f, "stale", file->scope);
	}
	(void)fputs(" }", f);
}

static void put_list(FILE *f, const struct desk *desk, enum trust_kind kind, const struct config_file *added,
		     const struct config_file *removed)
{
	size_t n, n_put = 0;
	const struct config_file *files = trust_files(desk->config, kind, &n);

	(void)fprintf(f, "\n%s = (", trust_kind_list(kind));
	for (size_t i = 0; i < n; i++)
		if (files[i].is_managed && &files[i] != removed)
			put_entry(f, kind, &files[i], n_put++ == 0);
	if (added)
		put_entry(f, kind, added, n_put++ == 0);
	(void)fputs(n_put > 0 ? "\n);\n" : ");\n", f);
}

static char *render(const struct desk *desk, enum trust_kind kind, const struct config_file *added,
		    const struct config_file *removed)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	(void)fputs("# SPDX-License-Identifier: Apache-2.0\n# Written by `hallmarkctl trust add` and `trust remove`, "
		    "completely each time: do not edit it, changes are lost.\n",
		    f);
	for (enum trust_kind i = 0; i < _TRUST_KIND_MAX; i++)
		put_list(f, desk, i, i == kind ? added : NULL, removed);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* The whole configuration must load with the new file before the file is installed. */
static int try_text(const struct desk *desk, struct bytes text)
{
	_cleanup_(config_freep) struct config *config = NULL;
	char tried[sizeof(desk->config->managed) + 8];

	(void)snprintf(tried, sizeof(tried), "%s.try", desk->config->managed);

	int r = file_replace(tried, text);

	if (r < 0)
		return log_errno(r,
				 "%s cannot be written; does its directory exist, and are you allowed to write there?",
				 tried);
	r = config_load_with(desk->path, tried, &config);
	(void)unlink(tried);
	if (r < 0)
		log_error("%s was not changed", desk->config->managed);
	return r;
}

int managed_write(const struct desk *desk, enum trust_kind kind, const struct config_file *added,
		  const struct config_file *removed)
{
	_cleanup_free_ char *text = render(desk, kind, added, removed);

	if (!text)
		return log_errno(-ENOMEM, "%s", desk->config->managed);

	int r = try_text(desk, bytes_of_string(text));

	if (r < 0)
		return r;
	r = file_replace(desk->config->managed, bytes_of_string(text));
	return r < 0 ? log_errno(r, "%s cannot be written", desk->config->managed) : 0;
}
