/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CoAP message as a plain struct, decoded from a datagram or to be encoded into one (RFC 7252 section 3). It holds
 * the content of the message; message.h decides what to do with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define COAP_TOKEN_MAX    8
#define COAP_PATH_SIZE    65 /* 64 characters and a terminator: the longest of our paths has 16 */
#define COAP_OPTIONS_MAX  32 /* bounds the loop; our own attester sends five */
#define COAP_EMPTY        0  /* code of a ping, an empty acknowledgement or a reset */
#define COAP_SZX_MAX      6  /* blocks of 1024 bytes, RFC 7959 section 2.2 */
#define COAP_SZX_RESERVED 7

enum coap_type {
	COAP_CON = 0,
	COAP_NON = 1,
	COAP_ACK = 2,
	COAP_RST = 3,
};

/* Block1 or Block2 option: block `number` of 2^(szx + 4) bytes. */
struct coap_block {
	bool present;
	bool more;
	uint8_t szx;
	uint32_t number;
};

struct coap_message {
	enum coap_type type;
	uint8_t code;
	uint16_t id;
	uint8_t token_len;
	uint8_t token[COAP_TOKEN_MAX];

	char path[COAP_PATH_SIZE]; /* decoded only: Uri-Path, joined with '/' */
	uint16_t accept;           /* decoded only */
	uint16_t content_format;
	uint32_t max_age_sec; /* encoded only; 0: omitted */
	uint32_t size1;       /* 0: omitted */
	struct coap_block block1, block2;
	struct bytes body;

	uint8_t fault; /* decoded only: the 4.xx or 5.xx to answer because of its options; 0: none */
};

enum coap_decoded {
	COAP_IGNORE = 0, /* not CoAP: no answer of any kind */
	COAP_REJECT,     /* malformed, with type and id set: RFC 7252 sections 4.2 and 4.3 */
	COAP_DECODED,
};

/* Sets *ret; its body points into the datagram. */
enum coap_decoded coap_decode(struct bytes datagram, struct coap_message *ret);

/* Returns the number of bytes written, or 0 when the message does not fit. */
size_t coap_encode(const struct coap_message *m, uint8_t *ret, size_t size);

static inline size_t coap_block_size(uint8_t szx)
{
	return (size_t)16 << szx;
}
