/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks, in the order in which they are made. Number and name are stable: configuration files, journals and stores
 * use them.
 */
#pragma once

/*
 * X(number, IDENTIFIER, "name", SUBJECT, "passes when", "specification"). 16 is not a check: it is REASONS_OF_RULES
 * (hallmark/reason.h), so 17 follows 15; the next is 18.
 */
#define HALLMARK_CHECKS(X)                                                                 \
	X(1, POSSESSION, "possession", DEVICE,                                                    \
	  "the DTLS client proved the key of its certificate in this handshake",                  \
	  "RFC 5246 section 7.4.8")                                                               \
	X(2, CERTIFICATE, "certificate", DEVICE, "the device certificate meets the profile",      \
	  "RFC 5280 section 4, IEEE 802.1AR-2018 section 8")                                      \
	X(3, CHAIN, "chain", DEVICE, "the chain ends in a configured anchor or one that the label names", \
	  "RFC 5280 section 6")                                                                   \
	X(4, DEVICE_REVOCATION, "device-revocation", DEVICE, "no certificate of the chain is revoked", \
	  "RFC 5280 section 6.3")                                                                 \
	X(5, EVIDENCE_SIGNATURE, "evidence-signature", DEVICE, "the evidence is signed by the device", \
	  "RFC 9052 section 4.4, RFC 9711")                                                       \
	X(6, FRESHNESS, "freshness", DEVICE, "eat_nonce holds the channel value or an unused nonce", \
	  "RFC 9711 section 4.1, RFC 5705")                                                       \
	X(7, SAME_DEVICE, "same-device", DEVICE, "evidence and certificate name one device, bound to one key", \
	  "RFC 9711 section 4.2.1, IEEE 802.1AR-2018 section 8.10")                               \
	X(8, DEBUG, "debug", DEVICE, "debugging is disabled", "RFC 9711 section 4.2.9")           \
	X(9, FIRMWARE, "firmware", DEVICE, "the measurements match the reference values", "RFC 9334 section 9.1") \
	X(10, LABEL_SIGNATURE, "label-signature", LABEL,                                          \
	  "the label is signed by an issuer that may speak for its scheme", "RFC 9052 section 4.4") \
	X(11, LABEL_CLASS, "label-class", LABEL, "maker, model and versions are in the label's classes", \
	  "docs/protocol.md section 4.2")                                                         \
	X(12, LABEL_ANCHOR, "label-anchor", LABEL, "the device's chain holds a certificate the label names", \
	  "docs/protocol.md section 4.2")                                                         \
	X(13, LABEL_VALIDITY, "label-validity", LABEL, "now lies in the label's period",          \
	  "RFC 8392 section 3.1")                                                                 \
	X(14, LABEL_STATUS, "label-status", LABEL, "the label is neither revoked nor suspended; its list says so", \
	  "draft-ietf-oauth-status-list-21")                                                         \
	X(15, RECOGNITION, "recognition", HOME, "the home scheme recognises the label's level",   \
	  "conf/arrangements.conf")                                                               \
	X(17, PLACE, "place", PLACE, "the evidence says that the device is where its datagrams come from", \
	  "docs/protocol.md section 4.1")

enum hallmark_check {
	CHECK_NONE = 0, /* no check: general reasons */
#define X(number, id, name, subject, passes, spec) CHECK_##id = number,
	HALLMARK_CHECKS(X)
#undef X
	_CHECK_MAX
};

/* What a check looks at. */
enum hallmark_subject {
	SUBJECT_DEVICE, /* the device and its evidence: checked once, by a judge */
	SUBJECT_LABEL, /* each of its labels, also there */
	SUBJECT_HOME, /* each of its labels, in the core */
	SUBJECT_PLACE, /* where the device is, in the core when it attests */
};

/* A set of checks is a mask of these bits. The masks by subject follow from the table. */
#define CHECK_BIT(check) (1u << (check))
#define CHECK_IF(wanted, number, subject) | ((wanted) == (subject) ? CHECK_BIT(number) : 0u)
#define CHECK_IF_DEVICE(number, id, name, subject, passes, spec) CHECK_IF(SUBJECT_DEVICE, number, SUBJECT_##subject)
#define CHECK_IF_LABEL(number, id, name, subject, passes, spec) CHECK_IF(SUBJECT_LABEL, number, SUBJECT_##subject)
#define CHECK_IF_PLACE(number, id, name, subject, passes, spec) CHECK_IF(SUBJECT_PLACE, number, SUBJECT_##subject)
#define CHECK_IF_HOME(number, id, name, subject, passes, spec) CHECK_IF(SUBJECT_HOME, number, SUBJECT_##subject)

#define CHECKS_OF_DEVICE (0u HALLMARK_CHECKS(CHECK_IF_DEVICE))
#define CHECKS_OF_LABEL  (0u HALLMARK_CHECKS(CHECK_IF_LABEL))
#define CHECKS_LABEL     (CHECKS_OF_LABEL HALLMARK_CHECKS(CHECK_IF_HOME)) /* and whether home recognises it */
#define CHECKS_DEVICE    (CHECKS_OF_DEVICE HALLMARK_CHECKS(CHECK_IF_PLACE)) /* and where it is */
#define CHECKS_ALL       (CHECKS_DEVICE | CHECKS_LABEL)
