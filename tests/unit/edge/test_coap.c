/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge base */
/* The CoAP codec, block-wise transfer and the message layer, without sockets and DTLS. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "coap_request.h"
#include "edge/edge.h"
#include "edge/message.h"
#include "hallmark/protocol.h"

struct bench {
	struct dialogue dialogue;
	struct outcome outcome;
	uint64_t now_usec, next_id;
	unsigned handled;
};

static struct bench *bench_new(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->now_usec = USEC_PER_SEC;
	return b;
}

static void bench_free(struct bench *b)
{
	dialogue_done(&b->dialogue);
	free(b);
}

/* A copy of exact size, so that the sanitiser sees each byte read past the end. */
static void receive_bytes(struct bench *b, struct bytes datagram)
{
	_cleanup_free_ uint8_t *exact = bytes_dup(datagram);
	struct arrival in = { bytes_of(exact, datagram.n), b->now_usec, ++b->next_id };

	dialogue_receive(&b->dialogue, &in, &b->outcome);
	if (b->outcome.request)
		b->handled++;
	else
		b->outcome.body = (struct bytes){ 0 };
}

static const struct outcome *receive(struct bench *b, const struct request *r)
{
	receive_bytes(b, bytes_of(r->bytes, r->n));
	return &b->outcome;
}

static uint8_t code_of(struct bytes reply)
{
	assert_true(reply.n >= 4);
	return reply.p[1];
}

static void assert_reset(struct bytes reply, unsigned id)
{
	const uint8_t reset[] = { 0x70, 0, (uint8_t)(id >> 8), (uint8_t)id };

	assert_int_equal(reply.n, 4);
	assert_memory_equal(reply.p, reset, 4);
}

static struct bytes answer(struct bench *b, uint64_t id, uint8_t code, struct bytes body)
{
	struct edge_response response = { .code = code, .content_format = HALLMARK_CF_CBOR, .body = body };
	struct bytes reply = { 0 };

	assert_int_equal(dialogue_answer(&b->dialogue, id, &response, &reply), 0);
	dialogue_end_request(&b->dialogue);
	return reply;
}

static void simple_get(struct request *r, unsigned type, unsigned id)
{
	request_begin(r, type, GET, id);
	request_text(r, URI_PATH, ".well-known");
	request_text(r, URI_PATH, "core");
	request_uint(r, ACCEPT, 40);
}

/* --- Codec --- */

static void test_request_is_decoded(void **state)
{
	struct coap_message m;
	struct request r;

	(void)state;
	request_begin(&r, CON, POST, 0x1234);
	request_text(&r, URI_HOST, "gateway");
	request_text(&r, URI_PATH, "a");
	request_text(&r, URI_PATH, "b");
	request_uint(&r, CONTENT_FORMAT, 263);
	request_text(&r, URI_QUERY, "rt=x");
	request_uint(&r, ACCEPT, 60);
	request_uint(&r, BLOCK2, block_value(0, 0, 2));
	request_uint(&r, BLOCK1, block_value(70000, 1, 6));
	request_uint(&r, SIZE1, 100000);
	request_uint(&r, 258, 1); /* No-Response: elective, unknown here */
	request_body(&r, "xyz", 3);

	assert_int_equal(coap_decode(bytes_of(r.bytes, r.n), &m), COAP_DECODED);
	assert_int_equal(m.type, COAP_CON);
	assert_int_equal(m.code, EDGE_POST);
	assert_int_equal(m.id, 0x1234);
	assert_int_equal(m.token_len, 2);
	assert_memory_equal(m.token, "\xca\x34", 2);
	assert_string_equal(m.path, "a/b");
	assert_int_equal(m.content_format, 263);
	assert_int_equal(m.accept, 60);
	assert_true(m.block2.present && !m.block2.more && m.block2.szx == 2 && m.block2.number == 0);
	assert_true(m.block1.present && m.block1.more && m.block1.szx == 6 && m.block1.number == 70000);
	assert_int_equal(m.size1, 100000);
	assert_true(bytes_equal_string(m.body, "xyz"));
	assert_int_equal(m.fault, 0);
}

static void test_absent_options(void **state)
{
	const uint8_t shortest[] = { 0x40, 1, 0, 7 };
	struct coap_message m;

	(void)state;
	assert_int_equal(coap_decode(BYTES(shortest), &m), COAP_DECODED);
	assert_string_equal(m.path, "");
	assert_int_equal(m.content_format, EDGE_NO_FORMAT);
	assert_int_equal(m.accept, EDGE_NO_FORMAT);
	assert_int_equal(m.token_len, 0);
	assert_false(m.block1.present || m.block2.present);
	assert_int_equal(m.body.n, 0);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[12];
		size_t n;
		enum coap_decoded expected;
	} cases[] = {
		{ "empty", { 0 }, 0, COAP_IGNORE },
		{ "three bytes", { 0x40, 1, 0 }, 3, COAP_IGNORE },
		{ "version 0", { 0x00, 1, 0, 1 }, 4, COAP_IGNORE },
		{ "version 2", { 0x80, 1, 0, 1 }, 4, COAP_IGNORE },
		{ "good: token of 8", { 0x48, 1, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8 }, 12, COAP_DECODED },
		{ "token cut", { 0x48, 1, 0, 1, 1, 2, 3, 4, 5, 6, 7 }, 11, COAP_REJECT },
		{ "token of 9", { 0x49, 1, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8 }, 12, COAP_REJECT },
		{ "token of 15", { 0x4f, 1, 0, 1 }, 4, COAP_REJECT },
		{ "good: ping", { 0x40, 0, 0, 1 }, 4, COAP_DECODED },
		{ "ping with token", { 0x41, 0, 0, 1, 9 }, 5, COAP_REJECT },
		{ "ping with payload", { 0x40, 0, 0, 1, 0xff, 1 }, 6, COAP_REJECT },
		{ "good: payload", { 0x40, 1, 0, 1, 0xff, 1 }, 6, COAP_DECODED },
		{ "marker alone", { 0x40, 1, 0, 1, 0xff }, 5, COAP_REJECT },
		{ "good: option", { 0x40, 1, 0, 1, 0xb1, 'a' }, 6, COAP_DECODED },
		{ "option cut", { 0x40, 1, 0, 1, 0xb2, 'a' }, 6, COAP_REJECT },
		{ "delta 15", { 0x40, 1, 0, 1, 0xf1, 'a' }, 6, COAP_REJECT },
		{ "length 15", { 0x40, 1, 0, 1, 0xbf, 'a' }, 6, COAP_REJECT },
		{ "extended delta cut", { 0x40, 1, 0, 1, 0xd0 }, 5, COAP_REJECT },
		{ "long delta cut", { 0x40, 1, 0, 1, 0xe0, 0 }, 6, COAP_REJECT },
		{ "good: option 65535", { 0x40, 1, 0, 1, 0xe0, 0xfe, 0xf2 }, 7, COAP_DECODED },
		{ "option 65536", { 0x40, 1, 0, 1, 0xe0, 0xfe, 0xf3 }, 7, COAP_REJECT },
		{ "option that wraps to 11", { 0x40, 1, 0, 1, 0xe1, 0xfe, 0xfe, 'a' }, 8, COAP_REJECT },
		{ "sum beyond 65535", { 0x40, 1, 0, 1, 0xe0, 0xfe, 0xf2, 0x10 }, 8, COAP_REJECT },
		{ "length of 65804", { 0x40, 1, 0, 1, 0xbe, 0xff, 0xff, 'a' }, 8, COAP_REJECT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct coap_message m;
		_cleanup_free_ uint8_t *exact = bytes_dup(bytes_of(cases[i].bytes, cases[i].n));

		if (coap_decode(bytes_of(exact, cases[i].n), &m) != cases[i].expected)
			fail_msg("%s", cases[i].what);
	}
}

/* Option value as length `n` of 'x'; the fault that the decoder finds. */
static uint8_t fault_of(uint16_t number, size_t n, unsigned times)
{
	uint8_t value[1100];
	struct coap_message m;
	struct request r;

	memset(value, 'x', sizeof(value));
	request_begin(&r, CON, GET, 1);
	for (unsigned i = 0; i < times; i++)
		request_option(&r, number, value, n);
	assert_int_equal(coap_decode(bytes_of(r.bytes, r.n), &m), COAP_DECODED);
	return m.fault;
}

static void test_options_out_of_range(void **state)
{
	(void)state;
	assert_int_equal(fault_of(BLOCK1, 3, 1), 0); /* 'x' is SZX 0 */
	assert_int_equal(fault_of(BLOCK1, 4, 1), COAP_CODE(4, 2));
	assert_int_equal(fault_of(BLOCK1, 1, 2), COAP_CODE(4, 2));
	assert_int_equal(fault_of(ACCEPT, 2, 1), 0);
	assert_int_equal(fault_of(ACCEPT, 3, 1), COAP_CODE(4, 2));
	assert_int_equal(fault_of(URI_HOST, 255, 1), 0);
	assert_int_equal(fault_of(URI_HOST, 0, 1), COAP_CODE(4, 2));
	assert_int_equal(fault_of(URI_HOST, 256, 1), COAP_CODE(4, 2));
	assert_int_equal(fault_of(CONTENT_FORMAT, 3, 1), 0); /* elective: passed over */
	assert_int_equal(fault_of(URI_QUERY, 3, 4), 0);
	assert_int_equal(fault_of(1, 4, 1), COAP_CODE(4, 2));     /* If-Match */
	assert_int_equal(fault_of(9, 4, 1), COAP_CODE(4, 2));     /* OSCORE */
	assert_int_equal(fault_of(65001, 0, 1), COAP_CODE(4, 2)); /* critical, experimental */
	assert_int_equal(fault_of(65000, 0, 1), 0);
	assert_int_equal(fault_of(35, 9, 1), COAP_CODE(5, 5)); /* Proxy-Uri */
	assert_int_equal(fault_of(39, 4, 1), COAP_CODE(5, 5));
	assert_int_equal(fault_of(OBSERVE, 0, 1), 0);
	assert_int_equal(fault_of(2, 0, COAP_OPTIONS_MAX), 0);
}

static void test_too_many_options(void **state)
{
	struct coap_message m;
	struct request r;

	(void)state;
	request_begin(&r, CON, GET, 1);
	for (unsigned i = 0; i <= COAP_OPTIONS_MAX; i++)
		request_text(&r, URI_PATH, "");
	assert_int_equal(coap_decode(bytes_of(r.bytes, r.n), &m), COAP_REJECT);
}

static void test_content_format_too_long_is_absent(void **state)
{
	struct coap_message m;
	struct request r;

	(void)state;
	request_begin(&r, CON, GET, 1);
	request_option(&r, CONTENT_FORMAT, "\0\0\x3e", 3);
	assert_int_equal(coap_decode(bytes_of(r.bytes, r.n), &m), COAP_DECODED);
	assert_int_equal(m.content_format, EDGE_NO_FORMAT);
}

static uint8_t fault_of_path(const char *const *segments, char *ret_path)
{
	struct coap_message m;
	struct request r;

	request_begin(&r, CON, GET, 1);
	for (; *segments; segments++)
		request_text(&r, URI_PATH, *segments);
	assert_int_equal(coap_decode(bytes_of(r.bytes, r.n), &m), COAP_DECODED);
	assert_true(strnlen(m.path, sizeof(m.path)) < sizeof(m.path));
	memcpy(ret_path, m.path, sizeof(m.path));
	return m.fault;
}

static void test_paths(void **state)
{
	static const char name62[] = "12345678901234567890123456789012345678901234567890123456789012";
	char path[COAP_PATH_SIZE], name64[65], name65[66];

	(void)state;
	memset(name64, 'a', 64);
	memset(name65, 'a', 65);
	name64[64] = name65[65] = '\0';
	assert_int_equal(fault_of_path((const char *[]){ name64, NULL }, path), 0);
	assert_string_equal(path, name64);
	assert_int_equal(fault_of_path((const char *[]){ name65, NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ name62, "b", NULL }, path), 0);
	assert_int_equal(strlen(path), 64);
	assert_int_equal(fault_of_path((const char *[]){ name62, "bc", NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ name62, "b", "", NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ name64, "", NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ "a/b", NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ "a\nb", NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ "\xff", NULL }, path), COAP_CODE(4, 4));
	assert_int_equal(fault_of_path((const char *[]){ "attest", NULL }, path), 0);
}

static void test_answer_is_encoded(void **state)
{
	/* 2.05, id 0x1234, token aa, Content-Format 60, Max-Age 300, Block2 1/1/64, Block1 0/0/1024, Size1 16384 */
	const uint8_t expected[] = { 0x61, 0x45, 0x12, 0x34, 0xaa, 0xc1, 60,   0x22, 0x01, 0x2c, 0x91,
				     0x1a, 0x41, 0x06, 0xd2, 20,   0x40, 0x00, 0xff, 'h',  'i' };
	struct coap_message m = {
		.type = COAP_ACK,
		.code = COAP_CODE(2, 5),
		.id = 0x1234,
		.token_len = 1,
		.token = { 0xaa },
		.content_format = 60,
		.max_age_sec = 300,
		.size1 = 16384,
		.block1 = { .present = true, .szx = 6 },
		.block2 = { .present = true, .more = true, .szx = 2, .number = 1 },
		.body = bytes_of_string("hi"),
	};
	uint8_t out[64];

	(void)state;
	assert_int_equal(coap_encode(&m, out, sizeof(out)), sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
	for (size_t size = 0; size < sizeof(expected); size++) {
		_cleanup_free_ uint8_t *small = malloc(size + 1);

		assert_int_equal(coap_encode(&m, small, size), 0);
	}
}

/* Each truncation and each flipped bit of a full request: any answer but a crash, and never a wrong body. */
static void test_truncated_and_flipped(void **state)
{
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	request_begin(&r, CON, POST, 9);
	request_text(&r, URI_PATH, "attest");
	request_uint(&r, CONTENT_FORMAT, 62);
	request_uint(&r, BLOCK1, block_value(0, 0, 6));
	request_uint(&r, SIZE1, 600);
	request_body(&r, "some evidence", 13);
	for (size_t n = 0; n <= r.n; n++) {
		receive_bytes(b, bytes_of(r.bytes, n));
		if (n < 4)
			assert_int_equal(b->outcome.reply.n, 0);
		assert_true(b->outcome.body.n <= 13);
		bench_free(b);
		b = bench_new();
	}
	for (size_t bit = 0; bit < 8 * r.n; bit++) {
		r.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		receive_bytes(b, bytes_of(r.bytes, r.n));
		assert_true(b->outcome.body.n <= r.n);
		r.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	bench_free(b);
}

static void test_random_datagrams(void **state)
{
	struct bench *b = bench_new();
	unsigned seed = (unsigned)time(NULL);
	struct request r;

	(void)state;
	print_message("seed %u\n", seed);
	for (unsigned i = 0; i < 20000; i++) {
		request_begin(&r, CON, POST, (unsigned)rand_r(&seed));
		size_t n = (size_t)(rand_r(&seed) % 60);

		for (size_t k = 0; k < n; k++)
			r.bytes[r.n++] = (uint8_t)rand_r(&seed);
		r.bytes[rand_r(&seed) % 6] ^= (uint8_t)(rand_r(&seed) % 3);
		b->now_usec += USEC_PER_SEC;
		receive(b, &r);
		if (b->outcome.request && i % 2 == 0)
			(void)answer(b, b->outcome.request->request_id, COAP_CODE(2, 5), bytes_of(r.bytes, n));
	}
	bench_free(b);
}

/* --- Message layer --- */

static void test_get_is_answered(void **state)
{
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	simple_get(&r, CON, 0x0102);
	receive(b, &r);
	assert_non_null(b->outcome.request);
	assert_string_equal(b->outcome.request->request.path, HALLMARK_PATH_DISCOVERY);
	assert_int_equal(b->outcome.request->request.accept, 40);
	assert_int_equal(b->outcome.reply.n, 0);
	assert_true(dialogue_is_waiting(&b->dialogue));

	struct bytes reply = answer(b, 1, COAP_CODE(2, 5), bytes_of_string("hi"));
	const uint8_t expected[] = { 0x62, 0x45, 1, 2, 0xca, 2, 0xc1, 60, 0xff, 'h', 'i' };

	assert_true(bytes_equal(reply, BYTES(expected)));
	assert_false(dialogue_is_waiting(&b->dialogue));
	bench_free(b);
}

static void test_non_is_answered_with_non(void **state)
{
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	simple_get(&r, NON, 7);
	receive(b, &r);
	assert_non_null(b->outcome.request);

	struct bytes reply = answer(b, 1, COAP_CODE(2, 5), bytes_of_string("hi"));

	assert_int_equal(reply.p[0], 0x52); /* version 1, NON, two bytes of token */
	receive(b, &r);
	assert_int_equal(b->outcome.reply.n, 0);
	assert_int_equal(b->handled, 1);
	bench_free(b);
}

static void test_repeated_request(void **state)
{
	struct bench *b = bench_new();
	uint8_t first[64];
	struct request r;

	(void)state;
	simple_get(&r, CON, 7);
	receive(b, &r);
	receive(b, &r); /* while it waits */
	assert_null(b->outcome.request);
	assert_int_equal(b->outcome.reply.n, 0);

	struct bytes reply = answer(b, 1, COAP_CODE(2, 5), bytes_of_string("once"));
	size_t n = reply.n;

	memcpy(first, reply.p, n);
	for (int i = 0; i < 3; i++) {
		receive(b, &r);
		assert_true(bytes_equal(b->outcome.reply, bytes_of(first, n)));
	}
	assert_int_equal(b->handled, 1);

	b->now_usec += (EXCHANGE_LIFETIME_SEC + 1) * USEC_PER_SEC; /* the id may mean another request now */
	receive(b, &r);
	assert_int_equal(b->handled, 2);
	bench_free(b);
}

static void test_answered_once(void **state)
{
	struct edge_response response = { .code = COAP_CODE(2, 5), .content_format = EDGE_NO_FORMAT };
	struct bench *b = bench_new();
	struct bytes reply;
	struct request r;

	(void)state;
	simple_get(&r, CON, 7);
	receive(b, &r);
	(void)answer(b, 1, COAP_CODE(2, 5), bytes_of_string("x"));
	assert_int_equal(dialogue_answer(&b->dialogue, 1, &response, &reply), -ENOENT);
	assert_int_equal(dialogue_answer(&b->dialogue, 77, &response, &reply), -ENOENT);
	assert_int_equal(dialogue_answer(&b->dialogue, 0, &response, &reply), -ENOENT);
	bench_free(b);
}

/* Ids are forgotten oldest first; requests that wait are never forgotten for new ones. */
static void test_exchanges_are_bounded(void **state)
{
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	for (unsigned id = 1; id <= DIALOGUE_EXCHANGES; id++) {
		simple_get(&r, CON, id);
		receive(b, &r);
		b->now_usec++;
	}
	assert_int_equal(b->handled, DIALOGUE_EXCHANGES);
	simple_get(&r, CON, 100);
	receive(b, &r);
	assert_null(b->outcome.request);
	assert_int_equal(b->outcome.reply.n, 0);

	(void)answer(b, 2, COAP_CODE(2, 5), bytes_of_string("x"));
	receive(b, &r);
	assert_non_null(b->outcome.request);
	for (unsigned id = 1; id <= DIALOGUE_EXCHANGES; id++) {
		if (id == 2)
			continue;
		(void)answer(b, id, COAP_CODE(2, 5), bytes_of_string("x"));
	}
	simple_get(&r, CON, 2); /* forgotten for request 100: seen as new, in the place of 1 */
	receive(b, &r);
	assert_non_null(b->outcome.request);
	simple_get(&r, CON, 3);
	receive(b, &r);
	assert_null(b->outcome.request);
	assert_true(b->outcome.reply.n > 0);
	bench_free(b);
}

static void test_not_requests(void **state)
{
	static const struct {
		uint8_t bytes[4];
		bool is_reset;
	} cases[] = {
		{ { 0x40, 0, 0, 5 }, true },                                      /* ping */
		{ { 0x50, 0, 0, 5 }, false },                                     /* empty NON */
		{ { 0x60, 0, 0, 5 }, false },                                     /* empty ACK */
		{ { 0x70, 0, 0, 5 }, false },                                     /* RST */
		{ { 0x40, 0x45, 0, 5 }, true },                                   /* a response, confirmable */
		{ { 0x50, 0x45, 0, 5 }, false },                                  /* a response */
		{ { 0x60, 0x45, 0, 5 }, false }, { { 0x60, 0x01, 0, 5 }, false }, /* a request in an ACK */
		{ { 0x70, 0x01, 0, 5 }, false }, { { 0x40, 0x20, 0, 5 }, true },  /* reserved class 1 */
		{ { 0x40, 0xe1, 0, 5 }, true },                                   /* class 7 is of TCP */
		{ { 0x49, 0x01, 0, 5 }, true },                                   /* malformed */
		{ { 0x59, 0x01, 0, 5 }, false }, { { 0x79, 0x01, 0, 5 }, false }, /* no reset for a reset */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench *b = bench_new();

		receive_bytes(b, BYTES(cases[i].bytes));
		assert_null(b->outcome.request);
		if (cases[i].is_reset)
			assert_reset(b->outcome.reply, 5);
		else
			assert_int_equal(b->outcome.reply.n, 0);
		bench_free(b);
	}
}

static void test_faults_are_answered(void **state)
{
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	request_begin(&r, CON, GET, 1);
	request_text(&r, 9, "x");
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), COAP_CODE(4, 2));
	assert_memory_equal(b->outcome.reply.p + 4, "\xca\x01", 2);

	request_begin(&r, NON, GET, 2); /* RFC 7252 section 5.4.1: rejected, here in silence */
	request_text(&r, 9, "x");
	receive(b, &r);
	assert_int_equal(b->outcome.reply.n, 0);

	request_begin(&r, NON, GET, 3);
	request_text(&r, URI_PATH, "a/b");
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), COAP_CODE(4, 4));

	request_begin(&r, CON, 5, 4); /* FETCH */
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), COAP_CODE(4, 5));

	request_begin(&r, CON, 4, 5); /* DELETE is the handler's business */
	receive(b, &r);
	assert_non_null(b->outcome.request);
	assert_int_equal(b->handled, 1);
	bench_free(b);
}

/* --- Block1 --- */

static void fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + (i >> 8));
}

/* Sends block after block as long as 2.31 comes; returns the code that ended it, 0: handed over. */
static uint8_t upload(struct bench *b, unsigned id, const uint8_t *body, size_t n, unsigned szx)
{
	struct request r;

	for (uint32_t number = 0;; number++) {
		request_block(&r, id + number, body, n, number, szx);
		receive(b, &r);
		if (b->outcome.request)
			return 0;
		if (code_of(b->outcome.reply) != COAP_CODE(2, 31))
			return code_of(b->outcome.reply);
		assert_true((number + 1) * ((size_t)16 << szx) < n);
	}
}

static void test_upload_at_each_size(void **state)
{
	static const size_t lengths[] = { 1, 15, 16, 17, 1023, 1024, 1025, HALLMARK_BODY_MAX - 1, HALLMARK_BODY_MAX };
	uint8_t body[HALLMARK_BODY_MAX];

	(void)state;
	fill(body, sizeof(body));
	for (unsigned szx = 0; szx <= COAP_SZX_MAX; szx++)
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
			struct bench *b = bench_new();

			assert_int_equal(upload(b, 1, body, lengths[i], szx), 0);
			assert_true(bytes_equal(b->outcome.body, bytes_of(body, lengths[i])));
			(void)answer(b, b->outcome.request->request_id, COAP_CODE(2, 4), bytes_of_string("ok"));
			assert_null(b->dialogue.blocks.upload);
			bench_free(b);
		}
}

static void test_upload_too_long(void **state)
{
	static uint8_t body[HALLMARK_BODY_MAX + 1];

	(void)state;
	fill(body, sizeof(body));
	for (unsigned szx = 0; szx <= COAP_SZX_MAX; szx++) {
		struct bench *b = bench_new();

		assert_int_equal(upload(b, 1, body, sizeof(body), szx), COAP_CODE(4, 13));
		assert_int_equal(b->handled, 0);
		assert_null(b->dialogue.blocks.upload);
		bench_free(b);
	}
}

static void test_upload_announced_too_long(void **state)
{
	static const uint8_t block[1024];
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	for (uint32_t announced = HALLMARK_BODY_MAX; announced <= HALLMARK_BODY_MAX + 1; announced++) {
		request_begin(&r, CON, POST, announced);
		request_uint(&r, BLOCK1, block_value(0, 1, 6));
		request_uint(&r, SIZE1, announced);
		request_body(&r, block, sizeof(block));
		receive(b, &r);
		assert_int_equal(code_of(b->outcome.reply),
				 announced > HALLMARK_BODY_MAX ? COAP_CODE(4, 13) : COAP_CODE(2, 31));
	}
	assert_null(b->dialogue.blocks.upload);
	bench_free(b);
}

struct step {
	uint32_t number;
	unsigned more, szx;
	size_t n;
	const char *path;
	uint8_t expected; /* 0: handed over */
};

static void run_steps(const struct step *steps)
{
	static const uint8_t zeros[1100];
	struct bench *b = bench_new();
	struct request r;

	for (unsigned i = 0; steps[i].path; i++) {
		request_begin(&r, CON, POST, i + 1);
		request_text(&r, URI_PATH, steps[i].path);
		request_uint(&r, BLOCK1, block_value(steps[i].number, steps[i].more, steps[i].szx));
		request_body(&r, zeros, steps[i].n);
		receive(b, &r);
		if (steps[i].expected == 0)
			assert_non_null(b->outcome.request);
		else
			assert_int_equal(code_of(b->outcome.reply), steps[i].expected);
	}
	bench_free(b);
}

#define CONTINUE   COAP_CODE(2, 31)
#define BAD        COAP_CODE(4, 0)
#define INCOMPLETE COAP_CODE(4, 8)

static void test_blocks_out_of_place(void **state)
{
	(void)state;
	run_steps((const struct step[]){
		{ 0, 1, 2, 64, "a", CONTINUE }, { 1, 1, 2, 64, "a", CONTINUE }, { 2, 0, 2, 3, "a", 0 }, { 0 } });
	/* a block left out, and the upload is gone with it */
	run_steps((const struct step[]){ { 0, 1, 2, 64, "a", CONTINUE },
					 { 2, 1, 2, 64, "a", INCOMPLETE },
					 { 1, 1, 2, 64, "a", INCOMPLETE },
					 { 0, 0, 2, 1, "a", 0 },
					 { 0 } });
	/* a block twice under another id */
	run_steps((const struct step[]){ { 0, 1, 2, 64, "a", CONTINUE },
					 { 1, 1, 2, 64, "a", CONTINUE },
					 { 1, 1, 2, 64, "a", INCOMPLETE },
					 { 0 } });
	/* never begun */
	run_steps((const struct step[]){ { 1, 0, 2, 64, "a", INCOMPLETE }, { 0 } });
	/* begun anew */
	run_steps((const struct step[]){
		{ 0, 1, 2, 64, "a", CONTINUE }, { 0, 1, 2, 64, "a", CONTINUE }, { 1, 0, 2, 64, "a", 0 }, { 0 } });
	/* after its end */
	run_steps((const struct step[]){
		{ 0, 1, 2, 64, "a", CONTINUE }, { 1, 0, 2, 64, "a", 0 }, { 2, 0, 2, 64, "a", INCOMPLETE }, { 0 } });
	/* another size, also where the offset fits */
	run_steps((const struct step[]){ { 0, 1, 2, 64, "a", CONTINUE }, { 1, 1, 3, 128, "a", INCOMPLETE }, { 0 } });
	run_steps((const struct step[]){ { 0, 1, 3, 128, "a", CONTINUE }, { 2, 1, 2, 64, "a", INCOMPLETE }, { 0 } });
	/* another resource */
	run_steps((const struct step[]){ { 0, 1, 2, 64, "a", CONTINUE }, { 1, 0, 2, 64, "b", INCOMPLETE }, { 0 } });
	/* not of its size */
	run_steps((const struct step[]){ { 0, 1, 2, 63, "a", BAD }, { 0 } });
	run_steps((const struct step[]){ { 0, 1, 2, 65, "a", BAD }, { 0 } });
	run_steps((const struct step[]){ { 0, 1, 2, 0, "a", BAD }, { 0 } });
	run_steps((const struct step[]){ { 0, 0, 2, 65, "a", BAD }, { 0 } });
	run_steps((const struct step[]){ { 0, 1, 2, 64, "a", CONTINUE }, { 1, 0, 2, 65, "a", BAD }, { 0 } });
	run_steps((const struct step[]){ { 0, 0, 2, 0, "a", 0 }, { 0 } });
	/* the reserved size */
	run_steps((const struct step[]){ { 0, 1, 7, 1024, "a", BAD }, { 0 } });
	/* the highest number */
	run_steps((const struct step[]){ { 0xfffff, 1, 6, 1024, "a", INCOMPLETE }, { 0 } });
}

static void test_repeated_block(void **state)
{
	static uint8_t body[100];
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	fill(body, sizeof(body));
	for (uint32_t number = 0; number < 2; number++) {
		request_block(&r, 10 + number, body, sizeof(body), number, 2);
		receive(b, &r);
		receive(b, &r);
	}
	assert_int_equal(b->handled, 1);
	bench_free(b);
}

/* --- Block2 --- */

/* Fetches an answer of n bytes with GET in blocks of szx; 7: no Block2 in the first request. */
static void download(size_t n, unsigned szx)
{
	_cleanup_free_ uint8_t *body = malloc(n + 1);
	struct bench *b = bench_new();
	unsigned first_szx = szx == 7 ? COAP_SZX_MAX : szx;
	size_t size = (size_t)16 << first_szx, got = 0;
	struct coap_message m;
	struct request r;

	fill(body, n);
	for (uint32_t number = 0; got < n; number++) {
		simple_get(&r, CON, 100 + number);
		if (number > 0 || szx != 7)
			request_uint(&r, BLOCK2, block_value(number, 0, first_szx));
		receive(b, &r);

		struct bytes reply =
			number > 0 ? b->outcome.reply :
				     answer(b, b->outcome.request->request_id, COAP_CODE(2, 5), bytes_of(body, n));

		assert_int_equal(coap_decode(reply, &m), COAP_DECODED);
		assert_int_equal(m.code, COAP_CODE(2, 5));
		assert_int_equal(m.content_format, HALLMARK_CF_CBOR);
		assert_memory_equal(m.body.p, body + got, m.body.n);
		got += m.body.n;
		assert_int_equal(m.block2.present, n > size);
		assert_int_equal(m.block2.more, got < n);
		assert_int_equal(m.block2.number, number);
	}
	assert_int_equal(b->handled, 1);
	assert_null(b->dialogue.blocks.download);
	bench_free(b);
}

static void test_answer_in_blocks(void **state)
{
	(void)state;
	for (unsigned szx = 0; szx <= 7; szx++) {
		download(1, szx);
		download(16, szx);
		download(17, szx);
		download(HALLMARK_ANSWER_MAX, szx);
		download(HALLMARK_ANSWER_MAX + 1, szx);
		download(HALLMARK_BODY_MAX, szx);
	}
}

static void test_answer_too_long(void **state)
{
	static const uint8_t body[HALLMARK_BODY_MAX + 1];
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	simple_get(&r, CON, 1);
	receive(b, &r);
	assert_int_equal(code_of(answer(b, 1, COAP_CODE(2, 5), BYTES(body))), COAP_CODE(5, 0));
	bench_free(b);
}

static void test_block_of_no_answer(void **state)
{
	static const uint8_t body[2000];
	struct bench *b = bench_new();
	struct request r;

	(void)state;
	simple_get(&r, CON, 1);
	request_uint(&r, BLOCK2, block_value(1, 0, 6));
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), INCOMPLETE);
	assert_int_equal(b->handled, 0);

	simple_get(&r, CON, 2);
	receive(b, &r);
	(void)answer(b, b->outcome.request->request_id, COAP_CODE(2, 5), BYTES(body));
	simple_get(&r, CON, 3);
	request_uint(&r, BLOCK2, block_value(2, 0, 6)); /* behind its end */
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), INCOMPLETE);
	request_begin(&r, CON, GET, 4);
	request_text(&r, URI_PATH, "attest"); /* of another resource */
	request_uint(&r, BLOCK2, block_value(1, 0, 6));
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), INCOMPLETE);
	simple_get(&r, CON, 5);
	request_uint(&r, BLOCK2, block_value(1, 0, 6));
	receive(b, &r);
	assert_int_equal(code_of(b->outcome.reply), COAP_CODE(2, 5));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_is_decoded),
		cmocka_unit_test(test_absent_options),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_options_out_of_range),
		cmocka_unit_test(test_too_many_options),
		cmocka_unit_test(test_content_format_too_long_is_absent),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_answer_is_encoded),
		cmocka_unit_test(test_truncated_and_flipped),
		cmocka_unit_test(test_random_datagrams),
		cmocka_unit_test(test_get_is_answered),
		cmocka_unit_test(test_non_is_answered_with_non),
		cmocka_unit_test(test_repeated_request),
		cmocka_unit_test(test_answered_once),
		cmocka_unit_test(test_exchanges_are_bounded),
		cmocka_unit_test(test_not_requests),
		cmocka_unit_test(test_faults_are_answered),
		cmocka_unit_test(test_upload_at_each_size),
		cmocka_unit_test(test_upload_too_long),
		cmocka_unit_test(test_upload_announced_too_long),
		cmocka_unit_test(test_blocks_out_of_place),
		cmocka_unit_test(test_repeated_block),
		cmocka_unit_test(test_answer_in_blocks),
		cmocka_unit_test(test_answer_too_long),
		cmocka_unit_test(test_block_of_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
