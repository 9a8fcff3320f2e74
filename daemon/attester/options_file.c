/* SPDX-License-Identifier: Apache-2.0 */
/* The file of --config (libconfig): every setting of the command line, with the same name. */
#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "attester/options.h"
#include "attester/setting.h"
#include "base/cleanup.h"
#include "base/included.h"
#include "base/log.h"
#include "base/text_file.h"

/* The form of a value of each kind, for errors. */
static const char *const forms[] = {
	[SETTING_FLAG] = "true or false",
	[SETTING_TEXT] = "a text in quotes",
	[SETTING_NUMBER] = "a whole number",
	[SETTING_PATH] = "a file name in quotes",
	[SETTING_PATHS] = "file names, as [\"a\", \"b\"]",
};

/* `name` holds the text of an included file's name. */
static struct origin origin_of(const config_setting_t *member, const char *path, char name[static PATH_MAX])
{
	return (struct origin){ included_path(path, config_setting_source_file(member), name),
				config_setting_source_line(member) };
}

static bool wrong_form(const struct setting *setting, const struct origin *at)
{
	log_error("%s:%u: %s: give %s", at->file, at->line, setting->name, forms[setting->kind]);
	return false;
}

/* A relative path starts at the file's directory; libconfig owns the text. Returns NULL when out of memory. */
static const char *path_in(config_setting_t *member, const char *config_path)
{
	const char *given = config_setting_get_string(member), *path;
	char beside[PATH_MAX];

	path = given[0] ? included_path(config_path, given, beside) : given;
	if (path != given && config_setting_set_string(member, path) != CONFIG_TRUE)
		return NULL;
	return config_setting_get_string(member);
}

static bool read_path(struct options *o, const struct setting *setting, config_setting_t *member, const char *path)
{
	char name[PATH_MAX];
	const struct origin at = origin_of(member, path, name);
	const char *text;

	if (config_setting_type(member) != CONFIG_TYPE_STRING)
		return wrong_form(setting, &at);

	text = path_in(member, path);
	if (!text) {
		log_error("%s:%u: out of memory", at.file, at.line);
		return false;
	}
	return setting->set(o, setting, &at, text);
}

static bool read_paths(struct options *o, const struct setting *setting, config_setting_t *list, const char *path)
{
	bool ok = true;

	if (!config_setting_is_aggregate(list))
		return read_path(o, setting, list, path);
	for (int i = 0; i < config_setting_length(list); i++)
		ok &= read_path(o, setting, config_setting_get_elem(list, (unsigned)i), path);
	return ok;
}

static bool read_value(struct options *o, const struct setting *setting, config_setting_t *member, const char *path)
{
	char name[PATH_MAX];
	const struct origin at = origin_of(member, path, name);
	int type = config_setting_type(member);
	char number[16];

	switch (setting->kind) {
	case SETTING_FLAG:
		if (type != CONFIG_TYPE_BOOL)
			return wrong_form(setting, &at);
		return !config_setting_get_bool(member) || setting->set(o, setting, &at, NULL);
	case SETTING_NUMBER:
		if (type != CONFIG_TYPE_INT)
			return wrong_form(setting, &at);
		(void)snprintf(number, sizeof(number), "%d", config_setting_get_int(member));
		return setting->set(o, setting, &at, number);
	case SETTING_TEXT:
		if (type != CONFIG_TYPE_STRING)
			return wrong_form(setting, &at);
		return setting->set(o, setting, &at, config_setting_get_string(member));
	case SETTING_PATH:
		return read_path(o, setting, member, path);
	default:
		return read_paths(o, setting, member, path);
	}
}

static bool read_member(struct options *o, config_setting_t *member, const char *path)
{
	const char *name = config_setting_name(member);
	char file[PATH_MAX];
	const struct origin at = origin_of(member, path, file);

	for (size_t i = 0; i < n_settings; i++)
		if (strcmp(settings[i].name, name) == 0)
			return read_value(o, &settings[i], member, path);

	log_error("%s:%u: %s: no such setting; they are the long options of --help, without the dashes", at.file,
		  at.line, name);
	return false;
}

static void report_unread(const char *path, const struct text_fault *fault)
{
	const char *remedy = fault->is_unread ? "; --config names the file" : "";

	if (fault->line > 0)
		log_error("%s:%u: %s%s", path, fault->line, fault->text, remedy);
	else
		log_error("%s: %s%s", path, fault->text, remedy);
}

static void report_syntax(const config_t *file, const char *path)
{
	const char *stopped = config_error_file(file);
	unsigned line = (unsigned)config_error_line(file);
	char text[512], name[PATH_MAX];

	if (included_fault(path, stopped, &line, text, sizeof(text)))
		log_error("%s:%u: %s", included_path(path, stopped, name), line, text);
	else
		log_error("%s:%u: %s; settings are name = value;", included_path(path, stopped, name), line,
			  config_error_text(file));
}

static bool parse(config_t *file, const char *path)
{
	_cleanup_free_ char *text = NULL;
	struct text_fault fault;
	int former;
	bool is_read;

	if (text_file_read(path, &text, &fault) < 0) {
		report_unread(path, &fault);
		return false;
	}
	former = included_enter(path);
	is_read = config_read_string(file, text) == CONFIG_TRUE;
	included_leave(former);
	if (!is_read)
		report_syntax(file, path);
	return is_read;
}

bool options_read_file(struct options *o, const char *path)
{
	bool ok = true;

	o->file = calloc(1, sizeof(*o->file));
	if (!o->file) {
		log_error("%s: out of memory", path);
		return false;
	}
	config_init(o->file);
	if (!parse(o->file, path))
		return false;

	config_setting_t *root = config_root_setting(o->file);

	for (int i = 0; i < config_setting_length(root); i++)
		ok &= read_member(o, config_setting_get_elem(root, (unsigned)i), path);
	return ok;
}

void options_done(struct options *o)
{
	if (o->file)
		config_destroy(o->file);
	free(o->file);
	o->file = NULL;
}
