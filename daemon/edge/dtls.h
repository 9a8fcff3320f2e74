/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS 1.2 over one unconnected socket: the cookie exchange, handshakes and records. session.h decides which
 * connections exist, and how long.
 */
#pragma once

#include <netinet/in.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/handshake.h"
#include "base/sessions.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"

#define DTLS_RANDOM_LEN 32
#define DTLS_RECEIVE_MAX                                                                                               \
	(HALLMARK_CHAIN_BYTES_MAX +                                                                                    \
	 1024) /* bytes of a datagram: a stack without an MTU sends its whole flight in one */
#define DTLS_CERTIFICATE_MAX                                                                                           \
	(HALLMARK_CHAIN_BYTES_MAX + 1024) /* bytes of a Certificate message: who is little over the limit learns it */

/* Where a datagram came from, which is also where the answer goes. */
struct route {
	struct sockaddr_in6 peer; /* IPv4 as mapped */
	struct in6_pktinfo local; /* our own address and the interface */
	uint32_t mark;            /* who sent it (base/sender_mark.h); 0: the kernel does not say */
};

struct datagram {
	struct route route;
	struct bytes payload;
};

struct attempt;
struct dtls;

/* Returns 0, or -EBADMSG when key and certificate are unreadable or do not match, -ENOMEM, -EIO. */
int dtls_new(int fd, struct bytes certificate_pem, struct bytes key_pem, struct dtls **ret);
void dtls_free(struct dtls *d);

/* In place of a secret of its own, which cookies are made with from then on. */
void dtls_share_cookies(struct dtls *d, const uint8_t secret[static COOKIE_SECRET_LEN]);

/* The beacon of the cookies that are made from now on. Without one, nobody gets a cookie. */
void dtls_add_beacon(struct dtls *d, const uint8_t beacon[static BEACON_LEN]);
const uint8_t *dtls_newest_beacon(const struct dtls *d); /* NULL: there is none yet */

/* The random of an unfragmented ClientHello in plaintext; NULL when the datagram is anything else. */
const uint8_t *dtls_hello_random(struct bytes payload);

/*
 * Handles a datagram of an unknown peer. Answers a ClientHello without a valid cookie with a HelloVerifyRequest, and
 * allocates and keeps nothing for the peer. Returns true when the cookie is valid: dtls_take() then gives the new
 * connection. If dtls_take() is not called, the connection is dropped.
 */
bool dtls_listen(struct dtls *d, const struct datagram *in);

/* The caller owns it and releases it with SSL_free(). The attempt, which has a transcript, keeps its handshake and must live longer. */
SSL *dtls_take(struct dtls *d, struct attempt *a);

/* Sets the datagram for the connection's next call, and the route for the datagrams that it sends. */
void dtls_input(struct dtls *d, struct bytes payload, const struct route *route);

/* Returns 1: established; 0: continue; -ECONNABORTED: failed, and the attempt has the cause. */
int dtls_handshake(SSL *ssl);

/* Retransmits what is due. Returns 0, or -ECONNABORTED when the peer no longer answers. */
int dtls_retransmit(SSL *ssl);

/* Monotonic time at which dtls_retransmit() is due, UINT64_MAX: never. */
uint64_t dtls_retransmit_usec(SSL *ssl, uint64_t now_usec);

/* Returns the bytes of the next record; 0: none; -ECONNRESET: the connection has ended. */
int dtls_read(SSL *ssl, uint8_t *ret, size_t size);

/* Sends to `route`. A failure has the same effect as a lost datagram. */
void dtls_write(struct dtls *d, SSL *ssl, const struct route *route, struct bytes plain);

/* Sends close_notify. */
void dtls_close(struct dtls *d, SSL *ssl, const struct route *route);

/* Of an established connection: the bytes that the peer takes in a record. */
size_t dtls_max_fragment(SSL *ssl);

/* Of an established connection. */
bool dtls_master_secret(SSL *ssl, uint8_t ret[static MASTER_SECRET_LEN]);

/* True for a full handshake with client certificate and extended master secret. */
bool dtls_proved_possession(SSL *ssl);

/* Of an established connection: the SHA-256 of the SubjectPublicKeyInfo in the peer's certificate. False when there is none. */
bool dtls_device(SSL *ssl, uint8_t ret[static SHA256_LEN]);
