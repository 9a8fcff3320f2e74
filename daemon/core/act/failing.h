/* SPDX-License-Identifier: Apache-2.0 */
/* A handshake that failed: where its sender is, and then it is told (core/tell/failures.h). */
#pragma once

#include <stdint.h>

struct ipc_failed;
struct settler;

/* received_usec is monotonic. */
void failing_take(struct settler *settler, const struct ipc_failed *failed, uint64_t received_usec);
