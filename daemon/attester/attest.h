/* SPDX-License-Identifier: Apache-2.0 */
/* The whole procedure of docs/protocol.md sections 2 and 3 from the device's side, once. */
#pragma once

#include "attester/options.h"
#include "attester/result.h"

/* Runs what the options ask for and prints the result to `out`. Returns the exit status. */
enum outcome attest(const struct options *options, FILE *out);
