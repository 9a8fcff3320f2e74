/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge base */
/* dictionary: coap */
/* Datagrams of one session, each with its length in front, through codec, blocks and message layer. */
#include <stdlib.h>

#include "edge/edge.h"
#include "edge/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct dialogue dialogue = { 0 };
	struct arrival in = { .request_id = 1 };

	for (; n > 1 && in.request_id < 40; in.request_id++, in.now_usec += 1000) {
		size_t length = (size_t)p[0] * 5 < n - 1 ? (size_t)p[0] * 5 : n - 1;
		uint8_t *exact = bytes_dup(bytes_of(p + 1, length));
		struct edge_response response = { .code = p[0], .body = bytes_of(p, n) };
		struct outcome outcome;
		struct bytes reply;

		in.datagram = bytes_of(exact, length);
		dialogue_receive(&dialogue, &in, &outcome);
		if (outcome.request && p[0] % 4 > 0)
			(void)dialogue_answer(&dialogue, in.request_id, &response, &reply);
		dialogue_end_request(&dialogue);
		free(exact);
		p += 1 + length;
		n -= 1 + length;
	}
	dialogue_done(&dialogue);
	return 0;
}
