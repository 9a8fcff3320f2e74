/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: what lies beside the store for another version of the daemon. NAME.schema-N is the store as version N of its
 * tables had it; there is one, the newest.
 */
#pragma once

#include <limits.h>
#include <stdint.h>

#define BESIDE_UNFINISHED ".unfinished" /* after the store's name: it is being written, or nobody finished it */

char *beside_name(const char *path, unsigned version, char ret[static PATH_MAX]);

/* The latest one that this program can read: its version; 0 when there is none. */
unsigned beside_find(const char *path);

/* The bytes of that one. */
uint64_t beside_size(const char *path, unsigned version);

/* Removes all others. What cannot be removed stays: it only takes room. */
void beside_keep_only(const char *path, unsigned version);

/* Until then a power cut may undo what was renamed. Returns 0 or a negative errno. */
int beside_sync(const char *path);

struct beside_room {
	uint64_t needed, free; /* bytes */
};

/*
 * Whether there is room for n bytes more and some of work; `version` is the store's. Returns 0; -ENOSPC when there is not (logged); or
 * another negative errno.
 */
int beside_room(const char *path, unsigned version, uint64_t n, struct beside_room *ret);
