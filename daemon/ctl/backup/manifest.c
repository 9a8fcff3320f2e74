/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/backup/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT     1
#define FIRST_WORD "hallmark-backup "

void manifest_done(struct manifest *m)
{
	free(m->files);
	*m = (struct manifest){ 0 };
}

void manifest_write(const struct manifest *m, FILE *out)
{
	char mark[RECORD_MARK_SIZE], hex[SHA256_HEX_SIZE];

	(void)fprintf(out, FIRST_WORD "%d\ngateway %s\nversion %s\ntime %" PRId64 "\nconfig %s\nstate %s\n", FORMAT,
		      m->gateway, m->version, m->time_sec, m->config, m->state);
	(void)fprintf(out, "schema %u\n", m->schema);
	if (m->schema > 0)
		(void)fprintf(out, "record %s %s\n", m->answer,
			      m->head.sequence > 0 ? record_mark_to_text(&m->head, mark) : "empty");
	for (size_t i = 0; i < m->n; i++) {
		bytes_to_hex(BYTES(m->files[i].digest), hex);
		(void)fprintf(out, "file %s %" PRIu64 " %s\n", hex, m->files[i].size, m->files[i].name);
	}
	(void)fprintf(out, "end\n");
}

/* --- Reading: each line in its place --- */

/* Takes the next line if it begins so, without this beginning. */
static bool take_line(struct bytes *rest, const char *beginning, char *ret, size_t size)
{
	const size_t n = strlen(beginning);
	const uint8_t *end = memchr(rest->p, '\n', rest->n);

	if (!end || (size_t)(end - rest->p) < n || memcmp(rest->p, beginning, n) != 0 ||
	    !bytes_to_text(bytes_of(rest->p + n, (size_t)(end - rest->p) - n), ret, size))
		return false;
	*rest = bytes_of(end + 1, rest->n - (size_t)(end + 1 - rest->p));
	return true;
}

/* Digits only, up to the character `end`, behind which *text is put. */
static bool take_number(const char **text, char end, uint64_t *ret)
{
	char *after = NULL;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*ret = strtoull(*text, &after, 10);
	if (errno != 0 || *after != end || *ret > INT64_MAX)
		return false;
	*text = after + (end != '\0');
	return true;
}

static bool take_number_line(struct bytes *rest, const char *beginning, uint64_t *ret)
{
	char line[32];
	const char *text = line;

	return take_line(rest, beginning, line, sizeof(line)) && take_number(&text, '\0', ret);
}

/* "sound 1207:9c1b7d02a4e86f35" or "sound empty" */
static bool take_record(struct bytes *rest, struct manifest *m)
{
	char line[sizeof(m->answer) + RECORD_MARK_SIZE];
	char *space;

	if (!take_line(rest, "record ", line, sizeof(line)))
		return false;
	space = strchr(line, ' ');
	if (!space || space == line || (size_t)(space - line) >= sizeof(m->answer))
		return false;
	memcpy(m->answer, line, (size_t)(space - line));
	return strcmp(space + 1, "empty") == 0 || (record_mark_from_text(space + 1, &m->head) && m->head.sequence > 0);
}

/* "DIGEST SIZE NAME", after the file before it. */
static bool read_file(char *line, const struct manifest_file *before, struct manifest_file *ret)
{
	const char *text = line + SHA256_HEX_SIZE;

	if (strlen(line) < SHA256_HEX_SIZE || line[SHA256_HEX_SIZE - 1] != ' ')
		return false;
	line[SHA256_HEX_SIZE - 1] = '\0';
	if (!bytes_from_hex(line, ret->digest, sizeof(ret->digest)) || !take_number(&text, ' ', &ret->size) ||
	    strlen(text) >= sizeof(ret->name) || !archive_name_is_safe(text))
		return false;
	(void)strcpy(ret->name, text);
	return !before || strcmp(before->name, ret->name) < 0;
}

static int take_files(struct bytes *rest, struct manifest *m)
{
	char line[SHA256_HEX_SIZE + 24 + ARCHIVE_NAME_SIZE];
	size_t room = 0;

	while (take_line(rest, "file ", line, sizeof(line))) {
		if (m->n == room) {
			struct manifest_file *more = reallocarray(m->files, room = 2 * room + 16, sizeof(*more));

			if (!more)
				return -ENOMEM;
			m->files = more;
		}
		if (m->n == MANIFEST_FILES || !read_file(line, m->n > 0 ? &m->files[m->n - 1] : NULL, &m->files[m->n]))
			return -EBADMSG;
		m->n++;
	}
	return 0;
}

static int take_all(struct bytes rest, struct manifest *m)
{
	uint64_t format, time, schema;
	char nothing[1];
	int r;

	if (!take_number_line(&rest, FIRST_WORD, &format) || format == 0)
		return -EBADMSG;
	if (format > FORMAT)
		return -EPROTO;
	if (!take_line(&rest, "gateway ", m->gateway, sizeof(m->gateway)) ||
	    !take_line(&rest, "version ", m->version, sizeof(m->version)) || !take_number_line(&rest, "time ", &time) ||
	    !take_line(&rest, "config /", m->config + 1, sizeof(m->config) - 1) ||
	    !take_line(&rest, "state /", m->state + 1, sizeof(m->state) - 1) ||
	    !take_number_line(&rest, "schema ", &schema) || schema > UINT16_MAX)
		return -EBADMSG;
	if (!archive_name_is_safe(m->config + 1) || !archive_name_is_safe(m->state + 1))
		return -EBADMSG;
	m->config[0] = m->state[0] = '/';
	m->time_sec = (int64_t)time;
	m->schema = (unsigned)schema;
	if (schema > 0 && !take_record(&rest, m))
		return -EBADMSG;
	r = take_files(&rest, m);
	if (r < 0)
		return r;
	return take_line(&rest, "end", nothing, sizeof(nothing)) && rest.n == 0 ? 0 : -EBADMSG;
}

int manifest_read(struct bytes text, struct manifest *ret)
{
	struct manifest m = { 0 };
	int r = take_all(text, &m);

	if (r < 0)
		manifest_done(&m);
	else
		*ret = m;
	return r;
}
