/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of hallmark-attester. */
#pragma once

#include <stdbool.h>

#include "token/evidence.h"

struct options {
	const char *gateway, *certificate, *key, *ca, *verifier_key;
	const char *labels[HALLMARK_LABELS_MAX];
	size_t n_labels;
	struct evidence claims; /* what the device says of itself; ueid points to `ueid` below */
	uint8_t ueid[UEID_MAX];
	bool nonce, admission, json;
	unsigned timeout_sec;
};

enum options_result {
	OPTIONS_WRONG = 0, /* what and the remedy were logged */
	OPTIONS_SHOWN,     /* help or version was asked for and printed */
	OPTIONS_RUN,
};

/* Fills *ret, which borrows from argv. */
enum options_result options_parse(int argc, char **argv, struct options *ret);
