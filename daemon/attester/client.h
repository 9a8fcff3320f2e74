/* SPDX-License-Identifier: Apache-2.0 */
/* A device's side of the protocol: one DTLS session to a gateway, and one request at a time in it. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "hallmark/protocol.h"

struct client;
struct gateway;
struct place;

struct credentials {
	const char *certificate; /* path: PEM, the device's certificate, then those of its CAs */
	EVP_PKEY *key;           /* of that certificate; borrowed */
	const char *ca;          /* path: PEM, CAs of the gateway; NULL: the gateway is not authenticated */
};

struct request {
	bool post; /* else GET */
	const char *path;
	unsigned content_format; /* of the body */
	struct bytes body;
};

struct answer {
	unsigned code;           /* class * 100 + detail, as 204 */
	unsigned content_format; /* HALLMARK_CF_NONE when the answer has none */
	unsigned max_age_sec;    /* 60 when the answer has none, RFC 7252 section 5.10.5 */
	size_t n;
	uint8_t body[HALLMARK_ANSWER_MAX];
};

#define HALLMARK_CF_NONE 65536u /* one past the last content format */

/*
 * Opens a session and completes the handshake. Every failure is logged with its remedy, that of a hint as no error: -EINVAL for a file that cannot
 * be used, -ETIMEDOUT, -ECONNABORTED, -EPROTO for a refused handshake, -EIO.
 */
int client_open(const struct gateway *gateway, const struct credentials *credentials, unsigned timeout_sec,
		struct client **ret);
void client_close(struct client *c);

/* The session's exporter value: binds evidence to this handshake. Returns 0, or -EPROTO (logged). */
int client_channel_value(const struct client *c, uint8_t ret[static HALLMARK_HANDLE_LEN]);

/* Between which addresses the session is (attester/place.h). */
void client_place(const struct client *c, bool is_hidden, struct place *ret);

/* Sends a request and waits for its answer. Returns 0, or (logged) -ETIMEDOUT, -ECONNRESET, -E2BIG, -EIO. */
int client_exchange(struct client *c, const struct request *request, struct answer *ret);
