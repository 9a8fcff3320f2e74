/* SPDX-License-Identifier: Apache-2.0 */
/* A file and its includes → a libconfig tree. */
#include "config/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* How many files were read: the main file and its includes. libconfig 1.7 no longer counts them. */
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

bool reader_parse(struct reader *r, const char *path, config_t *tree)
{
	if (!check_file(r, path))
		return false;
	config_set_include_dir(tree, r->directory);
	config_set_destructor(tree, free);
	if (config_read_file(tree, path) != CONFIG_TRUE) {
		reader_error_at(r, config_error_file(tree), (unsigned)config_error_line(tree),
				"%s; look for a missing ';', quote, bracket or file at this line "
				"or before it",
				config_error_text(tree));
		return false;
	}
	for (size_t i = 0; i < count_files(tree); i++)
		config_scan_numbers(r, tree->filenames[i]);
	return true;
}
