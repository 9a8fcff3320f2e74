/* SPDX-License-Identifier: Apache-2.0 */
/* Fields from libconfig settings. Which settings exist is not known here. */
#include "ctl/issue/conf.h"

#include "base/included.h"
#include "base/language.h"
#include "base/text_file.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"

void conf_enter(struct loader *l, const config_setting_t *setting)
{
	l->at.line = config_setting_source_line(setting);
	l->at.included = config_setting_source_file(setting);
}

const char *conf_text(const config_setting_t *setting, char ret_number[static 24])
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return config_setting_get_string(setting);
	if (config_setting_type(setting) != CONFIG_TYPE_INT)
		return NULL;
	(void)snprintf(ret_number, 24, "%d", config_setting_get_int(setting));
	return ret_number;
}

void conf_read(struct loader *l, const struct field *f, const config_setting_t *setting, void *record)
{
	char number[24];
	const char *text = conf_text(setting, number);

	if (text)
		field_set(l, f, text, record);
	else
		loader_error(l, "%s: give a text in quotes or a whole number", f->name);
}

static void report_syntax(struct loader *l, const config_t *config)
{
	char text[512];

	l->at.included = config_error_file(config);
	l->at.line = (unsigned)config_error_line(config);
	if (included_fault(l->source->path, l->at.included, &l->at.line, text, sizeof(text)))
		loader_error(l, "%s", text);
	else
		loader_error(l, "%s; settings are name = value;", config_error_text(config));
}

void conf_done(struct loader *l)
{
	if (!l->tree)
		return;
	config_destroy(l->tree);
	free(l->tree);
	l->tree = NULL;
}

const config_setting_t *conf_parse(struct loader *l)
{
	_cleanup_free_ char *text = NULL;
	struct text_fault fault;
	int former;
	bool is_read;

	if (text_file_read(l->source->path, &text, &fault) < 0) {
		l->at.line = fault.line;
		loader_error(l, "%s%s", translated(fault.text),
			     fault.is_unread ? translated("; is the name right?") : "");
		return NULL;
	}
	l->tree = calloc(1, sizeof(*l->tree));
	if (!l->tree) {
		loader_error(l, "out of memory");
		return NULL;
	}
	config_init(l->tree);
	former = included_enter(l->source->path);
	is_read = config_read_string(l->tree, text) == CONFIG_TRUE;
	included_leave(former);
	if (is_read)
		return config_root_setting(l->tree);

	report_syntax(l, l->tree);
	return NULL;
}
