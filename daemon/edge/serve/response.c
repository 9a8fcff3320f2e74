/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/serve/response.h"

#include "edge/edge.h"
#include "ipc/ipc.h"
#include "token/submission.h"

#define BUSY_SEC        5 /* a device retries after 5 to 35 s: the devices of a building not all at once */
#define BUSY_SPREAD_SEC 30
#define HELD_SEC        300 /* an operator does not look every minute */
#define HELD_SPREAD_SEC 256
#define TOO_OFTEN_SEC   60 /* a device has its share of a minute again */

uint8_t response_code(enum hallmark_reason reason)
{
	switch (reason) {
	case REASON_NOT_GUARDED:
	case REASON_NOT_ROUTED:
	case REASON_PLACE_TAKEN:
		return COAP_CODE(4, 3);
	case REASON_NOT_ADMITTED:
	case REASON_DISPLACED:
		return COAP_CODE(4, 4);
	case REASON_TOO_LARGE:
	case REASON_CHAIN_LIMIT:
		return COAP_CODE(4, 13);
	case REASON_CONTENT_FORMAT:
		return COAP_CODE(4, 15);
	case REASON_TOO_OFTEN:
		return COAP_CODE(4, 29);
	case REASON_INTERNAL:
	case REASON_KERNEL:
		return COAP_CODE(5, 0);
	case REASON_NO_NEIGHBOUR:
	case REASON_NEIGHBOUR_FORGED:
	case REASON_BUSY:
	case REASON_HELD:
		return COAP_CODE(5, 3);
	default:
		return COAP_CODE(4, 0);
	}
}

static uint32_t max_age_of(enum hallmark_reason reason, uint8_t spread)
{
	if (reason == REASON_TOO_OFTEN)
		return TOO_OFTEN_SEC;
	return reason == REASON_HELD ? HELD_SEC + spread % HELD_SPREAD_SEC : BUSY_SEC + spread % BUSY_SPREAD_SEC;
}

struct edge_response response_of_problem(enum hallmark_reason reason, uint8_t spread, struct writer *w)
{
	struct edge_response r = { .code = response_code(reason), .content_format = HALLMARK_CF_PROBLEM };

	if (r.code == COAP_CODE(5, 3) || r.code == COAP_CODE(4, 29))
		r.max_age_sec = max_age_of(reason, spread);
	if (problem_encode(reason, w) < 0)
		r.content_format = EDGE_NO_FORMAT;
	else
		r.body = writer_bytes(w);
	return r;
}

struct edge_response response_of_answer(const struct ipc_answer *answer, uint8_t spread, struct writer *w)
{
	if (answer->reason != REASON_ADMITTED) {
		struct edge_response r = response_of_problem(answer->reason, spread, w);

		if (answer->wait_sec > 0 && r.max_age_sec > 0)
			r.max_age_sec = answer->wait_sec;
		return r;
	}
	return (struct edge_response){
		.code = answer->to == IPC_ADMISSION ? COAP_CODE(2, 5) : COAP_CODE(2, 4),
		.content_format = HALLMARK_CF_EAT_CWT,
		.body = bytes_of(answer->ear, answer->n_ear),
	};
}
