/* SPDX-License-Identifier: Apache-2.0 */
/* A libconfig file, setting by setting, with line numbers. Private to the files that read statements. */
#pragma once

#include <libconfig.h>

struct field;
struct label_class;
struct loader;

/* Returns the settings of the file, which are the loader's, or NULL after an error of the load. */
const config_setting_t *conf_parse(struct loader *l);

/* For loader_end(). */
void conf_done(struct loader *l);

/* From now on, errors have the file and line of this setting. */
void conf_enter(struct loader *l, const config_setting_t *setting);

/* A text or a whole number, as text; NULL for anything else. */
const char *conf_text(const config_setting_t *setting, char ret_number[static 24]);

void conf_read(struct loader *l, const struct field *f, const config_setting_t *setting, void *record);

/* versions = ["1.0.0", "1.9.9"]; a single one is both first and last. */
void conf_read_versions(struct loader *l, const config_setting_t *list, struct label_class *class);
