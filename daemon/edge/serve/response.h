/* SPDX-License-Identifier: Apache-2.0 */
/* The core's answer as a CoAP response: code, content format, Max-Age, body (docs/protocol.md sections 3 and 3.1). */
#pragma once

#include <stdint.h>

#include "hallmark/reason.h"

struct ipc_answer;
struct writer;

/* The code for a reason without a result. */
uint8_t response_code(enum hallmark_reason reason);

/* A concise problem, written to w. `spread` is a random number: it gives devices different times to retry. */
struct edge_response response_of_problem(enum hallmark_reason reason, uint8_t spread, struct writer *w);

/* The response for the core's answer; borrows the result from it. */
struct edge_response response_of_answer(const struct ipc_answer *answer, uint8_t spread, struct writer *w);
