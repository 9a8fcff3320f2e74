/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effective configuration as a file: the tree as read, completed with defaults from the tables that read it. A key
 * without a default is written as a comment. Only paths of keys and certificates are known here.
 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "config/config.h"
#include "config/reader.h"

#define INDENT_COLUMNS 4

/* --- Values --- */

struct printer {
	const struct reader *r;
	FILE *out;
	int depth;
};

static void print_indent(const struct printer *p)
{
	(void)fprintf(p->out, "%*s", p->depth * INDENT_COLUMNS, "");
}

static void print_quoted(const struct printer *p, const char *text)
{
	(void)fputc('"', p->out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', p->out);
		(void)fputc(*text, p->out);
	}
	(void)fputc('"', p->out);
}

static void print_path(const struct printer *p, const char *text)
{
	char path[PATH_MAX];

	print_quoted(p, reader_path(p->r, text, path, sizeof(path)) ? path : text);
}

static void print_texts(const struct printer *p, const config_setting_t *list, bool are_paths)
{
	(void)fputs("[", p->out);
	for (size_t i = 0; i < reader_length(list); i++) {
		(void)fputs(i > 0 ? ", " : " ", p->out);
		if (are_paths)
			print_path(p, reader_element(list, i));
		else
			print_quoted(p, reader_element(list, i));
	}
	(void)fputs(" ]", p->out);
}

static void print_scalar(const struct printer *p, const config_setting_t *setting, bool is_path)
{
	const char *text = config_setting_get_string(setting);

	if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		(void)fputs(config_setting_get_bool(setting) ? "true" : "false", p->out);
	else if (!text)
		(void)fprintf(p->out, "%" PRId64, (int64_t)config_setting_get_int64(setting));
	else if (is_path)
		print_path(p, text);
	else
		print_quoted(p, text);
}

/* --- Groups --- */

static void print_members(struct printer *p, const config_setting_t *group);

static void print_group(struct printer *p, const config_setting_t *group)
{
	(void)fputs("{\n", p->out);
	p->depth++;
	print_members(p, group);
	p->depth--;
	print_indent(p);
	(void)fputc('}', p->out);
}

/* The shipped entry that this one overrides, or NULL. */
static const struct law_override *find_override(const struct config *c, const config_setting_t *entry, const char *file,
						unsigned line)
{
	for (size_t i = 0; i < c->n_overrides; i++)
		if (c->overrides[i].line == line && strcmp(c->overrides[i].file, file) == 0 &&
		    strcmp(c->overrides[i].id, reader_text(entry, "id")) == 0)
			return &c->overrides[i];
	return NULL;
}

/* Of lists that may have shipped entries. */
static void print_origin(const struct printer *p, const config_setting_t *entry)
{
	static const char *const relations[] = {
		[LAW_REPLACES] = "replaces", [LAW_CHANGES] = "changes", [LAW_REPEATS] = "repeats"
	};
	const struct law_override *o;
	char file[sizeof(o->file)];
	unsigned line;

	reader_place(p->r, entry, file, sizeof(file), &line);
	o = find_override(p->r->config, entry, file, line);
	print_indent(p);
	(void)fprintf(p->out, "# from %s:%u", file, line);
	if (o)
		(void)fprintf(p->out, ", which %s %s:%u", relations[o->relation], o->shipped_file, o->shipped_line);
	(void)fputc('\n', p->out);
}

static void print_groups(struct printer *p, const config_setting_t *list)
{
	const size_t n = reader_length(list);
	const bool is_law = strcmp(config_setting_name(list), "schemes") == 0 ||
			    strcmp(config_setting_name(list), "arrangements") == 0;

	(void)fputs(n > 0 ? "(\n" : "( ", p->out);
	p->depth++;
	for (size_t i = 0; i < n; i++) {
		if (is_law)
			print_origin(p, reader_group(list, i));
		print_indent(p);
		print_group(p, reader_group(list, i));
		(void)fputs(i + 1 < n ? ",\n" : "\n", p->out);
	}
	p->depth--;
	if (n > 0)
		print_indent(p);
	(void)fputc(')', p->out);
}

static void print_value(struct printer *p, const struct key *key, const config_setting_t *setting)
{
	switch (key->kind) {
	case KEY_GROUP:
		print_group(p, setting);
		return;
	case KEY_GROUPS:
		print_groups(p, setting);
		return;
	case KEY_TEXTS:
	case KEY_PATHS:
		print_texts(p, setting, key->kind == KEY_PATHS);
		return;
	default:
		print_scalar(p, setting, key->kind == KEY_PATH);
	}
}

/* --- Defaults --- */

/* Some defaults cannot be written in a file, such as "no end" or "the highest level": these are not printed. */
static bool has_default(const struct key *key)
{
	switch (key->kind) {
	case KEY_FLAG:
	case KEY_GROUPS:
		return true;
	case KEY_NUMBER:
	case KEY_SPAN:
		return key->number >= key->min && key->number <= key->max;
	default:
		return key->text && key->text[0] != '\0';
	}
}

static void print_default(const struct printer *p, const struct key *key)
{
	switch (key->kind) {
	case KEY_FLAG:
		(void)fputs(key->number ? "true" : "false", p->out);
		return;
	case KEY_GROUPS:
		(void)fputs("( )", p->out);
		return;
	case KEY_NUMBER:
	case KEY_SPAN:
		(void)fprintf(p->out, "%" PRId64, key->number);
		return;
	default:
		print_quoted(p, key->text);
	}
}

static void print_key(struct printer *p, const struct key *key, const config_setting_t *setting)
{
	print_indent(p);
	if (!setting && !has_default(key)) {
		(void)fprintf(p->out, "# %s is not set\n", key->name);
		return;
	}
	(void)fprintf(p->out, "%s = ", key->name);
	if (setting)
		print_value(p, key, setting);
	else
		print_default(p, key);
	(void)fputs(";\n", p->out);
}

static void print_members(struct printer *p, const config_setting_t *group)
{
	const struct group_keys *kept = config_setting_get_hook(group);

	for (size_t i = 0; kept && i < kept->n; i++) {
		if (p->depth == 0)
			(void)fputc('\n', p->out);
		print_key(p, &kept->keys[i], reader_member(group, kept->keys[i].name));
	}
}

void config_print_tree(const struct reader *r, FILE *out)
{
	struct printer p = { .r = r, .out = out };

	(void)fputs("# SPDX-License-Identifier: Apache-2.0\n# The effective configuration, as hallmarkd --print-config "
		    "wrote it, with all shipped schemes and\n# arrangements. Entries of trust in the file that "
		    "`managed` names are beside these.\n",
		    out);
	print_members(&p, r->root);
}
