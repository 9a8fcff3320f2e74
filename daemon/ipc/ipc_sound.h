/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the fields of a record (ipc/ipc.h) are within their bounds, whoever sent it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct facts;
struct ipc_record;

/*
 * Every flag, enum, count, time and text is looked at, and what stands behind a count or a text's end. now_usec is the
 * monotonic clock: nothing was received later.
 */
bool ipc_is_sound(const struct ipc_record *record, uint64_t now_usec);

/* The same of facts alone: what appraise() makes is sound, whatever a device sends. */
bool ipc_facts_are_sound(const struct facts *f);
