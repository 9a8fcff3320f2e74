/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a ruleset to the nft program. The only process that the core starts besides its workers. */
#pragma once

/*
 * Runs `nft -f -` with the file behind `text_fd` (read from its beginning) and logs what it says. Returns 0, -EPROTO
 * when nft refused the text, or a negative errno when it could not be run.
 */
int load_ruleset(const char *nft, int text_fd);

/* The same without loading it: `nft -c`. */
int check_ruleset(const char *nft, int text_fd);

/* The same, and a refusal is not logged: it is an answer. */
int try_ruleset(const char *nft, int text_fd);
