/* SPDX-License-Identifier: Apache-2.0 */
#include "base/included.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/text_file.h"

const char *included_path(const char *path, const char *name, char ret[static PATH_MAX])
{
	const char *end = strrchr(path, '/');

	if (!name)
		return path;
	if (name[0] == '/' || !end || snprintf(ret, PATH_MAX, "%.*s/%s", (int)(end - path), path, name) >= PATH_MAX)
		return name;
	return ret;
}

/* If the working folder cannot be opened, no relative name is of use there, and nothing is lost by leaving it. */
int included_enter(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	int former = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (copy && chdir(dirname(copy)) == 0)
		return former;
	if (former >= 0)
		(void)close(former);
	return -1;
}

void included_leave(int former)
{
	if (former < 0)
		return;
	(void)!fchdir(former); /* it was the working folder a moment ago */
	(void)close(former);
}

static const char *line_of(const char *text, unsigned line)
{
	for (; text && line > 1; line--) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return text;
}

/* The name that an @include has in this line; on the heap, NULL when the line is another. */
static char *name_in_line(const char *text, unsigned line)
{
	static const char key[] = "@include";
	const char *at = line_of(text, line);

	if (!at)
		return NULL;
	at += strspn(at, " \t");
	if (strncmp(at, key, strlen(key)) != 0)
		return NULL;
	at += strlen(key);
	at += strspn(at, " \t\"");
	return strndup(at, strcspn(at, "\"\n"));
}

bool included_fault(const char *path, const char *stopped, unsigned *line, char *ret, size_t size)
{
	char where[PATH_MAX];
	const char *file = included_path(path, stopped, where), *mark = stopped ? text_file_mark(file) : NULL;
	_cleanup_free_ char *text = NULL, *name = NULL;
	struct text_fault fault;

	if (mark) {
		(void)snprintf(ret, size, "%s", translated(mark));
		*line = 1;
		return true;
	}
	if (text_file_read(file, &text, &fault) < 0)
		return false;
	name = name_in_line(text, *line);
	file = name ? included_path(path, name, where) : NULL;
	if (!file || access(file, R_OK) == 0)
		return false;
	(void)snprintf(ret, size, translated("cannot read the included file %s: %s"), file, strerror(errno));
	return true;
}
