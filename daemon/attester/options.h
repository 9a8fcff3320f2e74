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
	const char *gateway; /* NULL: the device looks for it */
	const char *certificate, *key, *ca, *verifier_key;
	const char *labels[HALLMARK_LABELS_MAX];
	size_t n_labels;
	struct evidence claims; /* the device's claims; ueid points to `ueid` below */
	uint8_t ueid[UEID_MAX];
	bool nonce, no_link, admission, json, daemon, fast;
	unsigned timeout_sec;
	struct config_t *file; /* owned; texts are borrowed from it, and from argv */
	bool labels_from_file; /* the first --label on the command line replaces them */
};

enum options_result {
	OPTIONS_WRONG = 0, /* the error and the remedy were logged */
	OPTIONS_SHOWN,     /* help or version was printed */
	OPTIONS_RUN,
};

/* Sets *ret; the command line overrides the file. *ret must not move; release it with options_done(). */
enum options_result options_parse(int argc, char **argv, struct options *ret);
void options_done(struct options *o);
