/* SPDX-License-Identifier: Apache-2.0 */
/* A file and its includes → a libconfig tree. */
#include "config/reader.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/included.h"
#include "base/language.h"
#include "base/text_file.h"

/* Reading anything but a regular file could block or never end. */
static bool check_file(struct reader *r, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		reader_error_at(r, path, 1, "cannot be read: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		reader_error_at(r, path, 1, "is not a file; name the configuration file itself");
	else
		return true;
	return false;
}

/* libconfig 1.7 no longer counts them. */
size_t reader_count_files(const config_t *tree)
{
#if LIBCONFIG_VER_MAJOR == 1 && LIBCONFIG_VER_MINOR < 7
	return tree->num_filenames;
#else
	size_t n = 0;

	while (tree->filenames && tree->filenames[n])
		n++;
	return n;
#endif
}

static bool read_text(struct reader *r, const char *path, char **ret)
{
	struct text_fault fault;

	if (text_file_read(path, ret, &fault) == 0)
		return true;
	reader_error_at(r, path, fault.line, "%s", translated(fault.text));
	return false;
}

static void report_syntax(struct reader *r, const char *path, const config_t *tree)
{
	const char *stopped = config_error_file(tree);
	unsigned line = (unsigned)config_error_line(tree);
	char text[512];

	if (included_fault(path, stopped, &line, text, sizeof(text)))
		reader_error_at(r, stopped ? stopped : path, line, "%s", text);
	else
		reader_error_at(r, stopped ? stopped : path, line,
				"%s; look for a missing ';', quote, bracket or file at this line "
				"or before it",
				config_error_text(tree));
}

static bool parse_text(const char *path, const char *text, config_t *tree)
{
	const int former = included_enter(path);
	const bool is_read = config_read_string(tree, text) == CONFIG_TRUE;

	included_leave(former);
	return is_read;
}

bool reader_parse(struct reader *r, const char *path, config_t *tree)
{
	_cleanup_free_ char *text = NULL;

	if (!check_file(r, path) || !read_text(r, path, &text))
		return false;
	config_set_destructor(tree, free);
	if (!parse_text(r->path, text, tree)) {
		report_syntax(r, path, tree);
		return false;
	}
	config_scan_numbers(r, path, text);
	for (size_t i = 0; i < reader_count_files(tree); i++) {
		_cleanup_free_ char *included = NULL;
		char name[PATH_MAX];

		if (read_text(r, reader_file(r, tree->filenames[i], name, sizeof(name)), &included))
			config_scan_numbers(r, tree->filenames[i], included);
	}
	return true;
}
