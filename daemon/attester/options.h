/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of hallmark-attester, and the file of --config with the same settings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "token/evidence.h"

struct config_t; /* libconfig's */

struct options {
	const char *gateway, *certificate, *key, *ca, *verifier_key;
	const char *labels[HALLMARK_LABELS_MAX];
	size_t n_labels;
	struct evidence claims; /* what the device says of itself; ueid points to `ueid` below */
	uint8_t ueid[UEID_MAX];
	bool nonce, admission, json, daemon, fast;
	unsigned timeout_sec;
	struct config_t *file; /* owned; texts are borrowed from it, and from argv */
	bool labels_from_file; /* the first --label takes their place */
};

enum options_result {
	OPTIONS_WRONG = 0, /* what and the remedy were logged */
	OPTIONS_SHOWN,     /* help or version was asked for and printed */
	OPTIONS_RUN,
};

/* Fills *ret; the command line goes before the file. *ret must stay where it is, and goes with options_done(). */
enum options_result options_parse(int argc, char **argv, struct options *ret);
void options_done(struct options *o);
