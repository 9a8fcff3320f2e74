/* SPDX-License-Identifier: Apache-2.0 */
/* Whole small files: keys, certificates, registers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Reads a regular file of at most max bytes. Returns 0 and a heap copy (release it with free()), or a negative errno:
 * -EFBIG when it is larger, -EINVAL when it is not a regular file.
 */
int file_read(const char *path, size_t max, uint8_t **ret, size_t *ret_n);

/* Writes all of it to an open file, not to a socket or pipe. Returns 0 or a negative errno. */
int file_write(int fd, struct bytes content);
