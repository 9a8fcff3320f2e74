/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of one handshake, kept as the hash of CertificateVerify takes them (RFC 5246 section 7.4.8). */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

struct transcript;

/* Returns NULL when there is no memory. */
struct transcript *transcript_new(void);
void transcript_free(struct transcript *t);

/* A message that the peer sent, whole and with its header. One that came before, or comes after the last, is ignored. */
void transcript_received(struct transcript *t, struct bytes message);

/* A datagram that is sent to the peer: messages in fragments, which may have been sent before. */
void transcript_sent(struct transcript *t, struct bytes datagram);

/* Returns false when the CertificateVerify has not come, or the messages were more than a device may send. */
bool transcript_get(const struct transcript *t, struct bytes *ret_messages, struct bytes *ret_certificate_verify);
