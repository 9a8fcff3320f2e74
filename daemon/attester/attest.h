/* SPDX-License-Identifier: Apache-2.0 */
/* The whole procedure of docs/protocol.md sections 2 and 3 on the device's side, once. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "attester/client.h"
#include "attester/result.h"

struct gateways;
struct options;

/* The gateway's answer. */
struct attestation {
	struct answer answer; /* with OUTCOME_REFUSED */
	struct result result; /* with OUTCOME_AFFIRMED, OUTCOME_WARNING and OUTCOME_CONTRAINDICATED */
};

/*
 * Reads the files that the options name, finds the gateway, and attests in a new session; with `admission` asks for the
 * former result instead. Failures are logged. *gateways is zeroed at first: where the gateway is found is tried first the
 * next time, unless the options name one.
 */
enum outcome attest(const struct options *options, bool admission, struct gateways *gateways, struct attestation *ret);

/* Prints nothing when there was no answer. */
void attestation_show(const struct attestation *a, enum outcome outcome, bool json, FILE *out);
