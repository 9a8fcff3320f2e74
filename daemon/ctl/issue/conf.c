/* SPDX-License-Identifier: Apache-2.0 */
/* Fields from libconfig settings. Which settings exist is not known here. */
#include "ctl/issue/conf.h"

#include <errno.h>

#include "base/text_file.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"

void conf_enter(struct loader *l, const config_setting_t *setting)
{
	l->line = config_setting_source_line(setting);
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

bool conf_parse(struct loader *l, config_t *config)
{
	_cleanup_free_ char *text = NULL;
	struct text_fault fault;
	int r = text_file_read(l->source->path, &text, &fault);

	if (r < 0) {
		l->line = fault.line;
		loader_error(l, "%s%s", fault.text, r == -EILSEQ ? "" : "; is the name right?");
		return false;
	}
	if (config_read_string(config, text) == CONFIG_TRUE)
		return true;

	l->line = (unsigned)config_error_line(config);
	loader_error(l, "%s; settings are name = value;", config_error_text(config));
	return false;
}
