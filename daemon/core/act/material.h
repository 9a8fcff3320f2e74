/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core gives other processes at their start, as bytes in a sealed memfd: a zygote the trust material, which is anchors,
 * CRLs, issuers, status lists, references, registers and rules; an edge the gateway's certificate and key, its
 * limits, and the secret of its cookies. The core reads files and never decodes them; the others decode and have no files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct accepted_set; /* ipc/ipc.h */
struct config;
struct edge_share; /* base/sessions.h */
struct store;

/*
 * Reads the files that the configuration names into a sealed memfd. When a file's set differs from the one accepted
 * last, which the store (may be NULL) remembers, that one is included: a set that is older, invalid or missing does not
 * displace it. Returns the fd, or a negative errno (logged).
 */
int material_seal(const struct config *config, struct store *store);

/* The same without a store; what cannot be read is left out. *ret_failure is the first such error (logged), or 0. */
int material_seal_to_check(const struct config *config, int *ret_failure);

/* The same of an edge's: all edges have it. */
int material_seal_edge(const struct config *config, const struct edge_share *share);

/* Stores the accepted set: the next one must be newer. Returns 0 or a negative errno (logged). */
int material_remember(int fd, const struct accepted_set *accepted, struct store *store);

/*
 * Reports the material's sets that are in force and not yet in the store, and files whose sets are not in force.
 * Returns how many of the former there are.
 */
size_t material_tell(int fd, const struct accepted_set *sets, size_t n, struct store *store);

/* Removes from the store the sets of files that the configuration no longer names. */
void material_forget(const struct config *config, struct store *store);

/* Whether the two hold the same bytes; false when unknown. */
bool material_equals(int fd, int other_fd);
