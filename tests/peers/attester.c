/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attester on a DTLS stack that is not OpenSSL, written from docs/protocol.md; section numbers are the page's. It attests
 * once and prints "handshake: N datagrams sent, …", then the answer as "attest 2.04 affirming trusted".
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cbor.h"
#include "stack.h"
#include "wire.h"

/* section 2 */
#define BLOCK_MAX     1024
#define DATAGRAM_MAX  1280
#define RETRANSMITS   4
#define ACK_MIN_MSEC  2000
#define ACK_RAND_MSEC 1000

/* sections 3 and 4 */
#define POST            2
#define URI_PATH        11
#define CONTENT_FORMAT  12
#define BLOCK1          27
#define MULTIPART       62
#define EAT             263
#define COAP_CODE(c, d) ((c) << 5 | (d))
#define ADMISSION       (-846003)
#define PLACE           (-846007)
#define EVIDENCE        "tag:hallmarkd.org,2026:evidence#1"
#define TYPE            "application/eat+cwt"

/* the lamp of make_world.py */
#define OEMID   32473
#define MODEL   "ML-LUX4"
#define VERSION "1.8.0"
#define SCHEME  1

struct bytes {
	uint8_t p[33]; /* a UEID */
	size_t n;
};

struct attester {
	struct stack_options stack;
	struct wire wire;
	const char *gateway, *label;
	struct bytes ueid, link; /* without a link-layer address the evidence says no place */
	unsigned block;
};

/* --- Evidence, section 4.1 --- */

static size_t address_of(const struct wire *w, bool is_peer, uint8_t ret[static 16])
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	int r = is_peer ? getpeername(w->fd, (struct sockaddr *)&address, &size) :
			  getsockname(w->fd, (struct sockaddr *)&address, &size);

	if (r < 0)
		return 0;
	if (address.ss_family == AF_INET) {
		memcpy(ret, &((struct sockaddr_in *)&address)->sin_addr, 4);
		return 4;
	}
	memcpy(ret, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
	return 16;
}

static void put_place(const struct attester *a, struct cbor *c)
{
	uint8_t address[16];

	cbor_int(c, PLACE);
	cbor_array(c, 3);
	cbor_bytes(c, a->link.p, a->link.n);
	cbor_bytes(c, address, address_of(&a->wire, false, address));
	cbor_bytes(c, address, address_of(&a->wire, true, address));
}

static void put_claims(const struct attester *a, const uint8_t handle[static HANDLE_LEN], struct cbor *c)
{
	cbor_map(c, a->link.n > 0 ? 8 : 7);
	cbor_int(c, 10);
	cbor_bytes(c, handle, HANDLE_LEN);
	cbor_int(c, 256);
	cbor_bytes(c, a->ueid.p, a->ueid.n);
	cbor_int(c, 258);
	cbor_int(c, OEMID);
	cbor_int(c, 259);
	cbor_bytes(c, MODEL, strlen(MODEL));
	cbor_int(c, 263);
	cbor_int(c, 3);
	cbor_int(c, 265);
	cbor_text(c, EVIDENCE);
	cbor_int(c, 271);
	cbor_array(c, 2);
	cbor_text(c, VERSION);
	cbor_int(c, SCHEME);
	if (a->link.n > 0)
		put_place(a, c);
}

/* One of the two integers of an ECDSA signature in DER, as 32 bytes. Returns what is behind it. */
static const uint8_t *put_integer(const uint8_t *der, struct cbor *c)
{
	static const uint8_t zeros[32];
	const uint8_t *p = der + 2;
	size_t n = der[1];

	for (; n > sizeof(zeros); n--)
		p++;
	cbor_raw(c, zeros, sizeof(zeros) - n);
	cbor_raw(c, p, n);
	return p + n;
}

/* A COSE_Sign1 with ESP256. Returns false when the stack cannot sign. */
static bool put_token(struct stack *s, const struct cbor *claims, struct cbor *c)
{
	static struct cbor tbs;
	struct cbor protected = { .n = 0 }, raw = { .n = 0 };
	uint8_t der[SIGNATURE_MAX];

	cbor_map(&protected, 2);
	cbor_int(&protected, 1);
	cbor_int(&protected, -9);
	cbor_int(&protected, 16);
	cbor_text(&protected, TYPE);

	tbs.n = 0;
	cbor_array(&tbs, 4);
	cbor_text(&tbs, "Signature1");
	cbor_bytes(&tbs, protected.p, protected.n);
	cbor_bytes(&tbs, "", 0);
	cbor_bytes(&tbs, claims->p, claims->n);
	if (stack_sign(s, tbs.p, tbs.n, der) == 0)
		return false;
	(void)put_integer(put_integer(der + 2, &raw), &raw);

	cbor_tag(c, 18);
	cbor_array(c, 4);
	cbor_bytes(c, protected.p, protected.n);
	cbor_map(c, 0);
	cbor_bytes(c, claims->p, claims->n);
	cbor_bytes(c, raw.p, raw.n);
	return true;
}

/* Section 3: evidence and label as multipart-core (RFC 8710). */
static bool make_body(struct attester *a, struct stack *s, const uint8_t handle[static HANDLE_LEN], struct cbor *ret)
{
	static struct cbor claims, token;
	static uint8_t label[8192];
	FILE *file = fopen(a->label, "rb");
	size_t n = file ? fread(label, 1, sizeof(label), file) : 0;

	if (file)
		(void)fclose(file);
	put_claims(a, handle, &claims);
	if (n == 0 || !put_token(s, &claims, &token)) {
		(void)fprintf(stderr, "no label, or no signature\n");
		return false;
	}
	cbor_array(ret, 4);
	cbor_int(ret, EAT);
	cbor_bytes(ret, token.p, token.n);
	cbor_int(ret, EAT);
	cbor_bytes(ret, label, n);
	return ret->n <= sizeof(ret->p);
}

/* --- CoAP, RFC 7252 section 3, and Block1, RFC 7959 --- */

struct message {
	uint8_t p[DATAGRAM_MAX];
	size_t n;
	unsigned option; /* the last one */
};

static void put_option(struct message *m, unsigned number, const void *value, size_t n)
{
	const unsigned delta = number - m->option;

	m->p[m->n++] = (uint8_t)((delta < 13 ? delta : 13) << 4 | n); /* none of ours is longer than 12 */
	if (delta >= 13)
		m->p[m->n++] = (uint8_t)(delta - 13);
	memcpy(m->p + m->n, value, n);
	m->n += n;
	m->option = number;
}

static void put_number_option(struct message *m, unsigned number, unsigned value)
{
	const uint8_t bytes[3] = { (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };
	const size_t zeros = value > UINT16_MAX ? 0 : value > UINT8_MAX ? 1 : value > 0 ? 2 : 3;

	put_option(m, number, bytes + zeros, sizeof(bytes) - zeros);
}

/* One block of the body; a body that fits into one goes without the option. */
static struct message make_request(const struct attester *a, uint16_t id, const struct cbor *body, size_t at)
{
	const size_t n = body->n - at < a->block ? body->n - at : a->block;
	const unsigned more = at + n < body->n;
	struct message m = { .p = { 0x44, POST, (uint8_t)(id >> 8), (uint8_t)id }, .n = 4 };
	unsigned szx = 0;

	while ((size_t)16 << szx < a->block)
		szx++;
	memcpy(m.p + m.n, "peer", 4); /* the token */
	m.n += 4;
	put_option(&m, URI_PATH, "attest", 6);
	put_number_option(&m, CONTENT_FORMAT, MULTIPART);
	if (body->n > a->block)
		put_number_option(&m, BLOCK1, (unsigned)(at / a->block) << 4 | more << 3 | szx);
	m.p[m.n++] = 0xff;
	memcpy(m.p + m.n, body->p + at, n);
	m.n += n;
	return m;
}

/* Sends it until the acknowledgement comes (section 2). Returns false when none does. */
static bool exchange(struct stack *s, const struct message *m, struct message *ret)
{
	unsigned wait_msec = ACK_MIN_MSEC + arc4random_uniform(ACK_RAND_MSEC);

	for (unsigned i = 0; i <= RETRANSMITS; i++, wait_msec *= 2) {
		if (stack_send(s, m->p, m->n) < 0)
			return false;
		for (int n = 1; n > 0;) {
			n = stack_receive(s, ret->p, sizeof(ret->p), wait_msec);
			if (n < 0)
				return false;
			if (n >= 8 && ret->p[0] == 0x64 && memcmp(ret->p + 2, m->p + 2, 6) == 0) {
				ret->n = (size_t)n;
				return true;
			}
		}
	}
	(void)fprintf(stderr, "no answer\n");
	return false;
}

/* What is behind the options. */
static struct cbor_item payload_of(const struct message *m)
{
	size_t at = 8;

	while (at < m->n && m->p[at] != 0xff) {
		const unsigned delta = m->p[at] >> 4, length = m->p[at] & 15;

		at += 1 + (delta == 13) + (delta == 14) * 2;
		if (length == 13 && at < m->n)
			at += 1 + 13 + m->p[at];
		else
			at += length;
	}
	if (at >= m->n)
		return (struct cbor_item){ 0 };
	return (struct cbor_item){ m->p + at + 1, m->n - at - 1 };
}

static bool post(const struct attester *a, struct stack *s, const struct cbor *body, struct message *ret)
{
	uint16_t id = (uint16_t)arc4random();

	for (size_t at = 0; at < body->n; at += a->block) {
		const struct message m = make_request(a, ++id, body, at);

		if (!exchange(s, &m, ret))
			return false;
		if (ret->p[1] != COAP_CODE(2, 31))
			break;
	}
	return true;
}

/* --- The answer, section 4.5 --- */

static const char *status_name(int64_t status)
{
	return status == 2 ? "affirming" : status == 32 ? "warning" : status == 96 ? "contraindicated" : "none";
}

/* Returns true when the device is admitted by a recognised certification. */
static bool print_answer(const struct message *m)
{
	struct cbor_item token =
		cbor_enter(cbor_enter(payload_of(m))); /* 18([protected, unprotected, payload, signature]) */
	struct cbor_item claims = cbor_content(cbor_next(cbor_next(token)));
	struct cbor_item device = cbor_find(cbor_find(claims, 266, NULL), 0, "device");
	struct cbor_item zone = cbor_content(cbor_find(cbor_find(device, ADMISSION, NULL), 6, NULL));
	int64_t status = cbor_number(cbor_find(device, 1000, NULL));

	(void)printf("attest %u.%02u %s %.*s\n", m->p[1] >> 5, m->p[1] & 31, status_name(status), (int)zone.n,
		     zone.p ? (const char *)zone.p : "");
	return status == 2;
}

static bool attest(struct attester *a, struct stack *s)
{
	static struct cbor body;
	uint8_t handle[HANDLE_LEN];
	struct message answer;

	if (stack_handshake(s, handle) < 0)
		return false;
	(void)printf("handshake: %u datagrams sent, %zu bytes at most; %u received, %zu bytes at most\n", a->wire.sent,
		     a->wire.most_sent, a->wire.received, a->wire.most_received);
	return make_body(a, s, handle, &body) && post(a, s, &body, &answer) && print_answer(&answer);
}

/* --- Options --- */

static bool parse_hex(const char *text, struct bytes *ret)
{
	while (*text && ret->n < sizeof(ret->p) && sscanf(text, "%2hhx", &ret->p[ret->n]) == 1) {
		ret->n++;
		text += text[2] == ':' ? 3 : 2;
	}
	return *text == '\0';
}

/* Takes one option and its value; returns false for what it does not know. */
static bool take_option(struct attester *a, const char *name, const char *value)
{
	const struct {
		const char *name, **text;
		unsigned *number;
		struct bytes *bytes;
	} options[] = {
		{ "--gateway", .text = &a->gateway },
		{ "--cert", .text = &a->stack.certificates },
		{ "--key", .text = &a->stack.key },
		{ "--ca", .text = &a->stack.ca },
		{ "--label", .text = &a->label },
		{ "--ueid", .bytes = &a->ueid },
		{ "--link", .bytes = &a->link },
		{ "--suite", .text = &a->stack.suite },
		{ "--block", .number = &a->block },
		{ "--mtu", .number = &a->stack.mtu },
		{ "--max-fragment", .number = &a->stack.max_fragment },
		{ "--extended-master-secret", .number = &a->stack.extended_master_secret },
		{ "--drop", .number = &a->wire.drop },
		{ "--lose", .number = &a->wire.lose },
		{ "--slow", .number = &a->wire.slow_sec },
		{ "--receive-size", .number = &a->wire.receive_size },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].bytes)
			return parse_hex(value, options[i].bytes);
		if (options[i].text)
			*options[i].text = value;
		else
			*options[i].number = (unsigned)strtoul(value, NULL, 10);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct attester a = { .stack = { .extended_master_secret = 1 }, .wire = { .fd = -1 }, .block = BLOCK_MAX };
	struct stack *s;
	bool is_admitted;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc || !take_option(&a, argv[i], argv[i + 1])) {
			(void)fprintf(stderr, "no such option, or no value: %s\n", argv[i]);
			return EXIT_FAILURE;
		}
	}
	if (wire_open(&a.wire, a.gateway, "5684") < 0)
		return EXIT_FAILURE;
	s = stack_new(&a.stack, &a.wire);
	is_admitted = s && attest(&a, s);
	if (s)
		stack_free(s);
	wire_close(&a.wire);
	return is_admitted ? EXIT_SUCCESS : EXIT_FAILURE;
}
