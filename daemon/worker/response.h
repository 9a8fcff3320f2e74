/* SPDX-License-Identifier: Apache-2.0 */
/* What was said of a request, as an answer of CoAP: code, content format, Max-Age, body (docs/protocol.md sections 3 and 3.1). */
#pragma once

#include <stdint.h>

#include "hallmark/reason.h"

struct ipc_answer;
struct writer;

/* The code that goes with a reason for which there is no result. */
uint8_t response_code(enum hallmark_reason reason);

/* A concise problem, written to w. By `spread`, a random number, devices are told different times to come back after. */
struct edge_response response_of_problem(enum hallmark_reason reason, uint8_t spread, struct writer *w);

/* The core's answer; its result is borrowed from it. */
struct edge_response response_of_answer(const struct ipc_answer *answer, uint8_t spread, struct writer *w);
