/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar archive (POSIX.1-1988, ustar) of regular files. What is read may come from anybody: everything but a file with a harmless
 * relative name is refused. A library that reads every kind of archive would bring libxml2 and ICU, 36 MB, to each gateway.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"

#define ARCHIVE_NAME_SIZE 256

struct archive_member {
	char name[ARCHIVE_NAME_SIZE];
	unsigned mode; /* of its permissions */
	int64_t time_sec;
	char owner[32], group[32];
	struct bytes content;
	bool is_borrowed; /* the content is a part of something else */
};

/* Writes one; a failure of the stream shows in ferror(). Returns 0, -ENAMETOOLONG, or -EFBIG for 8 GiB. */
int archive_put(FILE *f, const struct archive_member *m);
void archive_end(FILE *f);

/*
 * Takes the next one from the front of *rest; its content is part of *rest. Returns 1, 0 at the end of the archive, or -EBADMSG with
 * what is wrong.
 */
int archive_take(struct bytes *rest, struct archive_member *ret, const char **reterr_fault);

/* Relative, printable, without "." and "..", and no folder. */
bool archive_name_is_safe(const char *name);
