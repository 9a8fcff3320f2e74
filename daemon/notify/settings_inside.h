/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of settings*.c for each other. */
#pragma once

#include <libconfig.h>

struct reader;
struct settings;
struct texts;

void settings_read_targets(struct reader *r, struct settings *s);

/* A KEY_TEXTS that reader_keys() has checked. */
void settings_read_texts(struct reader *r, const config_setting_t *group, const char *key, struct texts *ret);
