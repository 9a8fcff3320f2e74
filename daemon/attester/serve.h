/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-attester --daemon: attest, wait, attest again. */
#pragma once

#include <stdio.h>

#include "attester/result.h"

struct options;

/*
 * Returns only when asking again would not help: with OUTCOME_REFUSED or OUTCOME_USAGE. SIGTERM and SIGINT end the
 * process with 0. Logs one line for each change; with --json each answer is a line of `out`.
 */
enum outcome serve(const struct options *options, FILE *out);
