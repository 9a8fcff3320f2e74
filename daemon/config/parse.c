/* SPDX-License-Identifier: Apache-2.0 */
/* A file and its includes → a libconfig tree. */
#include "config/reader.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
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

/* How many files were included. libconfig 1.7 no longer counts them. */
static size_t count_files(const config_t *tree)
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
	reader_error_at(r, path, fault.line, "%s", fault.text);
	return false;
}

static void report_syntax(struct reader *r, const char *path, const config_t *tree)
{
	const char *included = config_error_file(tree);
	char name[PATH_MAX];
	const char *mark = included ? text_file_mark(reader_file(r, included, name, sizeof(name))) : NULL;

	if (mark)
		reader_error_at(r, included, 1, "%s", mark);
	else
		reader_error_at(r, included ? included : path, (unsigned)config_error_line(tree),
				"%s; look for a missing ';', quote, bracket or file at this line "
				"or before it",
				config_error_text(tree));
}

bool reader_parse(struct reader *r, const char *path, config_t *tree)
{
	_cleanup_free_ char *text = NULL;

	if (!check_file(r, path) || !read_text(r, path, &text))
		return false;
	config_set_include_dir(tree, r->directory);
	config_set_destructor(tree, free);
	if (config_read_string(tree, text) != CONFIG_TRUE) {
		report_syntax(r, path, tree);
		return false;
	}
	config_scan_numbers(r, path, text);
	for (size_t i = 0; i < count_files(tree); i++) {
		_cleanup_free_ char *included = NULL;
		char name[PATH_MAX];

		if (read_text(r, reader_file(r, tree->filenames[i], name, sizeof(name)), &included))
			config_scan_numbers(r, tree->filenames[i], included);
	}
	return true;
}
