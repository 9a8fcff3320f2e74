/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoAP messages ↔ struct. The header is decoded here; options go through libcoap's coap_opt_parse() and
 * coap_opt_encode(), which need neither session nor PDU and allocate nothing (libcoap 4.3.1 exports no serialiser for a
 * whole PDU). Keeps no state.
 */
#include "codec.h"

#include <coap3/coap.h>
#include <errno.h>

#include "base/cleanup.h"
#include "edge/edge.h"

#define HEADER_LEN     4
#define VERSION        1
#define PAYLOAD_MARKER 0xff

/* What the decoder knows of an option, RFC 7252 section 5.10 and RFC 7959 section 2.1. */
struct option_rule {
	uint16_t number;
	uint16_t length_min, length_max;
	bool repeatable;
	uint8_t fault; /* answer when the option is present at all; 0: allowed */
};

static const struct option_rule rules[] = {
	{ COAP_OPTION_URI_HOST, 1, 255, false, 0 },
	{ COAP_OPTION_URI_PORT, 0, 2, false, 0 },
	{ COAP_OPTION_URI_PATH, 0, 255, true, 0 },
	{ COAP_OPTION_CONTENT_FORMAT, 0, 2, false, 0 },
	{ COAP_OPTION_URI_QUERY, 0, 255, true, 0 }, /* no resource has parameters: ignored */
	{ COAP_OPTION_ACCEPT, 0, 2, false, 0 },
	{ COAP_OPTION_BLOCK2, 0, 3, false, 0 },
	{ COAP_OPTION_BLOCK1, 0, 3, false, 0 },
	{ COAP_OPTION_PROXY_URI, 1, 1034, false, COAP_CODE(5, 5) }, /* RFC 7252 section 5.10.2 */
	{ COAP_OPTION_PROXY_SCHEME, 1, 255, false, COAP_CODE(5, 5) },
	{ COAP_OPTION_SIZE1, 0, 4, false, 0 },
};

static const struct option_rule *rule_of(uint16_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].number == number)
			return &rules[i];
	return NULL;
}

/* RFC 7252 section 5.4: an option that is unknown, out of range or repeated counts as unrecognised. */
static bool is_recognised(const struct option_rule *rule, size_t length, bool repeated)
{
	return rule && length >= rule->length_min && length <= rule->length_max && (rule->repeatable || !repeated);
}

/* The first fault found determines the answer. */
static void set_fault(struct coap_message *m, uint8_t code)
{
	if (m->fault == 0)
		m->fault = code;
}

/* A segment with a slash would look like two segments; none of our paths has one. */
static void append_path(struct coap_message *m, struct bytes segment)
{
	size_t n = strlen(m->path);

	if (n + 1 >= sizeof(m->path) || (segment.n > 0 && memchr(segment.p, '/', segment.n))) {
		set_fault(m, COAP_CODE(4, 4));
		return;
	}
	if (n > 0)
		m->path[n++] = '/';
	if (!bytes_to_text(segment, m->path + n, sizeof(m->path) - n))
		set_fault(m, COAP_CODE(4, 4));
}

static void set_block(struct coap_message *m, struct coap_block *block, uint32_t value)
{
	*block = (struct coap_block){ .present = true, .more = value & 8, .szx = value & 7, .number = value >> 4 };
	if (block->szx == COAP_SZX_RESERVED)
		set_fault(m, COAP_CODE(4, 0)); /* RFC 7959 section 2.2 */
}

static void take_option(struct coap_message *m, const struct option_rule *rule, struct bytes value)
{
	uint32_t number = value.n <= 4 ? coap_decode_var_bytes(value.p, (unsigned)value.n) : 0;

	set_fault(m, rule->fault);
	switch (rule->number) {
	case COAP_OPTION_URI_PATH:
		append_path(m, value);
		break;
	case COAP_OPTION_CONTENT_FORMAT:
		m->content_format = (uint16_t)number;
		break;
	case COAP_OPTION_ACCEPT:
		m->accept = (uint16_t)number;
		break;
	case COAP_OPTION_BLOCK1:
		set_block(m, &m->block1, number);
		break;
	case COAP_OPTION_BLOCK2:
		set_block(m, &m->block2, number);
		break;
	case COAP_OPTION_SIZE1:
		m->size1 = number;
		break;
	default:
		break;
	}
}

/*
 * Returns the length of the option in bytes; 0: malformed. libcoap 4.3.1 lets an extended delta above 65535 overflow,
 * so that its three bytes look like another option: refused here.
 */
static size_t parse_option(struct bytes b, coap_option_t *ret)
{
	bool extended = b.n >= 3 && b.p[0] >> 4 == 14;

	if (extended && (b.p[1] << 8 | b.p[2]) > UINT16_MAX - 269)
		return 0;
	return coap_opt_parse(b.p, b.n, ret);
}

/* Reads options and payload. Returns 0 or -EBADMSG. */
static int decode_options(struct bytes b, struct coap_message *ret)
{
	uint32_t number = 0;

	for (unsigned count = 0; b.n > 0 && b.p[0] != PAYLOAD_MARKER; count++) {
		coap_option_t option;
		size_t n = count < COAP_OPTIONS_MAX ? parse_option(b, &option) : 0;

		if (n == 0 || number + option.delta > UINT16_MAX)
			return -EBADMSG;

		bool repeated = count > 0 && option.delta == 0;

		number += option.delta;

		const struct option_rule *rule = rule_of((uint16_t)number);

		if (is_recognised(rule, option.length, repeated))
			take_option(ret, rule, bytes_of(option.value, option.length));
		else if (number & 1)
			set_fault(ret, COAP_CODE(4, 2)); /* critical, RFC 7252 section 5.4.1 */
		b = bytes_of(b.p + n, b.n - n);
	}
	if (b.n == 1)
		return -EBADMSG; /* a marker without payload, RFC 7252 section 3 */
	if (b.n > 0)
		ret->body = bytes_of(b.p + 1, b.n - 1);
	return 0;
}

enum coap_decoded coap_decode(struct bytes datagram, struct coap_message *ret)
{
	const uint8_t *p = datagram.p;

	*ret = (struct coap_message){ .content_format = EDGE_NO_FORMAT, .accept = EDGE_NO_FORMAT };
	if (datagram.n < HEADER_LEN || p[0] >> 6 != VERSION)
		return COAP_IGNORE;

	size_t token_len = p[0] & 15;

	ret->type = (enum coap_type)(p[0] >> 4 & 3);
	ret->code = p[1];
	ret->id = (uint16_t)(p[2] << 8 | p[3]);
	if (token_len > COAP_TOKEN_MAX || HEADER_LEN + token_len > datagram.n)
		return COAP_REJECT;
	if (ret->code == COAP_EMPTY && datagram.n > HEADER_LEN)
		return COAP_REJECT; /* RFC 7252 section 4.1 */

	ret->token_len = (uint8_t)token_len;
	memcpy(ret->token, p + HEADER_LEN, token_len);

	size_t at = HEADER_LEN + token_len;

	return decode_options(bytes_of(p + at, datagram.n - at), ret) < 0 ? COAP_REJECT : COAP_DECODED;
}

/* Options must be written in the order of their numbers: `last` is the number of the previous one. */
struct option_writer {
	struct writer *w;
	uint16_t last;
};

static void put_option(struct option_writer *o, uint16_t number, uint32_t value)
{
	uint8_t bytes[4], option[8];
	size_t length = coap_encode_var_safe(bytes, sizeof(bytes), value);
	size_t n = coap_opt_encode(option, sizeof(option), (uint16_t)(number - o->last), bytes, length);

	writer_put(o->w, bytes_of(option, n));
	o->last = number;
}

static void put_block(struct option_writer *o, uint16_t number, const struct coap_block *block)
{
	if (block->present)
		put_option(o, number, block->number << 4 | (block->more ? 8u : 0u) | block->szx);
}

size_t coap_encode(const struct coap_message *m, uint8_t *ret, size_t size)
{
	static const uint8_t marker[] = { PAYLOAD_MARKER };
	uint8_t header[HEADER_LEN] = { (uint8_t)(VERSION << 6 | m->type << 4 | m->token_len), m->code,
				       (uint8_t)(m->id >> 8), (uint8_t)m->id };
	struct writer w = writer_of(ret, size);
	struct option_writer options = { .w = &w };

	writer_put(&w, BYTES(header));
	writer_put(&w, bytes_of(m->token, m->token_len));
	if (m->content_format != EDGE_NO_FORMAT)
		put_option(&options, COAP_OPTION_CONTENT_FORMAT, m->content_format);
	if (m->max_age_sec > 0)
		put_option(&options, COAP_OPTION_MAXAGE, m->max_age_sec);
	put_block(&options, COAP_OPTION_BLOCK2, &m->block2);
	put_block(&options, COAP_OPTION_BLOCK1, &m->block1);
	if (m->size1 > 0)
		put_option(&options, COAP_OPTION_SIZE1, m->size1);
	if (m->body.n > 0) {
		writer_put(&w, BYTES(marker));
		writer_put(&w, m->body);
	}
	return w.overflow ? 0 : w.n;
}
