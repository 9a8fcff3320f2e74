/* SPDX-License-Identifier: Apache-2.0 */
/* A line on a terminal's stderr that says what is waited for, and for how long; nothing where nobody watches. */
#pragma once

struct progress;

/* The line is there after a second, and is taken away by progress_end(). `what` must live until then. */
struct progress *progress_begin(const char *what);
void progress_end(struct progress *p); /* NULL: nothing to end */
