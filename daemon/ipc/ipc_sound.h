/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the fields of a record (ipc/ipc.h) are within their bounds, whoever sent it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct facts;
struct ipc_record;

/*
 * Checks every flag, enum, count, time and text, and the bytes after a count or a text. now_usec is the monotonic
 * clock: nothing was received later.
 */
bool ipc_is_sound(const struct ipc_record *record, uint64_t now_usec);

/* The same for facts only: whatever a device sends, facts from appraise() pass. */
bool ipc_facts_are_sound(const struct facts *f);
