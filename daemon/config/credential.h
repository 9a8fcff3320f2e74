/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys that systemd hands over (LoadCredential=), so that the daemon's user need not be able to read the files. */
#pragma once

#include <limits.h>

/*
 * Where to read a key that the configuration names: in $CREDENTIALS_DIRECTORY, when that holds a file with the same base
 * name; else the path itself. Returns `path` or `ret`.
 */
const char *credential_path(const char *path, char ret[static PATH_MAX]);
