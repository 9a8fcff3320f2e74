/* SPDX-License-Identifier: Apache-2.0 */
/* A line on stderr that says what the program waits for, and how long; only on a terminal. */
#pragma once

struct progress;

/* The line appears after a second; progress_end() removes it. `what` must be valid until then. */
struct progress *progress_begin(const char *what);
void progress_end(struct progress *p); /* NULL: does nothing */
