/* SPDX-License-Identifier: Apache-2.0 */
/* One handshake while it lasts: its messages, what the peer offers, and if it fails, why. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/failed_handshake.h"

struct transcript;

struct attempt {
	struct transcript *transcript; /* owned by who has the attempt */
	struct failed_handshake what;  /* no failure as long as its cause is HANDSHAKE_NOT_FAILED */
	bool has_suite;                /* it offers a suite of ours, among all that it offers */
};

/* The ClientHello, in OpenSSL's callback for it. Returns false when it cannot lead to a session; then the cause is set. */
bool attempt_take_hello(struct attempt *a, SSL *ssl);

/* An alert of either side: level and description. */
void attempt_note_alert(struct attempt *a, bool is_sent, struct bytes alert);

/* The handshake has failed, and OpenSSL's queue says of what. */
void attempt_fail(struct attempt *a, SSL *ssl);

/* It has failed for a cause that OpenSSL does not know. The first cause stays. */
void attempt_end(struct attempt *a, enum hallmark_handshake_cause cause);
