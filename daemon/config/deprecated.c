/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that have a new name. The former one works for the time that docs/compatibility.md says, with a warning: the
 * tree is changed to the new one before its section is read, so nothing else knows the former name.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "config/reader.h"

static const struct deprecated {
	const char *section, *key, *successor;
	const char *since; /* the version that warns first */
	char unit;         /* of the former key's whole number; the new one is a duration */
} deprecated[] = {
	{ "gateway", "record-days", "record-age", "0.2.0", 'd' },
	{ "listen", "idle-seconds", "idle-time", "0.2.0", 's' },
	{ "listen", "handshake-seconds", "handshake-time", "0.2.0", 's' },
};

/* The new key stands in the place of the former one. */
static void rename_key(struct reader *r, config_setting_t *group, const config_setting_t *former,
		       const struct deprecated *d)
{
	config_setting_t *setting;
	char span[32];

	(void)snprintf(span, sizeof(span), "%lld%c", config_setting_get_int64(former), d->unit);
	reader_warning(r, former,
		       "\"%s\" is deprecated since %s, and a later version will refuse it; write %s = \"%s\"", d->key,
		       d->since, d->successor, span);
	setting = config_setting_add(group, d->successor, CONFIG_TYPE_STRING);
	if (!setting || !config_setting_set_string(setting, span)) {
		r->out_of_memory = true;
		return;
	}
	setting->file = former->file;
	setting->line = former->line;
}

static void replace(struct reader *r, const struct deprecated *d)
{
	config_setting_t *group = config_setting_get_member(r->root, d->section);
	const config_setting_t *former = group ? config_setting_get_member(group, d->key) : NULL;

	if (!former)
		return;
	if (config_setting_get_member(group, d->successor))
		reader_error(r, former, "\"%s\" is the former name of \"%s\", and both are given; remove \"%s\"",
			     d->key, d->successor, d->key);
	else if (config_setting_type(former) != CONFIG_TYPE_INT && config_setting_type(former) != CONFIG_TYPE_INT64)
		reader_error(r, former, "\"%s\" must be a whole number; or write %s = \"60%c\", with your number",
			     d->key, d->successor, d->unit);
	else
		rename_key(r, group, former, d);
	(void)config_setting_remove(group, d->key);
}

void config_replace_deprecated(struct reader *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++)
		replace(r, &deprecated[i]);
}
