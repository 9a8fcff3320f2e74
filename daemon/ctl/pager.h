/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program through which long text is read on a terminal. It is less, unless HALLMARK_PAGER or PAGER names another one; empty or "cat":
 * none.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct pager;

/*
 * Begins a pager for what `out` would get, if that is the terminal. Returns NULL when there is none to begin: then write to `out` as
 * before. Until pager_end(), Ctrl-C ends the pager and not this program, and a write that nobody reads fails.
 */
struct pager *pager_begin(FILE *out);

/* Where to write; `out` when the pager is NULL. */
FILE *pager_out(const struct pager *p, FILE *out);

/* Waits until the text was read. NULL: does nothing. */
void pager_end(struct pager *p);

/* The command line for sh(1) that the environment names; NULL: less; "": no pager. */
const char *pager_command(void);
