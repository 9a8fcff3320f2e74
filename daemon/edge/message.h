/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CoAP message layer of one session (RFC 7252 section 4) over plain bytes: what to answer at once, what is a
 * request for the handler, and to which request an answer belongs. It uses no sockets, DTLS or clocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "edge/block.h"
#include "edge/codec.h"

struct edge_response;

#define DIALOGUE_EXCHANGES    4   /* remembered requests: NSTART is 1 (RFC 7252 section 4.7); three are reserve */
#define EXCHANGE_LIFETIME_SEC 247 /* a message id means the same request for this long, RFC 7252 section 4.8.2 */

/* One request and, once it is answered, its encoded answer. */
struct exchange {
	uint64_t request_id; /* 0: free */
	uint64_t begun_usec;
	struct coap_message request; /* without its body */
	uint8_t *answer;             /* NULL: not yet answered */
	size_t answer_len;
};

/* Initially all zero. */
struct dialogue {
	struct exchange exchanges[DIALOGUE_EXCHANGES];
	struct blocks blocks;
	uint16_t next_id; /* message id of our next NON */
	uint8_t reset[4]; /* the RST that `reply` points to */
};

/* One decrypted datagram; request_id will identify its request, if it holds one. */
struct arrival {
	struct bytes datagram;
	uint64_t now_usec;
	uint64_t request_id;
};

/* Result of an arrival: `reply` or `request`, or neither. */
struct outcome {
	struct bytes reply;             /* to send now; valid until the next call */
	const struct exchange *request; /* for the handler; NULL: none */
	struct bytes body; /* of that request; valid until dialogue_end_request() or the end of the arrival */
};

void dialogue_done(struct dialogue *d);

/* The longest message that the peer takes, in bytes: longer answers go in blocks. */
void dialogue_limit(struct dialogue *d, size_t message_max);

void dialogue_receive(struct dialogue *d, const struct arrival *in, struct outcome *ret);

/* Call after the handler: frees a body that was assembled from blocks. */
void dialogue_end_request(struct dialogue *d);

/*
 * Sets *ret_reply to the encoded answer, valid until the next call. Returns 0; -ENOENT when no such request waits for
 * an answer; or -ENOMEM. A body longer than HALLMARK_BODY_MAX becomes a 5.00.
 */
int dialogue_answer(struct dialogue *d, uint64_t request_id, const struct edge_response *response,
		    struct bytes *ret_reply);

/* True while a request waits for its answer. */
bool dialogue_is_waiting(const struct dialogue *d);
