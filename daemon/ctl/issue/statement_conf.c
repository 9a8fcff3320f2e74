/* SPDX-License-Identifier: Apache-2.0 */
/* Statements as libconfig: settings are fields, classes are groups. The meaning of a field is not known here. */
#include <string.h>

#include "ctl/issue/conf.h"
#include "ctl/issue/loader.h"
#include "token/label.h"

void conf_read_versions(struct loader *l, const config_setting_t *list, struct label_class *class)
{
	int n = config_setting_is_aggregate(list) ? config_setting_length(list) : 0;
	const char *from = n > 0 ? config_setting_get_string_elem(list, 0) : NULL;
	const char *to = n > 0 ? config_setting_get_string_elem(list, n - 1) : NULL;

	if (n < 1 || n > 2 || !from || !to) {
		loader_error(l, "versions: give the first and the last, as [\"1.0.0\", \"1.9.9\"]");
		return;
	}
	field_set(l, field_find(&class_fields, "version-from"), from, class);
	field_set(l, field_find(&class_fields, "version-to"), to, class);
}

static void read_class(struct loader *l, const config_setting_t *group, struct label *label)
{
	struct label_class class = { 0 };

	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(setting);
		const struct field *f = field_find(&class_fields, name);

		conf_enter(l, setting);
		if (f)
			conf_read(l, f, setting, &class);
		else if (strcmp(name, "versions") == 0)
			conf_read_versions(l, setting, &class);
		else
			loader_error(l, "%s: a class has no such setting; correct or remove it", name);
	}
	conf_enter(l, group);
	statement_add_class(l, label, &class);
}

static void read_classes(struct loader *l, const config_setting_t *list, struct label *label)
{
	if (!config_setting_is_list(list))
		loader_error(l, "classes: give a list of groups, as ( { maker = \"pen:32473\"; model = "
				"\"x\"; } )");
	for (int i = 0; config_setting_is_list(list) && i < config_setting_length(list); i++)
		read_class(l, config_setting_get_elem(list, (unsigned)i), label);
}

static void read_anchors(struct loader *l, const config_setting_t *list, struct label *label)
{
	int n = config_setting_is_aggregate(list) ? config_setting_length(list) : 0;

	if (n == 0)
		loader_error(l, "anchors: give a list, as [\"ca.pem\", \"sha256:…\"]");
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (text)
			statement_add_anchor(l, label, text);
		else
			loader_error(l, "anchors: give texts in quotes");
	}
}

/* status = { uri = "https://csa.example/status/1"; index = 7; } */
static void read_status(struct loader *l, const config_setting_t *group, struct label *label)
{
	if (!config_setting_is_group(group))
		loader_error(l, "status: give a group, as { uri = \"https://csa.example/status/1\"; index = 7; }");
	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		char name[32];

		(void)snprintf(name, sizeof(name), "status-%s", config_setting_name(setting));

		const struct field *f = field_find(&label_fields, name);

		conf_enter(l, setting);
		if (f)
			conf_read(l, f, setting, label);
		else
			loader_error(l, "%s: a status has uri and index; correct or remove it",
				     config_setting_name(setting));
	}
}

static void read_label_setting(struct loader *l, const config_setting_t *setting, struct label *label)
{
	const char *name = config_setting_name(setting);
	const struct field *f = field_find(&label_fields, name);

	conf_enter(l, setting);
	if (f)
		conf_read(l, f, setting, label);
	else if (strcmp(name, "classes") == 0)
		read_classes(l, setting, label);
	else if (strcmp(name, "anchors") == 0)
		read_anchors(l, setting, label);
	else if (strcmp(name, "status") == 0)
		read_status(l, setting, label);
	else
		loader_error(l, "%s: a label has no such setting; correct or remove it", name);
}

static void read_label(struct loader *l, const config_setting_t *group, struct label *label)
{
	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++)
		read_label_setting(l, config_setting_get_elem(group, (unsigned)i), label);
	conf_enter(l, group);
	statement_finish(l, label);
}

static void read_register(struct loader *l, const config_setting_t *root, struct label_register *ret)
{
	char number[24];

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
		const char *name = config_setting_name(setting);

		conf_enter(l, setting);
		if (strcmp(name, "issuer") == 0 && conf_text(setting, number)) {
			statement_set_issuer(l, conf_text(setting, number), ret->issuer);
		} else if (strcmp(name, "labels") == 0 && config_setting_is_list(setting)) {
			for (int k = 0; k < config_setting_length(setting); k++) {
				const config_setting_t *group = config_setting_get_elem(setting, (unsigned)k);
				struct label *label;

				conf_enter(l, group);
				label = statement_new(l, ret);
				if (label)
					read_label(l, group, label);
			}
		} else {
			loader_error(l, "%s: a register has issuer = \"…\" and labels = ( { … } )", name);
		}
	}
}

void statement_read_conf(struct loader *l, struct label *ret)
{
	const config_setting_t *root = conf_parse(l);

	if (root)
		read_label(l, root, ret);
}

void statements_read_conf(struct loader *l, struct label_register *ret)
{
	const config_setting_t *root = conf_parse(l);

	if (root)
		read_register(l, root, ret);
}
