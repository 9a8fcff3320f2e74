/* SPDX-License-Identifier: Apache-2.0 */
/* The signed inputs of a verdict: kept so that it can be derived again. */
#pragma once

#include <stddef.h>

#include "base/bytes.h"
#include "hallmark/protocol.h"

/* All bytes are borrowed. */
struct signed_inputs {
	struct bytes chain[HALLMARK_CHAIN_MAX]; /* DER, leaf first */
	size_t n_chain;
	struct bytes evidence;
	struct bytes labels[HALLMARK_LABELS_MAX];
	size_t n_labels;
};
