/* SPDX-License-Identifier: Apache-2.0 */
/* A libconfig file, setting by setting, with line numbers. Private to the files that read statements. */
#pragma once

#include <libconfig.h>
#include <stdbool.h>

struct field;
struct label_class;
struct loader;

/* Returns whether the file is libconfig; else reports an error of the load. */
bool conf_parse(struct loader *l, config_t *config);

/* From now on, errors have the line of this setting. */
void conf_enter(struct loader *l, const config_setting_t *setting);

/* A text or a whole number, as text; NULL for anything else. */
const char *conf_text(const config_setting_t *setting, char ret_number[static 24]);

void conf_read(struct loader *l, const struct field *f, const config_setting_t *setting, void *record);

/* versions = ["1.0.0", "1.9.9"]; a single one is both first and last. */
void conf_read_versions(struct loader *l, const config_setting_t *list, struct label_class *class);
