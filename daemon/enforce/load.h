/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a ruleset to the nft program. Besides edges and zygotes, the core starts no other process. */
#pragma once

#include <stdio.h>

/* A stream for such content, on a memfd that a child process can read. Returns NULL and sets errno when there is none. */
FILE *open_ruleset(void);

/*
 * Runs `nft -f -` with the content of `text_fd` (read from the start) as its input, and logs its messages. Returns 0,
 * -EPROTO when nft refused the text, or a negative errno when it could not be run.
 */
int load_ruleset(const char *nft, int text_fd);

/* The same without loading it: `nft -c`. */
int check_ruleset(const char *nft, int text_fd);

/* The same, without logging a refusal: the caller expects it. */
int try_ruleset(const char *nft, int text_fd);
