/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages of a worker, top to bottom: the only place that calls one after the other. The core's are in decide/decide.h; what
 * passes between them is struct facts.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "hallmark/reason.h"

struct check_result;
struct facts;
struct rules;
struct signed_inputs;
struct trust;

/* What a worker knows of a POST /attest. */
struct attestation {
	const struct bytes *chain; /* DER, leaf first */
	size_t n_chain;
	const struct channel *channel;
	unsigned content_format;
	struct bytes body;
};

/*
 * submission → identity → appraisal → the labels that go on. Returns 0 with *ret_reason REASON_ADMITTED when there are facts (which may say
 * no to everything), and with another reason when the request could not be appraised; negative errno: our fault.
 * *ret_inputs borrows from the attestation.
 */
int pipeline_appraise(const struct attestation *a, const struct trust *trust, const struct rules *rules,
		      int64_t now_sec, struct facts *ret, struct signed_inputs *ret_inputs,
		      enum hallmark_reason *ret_reason);

/*
 * The same for signed inputs from the store: the session that they came in is over, so checks 1 and 6 stay as `recorded`
 * (by check). Returns 0, or a negative errno: then nothing can be said of the device.
 */
int pipeline_judge_again(const struct signed_inputs *inputs, const struct check_result *recorded,
			 const struct trust *trust, const struct rules *rules, int64_t now_sec, struct facts *ret);
