/* SPDX-License-Identifier: Apache-2.0 */
/* What the record says of openings: after a start, one that goes on is told apart from a new one, and one that has ended is known. */
#pragma once

struct enforcement;

/*
 * Notes in `e`, which knows of no opening, what was open when the record was last written to. The reason of one that is still open is the
 * kernel's, as the record has only its beginning.
 */
void recall_openings(struct enforcement *e);
