/* SPDX-License-Identifier: Apache-2.0 */
/* A DTLS client whose datagrams somebody else carries. The gateway is not verified: whoever floods it does not care. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>

#include "base/bytes.h"

/* PEM files, the chain leaf first; both NULL: each session gets its own. Returns NULL when they cannot be used. */
SSL_CTX *tls_context(const char *certificates, const char *key);

/* NULL without memory. */
SSL *tls_new(SSL_CTX *ctx);

/* Begins its handshake: the first datagram can be taken. */
void tls_start(SSL *ssl);

/*
 * Gives it a datagram. Returns 1 when the handshake is complete, 0 when it needs more, -1 when the session is over. `plain` (may be
 * NULL) gets what the datagram carried.
 */
int tls_feed(SSL *ssl, struct bytes in, struct writer *plain);

void tls_write(SSL *ssl, struct bytes plain);

/* The next datagram that is to be sent. False: there is none. */
bool tls_take(SSL *ssl, struct writer *w);
