/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a libconfig file includes. libconfig looks for them in the working folder, knows no byte-order mark,
 * and says neither which one it cannot read nor why. If it is told another folder, 1.5 looks there for absolute names too.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Where the file `name` is that `path` includes: relative names start at the folder of `path`. NULL is `path` itself. */
const char *included_path(const char *path, const char *name, char ret[static PATH_MAX]);

/*
 * Around the reading of `path`: its folder is the working folder meanwhile. included_leave() takes what
 * included_enter() returned.
 */
int included_enter(const char *path);
void included_leave(int former);

/*
 * What is wrong when libconfig could not read `path` and stopped in *line of the included file `stopped` (NULL: in
 * `path`), where libconfig does not say it. Returns false when its own text is right; else *line is corrected.
 */
bool included_fault(const char *path, const char *stopped, unsigned *line, char *ret, size_t size);
