/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests in, answers out, each request once. Answers are piggybacked: when an answer takes long, the device
 * retransmits, and the repeated request is recognised by its message id. There are no separate responses and there is
 * no client side.
 */
#include "message.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/edge.h"
#include "hallmark/protocol.h"

#define OVERHEAD_MAX 64 /* bytes of header, token and options before a block */
#define ENCODED_MAX  (HALLMARK_ANSWER_MAX + OVERHEAD_MAX)

static void clear_exchange(struct exchange *x)
{
	free(x->answer);
	*x = (struct exchange){ 0 };
}

void dialogue_done(struct dialogue *d)
{
	for (size_t i = 0; i < DIALOGUE_EXCHANGES; i++)
		clear_exchange(&d->exchanges[i]);
	blocks_done(&d->blocks);
}

void dialogue_limit(struct dialogue *d, size_t message_max)
{
	const size_t n = message_max - OVERHEAD_MAX;

	d->blocks.answer_max = n < HALLMARK_ANSWER_MAX ? n : HALLMARK_ANSWER_MAX;
}

static bool is_current(const struct exchange *x, uint64_t now_usec)
{
	return x->request_id != 0 && now_usec - x->begun_usec <= EXCHANGE_LIFETIME_SEC * USEC_PER_SEC;
}

static bool is_waiting(const struct exchange *x)
{
	return x->request_id != 0 && !x->answer;
}

bool dialogue_is_waiting(const struct dialogue *d)
{
	for (size_t i = 0; i < DIALOGUE_EXCHANGES; i++)
		if (is_waiting(&d->exchanges[i]))
			return true;
	return false;
}

static struct exchange *find_exchange(struct dialogue *d, const struct arrival *in, uint16_t id)
{
	for (size_t i = 0; i < DIALOGUE_EXCHANGES; i++)
		if (is_current(&d->exchanges[i], in->now_usec) && d->exchanges[i].request.id == id)
			return &d->exchanges[i];
	return NULL;
}

/*
 * Replaces the oldest exchange that is complete. Returns NULL when all exchanges wait for answers: the device sends
 * faster than allowed, and the request is dropped like a lost datagram.
 */
static struct exchange *begin_exchange(struct dialogue *d, const struct arrival *in, const struct coap_message *m)
{
	struct exchange *oldest = NULL;

	for (size_t i = 0; i < DIALOGUE_EXCHANGES; i++) {
		struct exchange *x = &d->exchanges[i];

		if (is_waiting(x) && is_current(x, in->now_usec))
			continue;
		if (!oldest || x->begun_usec < oldest->begun_usec)
			oldest = x;
	}
	if (!oldest)
		return NULL;

	clear_exchange(oldest);
	oldest->request_id = in->request_id;
	oldest->begun_usec = in->now_usec;
	oldest->request = *m;
	oldest->request.body = (struct bytes){ 0 };
	return oldest;
}

/* Encodes, keeps and returns the answer. Returns 0 or -ENOMEM; after -ENOMEM the request is forgotten. */
static int finish(struct dialogue *d, struct exchange *x, struct coap_message *answer, struct bytes *ret_reply)
{
	const struct coap_message *request = &x->request;
	uint8_t encoded[ENCODED_MAX];

	answer->type = request->type == COAP_CON ? COAP_ACK : COAP_NON;
	answer->id = request->type == COAP_CON ? request->id : d->next_id++;
	answer->token_len = request->token_len;
	memcpy(answer->token, request->token, sizeof(answer->token));
	answer->block1 = request->block1;
	answer->block1.more = answer->code == COAP_CODE(2, 31);

	x->answer_len = coap_encode(answer, encoded, sizeof(encoded));
	x->answer = x->answer_len > 0 ? bytes_dup(bytes_of(encoded, x->answer_len)) : NULL;
	if (!x->answer) {
		clear_exchange(x);
		return -ENOMEM;
	}

	*ret_reply = bytes_of(x->answer, x->answer_len);
	return 0;
}

static void finish_code(struct dialogue *d, struct exchange *x, uint8_t code, struct bytes *ret_reply)
{
	struct coap_message answer = {
		.code = code,
		.content_format = EDGE_NO_FORMAT,
		.size1 = code == COAP_CODE(4, 13) ? HALLMARK_BODY_MAX : 0, /* RFC 7959 section 4 */
	};

	(void)finish(d, x, &answer, ret_reply); /* without memory there is no answer: the device tries again */
}

static void continue_answer(struct dialogue *d, struct exchange *x, struct bytes *ret_reply)
{
	struct coap_message answer = { .content_format = EDGE_NO_FORMAT };

	if (!blocks_continue(&d->blocks, &x->request, &answer)) {
		finish_code(d, x, COAP_CODE(4, 8), ret_reply);
		return;
	}
	(void)finish(d, x, &answer, ret_reply);
	blocks_end_download(&d->blocks, &answer);
}

/* A new request whose options are understood. */
static void on_request(struct dialogue *d, struct exchange *x, const struct coap_message *m, struct outcome *ret)
{
	struct bytes body = m->body;
	uint8_t code = 0;

	if (m->code > EDGE_DELETE)
		code = COAP_CODE(4, 5);
	else if (m->block2.present && m->block2.number > 0)
		return continue_answer(d, x, &ret->reply);
	else if (m->block1.present)
		code = blocks_receive(&d->blocks, m, &body);
	if (code != 0) {
		finish_code(d, x, code, &ret->reply);
		return;
	}
	ret->request = x;
	ret->body = body;
}

/* RFC 7252 section 4.2: a confirmable message that we cannot process is answered with a reset. */
static void reject(struct dialogue *d, const struct coap_message *m, struct outcome *ret)
{
	struct coap_message reset = { .type = COAP_RST, .id = m->id, .content_format = EDGE_NO_FORMAT };

	if (m->type == COAP_CON)
		ret->reply = bytes_of(d->reset, coap_encode(&reset, d->reset, sizeof(d->reset)));
}

/* We accept only requests; an ACK or RST never carries one (RFC 7252 section 4.1). */
static bool is_request(const struct coap_message *m)
{
	return m->code != COAP_EMPTY && m->code >> 5 == 0 && (m->type == COAP_CON || m->type == COAP_NON);
}

void dialogue_receive(struct dialogue *d, const struct arrival *in, struct outcome *ret)
{
	struct coap_message m;
	enum coap_decoded decoded = coap_decode(in->datagram, &m);

	*ret = (struct outcome){ 0 };
	if (decoded == COAP_IGNORE)
		return;
	if (decoded == COAP_REJECT || !is_request(&m) ||
	    (m.type == COAP_NON && m.fault == COAP_CODE(4, 2))) { /* RFC 7252 section 5.4.1 */
		reject(d, &m, ret);
		return;
	}

	struct exchange *x = find_exchange(d, in, m.id);

	if (x) {
		if (x->answer && m.type == COAP_CON)
			ret->reply = bytes_of(x->answer, x->answer_len);
		return;
	}
	x = begin_exchange(d, in, &m);
	if (!x)
		return;
	if (m.fault != 0)
		finish_code(d, x, m.fault, &ret->reply);
	else
		on_request(d, x, &m, ret);
}

void dialogue_end_request(struct dialogue *d)
{
	blocks_end_upload(&d->blocks);
}

int dialogue_answer(struct dialogue *d, uint64_t request_id, const struct edge_response *response,
		    struct bytes *ret_reply)
{
	struct coap_message answer = {
		.code = response->code,
		.content_format = response->content_format,
		.max_age_sec = response->max_age_sec,
		.body = response->body,
	};
	struct exchange *x = NULL;

	for (size_t i = 0; i < DIALOGUE_EXCHANGES && !x; i++)
		if (is_waiting(&d->exchanges[i]) && d->exchanges[i].request_id == request_id)
			x = &d->exchanges[i];
	if (!x)
		return -ENOENT;

	if (response->body.n > HALLMARK_BODY_MAX || blocks_slice(&d->blocks, &x->request, &answer) < 0) {
		finish_code(d, x, COAP_CODE(5, 0), ret_reply);
		return 0;
	}
	return finish(d, x, &answer, ret_reply);
}
