/* SPDX-License-Identifier: Apache-2.0 */
/* A file of libconfig, setting by setting, with the line that each stands at. Private to the files that read statements. */
#pragma once

#include <libconfig.h>
#include <stdbool.h>

struct field;
struct label_class;
struct loader;

/* Returns whether it is libconfig; else that is an error of the load. */
bool conf_parse(struct loader *l, config_t *config);

/* Errors are of this setting's line from now on. */
void conf_enter(struct loader *l, const config_setting_t *setting);

/* A text or a whole number, as text; NULL for anything else. */
const char *conf_text(const config_setting_t *setting, char ret_number[static 24]);

void conf_read(struct loader *l, const struct field *f, const config_setting_t *setting, void *record);

/* versions = ["1.0.0", "1.9.9"]; one alone is first and last. */
void conf_read_versions(struct loader *l, const config_setting_t *list, struct label_class *class);
