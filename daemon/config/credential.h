/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys that systemd passes on (LoadCredential=), so that the daemon's user need not have access to the original
 * files.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

/* Whether that folder holds a file with the base name of `path`: its path is then in `ret`. */
bool credential_is_in(const char *folder, const char *path, char ret[static PATH_MAX]);

/*
 * The path of a configured key: in $CREDENTIALS_DIRECTORY when that holds a file with the same base name; else the path
 * itself. Returns `path` or `ret`.
 */
const char *credential_path(const char *path, char ret[static PATH_MAX]);
