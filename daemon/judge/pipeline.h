/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages of a judge, from top to bottom. Only this file calls one after the other. The core's part is in
 * decide/decide.h; struct facts connects the two.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "hallmark/reason.h"

struct channel;
struct check_result;
struct facts;
struct handshake;
struct ipc_fresh;
struct rules;
struct signed_inputs;
struct trust;

/* What a judge knows of a POST /attest. */
struct attestation {
	const struct bytes *chain; /* DER, leaf first */
	size_t n_chain;
	const struct channel *channel;
	const struct handshake *
		handshake; /* the possession and channel value of `channel` come from it; NULL: they are there already */
	unsigned content_format;
	struct bytes body;
	const struct bytes
		*known_labels; /* that the device showed before: one that was left out on the way does not lack */
	size_t n_known_labels;
};

/*
 * submission → identity → appraisal → the chosen labels. Returns 0 with *ret_reason REASON_ADMITTED when there are
 * facts (which may deny everything), and with another reason when the request could not be appraised; a negative errno
 * for our own faults. *ret_inputs borrows from the attestation: of more labels than fit, those that were chosen.
 */
int pipeline_appraise(const struct attestation *a, const struct trust *trust, const struct rules *rules,
		      int64_t now_sec, struct facts *ret, struct ipc_fresh *ret_fresh, struct signed_inputs *ret_inputs,
		      enum hallmark_reason *ret_reason);

/*
 * The same for signed inputs from the store. Their session has ended, so checks 1 and 6 stay as `recorded` (by check).
 * Returns 0, or a negative errno: then nothing is known of the device.
 */
int pipeline_judge_again(const struct signed_inputs *inputs, const struct check_result *recorded,
			 const struct trust *trust, const struct rules *rules, int64_t now_sec, struct facts *ret);
