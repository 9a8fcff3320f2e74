/* SPDX-License-Identifier: Apache-2.0 */
/* What attester.c needs of a DTLS stack. Each program of this folder links one file that has these functions. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* docs/protocol.md section 4.1 */
#define EXPORTER_LABEL "EXPORTER-hallmark-attest"
#define HANDLE_LEN     32

#define SHA256_LEN    32
#define SIGNATURE_MAX 80 /* an ECDSA signature over P-256 in DER */

/* What the tests ask of the stack; 0, or NULL: its own default. */
struct stack_options {
	const char *certificates, *key, *ca; /* files, PEM; the device's own certificate first */
	const char *suite;                   /* by the stack's own name; the only one that is offered */
	unsigned mtu;                        /* bytes of a datagram */
	unsigned max_fragment;               /* what max_fragment_length asks for, RFC 6066: 512 to 4096 */
	unsigned extended_master_secret;     /* whether it is offered */
};

struct wire;
struct stack;

/* Returns NULL, and has said why, when the stack refuses files or options. `wire` must live longer. */
struct stack *stack_new(const struct stack_options *options, struct wire *wire);
void stack_free(struct stack *s);

/* Returns 0, with the exporter's value (RFC 5705) for the label of docs/protocol.md section 4.1; else it has said why. */
int stack_handshake(struct stack *s, uint8_t ret_channel[static HANDLE_LEN]);

/* Both return the bytes of a record; 0: not within that time; negative: the session has ended, and why was said. */
int stack_send(struct stack *s, const uint8_t *p, size_t n);
int stack_receive(struct stack *s, uint8_t *ret, size_t size, unsigned timeout_msec);

/* ECDSA with SHA-256 and the device's key. Returns the length in DER, or 0. */
size_t stack_sign(struct stack *s, const uint8_t *p, size_t n, uint8_t ret[static SIGNATURE_MAX]);
