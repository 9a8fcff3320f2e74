/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a DTLS handshake failed, in the journal, `hallmarkctl list --refused` and the metrics. Name and number are stable.
 * docs/protocol.md section 2.1 has the alerts.
 */
#pragma once

/* X(number, IDENTIFIER, "name", "what was found", "what to change") */
#define HALLMARK_HANDSHAKE_CAUSES(X)                                                               \
	X(1, PROTOCOL, "protocol", "a message of the device is not as DTLS 1.2 has it",             \
	  "Report it to the maker of the device, with the number of the alert")                     \
	X(2, VERSION, "version", "the device does not offer DTLS 1.2",                              \
	  "Enable DTLS 1.2 in the device's firmware")                                               \
	X(3, EXTENDED_MASTER_SECRET, "extended-master-secret",                                      \
	  "the device does not offer the extended master secret (RFC 7627)",                        \
	  "Enable it in the device's firmware: MBEDTLS_SSL_EXTENDED_MASTER_SECRET of Mbed TLS")      \
	X(4, SUITE, "suite", "the device offers no suite of the protocol",                          \
	  "Enable TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 in the device's firmware")                     \
	X(5, GROUP, "group", "the device does not offer a group that the handshake needs",          \
	  "Enable the group P-256 in the device's firmware")                                        \
	X(6, SIGNATURE, "signature", "the device offers no signature algorithm of the protocol",    \
	  "Enable ECDSA with SHA-256 in the device's firmware")                                     \
	X(7, NO_CERTIFICATE, "no-certificate",                                                      \
	  "the device sends no certificate; many libraries do so too when theirs is an RSA one",    \
	  "Give the device a certificate with a P-256 key")                                         \
	X(8, CERTIFICATE_KEY, "certificate-key",                                                    \
	  "the key of the device's certificate is not one of the protocol, or its group is not offered", \
	  "Give the device a certificate with a P-256 key; for a P-384 key it must offer P-384 too") \
	X(9, CERTIFICATE, "certificate", "the device's certificate cannot be decoded",              \
	  "Give the device another certificate; `openssl x509 -in FILE -text` says what is wrong")  \
	X(10, CERTIFICATE_SIZE, "certificate-size",                                                 \
	  "the device's certificates are far over the limit of bytes",                              \
	  "Let the device send fewer certificates: its own, and those below the gateway's anchor")  \
	X(11, POSSESSION, "possession", "the device's signature does not fit its certificate",      \
	  "Check that the device has the key of its certificate")                                   \
	X(12, GATEWAY_UNTRUSTED, "gateway-untrusted", "the device does not trust the gateway's certificate", \
	  "Give the device the CA of gateway.certificate, or the gateway a certificate that the device trusts; " \
	  "check that it has not ended, and the device's clock")                                    \
	X(13, DEVICE_ENDED, "device-ended", "the device ended the handshake",                       \
	  "Read the device's log; RFC 5246 section 7.2 has the meaning of the alert")               \
	X(14, TIMEOUT, "timeout", "the device did not complete the handshake in time",              \
	  "Check that datagrams of 1,280 bytes reach the device; for a very slow device raise "      \
	  "listen.handshake-time")                                                               \
	X(15, DISPLACED, "displaced", "other handshakes needed its place",                          \
	  "Nothing, if it is rare: the device tries again. `hallmarkctl metrics` has the counters of each limit")

enum hallmark_handshake_cause {
	HANDSHAKE_NOT_FAILED = 0,
#define X(number, id, name, sentence, remedy) HANDSHAKE_##id = (number),
	HALLMARK_HANDSHAKE_CAUSES(X)
#undef X
	_HANDSHAKE_CAUSE_MAX,
};
