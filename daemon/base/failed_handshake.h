/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handshake that failed: why, and what the device offered. An edge tells it, and may lie: it is shown to people, and decides
 * nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "hallmark/handshake_cause.h"

#define OFFER_MAX     16 /* numbers of each list that are kept: a device of the protocol needs fewer */
#define KEY_KIND_SIZE 24
#define OFFER_TEXT    640 /* size of failed_handshake_offer() */
#define ALERT_TEXT    32
#define DTLS_1_0      0xfeff /* versions count downwards, RFC 6347 section 4.1 */
#define DTLS_1_2      0xfefd

enum alert_sender {
	ALERT_OF_NOBODY = 0,
	ALERT_OF_GATEWAY,
	ALERT_OF_DEVICE,
	_ALERT_SENDER_MAX,
};

#define FAILED_HANDSHAKE_FIELDS(ONE, MANY)                                                                             \
	ONE(INT, uint8_t, cause, HANDSHAKE_NOT_FAILED + 1, _HANDSHAKE_CAUSE_MAX - 1)                                   \
	ONE(INT, uint8_t, alert_sender, ALERT_OF_NOBODY, _ALERT_SENDER_MAX - 1)                                        \
	ONE(ANY, uint8_t, alert)                   /* RFC 5246 section 7.2 */                                          \
	ONE(FLAG, uint8_t, extended_master_secret) /* is offered */                                                    \
	ONE(ANY, uint16_t, version) /* of the ClientHello; 0: none was read, and nothing below is known */             \
	ONE(INT, uint16_t, n_suites, 0, OFFER_MAX)                                                                     \
	ONE(INT, uint16_t, n_groups, 0, OFFER_MAX)                                                                     \
	ONE(INT, uint16_t, n_signatures, 0, OFFER_MAX)                                                                 \
	MANY(BYTES, uint16_t, suites, [OFFER_MAX], n_suites) /* the first ones, by the numbers of IANA */              \
	MANY(BYTES, uint16_t, groups, [OFFER_MAX], n_groups)                                                           \
	MANY(BYTES, uint16_t, signatures, [OFFER_MAX], n_signatures)                                                   \
	MANY(TEXT, char, key, [KEY_KIND_SIZE]) /* kind of the certificate's key; "": no certificate came that far */
RECORD(failed_handshake, FAILED_HANDSHAKE_FIELDS)

/* "unknown" for a number that is no cause. */
const char *handshake_cause_name(enum hallmark_handshake_cause cause);
const char *handshake_cause_sentence(enum hallmark_handshake_cause cause);
const char *handshake_cause_remedy(enum hallmark_handshake_cause cause);

/* "alert 40 of the gateway", "alert 48 of the device"; "" without an alert. Returns ret. */
const char *failed_handshake_alert(const struct failed_handshake *f, char ret[static ALERT_TEXT]);

/* What the device offered: "DTLS 1.2; suites 0xc02b 0xc023; groups P-256; ..."; "" when it is not known. Returns ret. */
const char *failed_handshake_offer(const struct failed_handshake *f, char ret[static OFFER_TEXT]);
