/* SPDX-License-Identifier: Apache-2.0 */
/* systemd.exec(5), CREDENTIALS: a directory of files that only this service may read. */
#include "config/credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool credential_is_in(const char *folder, const char *path, char ret[static PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s/%s", folder, basename(path));

	return n > 0 && n < PATH_MAX && access(ret, F_OK) == 0;
}

const char *credential_path(const char *path, char ret[static PATH_MAX])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	return folder && folder[0] == '/' && credential_is_in(folder, path, ret) ? ret : path;
}
