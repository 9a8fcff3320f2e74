/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks, in the order in which they are made. Number and name are stable: they stand in
 * configuration files, journals and stores.
 */
#pragma once

/* X(number, IDENTIFIER, "name", "passes when", "specification") */
#define HALLMARK_CHECKS(X)                                                                         \
	X(1, POSSESSION, "possession",                                                              \
	  "the DTLS client proved the key of its certificate in this handshake",                    \
	  "RFC 5246 section 7.4.8")                                                                 \
	X(2, CERTIFICATE, "certificate", "the device certificate meets the profile",                \
	  "RFC 5280 section 4, IEEE 802.1AR-2018 section 8")                                        \
	X(3, CHAIN, "chain", "the chain ends in a configured anchor or one that the label names",   \
	  "RFC 5280 section 6")                                                                     \
	X(4, DEVICE_REVOCATION, "device-revocation", "no certificate of the chain is revoked",      \
	  "RFC 5280 section 6.3")                                                                   \
	X(5, EVIDENCE_SIGNATURE, "evidence-signature", "the evidence is signed by the device",      \
	  "RFC 9052 section 4.4, RFC 9711")                                                         \
	X(6, FRESHNESS, "freshness", "eat_nonce holds the channel value or an unused nonce",        \
	  "RFC 9711 section 4.1, RFC 5705")                                                         \
	X(7, SAME_DEVICE, "same-device", "evidence and certificate name one device, bound to one key", \
	  "RFC 9711 section 4.2.1, IEEE 802.1AR-2018 section 8.10")                                 \
	X(8, DEBUG, "debug", "debugging is disabled", "RFC 9711 section 4.2.9")                     \
	X(9, FIRMWARE, "firmware", "the measurements match the reference values", "RFC 9334 section 9.1") \
	X(10, LABEL_SIGNATURE, "label-signature",                                                   \
	  "the label is signed by an issuer that may speak for its scheme", "RFC 9052 section 4.4") \
	X(11, LABEL_CLASS, "label-class", "maker, model and versions are in the label's classes",   \
	  "docs/protocol.md section 4.2")                                                           \
	X(12, LABEL_ANCHOR, "label-anchor", "the device's chain holds a certificate the label names", \
	  "docs/protocol.md section 4.2")                                                           \
	X(13, LABEL_VALIDITY, "label-validity", "now lies in the label's period",                   \
	  "RFC 8392 section 3.1")                                                                   \
	X(14, LABEL_STATUS, "label-status", "the label is neither revoked nor suspended; its list says so", \
	  "draft-ietf-oauth-status-list")                                                           \
	X(15, RECOGNITION, "recognition", "the home scheme recognises the label's level",           \
	  "conf/arrangements.conf")

enum hallmark_check {
	CHECK_NONE = 0, /* no check: general reasons */
#define X(number, id, name, passes, spec) CHECK_##id = number,
	HALLMARK_CHECKS(X)
#undef X
	_CHECK_MAX
};

/* A set of checks is a mask of these bits. */
#define CHECK_BIT(check) (1u << (check))
#define CHECKS_ALL (((1u << _CHECK_MAX) - 1u) & ~1u)
#define CHECKS_LABEL                                                                               \
	(CHECK_BIT(CHECK_LABEL_SIGNATURE) | CHECK_BIT(CHECK_LABEL_CLASS) |                          \
	 CHECK_BIT(CHECK_LABEL_ANCHOR) | CHECK_BIT(CHECK_LABEL_VALIDITY) |                          \
	 CHECK_BIT(CHECK_LABEL_STATUS) | CHECK_BIT(CHECK_RECOGNITION))
