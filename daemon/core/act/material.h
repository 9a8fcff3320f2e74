/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core hands to a worker at its start, in one sealed memfd: keys, anchors, CRLs, issuers, status lists, references, registers, limits and
 * rules as bytes. The core reads files and never decodes them; the worker decodes and has no files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct accepted_set; /* ipc/ipc.h */
struct config;
struct store;

/*
 * Reads the files that the configuration names into a sealed memfd. Where a file's set is another than the one that was
 * accepted last, which the store (may be NULL) remembers, that one goes along: what is older, bad or gone does not displace
 * it. Returns the fd, or a negative errno (logged).
 */
int material_seal(const struct config *config, struct store *store);

/* Puts it into the store, as what the next one must be newer than. Returns 0 or a negative errno (logged). */
int material_remember(int fd, const struct accepted_set *accepted, struct store *store);

/*
 * Tells which of the material's sets are in force and are not in the store yet, and which files' sets are not in force. Returns
 * how many of the former there are.
 */
size_t material_tell(int fd, const struct accepted_set *sets, size_t n, struct store *store);

/* Makes the store forget the sets of files that the configuration does not name any more. */
void material_forget(const struct config *config, struct store *store);

/* Whether the two hold the same bytes; false when that is not known. */
bool material_equals(int fd, int other_fd);
