/* SPDX-License-Identifier: Apache-2.0 */
/* FILE.fetch, by one table of lines. */
#include "ctl/trust/fetch_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "ctl/file.h"

#define MEMORY_MAX 4096 /* bytes: all lines at maximum length */

static const struct line {
	const char *key;
	size_t offset, size; /* size 0: a number */
} lines[] = {
#define TEXT_LINE(key, member)                                                                                         \
	{                                                                                                              \
		(key), offsetof(struct fetch_memory, member), sizeof(((struct fetch_memory *)0)->member)               \
	}
#define NUMBER_LINE(key, member)                                                                                       \
	{                                                                                                              \
		(key), offsetof(struct fetch_memory, member), 0                                                        \
	}
	TEXT_LINE("url", url),
	TEXT_LINE("etag", validators.etag),
	TEXT_LINE("last-modified", validators.last_modified),
	TEXT_LINE("sha256", sha256),
	NUMBER_LINE("fetched", fetched_sec),
	NUMBER_LINE("next", next_sec),
	NUMBER_LINE("failures", failures),
	TEXT_LINE("failure", failure),
#undef TEXT_LINE
#undef NUMBER_LINE
};

static void read_line(const char *text, struct fetch_memory *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		size_t n = strlen(lines[i].key);
		char *to = (char *)m + lines[i].offset;

		if (strncmp(text, lines[i].key, n) != 0 || text[n] != '=')
			continue;
		if (lines[i].size > 0) {
			(void)bytes_to_text(bytes_of_string(text + n + 1), to, lines[i].size);
			continue;
		}

		int64_t number = strtoll(text + n + 1, NULL, 10);

		memcpy(to, &number, sizeof(number));
	}
}

static bool memory_path(const char *file, char *ret, size_t size)
{
	return (size_t)snprintf(ret, size, "%s.fetch", file) < size;
}

void fetch_memory_load(const char *file, const char *url, struct fetch_memory *ret)
{
	_cleanup_free_ uint8_t *content = NULL;
	struct fetch_memory m = { 0 };
	char path[512];
	size_t n = 0;

	*ret = (struct fetch_memory){ 0 };
	(void)snprintf(ret->url, sizeof(ret->url), "%s", url);
	if (!memory_path(file, path, sizeof(path)) || file_read(path, MEMORY_MAX, &content, &n) < 0)
		return;

	_cleanup_free_ char *text = strndup((const char *)content, n);

	for (char *rest = text; rest;)
		read_line(strsep(&rest, "\n"), &m);
	if (m.failures >= 0 && m.next_sec >= 0 && m.fetched_sec >= 0 && strcmp(m.url, url) == 0)
		*ret = m;
}

int fetch_memory_save(const char *file, const struct fetch_memory *memory)
{
	_cleanup_free_ char *text = NULL;
	char path[512];
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return -ENOMEM;
	(void)fputs("# hallmarkctl trust refresh: when this file was fetched, and what its server says of it.\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const void *from = (const char *)memory + lines[i].offset;

		if (lines[i].size > 0)
			(void)fprintf(f, "%s=%s\n", lines[i].key, (const char *)from);
		else
			(void)fprintf(f, "%s=%" PRId64 "\n", lines[i].key, *(const int64_t *)from);
	}
	if (fclose(f) != 0)
		return -ENOMEM;
	return memory_path(file, path, sizeof(path)) ? file_replace(path, bytes_of(text, n)) : -ENAMETOOLONG;
}

int64_t fetch_backoff_sec(int64_t failures, uint32_t chance)
{
	int64_t sec = FETCH_BACKOFF_MIN_SEC;

	for (int64_t i = 1; i < failures && sec < FETCH_BACKOFF_MAX_SEC; i++)
		sec *= 2;
	if (sec > FETCH_BACKOFF_MAX_SEC)
		sec = FETCH_BACKOFF_MAX_SEC;
	return sec - sec / 4 + (int64_t)chance % (sec / 2 + 1);
}

bool fetch_memory_is_due(const struct fetch_memory *memory, int64_t now_sec)
{
	return now_sec >= memory->next_sec ||
	       memory->next_sec - now_sec > FETCH_BACKOFF_MAX_SEC + FETCH_BACKOFF_MAX_SEC / 4;
}
